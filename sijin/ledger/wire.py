"""What the ledger's routes take and give: needs, verbs with their facts, events, evidence."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Schema

from sijin.ledger.domain import clock, standing
from sijin.ledger.domain.columns import COLUMNS
from sijin.ledger.domain.effects import VERDICTS
from sijin.ledger.domain.filters import LIGHTS, LISTS, TABS, Filter
from sijin.ledger.models import Event, HandOver, Measure, Need
from sijin.people.models import Unit
from sijin.people.wire import Day, Key, Named, Quantity, Version, Words
from sijin.places.models import Door

NeedState = Literal[*Need.State.values]
SORTS = tuple(f"{turn}{key}" for key in COLUMNS for turn in ("", "-"))
Light = Literal["ok", "soon", "late", "held", "done", "none"]


def light_of(need: Need) -> str:
    """Return the need's light at its campaign's present; the campaign must be joined."""
    return clock.light(need, timezone.localtime(need.campaign.now()).date())


def wish_missed_of(need: Need) -> bool:
    """Return whether its wished day is over at its campaign's present; the campaign must be joined."""
    return standing.wish_missed(need, timezone.localtime(need.campaign.now()).date())


class NeedFilter(Schema):
    """What narrows and orders the ledger, as on its page."""

    campaign: Key | None = Field(None, description="The latest by default")
    tab: Literal[*TABS] = "open"
    on_list: Literal["", *LISTS] = Field("", description="One of the three lists")
    door: Door | None = None
    county: Key | None = Field(None, description="Key of a region")
    town: Key | None = Field(None, description="Key of a region")
    klass: Need.Klass | None = None
    state: NeedState | None = None
    light: Literal["", *LIGHTS] = ""
    lead: Key | None = Field(None, description="Key of the lead unit")
    team: Key | None = None
    category: Annotated[str, Field(max_length=20)] = ""
    raised_from: Day | None = None
    raised_to: Day | None = None
    supervised: bool = False
    look_back: bool = Field(False, description="Only what is due to be looked back at")
    q: Words = ""
    sort: Literal["", *SORTS] = Field("", description="A column, `-` before it turns the order; by deadline without")

    def chosen(self) -> Filter:
        """Return the filter of the domain."""
        given = self.model_dump(exclude={"campaign"})
        return Filter(**given | {"door": self.door or "", "state": self.state or ""})


class NeedRow(Schema):
    """A need as a row of the ledger."""

    id: int
    number: str = Field(examples=["weihai-2020-000042"])
    title: str
    door: Door
    category: str
    klass: Need.Klass | None = Field(description="1 at once · 2 together · 3 province · 4 later")
    state: NeedState
    light: Light
    site: Named
    team: Named
    lead_unit: Named | None
    raised_at: datetime
    due: date | None
    wanted_by: date | None = Field(description="Wish of the served party; it moves no deadline")
    wish_missed: bool = Field(description="The wished day is over, and the need is not ended")
    version: int

    @staticmethod
    def resolve_wish_missed(need: Any) -> bool:
        """Compute it for a row; a whole need brings its own."""
        return need["wish_missed"] if isinstance(need, dict) else wish_missed_of(need)

    @staticmethod
    def resolve_light(need: Any) -> str:
        """Compute the light of a row; a whole need brings its own."""
        return need["light"] if isinstance(need, dict) else light_of(need)


class ItemOut(Schema):
    """Something countable that the need asks for."""

    id: int
    kind: str
    item: str
    unit: str
    quantity: Decimal
    received: Decimal


class HandOverOut(Schema):
    """A need given to a unit: one link of the chain of units."""

    unit: Named
    from_unit: Named | None
    kind: HandOver.Kind
    leads: bool
    given_at: datetime
    due: date | None
    received_at: datetime | None
    sent_back_at: datetime | None
    reason: str
    answered_at: datetime | None
    answer: str


class MeasureOut(Schema):
    """What is done about it, by whom, until when."""

    id: int
    aspect: Measure.Aspect
    text: str
    unit: Named
    due: date
    result: str


class EventOut(Schema):
    """One link of a need's chain."""

    need: int = Field(description="Key of the need")
    sequence: int
    verb: str
    actor: str | None = Field(description="None: the served party, by its link")
    at: datetime
    note: str
    change: dict[str, Any] = Field(description="Field → [before, after], and the facts of the verb")
    previous: str = Field(description="Digest of the event before it")
    digest: str = Field(description="SHA-256 over this event and the digest before it")

    @staticmethod
    def resolve_need(event: Event) -> int:
        """Give the need's key."""
        return event.need_id

    @staticmethod
    def resolve_actor(event: Event) -> str | None:
        """Name who did it."""
        return str(event.actor) if event.actor else None


