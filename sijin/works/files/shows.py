"""Shows as a calendar that phones and mail programs take in (iCalendar, RFC 5545). Times are written in UTC."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sijin.dispatch.files.calendar import escaped, folded, utc
from sijin.places.domain import path_of
from sijin.works.models import Booking


def calendar(shows: Iterable[Booking], stamp: datetime, address: Callable[[Booking], str]) -> bytes:
    """Return the shows, each an event; the same show keeps its UID, so that taking it in again moves it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sijin//Shows//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for show in shows:
        lines += [
            "BEGIN:VEVENT",
            f"UID:show-{show.client_uuid}@sijin",
            f"SEQUENCE:{show.version - 1}",
            f"DTSTAMP:{utc(stamp)}",
            f"DTSTART:{utc(show.begins_at)}",
            f"DTEND:{utc(show.ends_at)}",
            f"SUMMARY:{escaped(show.title)}",
            f"LOCATION:{escaped(f'{path_of(show.venue.region)} {show.venue.name}')}",
            f"DESCRIPTION:{escaped(' · '.join(filter(None, (show.troupe, show.note))))}",
            f"URL:{address(show)}",
            "STATUS:CONFIRMED",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(folded(line) + "\r\n" for line in lines).encode()
