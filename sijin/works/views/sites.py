"""The list of sites, one site, its profile and contacts."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.models import Campaign
from sijin.exchange.models import ReliefFigures
from sijin.ledger.domain import clock
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken, Stale
from sijin.places.models import Door, Region, Site
from sijin.works.domain import listing, profiles, sites
from sijin.works.domain.village import reads as village
from sijin.works.forms import ContactForm, FilterForm, SiteForm
from sijin.works.models import PlanMeasure, Project, SiteContact, SitePlan, VillageWork, Worker

PAGE = 40
SHOWN = 20  # needs and matches on a site's page


def campaign_of(account: Account) -> Campaign:
    """Return the campaign that the pages are about; 404 when there is none."""
    found = visible(account, Campaign).first()
    if found is None:
        raise Http404
    return found


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """List the sites, those with overdue needs first."""
    require(request.user, "view", Site)
    campaign, form = campaign_of(request.user), FilterForm(request.GET)
    page = Paginator(listing.listed(request.user, campaign, form.wanted()), PAGE).get_page(request.GET.get("page"))
    counties = Region.objects.filter(system=Region.System.NBS, level__in=("county", "area"))
    context = {
        "page": page,
        "rows": listing.filled(request.user, page.object_list),
        "form": form,
        "doors": Door.choices,
        "counties": counties,
        "narrowed": any(form.cleaned_data.values()),
        "days": sites.LONG,
    }
    return render(request, "works/sites.html", context)


@require_GET
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one site: what it is, what it needs, what is done for it."""
    return render(request, "works/site.html", _page(request, pk, ContactForm()))


def _page(request: HttpRequest, pk: int, contact: ContactForm) -> dict[str, Any]:
    account, campaign = request.user, campaign_of(request.user)
    found = get_object_or_404(sites.with_facts(account), pk=pk)
    today = sites.today_of(campaign)
    needs = list(sites.needs_of(account, found)[: SHOWN + 1])
    seen = sites.visits_of(account, found)
    return {
        "site": found,
        "profile": getattr(found, found.door, None),
        "needs": [(need, clock.light(need, today)) for need in needs[:SHOWN]],
        "more_needs": len(needs) > SHOWN,
        "visits": seen,
        "unvisited": sites.unvisited(seen["last"], campaign.now()),
        "offers": sites.offers_of(account, found),
        "matches": sites.matches_of(account, found)[:SHOWN],
        "plans": visible(account, SitePlan).filter(site=found).defer("content")[:5],
        "map": sites.locate(found),
        "contact_form": contact,
        "may_change": may(account, "change", found),
        "may_keep": may(account, "keep", SiteContact),
        "sees_relief": found.door == Door.ENTERPRISE and may(account, "view", ReliefFigures),
        "sees_plan": may(account, "view", PlanMeasure),
        "sees_workers": found.door in (Door.ENTERPRISE, Door.PROJECT) and may(account, "view", Worker),
        "entry": visible(account, Project).filter(site=found).first() if found.door == Door.PROJECT else None,
        "may_enter": may(account, "keep", Project),
        "village_works": [village.standing(work, today) for work in village.of_site(account, found)],
        "may_begin": found.door in (Door.VILLAGE, Door.COMMUNITY) and may(account, "keep", VillageWork),
    }


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known of a site; who was slower gets the form back with what the other changed."""
    found = get_object_or_404(visible(request.user, Site), pk=pk)
    require(request.user, "change", found)
    profile = profiles.profile_of(found)
    if request.method == "GET":
        facts = {name: getattr(profile, name) for name in profiles.FIELDS[found.door]}
        initial = {"version": found.version, "name": found.name, "workload": found.workload, **facts}
        return _form(request, found, SiteForm(initial=initial, door=found.door))
    form, status, diff = SiteForm(request.POST, door=found.door), 422, []
    if form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            profiles.edit(request.user, found, version=facts.pop("version"), **facts)
        except Stale as stale:
            status, diff = 409, [(form.fields[name].label, *pair) for name, pair in stale.facts["diff"].items()]
            form.data = {**request.POST.dict(), "version": stale.facts["found"]}
        except RuleBroken as refusal:
            form.add_error(refusal.facts.get("field"), refusal.message)
        else:
            messages.success(request, _("The site was changed."))
            return redirect("works:site", pk=pk)
    return _form(request, found, form, status, diff)


def _form(
    request: HttpRequest, found: Site, form: SiteForm, status: int = 200, diff: list[Any] | None = None
) -> HttpResponse:
    context = {"site": found, "form": form, "diff": diff, "stale": status == 409}
    return render(request, "works/site_form.html", context, status=status)


@require_POST
def keep_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down whom to speak to."""
    found = get_object_or_404(visible(request.user, Site), pk=pk)
    require(request.user, "keep", SiteContact)
    form = ContactForm(request.POST)
    if not form.is_valid():
        return render(request, "works/site.html", _page(request, pk, form), status=422)
    profiles.keep_contact(request.user, found, **form.cleaned_data)
    return redirect("works:site", pk=pk)


@require_POST
def drop_contact(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    """Take a contact out."""
    profiles.drop_contact(request.user, get_object_or_404(visible(request.user, SiteContact), pk=contact, site=pk))
    return redirect("works:site", pk=pk)
