"""The finder's reasons in the reader's words: what speaks for a pair, what is missing, why one does not stand there."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sijin.engines import complements as engine
from sijin.exchange.domain import kinds
from sijin.exchange.domain.pairs import Fit
from sijin.exchange.models import Complement, Offer
from sijin.ledger.models import Need, NeedItem


def reasons(offer: Offer, hit: engine.Hit, want: engine.Need) -> list[str]:
    """Say what speaks for the pair."""
    told = {reason.code: reason.value for reason in hit.fits}
    words = [_("same kind: %(kind)s") % {"kind": kinds.name(offer.kind)}]
    tags = tuple(name for name in _texts(told.get("named")) if name in offer.tags)
    if tags:
        words.append(_("named in the need: %(tags)s") % {"tags": "、".join(tags)})
    elif told.get("named"):
        words.append(_("same item"))
    else:
        words += _alike(told, hit.likeness)
    if want.traits != engine.UNSAID:
        makes = _("it has the capacity, the site has the orders")
        words.append(makes if offer.has_capacity else _("it has the channel, the site has the capacity"))
    if hit.km is not None:
        words.append(_("%(km)s km away") % {"km": round(hit.km)})
    elif offer.reach_km is None:
        words.append(_("no limit of distance"))
    if hit.covers is not None:
        words.append(_("covers %(share)s %%") % {"share": int(100 * hit.covers)})
    if offer.until:
        words.append(_("until %(day)s") % {"day": day(offer.until)})
    if "certificate" in told:
        words.append(_("export certificate held"))
    if "trusted" in told:
        words.append(_("well received before"))
    return words


def _alike(told: dict[str, Any], likeness: float) -> list[str]:
    """Name the words that both share or that stand for each other; without any, how alike the texts are."""
    words = []
    if shared := _texts(told.get("words")):
        words.append(_("both say: %(words)s") % {"words": "、".join(shared)})
    if pairs := told.get("near"):
        words.append(_("near in meaning: %(words)s") % {"words": "、".join(f"{a} ≈ {b}" for a, b in pairs)})
    return words or [_("alike by %(share)s %%") % {"share": round(100 * likeness)}]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(value) if value else ()


def missing(item: NeedItem | None, offer: Offer, hit: engine.Hit, fit: Fit, want: engine.Need) -> list[str]:
    """Say what is missing, or has to be seen to."""
    words = []
    if hit.grade == 2:
        words.append(_("no export certificate"))
    if hit.grade == 1:
        words.append(_("export certificate not known"))
    if item is not None and fit.quantity < item.left:
        lack = {"quantity": plain(item.left - fit.quantity), "unit": item.unit}
        words.append(_("%(quantity)s %(unit)s still lacking") % lack)
    if any(reason.code == "late" for reason in hit.lacks) and offer.since:
        words.append(_("begins after the deadline, on %(day)s") % {"day": day(offer.since)})
    if any(reason.code == "distrusted" for reason in hit.lacks):
        words.append(_("turned down before for reasons of the provider"))
    if offer.conditions:
        words.append(_("condition: %(words)s") % {"words": offer.conditions})
    return words


def mutual(hit: engine.Hit, lacks: str, other_lacks: str) -> list[str]:
    """Say why two needs solve each other."""
    told = {reason.code: reason.value for reason in hit.fits}
    pair = {"mine": kinds.name(lacks), "theirs": kinds.name(other_lacks)}
    words = [_("this one lacks %(mine)s, that one lacks %(theirs)s") % pair]
    if named := _texts(told.get("named")):
        words.append(_("both say: %(words)s") % {"words": "、".join(named)})
    else:
        words += _alike(told, hit.likeness)
    if hit.km is not None:
        words.append(_("%(km)s km away") % {"km": round(hit.km)})
    return words


@dataclass(frozen=True)
class Answer:
    """Why an offer stands among the suggestions or not: one sentence, then each condition with whether it holds."""

    stands: bool
    sentence: str
    conditions: tuple[tuple[bool, str], ...] = ()


def nothing_asked(need: Need) -> Answer:
    """Answer for a need that lacks nothing the exchange knows."""
    if need.items.exists():
        return Answer(False, _("The need lacks nothing any more: all its items are received or promised."))
    return Answer(False, _("Neither the words of the need nor its category ask for anything that is exchanged."))


def answer(
    need: Need, item: NeedItem | None, offer: Offer, verdict: engine.Verdict, said: Complement | None, shown: int
) -> Answer:
    """Put a verdict into words."""
    checks = [(check.holds, condition(check, need, item, offer, said)) for check in verdict.checks]
    if offer.withdrawn_at:
        checks.insert(0, (False, _("The offer was withdrawn on %(day)s.") % {"day": day(offer.withdrawn_at.date())}))
    if offer.free <= 0:
        checks.insert(0, (False, _("All of it is promised already.")))
    failed = [words for holds, words in checks if not holds]
    if failed:
        return Answer(False, _("It does not stand there: %(why)s") % {"why": " ".join(failed)}, tuple(checks))
    if verdict.place is None or verdict.hit is None:
        words = _("It keeps every condition, but %(count)s others are more like what is wanted.")
        return Answer(False, words % {"count": verdict.among}, tuple(checks))
    place = {"place": verdict.place, "among": verdict.among}
    if verdict.place > shown:
        words = _("It fits, but stands only %(place)s. of %(among)s; the first %(shown)s are shown.")
        return Answer(False, words % {**place, "shown": shown}, tuple(checks))
    return Answer(True, _("It is suggested: %(place)s. of %(among)s that fit.") % place, tuple(checks))


def condition(check: engine.Check, need: Need, item: NeedItem | None, offer: Offer, said: Complement | None) -> str:
    """Say one condition as it stands: kept or broken."""
    written = _BROKEN.get(check.name) if not check.holds else _KEPT.get(check.name)
    return written(check, need, item, offer, said) if written else _attribute(check)


def _attribute(check: engine.Check) -> str:
    facts = {"name": kinds.attribute_name(check.name), "wanted": "、".join(_texts(check.wanted))}
    if not check.holds:
        facts["found"] = "、".join(_texts(check.found))
        return _("%(name)s: %(wanted)s is wanted, %(found)s is offered.") % facts
    return _("%(name)s: nothing against %(wanted)s.") % facts


def _kinds(check: engine.Check) -> dict[str, str]:
    wanted = "、".join(kinds.name(kind) for kind in _texts(check.wanted))
    return {"wanted": wanted, "found": kinds.name(str(check.found))}


def _refused(check: Any, need: Any, item: Any, offer: Any, said: Complement | None) -> str:
    if said is None or said.verdict != Complement.Verdict.REFUSED:
        return _("Its latest soil sample was found not suitable.")
    why = dict(kinds.refusals()).get(said.reason, "")
    note = f"（{said.note}）" if said.note else ""
    return _("It was turned down for this need: %(why)s.") % {"why": f"{why}{note}"}


def _unit(check: Any, need: Any, item: Any, offer: Offer, said: Any) -> str:
    facts = {"wanted": check.wanted, "found": offer.unit}
    return _("Units: %(found)s cannot be counted as %(wanted)s.") % facts


def _place(check: Any, need: Any, item: Any, offer: Offer, said: Any) -> str:
    facts = {"km": round(check.found), "reach": offer.reach_km}
    return _("Distance: %(km)s km away, but it reaches %(reach)s km only.") % facts


def _near(check: Any, need: Any, item: Any, offer: Offer, said: Any) -> str:
    if check.found != check.found:  # NaN: one of the places is not known
        return _("Distance: not known.")
    return _("Distance: %(km)s km away, within its reach.") % {"km": round(check.found)}


def _traits(check: Any, need: Any, item: Any, offer: Any, said: Any) -> str:
    return _("Complement: only who has what the site lacks, and lacks what the site has, is paired with it.")


_BROKEN: dict[str, Any] = {
    "kind": lambda c, n, i, o, s: _("Kind: %(wanted)s is asked for, this is %(found)s.") % _kinds(c),
    "itself": lambda c, n, i, o, s: _("It comes from the need's own site."),
    "refused": _refused,
    "unit": _unit,
    "quantity": lambda c, n, i, o, s: _("Quantity: too little is free for what is asked for as a whole."),
    "over": lambda c, n, i, o, s: _("Time: it ended on %(day)s.") % {"day": day(o.until)},
    "window": lambda c, n, i, o, s: _("Time: it begins on %(day)s, after the deadline.") % {"day": day(o.since)},
    "traits": _traits,
    "certificate": lambda c, n, i, o, s: _("Certificate: an export certificate is asked for."),
    "place": _place,
    "words": lambda c, n, i, o, s: _("Words: what is offered has hardly a word in common with what is wanted."),
}
_KEPT: dict[str, Any] = {
    "kind": lambda c, n, i, o, s: _("Kind: %(found)s.") % _kinds(c),
    "itself": lambda c, n, i, o, s: _("It comes from another site."),
    "refused": lambda c, n, i, o, s: _("It was not turned down for this need."),
    "unit": lambda c, n, i, o, s: _("Units: %(unit)s converts.") % {"unit": o.unit},
    "quantity": lambda c, n, i, o, s: _("Quantity: %(free)s %(unit)s free.") % {"free": plain(o.free), "unit": o.unit},
    "over": lambda c, n, i, o, s: _("Time: not over."),
    "window": lambda c, n, i, o, s: _("Time: nothing against the deadline."),
    "traits": lambda c, n, i, o, s: _("Complement: each has what the other lacks."),
    "certificate": lambda c, n, i, o, s: _("Certificate: ranked by it, not left out."),
    "place": _near,
    "words": lambda c, n, i, o, s: _("Words: alike by %(share)s %%.") % {"share": round(100 * c.found)},
}


def day(value: date) -> str:
    """Return 3月20日 (or 20 Mar in English)."""
    return f"{value.month}月{value.day}日" if (get_language() or "zh").startswith("zh") else f"{value.day} {value:%b}"


def plain(quantity: Decimal) -> str:
    """Return a quantity without idle zeros."""
    return f"{quantity.normalize():f}"
