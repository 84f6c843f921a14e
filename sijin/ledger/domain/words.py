"""What the page of a need says in words: days, verdicts, the facts of an event, the time left, what is waited for."""

from datetime import date
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from sijin.engines.calendars import china
from sijin.ledger.models import Event, Need, NeedItem

S = Need.State


def day_word(day: date) -> str:
    """Return 3月4日, or 4 Mar in English."""
    return f"{day.month}月{day.day}日" if (get_language() or "").startswith("zh") else f"{day.day} {day:%b}"


def facts_of(event: Event, units: dict[int, str], items: dict[int, NeedItem], measures: dict[int, str]) -> list[str]:
    """Return what an event says besides its note, in words."""
    change: dict[str, Any] = event.change
    words: list[str] = []
    if klass := change.get("klass"):
        words.append(_("Class %(number)s: %(label)s") % {"number": klass[1], "label": Need.Klass(klass[1]).label})
    if "lead_unit_id" in change and (lead := change["lead_unit_id"][1]):
        words.append(_("Lead: %(unit)s") % {"unit": units.get(lead, lead)})
    if co := change.get("co_units"):
        words.append(_("Co-handlers: %(units)s") % {"units": "、".join(units.get(pk, str(pk)) for pk in co)})
    if to := change.get("to_unit"):
        words.append(_("To: %(unit)s") % {"unit": units.get(to, to)})
    if event.verb == "note_result":
        words.append(f"{measures.get(change.get('done_measure', 0), '')} → {change.get('result', '')}")
    elif measure := change.get("measure"):
        words.append(measure)
    if item := items.get(change.get("item", 0)):
        words.append(f"{item.item} +{_figure(change['quantity'])} {item.unit}")
    if verdict := change.get("verdict", [None, None])[1]:
        words.append(verdict_word(verdict))
    if days := change.get("workdays"):
        words.append(ngettext("%(days)s working day", "%(days)s working days", days) % {"days": days})
    if told := change.get("told"):
        words.append(_("The served party was told: %(how)s") % {"how": told})
    if due := change.get("due"):
        words.append(_due_words(due))
    if wanted := change.get("wanted_by", [None, None])[1]:
        words.append(_("Wanted by %(day)s") % {"day": day_word(date.fromisoformat(wanted))})
    if review := change.get("review_on", [None, None])[1]:
        words.append(_("Review on %(day)s") % {"day": day_word(date.fromisoformat(review))})
    return [str(word) for word in words]


def verdict_word(verdict: str) -> str:
    """Return a verdict in words."""
    return {
        "satisfied": _("Satisfied"),
        "basic": _("Basically satisfied"),
        "dissatisfied": _("Dissatisfied"),
    }.get(verdict, verdict)


def _figure(quantity: str) -> str:
    return quantity.rstrip("0").rstrip(".") if "." in quantity else quantity


def _due_words(due: list[str | None]) -> str:
    old, new = (date.fromisoformat(day) if day else None for day in due)
    if old and new:
        return _("Deadline %(old)s → %(new)s") % {"old": day_word(old), "new": day_word(new)}
    return _("Deadline %(day)s") % {"day": day_word(new)} if new else _("No deadline any more")


def time_left(need: Need, today: date) -> str:
    """Return how long is left: 1 working day left, due today, 3 working days over; or why no time runs."""
    if need.state in (S.CLOSED, S.UNSOLVABLE):
        return ""
    if need.state == S.PARKED:
        return _("review on %(day)s") % {"day": day_word(need.review_on)} if need.review_on else ""
    if need.paused:
        return _("the clock stands still")
    if need.due is None:
        return ""
    days = china().workdays_between(today, need.due)
    if today > need.due:
        over = max(1, -days)
        return ngettext("%(days)s working day over", "%(days)s working days over", over) % {"days": over}
    if today == need.due:
        return _("due today")
    return ngettext("%(days)s working day left", "%(days)s working days left", days) % {"days": days}


def waiting(need: Need) -> tuple[str, str]:
    """Return (what is waited for, the rule to know about it) for the end of the story."""
    lead = str(need.lead_unit or "")
    if need.paused:
        return _("The clock is paused"), _("It runs on when the unit resumes it.")
    return {
        S.FOUND: (_("Waiting to be handed over"), _("The office names a lead unit and the class.")),
        S.HANDED_OVER: (
            _("Waiting for %(unit)s to receive it") % {"unit": lead},
            _("It may be sent back with a reason."),
        ),
        S.RECEIVED: (_("Waiting for a measure by %(unit)s") % {"unit": lead}, ""),
        S.IN_PROGRESS: (
            _("Waiting for the answer of %(unit)s") % {"unit": lead},
            _("An answer needs evidence: a photo or a document."),
        ),
        S.ANSWERED: (_("Waiting to be verified on site"), _("Who handled it cannot verify it.")),
        S.VERIFIED: (_("Waiting for the served party's word"), _("Only when it is satisfied can the need be closed.")),
        S.CONFIRMED: (_("Waiting for the office to close it"), _("Who handled or verified it cannot close it.")),
        S.PARKED: (_("Parked until its review"), ""),
    }.get(S(need.state), ("", ""))


def limit_word(kind: str) -> str:
    """Return the word of one of the smaller limits."""
    return {
        "hand_over": _("Hand-over"),
        "redecide": _("New decision on the assignment"),
        "receive": _("Receipt"),
        "contact": _("First contact"),
        "opinion": _("First opinion or measure"),
        "plan": _("Plan with its own date"),
        "progress": _("Next report of progress"),
    }.get(kind, kind)


def rule_word(field: str) -> str:
    """Return the word of one rule of a profile."""
    return {
        "receive": _("receipt"),
        "send_back": _("sending back"),
        "objections": _("how often it may be sent back"),
        "redecide": _("deciding anew"),
        "co_answer": _("answer of co-handlers"),
        "solve": _("limits by class"),
        "extension": _("length of an extension"),
        "extensions": _("number of extensions"),
        "ask_before": _("when to ask for time"),
        "soon": _("yellow light"),
        "look_back": _("look-back"),
    }.get(field, field)
