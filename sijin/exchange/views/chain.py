"""The chain map's page: the picture and the three lists, what stops when a firm does, sheets in and out."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.exchange.domain.chain import keeping, maps
from sijin.exchange.files import chain as sheets
from sijin.exchange.forms import LinkForm
from sijin.exchange.models import ChainFirm, ChainSupply, OfferImport
from sijin.exchange.views import sheets as reading
from sijin.exchange.views.board import campaign_of
from sijin.exchange.views.offers import xlsx
from sijin.ledger.models import Need
from sijin.people.digits import is_number
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the chain; `stop` asks what stops when a firm does."""
    require(request.user, "view", ChainFirm)
    asked = request.GET.get("stop", "")
    stop = int(asked) if is_number(asked) else None
    found = maps.drawn(request.user, campaign_of(request.user), stop)
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

    def read(content: bytes) -> tuple[str, list[dict[str, Any]]]:
        return OfferImport.Of.CHAIN, sheets.read(content)

    return reading.read_in(request, "exchange/chain_import.html", read, [OfferImport.Of.CHAIN])


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