class EvidenceOut(Schema):
    """A file that proves something; download it at `/api/evidence/{id}`."""

    id: int
    verb: str
    name: str
    media_type: str
    size: int
    sha256: str
    description: str
    added_at: datetime


class EvidenceAdded(Schema):
    """The file that was kept, and the version that the need has now."""

    evidence: EvidenceOut
    version: Version


class NeedDetail(NeedRow):
    """A need with everything that its page shows."""

    text: str
    verdict: str
    raised_by: str
    receive_due: date | None
    review_on: date | None
    look_back_on: date | None
    closed_at: datetime | None
    paused: bool
    extension_asked: int | None = Field(description="Working days asked for and not yet granted or refused")
    verbs: list[str] = Field(description="What the account may do now, the next regular verb first")
    items: list[ItemOut]
    hand_overs: list[HandOverOut]
    measures: list[MeasureOut]
    events: list[EventOut]
    evidence: list[EvidenceOut]


class ItemIn(Schema):
    """Something countable that is asked for."""

    kind: str = Field(min_length=1, max_length=20, examples=["goods"])
    item: str = Field(min_length=1, max_length=80, examples=["口罩"])
    unit: str = Field(min_length=1, max_length=20, examples=["只"])
    quantity: Quantity


class NeedIn(Schema):
    """A new need."""

    client_uuid: uuid.UUID = Field(description="Made by the sender; sending it again changes nothing")
    team: Key | None = Field(None, description="The team that is posted to the site by default")
    site: Key
    title: str = Field(min_length=1, max_length=120, examples=["复工缺少熟练缝纫工 30 名"])
    text: str = Field("", max_length=10_000)
    category: str = Field("", max_length=20)
    items: list[ItemIn] = Field([], max_length=50)
    wanted_by: Day | None = Field(None, description="Until when the served party would like it; moves no deadline")


class Act(Schema):
    """The version that was read, and the facts of the verb; which of them it requires is the transition table's."""

    version: Version
    note: str = Field("", max_length=500)
    klass: Need.Klass | None = None
    lead_unit: Key | None = Field(None, description="hand_over, hand_on: the unit that leads")
    co_units: list[Key] = Field([], max_length=20, description="hand_over: units that help")
    to_unit: Key | None = Field(None, description="escalate: the provincial department")
    aspect: Measure.Aspect | None = None
    measure: str = Field("", max_length=300, description="carry_out: what is done")
    measure_due: Day | None = Field(None, description="carry_out: until when")
    done_measure: Key | None = Field(None, description="note_result: which of the need's measures")
    result: str = Field("", max_length=300, description="note_result: what came of it")
    verdict: Literal[*VERDICTS] | None = None
    review_on: Day | None = Field(None, description="park: when to look at it again")
    workdays: Annotated[int, Field(ge=1, le=60)] | None = Field(None, description="ask_extension, extend: how many")
    told: str = Field("", max_length=300, description="extend, explain: how the served party was told why")
    item: Key | None = Field(None, description="take_in: which of the need's items arrived")
    quantity: Quantity | None = Field(None, description="take_in: how much of it")

    def facts(self, need: Need) -> dict[str, Any]:
        """Return the facts that were given, keys turned into their rows."""
        given = {k: v for k, v in self.model_dump(exclude={"version"}).items() if v not in (None, "", [])}
        rows = {"lead_unit": Unit, "to_unit": Unit, "item": need.items, "done_measure": need.measures}
        for name in rows.keys() & given.keys():
            given[name] = get_object_or_404(rows[name], pk=given[name])
        if "co_units" in given:
            given["co_units"] = [get_object_or_404(Unit, pk=key) for key in dict.fromkeys(given["co_units"])]
        return given


class Done(Schema):
    """What a verb led to."""

    need: NeedDetail | None = Field(description="The need as it is now; None when it left the account's sight")
    confirm_link: str | None = Field(None, description="ask_confirm: the one-time link for the served party")


class Fault(Schema):
    """One broken link."""

    need: int
    sequence: int
    fault: str


class AuditOut(Schema):
    """Whether a chain is whole."""

    clean: bool
    faults: list[Fault]
