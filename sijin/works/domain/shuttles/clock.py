"""Walking back in time: when a bus must set off to be there, with its rests and the hours in which it stands."""

import math

from sijin.engines.shuttle import Rules
from sijin.works.domain.shuttles.terms import HOUR, Hours

DAY = 24 * HOUR


def with_rests(rules: Rules, driving: float) -> float:
    """Return the seconds of a drive with its rests."""
    if rules.rest_hours is None or driving <= 0:
        return driving
    rests = max(math.ceil(driving / (rules.rest_hours * HOUR) - 1e-9) - 1, 0)
    return driving + rests * rules.rest_minutes * 60


def set_off(rules: Rules, arrive: float, driving: float) -> float:
    """Return the last moment at which a drive can begin to end at `arrive`: nobody drives in the night.

    Times are seconds from midnight of the first day. A rest that falls into the night is counted beside it: rather an
    hour too early than late.
    """
    left, moment = with_rests(rules, driving), arrive
    if rules.night is None:
        return moment - left
    ban, long = rules.night[0] * HOUR, (rules.night[1] - rules.night[0]) % 24 * HOUR
    while left > 1e-6:
        since = (moment - ban) % DAY  # seconds since the night began, or a whole day when it begins now
        if 1e-6 < since <= long + 1e-6:
            moment -= since
            continue
        drive = min(left, (since if since > 1e-6 else DAY) - long)
        moment, left = moment - drive, left - drive
    return moment


def boarding(rules: Rules, hours: Hours, ahead: int, driving: float, service: float) -> tuple[float, float]:
    """Return from when to when people board at a place `driving` seconds from their destination.

    Nobody who is driven straight arrives before `hours.arrive_from` on day `ahead`, and people board by daylight where
    that leaves them time to arrive by `hours.arrive_by`.
    """
    opens, closes = hours.board_from * HOUR, hours.board_until * HOUR
    due = ahead * DAY + hours.arrive_by * HOUR
    early = set_off(rules, ahead * DAY + hours.arrive_from * HOUR, driving) - service
    last = set_off(rules, due, driving) - service
    day = math.floor(early / DAY) * DAY
    if early > day + closes - 2 * HOUR:  # too late in the evening to begin to go round: the morning after
        morning = day + DAY + opens
        if morning <= last:
            return morning, morning - opens + closes
        return early, max(last, early)
    early = max(early, day + opens)
    if early > last:
        return last, last
    return early, max(day + closes, early)
