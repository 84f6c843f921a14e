"""The pool in words: why a maker may not make an order, why an order is late, what speaks for a partner."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def barred_words(code: str) -> str:
    """Return why a maker may not make an order."""
    return {
        "product": _("does not make it"),
        "certificate": _("no export certificate"),
        "certificate_unknown": _("export certificate not known"),
        "no_capacity": _("has no capacity to spare"),
        "not_complementary": _("has the same to give and to seek"),
        "given_away": _("the firm gives this order away"),
        "alone": _("another firm's line"),
        "time": _("cannot begin and deliver in time"),
    }.get(code, code)


def choice_words(reason: str, cheaper: int) -> str:
    """Return why the engine gave a share to its maker."""
    return {
        "locked": _("locked here"),
        "kept": _("as in the plan before"),
        "cheapest": _("the cheapest that may make it"),
        "full": ngettext(
            "one cheaper maker has no hours left in its weeks",
            "%(count)s cheaper makers have no hours left in their weeks",
            cheaper,
        )
        % {"count": cheaper},
        "traded": ngettext(
            "one maker is cheaper; lots, set-up, the number of partners or other orders cost more there",
            "%(count)s makers are cheaper; lots, set-up, the number of partners or other orders cost more there",
            cheaper,
        )
        % {"count": cheaper},
        "only": _("the only maker who may and can"),
    }.get(reason, "")


def late_words(row: dict[str, Any]) -> str:
    """Return why an order of `PoolPlan.late` is not made in time."""
    why = str(row["why"])
    if why.startswith("nobody_"):
        return _("nobody may make it: %(why)s") % {"why": barred_words(why.removeprefix("nobody_"))}
    most = f"{round(row.get('most') or 0):,}"
    return {
        "no_time": _("nobody can begin and deliver in time"),
        "no_hours": _("nobody has hours until it is due"),
        "lot": _("what fits until it is due, %(most)s pieces, is less than the least lot") % {"most": most},
        "partners": _("no more partners are allowed; those can make %(most)s pieces") % {"most": most},
        "capacity": _("the hours until it is due are taken by orders that are worth more"),
        "dear": _("making it costs more than it is worth"),
        "rest": _("the rest is less than the least lot of any other maker"),
        "forbidden": _("locks leave nobody for it"),
    }.get(why, _("there are not hours enough until it is due"))
