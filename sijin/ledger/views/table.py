"""The ledger as a table: one filter, its tabs, lists, columns and pages; a verb done from a row."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sijin.dispatch.models import Campaign
from sijin.ledger.domain import bulk, columns, facets, filters, needs, saved
from sijin.ledger.domain.filters import Filter
from sijin.ledger.models import Need, SavedFilter, TriageExample
from sijin.ledger.transitions import word
from sijin.ledger.views.rows import AT_ONCE, rows
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import NotAllowed, Refused, RuleBroken

PAGE = 40
AT_HAND = 2000  # rows of a file that is made while the reader waits; more of them are a job


def campaign_of(account: Account) -> Campaign | None:
    """Return the campaign whose ledger `account` reads."""
    return visible(account, Campaign).first()


def read_filter(account: Account, data: QueryDict) -> tuple[Filter, list[str]]:
    """Read the filter of a request; who has nothing to do in the ledger begins with what is open."""
    return filters.read(data, default_tab="mine" if bulk.has_turns(account) else "open")


class Counted(Paginator):
    """Pages of rows whose number is known already."""

    def __init__(self, found: Any, size: int, known: int) -> None:
        super().__init__(found, size)
        self._known = known

    @cached_property
    def count(self) -> int:
        """Return the known number of rows."""
        return self._known


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show one state of the table."""
    return show(request, request.GET)


