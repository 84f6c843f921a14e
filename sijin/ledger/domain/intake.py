"""New needs from a spreadsheet: an old ledger is pasted into the template, each row becomes a need, twice counts once.

A row's client UUID comes from the campaign, the name of the old ledger and the row's own number there; a row without a
number is known by its site, title and day. So the same row in a corrected file is the same need.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sijin.dispatch.models import Campaign, Team
from sijin.ledger.categories import categories, category_code
from sijin.ledger.domain import needs, sheets
from sijin.ledger.domain.uploads import fault
from sijin.ledger.models import Need, SheetImport
from sijin.people.models import Account
from sijin.people.policy import require, visible
from sijin.people.refusals import Refused
from sijin.places.models import Site

NAMESPACE = uuid.UUID("6f0c2f6e-5d0b-5a53-9a43-6f6a7d1b2020")
STEP = 50
COLUMNS: dict[str, Any] = {
    "key": gettext_lazy("Number in the old ledger"),
    "site": gettext_lazy("Site"),
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Description"),
    "category": gettext_lazy("Category"),
    "team": gettext_lazy("Team"),
    "raised": gettext_lazy("Found on"),
}
REQUIRED = ("site", "title")
Progress = Callable[[int, int], None]


@cache
def heads() -> dict[str, str]:
    """Return the template's column of each head, in every language."""
    found: dict[str, str] = {}
    for _each in sheets.languages():
        found |= {str(label): key for key, label in COLUMNS.items()}
        found[str(sheets.REASON)] = "reason"
    return found


class _Known:
    """What a row may name: sites and teams that the account sees, by name, code or number."""

    def __init__(self, by: Account, campaign: Campaign) -> None:
        self.sites: dict[str, Site | None] = {}
        for site in visible(by, Site):
            self.sites[site.name] = None if site.name in self.sites else site
            self.sites[site.code] = site
        self.teams: dict[str, Team] = {}
        for team in visible(by, Team).filter(campaign=campaign):
            self.teams |= {team.number: team, team.name: team}
        self.posted = {site: team for site, (_site, team) in needs.serving(by, campaign).items()}


def check(
    by: Account, campaign: Campaign, source: str, raws: Iterable[tuple[int, dict[str, str]]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read the rows of a template; return those that can become needs, and the faults of the others."""
    require(by, "raise", Need)
    known = _Known(by, campaign)
    rows: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    first: dict[str, int] = {}
    for number, raw in raws:
        found, wrong = _read(campaign, known, number, raw)
        if not wrong:
            found["uuid"] = str(_client_uuid(campaign, source, raw, found))
            if found["uuid"] in first:
                words = _("a row of its own; row %(row)s says the same") % {"row": first[found["uuid"]]}
                wrong.append(fault(number, str(COLUMNS["key"]), words, raw.get("key", ""), raw))
            first.setdefault(found["uuid"], number)
        faults += wrong
        rows += [] if wrong else [found]
    return rows, faults


def _read(
    campaign: Campaign, known: _Known, number: int, raw: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    wrong: list[dict[str, Any]] = []

    def refuse(key: str, expected: str) -> None:
        wrong.append(fault(number, str(COLUMNS[key]), expected, raw.get(key, ""), raw))

    name, title, team_name = raw.get("site", ""), raw.get("title", ""), raw.get("team", "")
    site = known.sites.get(name)
    if site is None:
        refuse("site", _("the code of one site: several bear this name") if name in known.sites else _("a known site"))
    if not 0 < len(title) <= 120:
        refuse("title", _("a title of 1 to 120 characters"))
    team = known.teams.get(team_name) if team_name else known.posted.get(site.pk) if site else None
    if team is None and (team_name or site):
        refuse("team", _("the name or number of a team") if team_name else _("a team: none is posted to this site"))
    category = category_code(raw.get("category", "")) if raw.get("category") else ""
    if category is None:
        refuse("category", _("one of %(words)s") % {"words": "、".join(name for _code, name in categories())})
    raised = _date(raw.get("raised", "")) if raw.get("raised") else None
    today = timezone.localtime(campaign.now()).date()
    if raw.get("raised") and (raised is None or not campaign.start <= raised <= today):
        words = {"first": campaign.start.isoformat(), "last": today.isoformat()}
        refuse("raised", _("a day from %(first)s to %(last)s, like 2020-03-04") % words)
    found = {
        "row": number,
        "raw": raw,
        "site": site.pk if site else None,
        "team": team.pk if team else None,
        "title": title,
        "text": raw.get("text", ""),
        "category": category or "",
        "raised": raised.isoformat() if raised else "",
    }
    return found, wrong


def _date(text: str) -> date | None:
    """Read 2020-03-04, 2020/3/4, 2020.3.4 or 2020年3月4日."""
    for mark in ("年", "月", "/", "."):
        text = text.replace(mark, "-")
    try:
        year, month, day = (int(part) for part in text.replace("日", "").strip("- ").split("-"))
        return parse_date(f"{year:04d}-{month:02d}-{day:02d}")
    except ValueError:
        return None


def _client_uuid(campaign: Campaign, source: str, raw: dict[str, str], found: dict[str, Any]) -> uuid.UUID:
    own = [source, raw["key"]] if raw.get("key") else ["", str(found["site"]), found["title"], found["raised"]]
    return uuid.uuid5(NAMESPACE, "\x1f".join([campaign.code, *own]))


def run(upload: SheetImport, progress: Progress = lambda done, total: None) -> SheetImport:
    """Raise a need for every readable row of a confirmed upload; what is in the ledger already stays as it is."""
    if upload.state != "running":
        return upload
    there = set(map(str, Need.objects.filter(campaign=upload.campaign).values_list("client_uuid", flat=True)))
    sites = Site.objects.in_bulk(list({row["site"] for row in upload.rows}))
    teams = Team.objects.select_related("campaign").in_bulk(list({row["team"] for row in upload.rows}))
    answered = {result["row"] for result in upload.results}
    try:
        for done, row in enumerate(upload.rows, start=1):
            if row["row"] in answered:
                continue
            outcome, reason = "same", _("It is in the ledger already.")
            if row["uuid"] not in there:
                outcome, reason = _raise(upload, row, sites[row["site"]], teams[row["team"]])
            upload.results.append(
                {"row": row["row"], "key": "", "now": row["title"], "outcome": outcome, "reason": reason}
            )
            if done % STEP == 0:
                upload.save(update_fields=["results"])
            progress(done, len(upload.rows))
    finally:
        upload.save(update_fields=["results"])
    upload.state, upload.finished_at = "done", timezone.now()
    upload.save(update_fields=["state", "finished_at"])
    return upload


def _raise(upload: SheetImport, row: dict[str, Any], site: Site, team: Team) -> tuple[str, str]:
    at: datetime | None = None
    if row["raised"]:
        at = timezone.make_aware(datetime.combine(date.fromisoformat(row["raised"]), time(9)))
        at = min(at, upload.campaign.now())
    try:
        needs.raise_need(
            upload.account,
            team,
            site,
            row["title"],
            row["text"],
            category=row["category"],
            client_uuid=uuid.UUID(row["uuid"]),
            at=at,
        )
    except Refused as refusal:
        return "refused", refusal.message
    return "done", ""
