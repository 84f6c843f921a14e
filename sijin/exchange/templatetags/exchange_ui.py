"""Filters of the exchange: names of kinds, quantities without idle zeros, words of steps."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from sijin.exchange.domain import kinds, matches
from sijin.exchange.domain.clearings import words as clearing_words
from sijin.exchange.domain.employment import terms as job_terms
from sijin.exchange.domain.employment import words as job_words
from sijin.exchange.domain.relief import book as relief_book
from sijin.exchange.domain.words import day as _day
from sijin.exchange.forms import OfferForm
from sijin.exchange.models import ClearingPrice, JobPost, JobSuggestion, JobWish
from sijin.people.models import Account
from sijin.people.policy import scope_of

register = template.Library()


@register.filter
def kind_name(kind: str) -> str:
    """Return the kind's name in the reader's language."""
    return kinds.name(kind)


@register.filter
def refusal(reason: str) -> str:
    """Return why a suggestion was turned down."""
    return dict(kinds.refusals()).get(reason, reason)


@register.filter
def qty(value: Decimal | int | None) -> str:
    """Return a quantity with thousand separators and without idle zeros; empty for none."""
    return "" if value in (None, "") else f"{Decimal(value).normalize():,f}"


@register.filter
def plain(value: Decimal | None) -> str:
    """Return a quantity as a number field wants it."""
    return "" if value is None else f"{value.normalize():f}"


@register.filter
def step_word(verb: str) -> str:
    """Return the word of a match's step."""
    return matches.word(verb)


@register.filter
def next_step(state: str) -> str:
    """Return the regular next verb of a match in `state`; empty when there is none."""
    return matches.NEXT.get(state, "")


@register.filter
def money(value: Decimal | int | None) -> str:
    """Return an amount in yuan with thousand separators and two decimals."""
    return "" if value is None else f"{Decimal(value):,.2f}"


@register.filter
def offer_field(name: str) -> str:
    """Return the label of an offer's field."""
    field = OfferForm.base_fields.get(name)
    return str(field.label) if field else name


@register.filter
def typed_note(note: str) -> str:
    """Return what a person typed with a step: all but the first line, which says the step in words."""
    return note.partition("\n")[2]


@register.filter
def percent(rate: Decimal | None) -> str:
    """Return a rate in percent, without idle zeros."""
    return "" if rate is None else f"{(rate * 100).normalize():f}%"


@register.filter
def relief_period(period: str) -> str:
    """Return a month or a quarter in words."""
    return relief_book.period_name(period) if period else "—"


@register.filter
def month_label(column: str) -> str:
    """Return the month or quarter of a column of firms' figures."""
    return relief_book.period_name(relief_book.split(column)[1])


@register.filter
def px(value: float) -> str:
    """Return a length of a drawing, in the same figures in every language."""
    return f"{value:g}"


@register.filter
def signed_money(value: Decimal | None) -> str:
    """Return a difference in yuan with its sign."""
    return "" if value is None else f"{value:+,.2f}".replace("-", "−")


@register.filter
def windows(rows: list[list[str]]) -> str:
    """Return windows of days as 3月9日–5月31日."""
    return "；".join("–".join(_day(date.fromisoformat(end)) for end in window) for window in rows)


@register.filter
def iso_day(text: str | None) -> str:
    """Return a day that is kept as text."""
    return _day(date.fromisoformat(text)) if text else "—"


@register.filter
def add_px(value: float, more: int) -> str:
    """Return a length of a drawing that is longer by `more`."""
    return px(value + more)


@register.filter
def whole(value: float) -> str:
    """Return an amount rounded to whole yuan, with thousand separators."""
    return f"{round(value):,}"


@register.filter
def amount(text: str) -> str:
    """Return an amount in yuan that is kept as text."""
    return money(Decimal(text))


@register.filter
def in_percent(share: float) -> str:
    """Return a share of one in percent, with two decimals."""
    return f"{100 * share:.2f}"


@register.filter
def last_of(rows: Sequence[Any]) -> Any:
    """Return the last of some rows; None when there are none."""
    found = list(rows)
    return found[-1] if found else None


@register.filter
def funnel_word(code: str) -> str:
    """Return the word of a step of an event's funnel."""
    return {
        "invited": _("Invited"),
        "came": _("Came"),
        "signed": _("Signed, orders placed"),
        "delivered": _("Delivered so far"),
    }[code]


@register.filter
def seen_by(label: str, account: Account) -> bool:
    """Say whether `account` may see rows of the model `label`."""
    return bool(scope_of(account, "view", label))


@register.filter
def points(value: float | None) -> str:
    """Return points without idle zeros."""
    return "" if value is None else clearing_words.points(value)


@register.filter
def unmet_words(price: ClearingPrice) -> str:
    """Say why something of a need stays unmet."""
    return clearing_words.unmet(price)


@register.filter
def share(value: float | None) -> str:
    """Return a share (0 to 1) in whole percent, rounded down: 100 % is all."""
    return "" if value is None else f"{int(100 * value + 1e-9)} %"


@register.filter
def units(value: float) -> str:
    """Return a sum of quantities with thousand separators, at most two decimals and no idle zeros."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@register.filter
def dearer(row: dict[str, float]) -> str:
    """Return by how many percent first come, first served would have cost more, of a kind's sums."""
    cost = row["cost"]
    return f"{100 * (row['greedy'] - cost) / cost:+.1f} %" if cost else "—"


@register.filter
def occupation_name(code: str) -> str:
    """Return the name of an occupation or of a group of them."""
    return job_terms.name_of(code)


@register.filter
def job_reasons(row: JobSuggestion) -> list[str]:
    """Say why a person is suggested for the post."""
    return job_words.reasons(row, row.others)


@register.filter
def job_without(row: JobSuggestion) -> str:
    """Say why a person goes without a post."""
    return job_words.without(row)


@register.filter
def job_km(value: float | None, row: JobPost | JobWish) -> str:
    """Return a distance, marked where the place of `row` is known only roughly."""
    return "—" if value is None else job_words.km(value, job_words.rough(row))


@register.filter
def job_scarce(row: dict[str, Any]) -> str:
    """Say what the price of a group of posts means."""
    return job_words.scarce(row)


@register.filter
def job_idle(row: dict[str, Any], limit: int) -> str:
    """Say why openings stay over."""
    return job_words.idle(row, limit)


@register.filter
def shift_name(code: str) -> str:
    """Return the name of a shift."""
    return job_words.shift_name(code)
