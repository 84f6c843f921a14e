"""Buses: the sheet of each bus of a plan on paper and as a workbook, the fleet with its sheets, travel-time tables."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange.files import MAX_BYTES
from sijin.exchange.views.offers import xlsx
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.works.domain.shuttles import demand, fleet, reads, sheets, tables
from sijin.works.domain.shuttles.places import places_of
from sijin.works.domain.shuttles.terms import table as rules_table
from sijin.works.domain.shuttles.travel import travel
from sijin.works.files import fleet as fleet_sheet
from sijin.works.files import shuttles as papers
from sijin.works.files import travel as travel_sheet
from sijin.works.forms.shuttles import ActForm, BusForm, SheetForm
from sijin.works.models import Bus, FleetImport, TravelTable
from sijin.works.views.projects import now
from sijin.works.views.shuttles import shuttle_of
from sijin.works.views.sites import campaign_of

PAGE = 50
SHOWN = 100  # rows that come back, on the page


@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sheets of a plan's buses, or of the one that is asked for: each a page of A4."""
    found = shuttle_of(request, pk)
    cards = reads.read(request.user, found).cards
    wanted = request.GET.get("trip", "")
    if wanted:
        cards = [card for card in cards if str(card.trip.pk) == wanted]
        if not cards:
            raise Http404
    context = {"shuttle": found, "cards": cards, "duties": papers.DUTIES, "one": bool(wanted)}
    return render(request, "works/shuttle_sheets.html", context)


@require_GET
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the sheets as a workbook, one for each bus."""
    found = shuttle_of(request, pk)
    cards = reads.read(request.user, found).cards
    return xlsx(papers.sheets(cards), f"返岗直通车-{found.arrive_on:%Y%m%d}.xlsx")


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the fleet; take in a sheet of it."""
    require(request.user, "view", Bus)
    may_keep = may(request.user, "keep", Bus)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        require(request.user, "keep", Bus)
        if form.is_valid():
            upload = form.cleaned_data["sheet"]
            try:
                rows = fleet_sheet.read(upload.read(MAX_BYTES + 1))
                made = sheets.take(request.user, upload.name or "", rows, at=now(request))
            except RuleBroken as refusal:
                form.add_error("sheet", refusal.message)
            else:
                return redirect("works:fleet_import", pk=made.pk)
    rows = fleet.listed(request.user)
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "form": form,
        "headings": [f"{heading}*" if name in sheets.REQUIRED else heading for name, heading, *_r in sheets.COLUMNS],
        "may_keep": may_keep,
        "tables": visible(request.user, TravelTable)[:10],
        "may_make_table": may(request.user, "make", TravelTable),
    }
    return render(request, "works/fleet.html", context, status=422 if form.errors else 200)


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Give the empty sheet of the fleet."""
    require(request.user, "keep", Bus)
    return xlsx(fleet_sheet.template(), "车辆导入模板.xlsx")


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the fleet as a sheet that can be read in again."""
    require(request.user, "view", Bus)
    rows = visible(request.user, Bus).filter(withdrawn_at=None).select_related("depot_site", "depot_place", "unit")
    return xlsx(fleet_sheet.export(rows), "车辆清单.xlsx")


@require_GET
def imported(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what became of a sheet."""
    found = get_object_or_404(visible(request.user, FleetImport), pk=pk)
    context = {"sheet": found, "shown": found.bad[:SHOWN], "rows": "works:fleet_returned"}
    return render(request, "works/fleet_import.html", context)


@require_GET
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the rows of a sheet that were not taken, each with what is wrong."""
    found = get_object_or_404(visible(request.user, FleetImport), pk=pk)
    return xlsx(fleet_sheet.returned(found.bad), f"退回-{found.name.removesuffix('.xlsx')}.xlsx")


@require_http_methods(["GET", "POST"])
def bus(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a bus down, or change one; who was slower gets the form back with what the other changed."""
    require(request.user, "keep", Bus)
    found = get_object_or_404(visible(request.user, Bus), pk=pk) if pk else None
    names = ("plate", "version", "seats", "fixed", "per_km", "depot_site", "depot_place", "owner", "unit")
    initial = {name: getattr(found, name) for name in names} if found else None
    form, status, diff = BusForm(request.POST or None, account=request.user, initial=initial), 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            facts = dict(form.cleaned_data)
            plate, version = facts.pop("plate"), facts.pop("version")
            try:
                if found and fleet.plain(plate) != found.plate:
                    raise RuleBroken(_("The plate cannot be changed."), field="plate")
                fleet.keep(request.user, plate, version=version, **facts)
            except Stale as stale:
                if found is None:
                    form.add_error("plate", _("There is another bus with this plate."))
                else:
                    status, diff = 409, [(form.fields[n].label, *pair) for n, pair in stale.facts["diff"].items()]
                    form.data = {**request.POST.dict(), "version": stale.facts["found"]}
            except RuleBroken as refusal:
                field = refusal.facts.get("field")
                form.add_error({"depot": "depot_site"}.get(str(field), field) if field else None, refusal.message)
            else:
                messages.success(request, _("It is in the fleet."))
                return redirect("works:fleet")
    return render(request, "works/bus_form.html", {"form": form, "bus": found, "diff": diff}, status=status)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take a bus out of the fleet, or put it back."""
    found = get_object_or_404(visible(request.user, Bus), pk=pk)
    require(request.user, "keep", found)
    form = ActForm(request.POST)
    acts = {"withdraw": fleet.withdraw, "restore": fleet.restore}
    if verb not in acts or not form.is_valid():
        raise RuleBroken(_("This cannot be done with a bus."))
    acts[verb](request.user, found, version=form.cleaned_data["version"], at=now(request))
    messages.success(request, _("Written down."))
    return redirect("works:fleet")


@require_http_methods(["GET", "POST"])
def table(request: HttpRequest) -> HttpResponse:
    """Read a table of travel times in; by GET, give the squares for the places of the present demand."""
    require(request.user, "make", TravelTable)
    if request.method == "GET":
        workers = list(demand.needing())
        ends = {worker.site for worker in workers}
        depots = [
            one.depot for one in Bus.objects.filter(withdrawn_at=None).select_related("depot_place", "depot_site")
        ]
        rows: list[Any] = [*(w.pick_up for w in workers if w.pick_up), *ends, *depots]
        places = sorted(places_of(rows).values(), key=lambda place: (place.province, place.name))
        filled = travel(places[: tables.MOST], rules_table()["travel"])
        return xlsx(travel_sheet.template(filled), "行车时间模板.xlsx")
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file."))
        return redirect("works:fleet")
    upload = form.cleaned_data["sheet"]
    try:
        read = travel_sheet.read(upload.read(MAX_BYTES + 1), upload.name or "")
        made = tables.keep(request.user, campaign_of(request.user), upload.name or "", read, at=now(request))
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    else:
        told = {"places": len(made.places), "faults": len(made.faults)}
        messages.success(request, _("%(places)s places were read, %(faults)s cells could not be.") % told)
    return redirect("works:fleet")
