"""What the engine says in English, in the words of the reader: why people wait, what was left out."""

import re
from collections.abc import Callable

from django.utils.translation import gettext as _

Told = Callable[["re.Match[str]"], str]


def reason(text: str) -> str:
    """Return a reason of the engine in the reader's language; a text that is no such reason as it stands."""
    for pattern, told in _REASONS:
        if found := re.fullmatch(pattern, text):
            return told(found)
    return text


def length(text: str) -> str:
    """Return 5 h 20 min or 40 min in the reader's language."""
    found = re.fullmatch(r"(?:(\d+) h )?(\d+) min", text)
    if found is None:
        return text
    hours, minutes = found[1], found[2]
    return _("%(h)s h %(m)s min") % {"h": hours, "m": minutes} if hours else _("%(m)s min") % {"m": minutes}


RULE = r"; as few as possible wait, first those who are dearer to fetch"
_REASONS: list[tuple[str, Told]] = [
    (r"no bus may run: .*", lambda m: _("No bus may fetch them: neither end of the way is in the province of a bus.")),
    (r"no bus (?:reaches it|gets home): the matrix has no way from (.*) to (.*)",
     lambda m: _("No bus reaches it: no way is known from %(a)s to %(b)s.")
     % {"a": _("any depot") if m[1] == "any depot" else m[1], "b": _("any depot") if m[2] == "any depot" else m[2]}),
    (r"the ride alone takes (.*), (.*) more than the (.*) allowed",
     lambda m: _("The ride alone takes %(ride)s, %(over)s more than the %(most)s allowed.")
     % {"ride": length(m[1]), "over": length(m[2]), "most": length(m[3])}),
    (r"(.*) of driving, the drivers may drive (.*)",
     lambda m: _("%(need)s at the wheel; the drivers may drive %(most)s.")
     % {"need": length(m[1]), "most": length(m[2])}),
    (r"window missed: arrives (.*) after the latest arrival",
     lambda m: _("The bus would arrive %(over)s after the latest arrival.") % {"over": length(m[1])}),
    (r"window missed: with rests and the night no begin in it keeps the ride within (.*)",
     lambda m: _("With rests and the night no hour of boarding keeps the ride within %(most)s.")
     % {"most": length(m[1])}),
    (r"with rests and the night the ride takes more than the (.*) allowed",
     lambda m: _("With rests and the night the ride takes more than the %(most)s allowed.")
     % {"most": length(m[1])}),
    (r"its bus is locked and cannot take it any more", lambda m: _("The bus is locked and cannot take them any more.")),
    (r"fetching it costs more than its price of waiting", lambda m: _("Fetching them costs more than waiting does.")),
    (rf"more people \((\d+)\) than seats that may be taken \((\d+)\){RULE}",
     lambda m: _("More people (%(people)s) than seats that may be taken (%(seats)s): as few as possible wait, first "
                 "those who are dearer to fetch.") % {"people": m[1], "seats": m[2]}),
    (rf"no bus that may fetch it is left{RULE}",
     lambda m: _("No bus that may fetch them is left: as few as possible wait, first those who are dearer to fetch.")),
    (rf"every bus is out, and none has seats and time to pass by{RULE}",
     lambda m: _("Every bus is out, and none has seats and time to pass by: as few as possible wait, first those who "
                 "are dearer to fetch.")),
    (r"no place to board is named", lambda m: _("No place to board is named.")),
    (r"the solver left this row out", lambda m: _("The solver left this row out: see what it named.")),
    (r"stopped by the caller", lambda m: _("Stopped before its time: the best plan so far.")),
    (r"annealed ([\d,]+) times; .*",
     lambda m: _("Annealed %(steps)s times. The bound is a sum of shares of seats and legs: proven, but far below what "
                 "can be done where trips have many stops.") % {"steps": m[1]}),
]  # fmt: skip
NOWHERE, LEFT_OUT = "no place to board is named", "the solver left this row out"
