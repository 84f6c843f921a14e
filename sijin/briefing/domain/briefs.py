"""Issuing a brief and reading it: text and figures as they were at issue time, whatever the ledger does later."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from sijin.briefing.domain.figures import Figure, figures
from sijin.briefing.domain.standing import closing, day_of
from sijin.briefing.domain.template import Draft, template
from sijin.briefing.models import Brief, BriefFigure
from sijin.dispatch.models import Campaign
from sijin.ledger.models import Need
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import RuleBroken

Progress = Callable[[int, int, str], None]
DOCUMENT = "zh-hans"  # a brief is an official document: Chinese, whatever the reader's language


def long_day(day: date) -> str:
    """Return 2020年3月4日, as documents have it."""
    return f"{day.year}年{day.month}月{day.day}日"


def check(by: Account, campaign: Campaign, day: date, reason: str = "") -> Brief | None:
    """Return the brief that an issue of `day` would correct, or None for a first issue (one query).

    Raises
    ------
    NotAllowed
        The policy does not let `by` issue briefs.
    RuleBroken
        The day is outside the campaign, was issued already, or there is nothing to correct.
    """
    require(by, "issue", Brief)
    if not campaign.start <= day <= day_of(campaign.now()):
        raise RuleBroken(_("A brief is of a day between the start of the campaign and today."), field="date")
    last = Brief.objects.filter(campaign=campaign, date=day).first()
    if last and not reason.strip():
        raise RuleBroken(
            _("The brief of this day was issued. It stays as it is; a correction needs its reason."), field="reason"
        )
    if not last and reason.strip():
        raise RuleBroken(_("There is no brief of this day to correct."), field="reason")
    return last


def issue(
    by: Account,
    campaign: Campaign,
    day: date,
    *,
    reason: str = "",
    at: datetime | None = None,
    progress: Progress = lambda done, total, words: None,
) -> Brief:
    """Issue the brief of `day`, or with a `reason` a numbered correction of the one before; refused as `check` says."""
    last = check(by, campaign, day, reason)
    progress(0, 2, _("Counting the figures"))
    try:
        with translation.override(DOCUMENT):
            draft = Draft(
                figures(by, campaign, closing(campaign, day)), {"campaign": campaign.name, "date": long_day(day)}
            )
            body = draft.body()
        progress(1, 2, _("Writing the brief"))
        with transaction.atomic():
            return _kept_whole(by, draft, body, last, reason.strip(), at or campaign.now())
    except IntegrityError as error:
        raise RuleBroken(_("The brief of this day was issued by someone else in the meantime.")) from error


def _kept_whole(
    by: Account, draft: Draft, body: list[dict[str, Any]], last: Brief | None, reason: str, issued_at: datetime
) -> Brief:
    counted, campaign = draft.figures, draft.figures.campaign
    latest = Brief.objects.filter(campaign=campaign).aggregate(latest=Max("number"))["latest"] or 0
    brief = Brief.objects.create(
        campaign=campaign,
        number=last.number if last else latest + 1,
        date=counted.day,
        correction=last.correction + 1 if last else 0,
        reason=reason[:300],
        title=template()["title"].format(**draft.words),
        issuer=template()["issuer"].format(**draft.words),
        cutoff=counted.at,
        issued_by=by,
        issued_at=issued_at,
        body=body,
    )
    BriefFigure.objects.bulk_create(_kept(brief, figure) for figure in draft.used.values())
    return brief


def _kept(brief: Brief, figure: Figure) -> BriefFigure:
    return BriefFigure(
        brief=brief,
        key=figure.key,
        label=figure.label,
        meaning=figure.meaning,
        value=_decimal(figure.value),
        shown=figure.shown,
        unit=figure.unit,
        n=figure.n,
        low=_decimal(figure.low),
        high=_decimal(figure.high),
        model=figure.model,
        rows=figure.keys.to_list(),
        parts=list(figure.parts),
    )


def _decimal(value: float | int | None) -> Decimal | None:
    return None if value is None else round(Decimal(str(value)), 6)


def issue_daily(by: Account, campaign: Campaign, day: date, hour: int = 19) -> Brief:
    """Issue the brief of `day` on the evening of that day, as the replay of a past campaign does."""
    evening = timezone.localtime(closing(campaign, day)).replace(hour=hour, minute=0, second=0, microsecond=0)
    return issue(by, campaign, day, at=min(evening, campaign.now()))


def listed(account: Account, campaign: Campaign) -> QuerySet[Brief]:
    """Return the briefs that `account` sees, the latest first (one query)."""
    rows = visible(account, Brief).filter(campaign=campaign).select_related("issued_by")
    return rows.defer("body")


def figures_of(brief: Brief) -> dict[str, BriefFigure]:
    """Return the brief's figures by key, without the rows behind them (one query)."""
    return {figure.key: figure for figure in brief.figures.defer("rows")}


def read(account: Account, brief: Brief) -> tuple[list[dict[str, Any]], int]:
    """Return the sections of `brief` for `account`, and how many cases the reader may not see (two queries).

    A part of a text becomes {"text"} or {"figure": BriefFigure}; a case of a need that the policy hides is left out.
    """
    known = figures_of(brief)
    cases = {block["need"] for block in _all_blocks(brief) if block["kind"] == "case"}
    seen = set(visible(account, Need).filter(pk__in=cases).order_by().values_list("pk", flat=True)) if cases else set()
    sections = [
        {
            "heading": section["heading"],
            "blocks": [_filled(block, known) for block in section["blocks"] if block.get("need") in {None, *seen}],
        }
        for section in brief.body
    ]
    return sections, len(cases - seen)


def _all_blocks(brief: Brief) -> Iterator[dict[str, Any]]:
    for section in brief.body:
        yield from section["blocks"]


def _filled(block: dict[str, Any], known: dict[str, BriefFigure]) -> dict[str, Any]:
    def fill(parts: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [{"figure": known[part["figure"]]} if "figure" in part else part for part in parts]

    if block["kind"] == "table":
        return block | {"rows": [[fill(cell) for cell in row] for row in block["rows"]]}
    return block | {"parts": fill(block["parts"])}


SUMMARY = ("found_today", "closed_today", "open", "late")  # what the list of briefs shows of each


def summaries(briefs: Iterable[Brief]) -> dict[int, dict[str, BriefFigure]]:
    """Return the few figures that a list shows of each brief, by the brief's key (one query)."""
    found: dict[int, dict[str, BriefFigure]] = {}
    for figure in BriefFigure.objects.filter(brief__in=[brief.pk for brief in briefs], key__in=SUMMARY).defer("rows"):
        found.setdefault(figure.brief_id, {})[figure.key] = figure
    return found


def siblings(brief: Brief) -> list[Brief]:
    """Return the first issue and the corrections of the same day without `brief` itself, in order (one query)."""
    rows = Brief.objects.filter(campaign_id=brief.campaign_id, date=brief.date).exclude(pk=brief.pk)
    return list(rows.defer("body").order_by("correction"))
