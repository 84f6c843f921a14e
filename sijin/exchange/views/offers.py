"""Offers as a list, as a page, as a form, as a sheet."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange import files
from sijin.exchange.domain import kinds, offers, reads, suggestions
from sijin.exchange.domain.sheet import HEADINGS
from sijin.exchange.files import chain, employment, pool
from sijin.exchange.forms import FilterForm, OfferForm, places
from sijin.exchange.models import Complement, Match, Offer, OfferImport, SoilSample
from sijin.exchange.views import sheets
from sijin.exchange.views.board import campaign_of
from sijin.people.digits import is_number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale

PAGE = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the offers, narrowed by the address."""
    require(request.user, "view", Offer)
    form = FilterForm(request.GET)
    rows = reads.offers(request.user, campaign_of(request.user), form.wanted())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "page": page,
        "form": form,
        "count": reads.counted(rows),
        "query": kept.urlencode(),
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "counties": [region for region in places() if region.level in ("county", "area")],
        "may_offer": may(request.user, "offer", Offer),
    }
    return render(request, "exchange/offers.html", context)


@require_GET
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one offer: what of it is promised to whom, which needs it fits, what was changed."""
    rows = visible(request.user, Offer).select_related("region", "site", "unit_of_provider", "campaign")
    found = get_object_or_404(rows, pk=pk)
    promised = visible(request.user, Match).filter(offer=found).select_related("item__need__site", "made_by")
    changes = [(offers.word(row.verb), row) for row in found.changes.select_related("by")]
    context = {
        "offer": found,
        "matches": promised,
        "fits": suggestions.needs_for(request.user, found) if may(request.user, "reserve", Match) else [],
        "soil": visible(request.user, SoilSample).filter(offer=found, withdrawn_at=None).exclude(verdict="")[:3],
        "may_reserve": may(request.user, "reserve", Match),
        "may_judge": may(request.user, "judge", Complement),
        "refusals": kinds.refusals(),
        "changes": changes,
        "yes_no": f"{_('Yes')},{_('No')},{_('Not known')}",
        "may_offer": may(request.user, "offer", found),
    }
    return render(request, "exchange/offer.html", context)


@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """Put a new offer into the exchange."""
    require(request.user, "offer", Offer)
    form = OfferForm(request.POST or None, account=request.user)
    if request.method == "POST" and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            made = offers.make(request.user, campaign_of(request.user), **facts)
        except RuleBroken as refusal:
            _into(form, refusal)
        else:
            messages.success(request, _("The offer is in the exchange."))
            return redirect("exchange:offer", pk=made.pk)
    return _form(request, form, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an offer; who was slower gets the form back with what the other changed."""
    found = get_object_or_404(visible(request.user, Offer).select_related("campaign"), pk=pk)
    require(request.user, "offer", found)
    if request.method == "GET":
        return _form(request, OfferForm(initial=OfferForm.initial_of(found), account=request.user), offer=found)
    form, status, diff = OfferForm(request.POST, account=request.user), 422, []
    if form.is_valid():
        facts = dict(form.cleaned_data)
        version = facts.pop("version") or 0
        try:
            offers.edit(request.user, found, version=version, **facts)
        except Stale as stale:
            status, diff = (
                409,
                [
                    (form.fields[name].label, mine, theirs)
                    for name, (mine, theirs) in stale.facts["diff"].items()
                    if name in form.fields
                ],
            )
            form.data = {**{name: form.data.get(name, "") for name in form.fields}, "version": stale.facts["found"]}
        except RuleBroken as refusal:
            _into(form, refusal)
        else:
            messages.success(request, _("The offer was changed."))
            return redirect("exchange:offer", pk=pk)
    return _form(request, form, status, offer=found, diff=diff, stale=status == 409)


def _into(form: OfferForm, refusal: RuleBroken) -> None:
    field = refusal.facts.get("field")
    form.add_error(field if field in form.fields else None, refusal.message)


def _form(request: HttpRequest, form: OfferForm, status: int = 200, **context: Any) -> HttpResponse:
    context = {"form": form, "units": kinds.units(), **context}
    return render(request, "exchange/offer_form.html", context, status=status)


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Withdraw an offer or put it back."""
    found = get_object_or_404(visible(request.user, Offer), pk=pk)
    version = request.POST.get("version", "")
    verbs = {"withdraw": offers.withdraw, "restore": offers.restore}
    if verb not in verbs or not is_number(version):
        raise RuleBroken(_("This cannot be done with an offer."))
    verbs[verb](request.user, found, version=int(version))
    messages.success(
        request,
        _("The offer was withdrawn; what is promised stays promised.")
        if verb == "withdraw"
        else _("The offer is back in the exchange."),
    )
    return redirect("exchange:offer", pk=pk)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the listed offers as a sheet that can be read in again."""
    require(request.user, "view", Offer)
    rows = reads.offers(request.user, campaign_of(request.user), FilterForm(request.GET).wanted())
    return xlsx(files.export(rows), "资源清单.xlsx")


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Give the empty sheet."""
    require(request.user, "offer", Offer)
    return xlsx(files.template(), "资源导入模板.xlsx")


def xlsx(content: bytes, name: str) -> HttpResponse:
    """Answer with a workbook."""
    return _file(content, name, XLSX)


def docx(content: bytes, name: str) -> HttpResponse:
    """Answer with a document."""
    return _file(content, name, DOCX)


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=media_type, headers={"Content-Disposition": disposition or "attachment"})


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest) -> HttpResponse:
    """Take in a sheet: a short one at once, a long one by a job."""
    require(request.user, "offer", Offer)

    def read(content: bytes) -> tuple[str, list[dict[str, Any]]]:
        return OfferImport.Of.OFFERS, files.read(content)

    return sheets.read_in(request, "exchange/import_new.html", read, [OfferImport.Of.OFFERS], headings=HEADINGS)


@require_GET
def read_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what became of a sheet."""
    sheet = get_object_or_404(visible(request.user, OfferImport), pk=pk)
    return render(request, "exchange/import.html", {"sheet": sheet, "shown": sheet.bad[:100]})


@require_GET
def returned(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back the rows that were not taken."""
    sheet = get_object_or_404(visible(request.user, OfferImport), pk=pk)
    if sheet.of == OfferImport.Of.OFFERS:
        return xlsx(files.returned(sheet.bad), "退回的行.xlsx")
    files_of = {OfferImport.Of.CHAIN: chain, OfferImport.Of.POSTS: employment, OfferImport.Of.WISHES: employment}
    return xlsx(files_of.get(sheet.of, pool).returned(sheet), "退回的行.xlsx")
