"""The ledger over HTTP: the same lists, verbs and refusals as its pages."""

from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import File, Form, Query, Router, Status, UploadedFile
from ninja.pagination import paginate

from sijin.dispatch.models import Campaign, Team
from sijin.ledger import wire
from sijin.ledger.domain import audit, evidence, needs, reads
from sijin.ledger.domain.files import OFFICE
from sijin.ledger.models import Event, Evidence, Need
from sijin.ledger.transitions import TABLE
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken
from sijin.people.wire import Key, Version
from sijin.places.models import Site

router = Router(tags=["needs"])
Verb = Literal[*TABLE]
FILES = ("image/jpeg", "application/pdf", *(media_type for _, media_type in OFFICE.values()))


def campaign_of(account: Account, key: int | None) -> Campaign:
    """Return the campaign that is asked for, the latest by default."""
    rows = visible(account, Campaign)
    found = rows.filter(pk=key).first() if key is not None else rows.first()
    if found is None:
        raise Http404
    return found


def seen(account: Account, key: int) -> Need:
    """Return the need if the account sees it."""
    joined = visible(account, Need).select_related("site", "team", "lead_unit", "campaign", "raised_by")
    return get_object_or_404(joined, pk=key)


def whole(account: Account, need: Need) -> dict[str, Any]:
    """Return a need with everything that its page shows."""
    return {
        **{name: getattr(need, name) for name in wire.NeedRow.model_fields if name not in ("light", "wish_missed")},
        "light": wire.light_of(need),
        "wish_missed": wire.wish_missed_of(need),
        "text": need.text,
        "verdict": need.verdict,
        "raised_by": str(need.raised_by),
        "receive_due": need.receive_due,
        "review_on": need.review_on,
        "look_back_on": need.look_back_on,
        "closed_at": need.closed_at,
        "paused": need.paused,
        "extension_asked": need.extension_asked,
        "verbs": reads.verbs_for(account, need),
        "items": need.items.all(),
        "hand_overs": need.hand_overs.select_related("unit", "from_unit"),
        "measures": need.measures.select_related("unit"),
        "events": need.events.select_related("actor").order_by("sequence"),
        "evidence": need.evidence.all(),
    }


@router.get("/needs", response=list[wire.NeedRow], summary="List needs")
@paginate
def list_needs(
    request: HttpRequest,
    narrowed: Query[wire.NeedFilter],
) -> QuerySet[Need]:
    """List the ledger with the filters of its page; the tab `mine` is what waits for the account."""
    require(request.user, "view", Need)
    return narrowed.chosen().rows(request.user, campaign_of(request.user, narrowed.campaign))


@router.post("/needs", response={200: wire.NeedDetail, 201: wire.NeedDetail}, summary="Raise a need")
def raise_need(request: HttpRequest, payload: wire.NeedIn) -> Status:
    """Write a need into the ledger: 201; the same `client_uuid` again answers 200 with the need kept before."""
    known = Need.objects.filter(client_uuid=payload.client_uuid).first()
    if known is not None:
        return Status(200, whole(request.user, seen(request.user, known.pk)))
    site = get_object_or_404(visible(request.user, Site), pk=payload.site)
    if payload.team is None:
        team = _posted(request, site)
    else:
        team = get_object_or_404(visible(request.user, Team).select_related("campaign"), pk=payload.team)
    facts = payload.model_dump(include={"title", "text", "category", "client_uuid", "items", "wanted_by"})
    made = needs.raise_need(request.user, team, site, **facts)
    return Status(201, whole(request.user, seen(request.user, made.pk)))


def _posted(request: HttpRequest, site: Site) -> Team:
    """Return the team that would look after a need of `site`."""
    campaign = campaign_of(request.user, None)
    place = needs.serving(request.user, campaign).get(site.pk)
    if place is None:
        raise RuleBroken(
            _("No team serves %(site)s yet: the need could not be looked after.") % {"site": site}, field="team"
        )
    return place[1]


@router.get("/needs/{id}", response=wire.NeedDetail, summary="One need")
def one_need(request: HttpRequest, id: Key) -> dict[str, Any]:
    """Return one need with its hand-overs, items, measures, evidence, events, and the verbs open to the account."""
    return whole(request.user, seen(request.user, id))


@router.post("/needs/{id}/evidence", response={201: wire.EvidenceAdded}, summary="Add evidence")
def add_evidence(
    request: HttpRequest,
    id: Key,
    file: File[UploadedFile],
    version: Form[Version],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Status:
    """Add a photo, PDF, docx or xlsx; its digest goes into the need's chain, photos lose their metadata."""
    found = seen(request.user, id)
    found = evidence.act_with(found, "add_evidence", request.user, file, version=version, note=note)
    return Status(201, {"evidence": found.evidence.order_by("-pk").first(), "version": found.version})


@router.get(
    "/evidence/{id}",
    summary="Download evidence",
    openapi_extra={"responses": {200: {"content": {kind: {"schema": {"type": "string"}} for kind in FILES}}}},
)
def download(request: HttpRequest, id: Key) -> FileResponse:
    """Return the file itself."""
    found = get_object_or_404(Evidence.objects.filter(need__in=visible(request.user, Need)), pk=id)
    return FileResponse(found.file.open(), content_type=found.media_type, as_attachment=True, filename=found.name)


@router.post("/needs/{id}/{verb}", response=wire.Done, summary="Do one verb on a need")
def act(request: HttpRequest, id: Key, verb: Verb, payload: wire.Act) -> dict[str, Any]:
    """Do `verb`; the need's `verbs` say which are open. A stale `version` answers 409 with what changed since."""
    found = seen(request.user, id)
    facts = payload.facts(found)
    link = None
    if verb == "ask_confirm":
        token = needs.confirm_link(found, request.user, version=payload.version)
        link = request.build_absolute_uri(f"/confirm/{token}/")
    else:
        needs.apply(found, verb, request.user, version=payload.version, **facts)
    after = visible(request.user, Need).filter(pk=found.pk).exists()
    return {"need": whole(request.user, seen(request.user, id)) if after else None, "confirm_link": link}


@router.get("/audit/events", response=list[wire.EventOut], tags=["audit"], summary="The event chains")
@paginate
def chain(request: HttpRequest, need: Key | None = None, actor: Key | None = None) -> QuerySet[Event]:
    """List the events with their digests, the latest first; auditors only."""
    require(request.user, "view", Event)
    given = {"need": need, "actor": actor}
    rows = visible(request.user, Event).filter(**{name: key for name, key in given.items() if key is not None})
    return rows.select_related("actor").order_by("-pk")


@router.get("/audit/needs/{id}", response=wire.AuditOut, tags=["audit"], summary="Recompute one chain")
def check(request: HttpRequest, id: Key) -> dict[str, Any]:
    """Recompute the chain of one need and name its faults; `sijin audit` does all of them."""
    require(request.user, "view", Event)
    faults = list(audit.audit_need(seen(request.user, id)))
    return {"clean": not faults, "faults": faults}
