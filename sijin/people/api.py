"""Units, officials, one's own account with its keys and its long jobs, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import paginate

from sijin.people import jobs as long_work
from sijin.people import tokens as keys
from sijin.people.models import HELD, Account, ApiToken, Job, Official, Role, Skill, Unit
from sijin.people.policy import granted, require, visible
from sijin.people.refusals import NotAllowed
from sijin.people.wire import Key, Named, Words

router = Router()
UnitLevel = Literal[*Unit.Level.values]
JobState = Literal[*Job.State.values]


class UnitOut(Schema):
    """A department, school, street office or firm."""

    id: int
    code: str
    name: str = Field(examples=["市工信局"])
    level: UnitLevel


class SkillOut(Schema):
    """Something that an official is good at."""

    code: str
    name: str


class OfficialOut(Schema):
    """A person who is sent."""

    id: int
    code: str
    name: str
    title: str
    unit: Named
    can_lead: bool
    skills: list[str] = Field(description="Codes of the skills")
    levels: dict[str, int] = Field(
        description="Of each skill: 3 expert, 2 skilled, 1 knows some", examples=[{"law": 2}]
    )
    grade: Literal["", "senior", "junior"]
    led: int = Field(description="How often this person has led a team before")
    free_from: date | None = Field(description="First day on which this person can be sent")
    free_until: date | None = Field(description="Last day")

    @staticmethod
    def resolve_skills(official: Official) -> list[str]:
        """List the skills' codes."""
        return list(official.levels)


class JobOut(Schema):
    """A piece of long work."""

    id: int
    kind: str
    state: JobState
    done: int = Field(description="Steps done")
    total: int = Field(description="Steps in all; 0 while it is not known")
    message: str
    result: dict[str, Any]
    cancel_asked: bool
    created: datetime
    finished: datetime | None


class Me(Schema):
    """The account that asks, and what its role may do: model → verb → scopes (`all` or a named part)."""

    id: int
    username: str
    name: str
    role: Role
    unit: Named | None
    may: dict[str, dict[str, list[str]]]

    @staticmethod
    def resolve_name(account: Account) -> str:
        """Return the name that people see."""
        return str(account)

    @staticmethod
    def resolve_may(account: Account) -> dict[str, dict[str, list[str]]]:
        """Return the role's part of the access table."""
        return granted(account)


class TokenIn(Schema):
    """A new key: what it is for, and how long it lives."""

    name: str = Field(max_length=80, examples=["夜间同步"])
    days: int = Field(90, ge=1, le=keys.LONGEST, description="Days until it expires")


class TokenOut(Schema):
    """A personal key; its text is not kept."""

    id: int
    name: str
    created: datetime
    expires: datetime
    last_used: datetime | None
    revoked: datetime | None


class TokenMade(TokenOut):
    """A key at the moment of its making, the only one at which its text can be read."""

    token: str = Field(description="Send it as `Authorization: Bearer …`; it is shown this once")


@router.get("/units", response=list[UnitOut], tags=["people"], summary="List units")
@paginate
def units(request: HttpRequest, q: Words = "", level: UnitLevel | None = None) -> QuerySet[Unit]:
    """List the units, in the order of their codes."""
    require(request.user, "view", Unit)
    rows = visible(request.user, Unit).filter(Q(name__icontains=q) | Q(code__icontains=q))
    return rows.filter(level=level) if level else rows


@router.get("/units/{id}", response=UnitOut, tags=["people"], summary="One unit")
def unit(request: HttpRequest, id: Key) -> Unit:
    """Return one unit."""
    return get_object_or_404(visible(request.user, Unit), pk=id)


@router.get("/skills", response=list[SkillOut], tags=["people"], summary="List skills")
@paginate
def skills(request: HttpRequest) -> QuerySet[Skill]:
    """List the skills that officials may have."""
    require(request.user, "view", Skill)
    return visible(request.user, Skill)


@router.get("/officials", response=list[OfficialOut], tags=["people"], summary="List officials")
@paginate
def officials(
    request: HttpRequest,
    q: Words = "",
    unit: Key | None = None,
    skill: Annotated[str, Query(max_length=40, description="Code of a skill")] = "",
    order: Literal["code", "name", "unit"] = "code",
) -> QuerySet[Official]:
    """List the officials whom the account may see."""
    require(request.user, "view", Official)
    rows = visible(request.user, Official).filter(Q(name__icontains=q) | Q(code__icontains=q))
    if unit is not None:
        rows = rows.filter(unit=unit)
    if skill:
        rows = rows.filter(skills__code=skill)
    return rows.select_related("unit").prefetch_related(HELD).order_by(order, "code")


@router.get("/officials/{id}", response=OfficialOut, tags=["people"], summary="One official")
def official(request: HttpRequest, id: Key) -> Official:
    """Return one official."""
    rows = visible(request.user, Official).select_related("unit").prefetch_related(HELD)
    return get_object_or_404(rows, pk=id)


@router.get("/me", response=Me, tags=["me"], summary="The account that asks")
def me(request: HttpRequest) -> Account:
    """Say who is asking, in which role, and what that role may do."""
    return request.user


@router.get("/me/tokens", response=list[TokenOut], tags=["me"], summary="My keys")
@paginate
def tokens(request: HttpRequest) -> QuerySet[ApiToken]:
    """List the account's keys, the newest first, ended ones too."""
    return visible(request.user, ApiToken)


@router.post("/me/tokens", response={201: TokenMade}, tags=["me"], summary="Make a key")
def make_token(request: HttpRequest, payload: TokenIn) -> Status:
    """Make a personal key. This needs a signed-in session: a key cannot make keys."""
    if getattr(request, "by_token", False):
        raise NotAllowed("A key cannot make keys: sign in, then make it.")
    token, text = keys.issue(request.user, request.user, payload.name, payload.days)
    token.token = text
    return Status(201, token)


@router.delete("/me/tokens/{id}", response={204: None}, tags=["me"], summary="Revoke a key")
def revoke_token(request: HttpRequest, id: Key) -> Status:
    """End a key at once."""
    keys.revoke(request.user, get_object_or_404(visible(request.user, ApiToken), pk=id))
    return Status(204, None)


@router.get("/jobs", response=list[JobOut], tags=["jobs"], summary="My long jobs")
@paginate
def jobs(request: HttpRequest) -> QuerySet[Job]:
    """List the account's long jobs, the newest first."""
    require(request.user, "view", Job)
    return visible(request.user, Job)


@router.get("/jobs/{id}", response=JobOut, tags=["jobs"], summary="One long job")
def job(request: HttpRequest, id: Key) -> Job:
    """Say how far a job is."""
    return get_object_or_404(visible(request.user, Job), pk=id)


@router.post("/jobs/{id}/cancel", response=JobOut, tags=["jobs"], summary="Stop a long job")
def cancel_job(request: HttpRequest, id: Key) -> Job:
    """Ask a job to stop; it stops at its next step and changes nothing."""
    return long_work.cancel(request.user, get_object_or_404(visible(request.user, Job), pk=id))
