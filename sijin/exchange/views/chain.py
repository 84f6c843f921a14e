"""The chain map's page: the picture and the three lists, what stops when a firm does, sheets in and out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange import files, jobs
from sijin.exchange.domain import imports
from sijin.exchange.domain.chain import keeping, maps
from sijin.exchange.files import chain as sheets
from sijin.exchange.forms import LinkForm, SheetForm
from sijin.exchange.models import ChainFirm, ChainSupply, OfferImport
from sijin.exchange.views.board import campaign_of
from sijin.exchange.views.offers import AT_ONCE, xlsx
from sijin.ledger.models import Need
from sijin.people.jobs import start
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the chain; `stop` asks what stops when a firm does."""
    require(request.user, "view", ChainFirm)
    asked = request.GET.get("stop", "")
    found = maps.drawn(
        request.user, campaign_of(request.user), int(asked) if asked.isdigit() and len(asked) < 18 else None
    )
    context = {
        "map": found,
        "may_keep": may(request.user, "keep", ChainFirm),
        "may_raise": may(request.user, "raise", Need),
        "width": maps.BOX,
        "high": maps.HIGH,
    }
    return render(request, "exchange/chain_home.html", context)


@require_POST
def raise_link(request: HttpRequest) -> HttpResponse:
    """Raise a weak link as a need of a firm that buys the product."""
    require(request.user, "keep", ChainFirm)
    require(request.user, "raise", Need)
    form = LinkForm(request.POST)
    campaign = campaign_of(request.user)
    weak = maps.drawn(request.user, campaign).weak if form.is_valid() else []
    facts = form.cleaned_data
    link = next((link for link in weak if (link.product, link.kind) == (facts.get("product"), facts.get("kind"))), None)
    if link is None:
        raise RuleBroken(_("The chain has no such weak link any more."))
    if link.site is None:
        raise RuleBroken(_("No firm that buys this product is a site of the campaign."))
    need = keeping.raise_link(request.user, campaign, link.site, link.product, link.kind, link.words)
    messages.success(request, _("Raised as need %(number)s.") % {"number": need.number})
    return redirect("ledger:need", pk=need.pk)


@require_http_methods(["GET", "POST"])
def read_in(request: HttpRequest) -> HttpResponse:
    """Take in a sheet of supplies: a short one at once, a long one by a job."""
    require(request.user, "keep", ChainFirm)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["sheet"]
        try:
            content = upload.read(files.MAX_BYTES + 1)
            rows = sheets.read(content)
        except RuleBroken as refusal:
            form.add_error("sheet", refusal.message)
        else:
            of = OfferImport.Of.CHAIN
            sheet = imports.begin(request.user, campaign_of(request.user), upload.name or "", content, rows, of)
            if len(rows) > AT_ONCE:
                return redirect("people:job", pk=start(request.user, "offers", jobs.take_sheet, sheet=sheet.pk).pk)
            jobs.take_in(sheet)
            return redirect("exchange:import", pk=sheet.pk)
    recent = visible(request.user, OfferImport).filter(of=OfferImport.Of.CHAIN)
    context = {"form": form, "recent": recent.only("name", "made_at", "created", "changed", "same", "bad")[:5]}
    return render(request, "exchange/chain_import.html", context, status=422 if form.errors else 200)


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """Give the empty sheet."""
    require(request.user, "keep", ChainFirm)
    return xlsx(sheets.template(), "供应链导入模板.xlsx")


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the supplies as a sheet that can be read in again."""
    require(request.user, "view", ChainFirm)
    firms = visible(request.user, ChainFirm).filter(campaign=campaign_of(request.user))
    rows = ChainSupply.objects.filter(supplier__in=firms).select_related("supplier__site", "buyer__site")
    return xlsx(sheets.export(rows), "供应链清单.xlsx")
