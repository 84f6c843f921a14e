"""The reasons of a week's round in the reader's language; the engine gives a code and figures."""

from django.utils.translation import gettext as _

from sijin.engines.rounds import Reason


def of_stop(why: Reason) -> str:
    """Word why a visit stands where it stands."""
    words = {
        "fixed": _("promised for this day"),
        "alone": _("the only one of the day, %(km)s km there and back"),
        "on_the_way": _("on one way with %(near)s, %(km)s km more"),
        "adds": _("adds %(km)s km to the day"),
        "visited": _("visited"),
    }.get(why.code, why.code)
    return words % why.values


def of_left(why: Reason) -> str:
    """Word why a visit does not fit."""
    values = dict(why.values)
    for name in ("opens", "closes"):
        if name in values:
            values[name] = f"{int(values[name]) // 60:02d}:{int(values[name]) % 60:02d}"
    if "minutes" in values:
        values["minutes"] = round(values["minutes"])
    words = {
        "far": _("the way and the visit take %(minutes)s minutes, a day has %(hours)s hours"),
        "window": _("it is open from %(opens)s to %(closes)s only"),
        "days": _("%(visits)s visits, but only %(open)s days left for them"),
        "fixed": _("no room on the day it was promised for"),
        "spread": _("room is left only on days next to its other visits"),
        "time": _("no time left; a visit takes %(minutes)s minutes"),
        "dear": _("the way is longer than the visit weighs"),
    }.get(why.code, why.code)
    return words % values
