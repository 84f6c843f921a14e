"""The workers who are to come back over HTTP: the list, and the contact log."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Schema, Status
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign
from sijin.people.policy import require, visible
from sijin.people.wire import Day, Key, Moment, Named, Version, Words
from sijin.works.api.routes import router
from sijin.works.domain.returning import contacts, reads
from sijin.works.models import Worker, WorkerContact


class WorkerOut(Schema):
    """A worker who is to come back; name and number are masked for who may not read them."""

    id: int
    code: str
    site: Named
    name: str
    phone: str
    post: str
    home: str
    board: str | None = Field(description="City or county where they board; none: nobody knows, or they need no seat")
    wanted_on: date | None
    own_way: bool
    state: Literal[*Worker.State.values]
    worry: str | None = Field(description="Of the last talk that reached them")
    promised_on: date | None = Field(description="When they promised first; a later doubt does not take it away")
    back_on: date | None
    version: int

    @staticmethod
    def resolve_name(worker: Any) -> str:
        """Name them, or mask the name."""
        return reads.shown(worker)[0]

    @staticmethod
    def resolve_phone(worker: Any) -> str:
        """Give the number, or mask it."""
        return reads.shown(worker)[1]

    @staticmethod
    def resolve_board(worker: Worker) -> str | None:
        """Name the place."""
        return f"{worker.pick_up.province} {worker.pick_up}" if worker.pick_up else None


class TalkIn(Schema):
    """A talk with a worker, or an attempt at one. The same `client_uuid` again changes nothing."""

    client_uuid: UUID
    version: Version
    state: Literal[*Worker.State.values] = Field(description="Where it left them; unreached changes nothing")
    channel: Literal[*WorkerContact.Channel.values]
    at: Moment | None = Field(None, description="When; now where it is left out")
    day: Day | None = Field(None, description="On which they came back, with state back alone")
    worry: Literal["", *WorkerContact.Worry.values] = ""
    words: str = Field("", max_length=200)
    answer: str = Field("", max_length=200)


class TalkOut(Schema):
    """An entry of the contact log, and the worker as it left them."""

    id: int
    at: datetime
    state: Literal[*Worker.State.values] = Field(alias="worker.state")
    version: int = Field(alias="worker.version")


@router.get("/workers", response=list[WorkerOut], summary="List workers who come back")
@paginate
def workers(
    request: HttpRequest,
    site: Key | None = None,
    state: Literal[*Worker.State.values] | None = None,
    q: Words = "",
) -> QuerySet[Worker]:
    """List the workers that the account sees, those who are wanted first at the head."""
    require(request.user, "view", Worker)
    return reads.opened(request.user, reads.listed(request.user, reads.Wanted(q=q, site=site, state=state or "")))


@router.post("/workers/{id}/contacts", response={200: TalkOut, 201: TalkOut}, summary="Log a contact")
def log_contact(request: HttpRequest, id: Key, data: TalkIn) -> Status:
    """Write down a talk with a worker; 200 where it was written down before."""
    worker = get_object_or_404(visible(request.user, Worker), pk=id)
    now = get_object_or_404(visible(request.user, Campaign)[:1]).now()
    facts = data.model_dump()
    version, at = facts.pop("version"), facts.pop("at") or now
    known = WorkerContact.objects.filter(client_uuid=data.client_uuid).exists()
    entry = contacts.log(request.user, contacts.Talk(worker, at=at, **facts), now=now, version=version)
    return Status(200 if known else 201, WorkerContact.objects.select_related("worker").get(pk=entry.pk))
