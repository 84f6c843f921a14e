"""A team's week as a calendar that phones and mail programs take in (iCalendar, RFC 5545). Times are written in UTC."""

from datetime import UTC, date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from sijin.dispatch.domain.weeks import Day, Stop, TeamWeek

MEDIA = "text/calendar; charset=utf-8"
FOLD = 75  # octets of a line, RFC 5545 §3.1


def calendar(week: TeamWeek, address: str) -> bytes:
    """Return the visits that are still to be made, each an event; `address` is that of the week's page.

    The same visit keeps its UID, so that taking in the week again moves it instead of doubling it.
    """
    stamp = utc(week.team.campaign.now())
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sijin//Rounds//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines.append(f"X-WR-CALNAME:{escaped(str(week.team))}")
    for day in week.days:
        for stop in day.stops:
            if not stop.visited and stop.leave is not None:
                lines += _event(week, day, stop, stop.leave, stamp, address)
    lines.append("END:VCALENDAR")
    return "".join(folded(line) + "\r\n" for line in lines).encode()


def _event(week: TeamWeek, day: Day, stop: Stop, leave: time, stamp: str, address: str) -> list[str]:
    site = stop.site
    place = " ".join(str(part) for part in (site.county, site.town, site.name) if part)
    title = _("Visit: %(site)s") % {"site": site.name}
    words = _("Visit %(number)s of the day; %(km)s km from the place before. %(why)s") % {
        "number": stop.number,
        "km": f"{stop.km:.1f}",
        "why": stop.words,
    }
    return [
        "BEGIN:VEVENT",
        f"UID:{week.team.campaign.code}-{week.team.pk}-{site.pk}-{day.date:%Y%m%d}@sijin",
        f"DTSTAMP:{stamp}",
        f"DTSTART:{_moment(day.date, stop.start)}",
        f"DTEND:{_moment(day.date, leave)}",
        f"SUMMARY:{escaped(title)}",
        f"LOCATION:{escaped(place)}",
        f"GEO:{site.lat:.6f};{site.lon:.6f}",
        f"DESCRIPTION:{escaped(words)}",
        f"URL:{address}",
        "STATUS:CONFIRMED" if stop.why.code == "fixed" else "STATUS:TENTATIVE",
        "END:VEVENT",
    ]


def _moment(day: date, at: time) -> str:
    return utc(timezone.make_aware(datetime.combine(day, at)))


def utc(moment: datetime) -> str:
    """Return a moment as a calendar has it, in UTC."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """Escape text as RFC 5545 §3.3.11 asks."""
    for character in ("\\", ";", ","):
        text = text.replace(character, "\\" + character)
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def folded(line: str) -> str:
    """Fold a line at 75 octets, never inside a character."""
    parts, part, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > FOLD:
            parts.append(part)
            part, size = "", 1  # the space that a continued line begins with
        part += character
        size += octets
    return "\r\n ".join([*parts, part])
