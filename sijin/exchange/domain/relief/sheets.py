"""A firm's sheet on a day: which rules apply, how much, by when, what to bring, and why not the others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from sijin.engines.relief import Firm, Line, Rule, Step, assess, assess_one, scale_of
from sijin.engines.relief.firm import is_sme
from sijin.exchange.domain.relief import book, words
from sijin.exchange.models import ReliefClaim
from sijin.places.models import Region, Site

SOON = 30  # days before the last day from which a rule is said to expire soon
TEN_THOUSAND = 10_000


@dataclass(frozen=True)
class SheetLine:
    """One rule for one firm, in words. `steps` make up the yuan; `days` are left until the last day."""

    rule: Rule
    status: str
    name: str
    summary: str
    periods: str
    base: Decimal | None
    rate: Decimal | None
    yuan: Decimal | None
    why: str
    evidence: tuple[str, ...]
    deadline: date | None
    days: int | None
    steps: tuple[Step, ...]
    lacks: tuple[str, ...] = ()
    claim: ReliefClaim | None = None

    @property
    def percent(self) -> Decimal | None:
        """The rate in percent, where it is a share of the base."""
        if self.rate is None or self.rule.formula.op == "each":
            return None
        return (self.rate * 100).normalize()

    @property
    def first_lacking(self) -> str:
        """The field of the form in which the first missing figure goes."""
        if not self.lacks:
            return ""
        name = book.split(self.lacks[0])[0]
        return "scale" if name == "sme" else name

    @property
    def status_word(self) -> str:
        """The status in words."""
        return words.statuses()[self.status]

    @property
    def soon(self) -> bool:
        """Say whether it may still be had, and not for long."""
        return self.status == "due" and self.days is not None and 0 <= self.days <= SOON


@dataclass(frozen=True)
class Sheet:
    """All rules for one firm on a day."""

    site: Site
    on: date
    lines: tuple[SheetLine, ...]
    scale: str
    known: int

    def of(self, *statuses: str) -> list[SheetLine]:
        """Return the lines of some statuses, the largest amount first."""
        found = [line for line in self.lines if line.status in statuses]
        return sorted(found, key=lambda line: -(line.yuan or 0))

    @property
    def soon(self) -> list[SheetLine]:
        """Lines that expire soon, the nearest first."""
        return sorted((line for line in self.lines if line.soon), key=lambda line: line.days or 0)

    @property
    def due(self) -> list[SheetLine]:
        """What may be had and was never claimed."""
        return self.of("due")

    @property
    def claimed(self) -> list[SheetLine]:
        """What was claimed."""
        return self.of("claimed")

    @property
    def missed(self) -> list[SheetLine]:
        """What could have been had and no longer can."""
        return self.of("missed")

    @property
    def unknown(self) -> list[SheetLine]:
        """What cannot be told."""
        return self.of("unknown")

    @property
    def no(self) -> list[SheetLine]:
        """What does not apply."""
        return self.of("no")

    def total(self, *statuses: str) -> Decimal:
        """Return the yuan of the lines of some statuses."""
        return sum((line.yuan for line in self.of(*statuses) if line.yuan), Decimal("0.00"))

    @property
    def total_due(self) -> Decimal:
        """What may be had and was not claimed."""
        return self.total("due")

    @property
    def total_claimed(self) -> Decimal:
        """What was claimed."""
        return self.total("claimed")


def row_of(site: Site) -> dict[str, Any]:
    """Return what is known of a firm: its figures, and where they are silent, what its profile says."""
    region = site.region if site.region.system == Region.System.NBS else site.county
    known: dict[str, Any] = {"firm": site.code, "region": region.code}
    profile = getattr(site, "enterprise", None)
    if profile is not None and profile.staff is not None:
        known["staff"] = str(profile.staff)
    if profile is not None and profile.revenue is not None:
        known["revenue"] = str(profile.revenue * TEN_THOUSAND)  # a profile counts in 10,000 yuan
    figures = getattr(site, "relief_figures", None)
    known |= figures.values if figures is not None else {}
    claims = {claim.rule for claim in site.relief_claims.all()}
    ids = {rule.id for rule in book.book().rules}
    known["claimed"] = ",".join(sorted(claims & ids))
    return known


def sheet(site: Site, on: date) -> Sheet:
    """Work out a firm's sheet. Takes a site with its region, county, profile, figures and claims."""
    rules = book.book()
    known = row_of(site)
    firm = Firm.of(known, rules)
    told = {**firm.known, "sme": is_sme(firm, rules)}
    claims = {claim.rule: claim for claim in site.relief_claims.all()}
    lines = tuple(
        _line(rule, line, told, on, claims.get(rule.id))
        for rule, line in zip(rules.rules, assess_one(firm, on, rules), strict=True)
    )
    scale = dict(book.choices("scale")).get(scale_of(firm, rules) or "", "")
    return Sheet(site, on, lines, scale, len(known) - 2)


def _line(rule: Rule, line: Line, known: dict[str, Any], on: date, claim: ReliefClaim | None) -> SheetLine:
    days = (line.deadline - on).days if line.deadline is not None else None
    found = SheetLine(
        rule=rule,
        status=line.status,
        name=book.rule_name(rule),
        summary=book.summary(rule),
        periods=book.periods(line.periods),
        base=line.base,
        rate=line.rate,
        yuan=line.yuan,
        why=words.reason(rule, line.reason, known, line.lacks),
        evidence=book.evidence(rule),
        deadline=line.deadline,
        days=days,
        steps=line.steps,
        lacks=line.lacks,
        claim=claim,
    )
    return replace(found, yuan=claim.yuan) if claim is not None and line.status == "claimed" else found


def overview(sites: Iterable[Site], on: date) -> list[dict[str, Any]]:
    """Return for each firm what may be had, what expires soon, what was claimed: the firm with most first."""
    by_code = {site.code: site for site in sites}
    if not by_code:
        return []
    rows = [row_of(site) for site in by_code.values()]
    columns = sorted({column for row in rows for column in row})
    table = pl.DataFrame({c: [row.get(c) for row in rows] for c in columns}, schema=dict.fromkeys(columns, pl.String))
    due = pl.col("status") == "due"
    soon = due & ((pl.col("deadline") - on).dt.total_days().is_between(0, SOON))
    sums = (
        assess(table, on, book.book())
        .group_by("firm", maintain_order=True)
        .agg(
            pl.col("yuan").filter(due).sum().alias("yuan"),
            due.sum().alias("rules"),
            pl.col("yuan").filter(soon).sum().alias("soon"),
            soon.sum().alias("soon_rules"),
            (pl.col("status") == "claimed").sum().alias("claimed"),
            (pl.col("status") == "unknown").sum().alias("unknown"),
        )
        .sort("yuan", "firm", descending=[True, False])
    )
    return [{**row, "site": by_code[row["firm"]]} for row in sums.iter_rows(named=True)]