def show(request: HttpRequest, data: QueryDict, **more: Any) -> HttpResponse:
    """Render the table for the filter in `data`; `more` carries what a form on it has to say."""
    require(request.user, "view", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        return render(request, "ledger/home.html", {"campaign": None})
    chosen, faults = read_filter(request.user, data)
    tabs, lists = filters.counts(request.user, campaign, chosen)
    shown = columns.shown(request.user, chosen.on_list)
    found = columns.loaded(chosen.rows(request.user, campaign), [column.key for column in shown])
    page = Counted(found, PAGE, tabs[chosen.tab]).get_page(data.get("page"))
    kept = list(saved.of(request.user, campaign))
    current = next((s for s in kept if str(s.pk) == data.get("saved")), None)
    undo = visible(request.user, SavedFilter).filter(pk=data["undo"]) if data.get("undo", "").isdecimal() else ()
    keep = {"saved": current.pk} if current else {}
    context = {
        "campaign": campaign,
        "filter": chosen,
        "faults": faults,
        "query": chosen.query(),
        "tabs": [_link(chosen, "tab", k, label, tabs[k], not current) for k, label in filters.TABS.items()],
        "lists": [_link(chosen, "on_list", k, label, lists[k]) for k, label in _lists().items()],
        "saved": [{"row": s, "current": s == current, "mine": s.account_id == request.user.pk} for s in kept],
        "current": current,
        "undone": next((s for s in undo if s.deleted_at), None),
        "columns": [_head(chosen, column, keep) for column in shown],
        "page": page,
        "rows": rows(request.user, page, timezone.localtime(campaign.now()).date()),
        "pages": _pages(chosen, page, keep),
        "chips": _chips(request.user, chosen),
        "without": chosen.query(**dict.fromkeys(chosen.narrowed(), None)),
        "total": tabs[chosen.tab],
        "large": tabs[chosen.tab] > AT_HAND,
        "verbs": bulk.verbs_of(request.user),
        "may_share": may(request.user, "share", SavedFilter),
        "may_raise": may(request.user, "raise", Need),
        "may_bring": may(request.user, "raise", Need) and may(request.user, "view", TriageExample),
        "choices": columns.COLUMNS.values(),
        "kinds": [("xlsx", _("Workbook (.xlsx), editable")), ("csv", _("Plain rows (.csv)"))],
        "hidden": _hidden(chosen, ("q",)),
        "picked": {column.key for column in shown},
        **more,
    }
    return render(request, "ledger/home.html", context, status=422 if more else 200)


def _lists() -> dict[str, Any]:
    return {"": _("Whole ledger"), **filters.LISTS}


def _link(chosen: Filter, field: str, key: str, label: Any, count: int, may_be_current: bool = True) -> dict[str, Any]:
    current = may_be_current and getattr(chosen, field) == key
    return {"key": key, "label": label, "count": count, "query": chosen.query(**{field: key}), "current": current}


def _head(chosen: Filter, column: columns.Column, keep: dict[str, Any]) -> dict[str, Any]:
    """Return a column's head: the link that sorts by it, and how it is sorted now."""
    now = "ascending" if chosen.sort == column.key else "descending" if chosen.sort == f"-{column.key}" else ""
    turned = f"-{column.key}" if now == "ascending" else "" if now == "descending" else column.key
    return {"key": column.key, "label": column.label, "sorted": now, "query": chosen.query(sort=turned, **keep)}


def _pages(chosen: Filter, page: Any, keep: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the page links: the first, the last, those about the present one; None stands for a gap."""
    found = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [
        {"number": n, "query": chosen.query(page=n, **keep) if isinstance(n, int) else "", "current": n == page.number}
        for n in found
    ]


def _chips(account: Account, chosen: Filter) -> list[dict[str, str]]:
    """Return one removable word for each facet that narrows."""
    return [
        {"label": label, "value": value, "query": chosen.query(**{name: None})}
        for name, label, value in facets.in_words(account, chosen)
    ]


def _hidden(chosen: Filter, asked: Iterable[str]) -> list[tuple[str, str]]:
    """Return what a form that asks for some fields must carry of the others."""
    return [(name, value) for name, value in parse_qsl(chosen.query()) if name not in asked]


@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """Show all facets as a form: into the table's panel, or as a page of its own where no script runs."""
    require(request.user, "view", Need)
    campaign = campaign_of(request.user)
    if campaign is None:
        return redirect("ledger:home")
    chosen, _faults = read_filter(request.user, request.GET)
    words, choices = facets.labels(), facets.choices(request.user, campaign)
    context = {
        "filter": chosen,
        "facets": [
            {"name": name, "label": words[name], "choices": found, "value": getattr(chosen, name)}
            for name, found in choices.items()
        ],
        "hidden": _hidden(chosen, [*words.keys() - {"q"}]),
        "without": chosen.query(**dict.fromkeys(chosen.narrowed(), None)),
    }
    template = "ledger/table/facets.html" if request.htmx else "ledger/filters.html"
    return render(request, template, context)


@require_POST
def act_in_row(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Do a verb that needs no facts from its row; answer the row as it stands then."""
    found = get_object_or_404(visible(request.user, Need), pk=pk)
    if verb not in AT_ONCE:
        raise RuleBroken(_("%(verb)s needs facts: open the need.") % {"verb": word(verb)})
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise RuleBroken(_("The row's version is missing; load the page again."))
    back = f"{reverse('ledger:home')}?{request.POST.get('back', '')}"
    if not request.htmx:
        needs.apply(found, verb, request.user, version=int(version))
        return redirect(back)
    said, status = _("Done: %(verb)s") % {"verb": word(verb)}, 200
    try:
        needs.apply(found, verb, request.user, version=int(version))
    except NotAllowed:
        raise
    except Refused as refusal:
        said, status = refusal.message, refusal.status
    chosen, _faults = read_filter(request.user, QueryDict(request.POST.get("back", "")))
    shown = columns.shown(request.user, chosen.on_list)
    fresh = columns.loaded(visible(request.user, Need).filter(pk=pk), [column.key for column in shown])
    fresh = fresh.select_related("site__county", "site__town", "team", "lead_unit", "campaign")
    row = rows(request.user, fresh, timezone.localtime(found.campaign.now()).date())[0]
    row.said, row.failed = said, status != 200
    context = {"row": row, "columns": shown, "verbs": bulk.verbs_of(request.user)}
    return render(request, "ledger/table/row.html", context, status=status)
