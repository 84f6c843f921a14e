"""What if: up to four scenarios beside what runs, and which skill to ask the province for."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sijin.dispatch.domain import board, pricing
from sijin.dispatch.domain import what_if as domain
from sijin.dispatch.domain.assessing import PARTS
from sijin.dispatch.domain.scenarios import KINDS, MOST, RULES, Names, counties_of, units_of, worded
from sijin.dispatch.domain.skills import known_skills
from sijin.dispatch.forms import ScenarioForm, WhatIfForm
from sijin.dispatch.jobs import answer_what_if
from sijin.dispatch.models import Campaign, DispatchPlan, WhatIf
from sijin.dispatch.views.board import current
from sijin.people import jobs
from sijin.people.models import Account
from sijin.people.policy import may, require, visible
from sijin.people.refusals import RuleBroken
from sijin.places.models import Door, Region

KIND = gettext_noop("What if")
PAGE = 20


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Ask, and list what was asked before."""
    require(request.user, "ask" if request.method == "POST" else "view", WhatIf)
    campaign = request.campaign = current(request.user)
    if campaign is None:
        return redirect("dispatch:home")
    may_ask = may(request.user, "ask", WhatIf)
    given = request.POST if request.method == "POST" else None
    form, forms = WhatIfForm(given, label_suffix=""), _forms(campaign, given) if may_ask else []
    if given is not None and (asked := _asked(request, campaign, form, forms)):
        return redirect("dispatch:what_if", pk=asked.pk)
    rows = visible(request.user, WhatIf).filter(campaign=campaign).select_related("asked_by", "job")
    page = Paginator(rows.defer("results"), PAGE).get_page(request.GET.get("page"))
    names = Names(change for row in page for change in row.scenarios)
    for row in page:
        row.words = [worded(change, names) for change in row.scenarios]
    context = {"campaign": campaign, "form": form, "forms": forms, "page": page, "may_ask": may_ask}
    context |= _shadow(request.user, campaign)
    return render(request, "dispatch/what_ifs.html", context, status=422 if given is not None else 200)


def _forms(campaign: Campaign, given: Any) -> list[ScenarioForm]:
    choices = {
        "kind": list(KINDS.items()),
        "skill": sorted(known_skills().items(), key=lambda pair: pair[1]),
        "unit": [(unit.pk, unit.name) for unit in units_of(campaign)],
        "county": [(county.pk, county.name) for county in counties_of(campaign)],
        "door": [(door, Door(door).label) for door in campaign.doors],
        "rule": [(name, words) for name, (words, _least, _most) in RULES.items()],
    }
    return [ScenarioForm(given, prefix=f"s{n}", choices=choices, label_suffix="") for n in range(1, MOST + 1)]


def _asked(request: HttpRequest, campaign: Campaign, form: WhatIfForm, forms: list[ScenarioForm]) -> WhatIf | None:
    """Keep the question and start its job; None when a scenario is not complete, which its form then says."""
    if not all(each.is_valid() for each in (form, *forms)):
        return None
    filled = [each for each in forms if each.cleaned_data.get("kind")]
    if not filled:
        forms[0].add_error("kind", _("Choose at least one change."))
        return None
    for each in filled:
        try:
            domain.checked(each.cleaned_data)
        except RuleBroken as refusal:
            each.add_error(refusal.facts.get("field", "kind"), refusal.message)
    if any(each.errors for each in filled):
        return None
    asked = domain.ask(request.user, campaign, [each.cleaned_data for each in filled], **form.cleaned_data)
    return _start(request, asked)


def _start(request: HttpRequest, asked: WhatIf) -> WhatIf:
    asked.job = jobs.start(request.user, KIND, answer_what_if, what_if_pk=asked.pk)
    asked.save(update_fields=["job"])
    return asked


@require_POST
def one_more(request: HttpRequest) -> HttpResponse:
    """Ask what one more holder of each skill in each county would save."""
    require(request.user, "ask", WhatIf)
    campaign = get_object_or_404(visible(request.user, Campaign)[:1])
    asked = _start(request, domain.ask_one_more(request.user, campaign, seconds=5))
    return redirect("dispatch:what_if", pk=asked.pk)


@require_GET
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a question with its answer, or how far the answer is."""
    rows = visible(request.user, WhatIf).select_related("campaign", "asked_by", "job")
    found = get_object_or_404(rows, pk=pk)
    request.campaign = found.campaign
    context: dict[str, Any] = {
        "what_if": found,
        "may_discard": may(request.user, "discard", found),
        "own_job": found.job if found.job and may(request.user, "view", found.job) else None,
    }
    if found.kind == WhatIf.Kind.ONE_MORE:
        context["prices"] = _table(found.results.get("prices", []))
        context["results"] = found.results
    elif found.results:
        columns = domain.columns(found)
        names, words = known_skills(), pricing.parts_words()
        solved = [column for column in columns if "cost" in column.facts]
        skills = sorted(
            {skill for column in solved for skill in column.facts["uncovered"]},
            key=lambda skill: -max(column.facts["uncovered"].get(skill, 0) for column in solved),
        )
        context |= {
            "columns": columns,
            "parts": [(words[part], [column.facts.get("parts", {}).get(part) for column in columns]) for part in PARTS],
            "skills": [
                (names.get(skill, skill), [column.facts.get("uncovered", {}).get(skill, 0) for column in columns])
                for skill in skills
            ],
            "chart": _chart(solved, words, [(skill, names.get(skill, skill)) for skill in skills]),
            "names": names,
        }
    else:
        names = Names(found.scenarios)
        context["words"] = [worded(change, names) for change in found.scenarios]
    return render(request, "dispatch/what_if.html", context)


def _chart(solved: list[domain.Column], words: dict[str, Any], skills: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what the charts draw: parts of the objective by column, uncovered skills by column."""
    return {
        "columns": [column.words for column in solved],
        "parts": [[str(words[part]), [column.facts["parts"][part] for column in solved]] for part in PARTS],
        "skills": [name for _skill, name in skills],
        "uncovered": [
            [x, y, column.facts["uncovered"].get(skill, 0)]
            for x, column in enumerate(solved)
            for y, (skill, _name) in enumerate(skills)
        ],
    }


def _table(rows: list[list[Any]]) -> dict[str, Any]:
    """Return prices as a table: a row for each skill, the dearest first, a column for each county."""
    counties = {county.pk: county.name for county in Region.objects.filter(pk__in={int(row[1]) for row in rows})}
    by_skill: dict[str, dict[int, list[Any]]] = {}
    for skill, county, *values in rows:
        by_skill.setdefault(skill, {})[int(county)] = values
    names, most = known_skills(), max((row[2] for row in rows if row[2] > 0), default=1)
    order = sorted(by_skill, key=lambda skill: -max(values[0] for values in by_skill[skill].values()))
    lines = []
    for skill in order:
        cells = [_cell(by_skill[skill].get(county), most) for county in counties]
        lines.append((names.get(skill, skill) or _("anyone, without a skill"), cells))
    return {"counties": list(counties.values()), "rows": lines}


def _cell(values: list[Any] | None, most: float) -> dict[str, Any] | None:
    if values is None:
        return None
    price = values[0]
    low, high = values[1:3] if len(values) > 2 else (None, None)
    return {"price": price, "heat": min(5, max(0, round(5 * price / most))), "low": low, "high": high}


def _shadow(account: Account, campaign: Campaign) -> dict[str, Any]:
    """Return the skill prices of the plan that runs, when the solver gave them, else of the last "one more" answer."""
    if not may(account, "view", DispatchPlan):
        return {}
    plan = board.plans(account, campaign).filter(state=DispatchPlan.State.APPROVED).first()
    if plan is not None and plan.shadow:
        return {"prices": _table(plan.shadow), "priced_by": plan}
    asked = visible(account, WhatIf).filter(campaign=campaign, kind=WhatIf.Kind.ONE_MORE).exclude(results={}).first()
    if asked is not None:
        return {"prices": _table(asked.results["prices"]), "asked": asked}
    return {}


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a question away."""
    domain.discard(request.user, get_object_or_404(visible(request.user, WhatIf), pk=pk))
    messages.success(request, _("The question is gone; nothing of the campaign was touched."))
    return redirect("dispatch:what_ifs")
