"""Calendars as RFC 5545 wants them: lines of at most 75 octets that end in CRLF, text escaped, times in UTC."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_MOST_OCTETS = 75
_PRODUCT = "-//Jinhua//Wuxue//ZH"
# RFC 5545, 3.3.11: no control character but the tab may stand in a text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of a calendar; moments are aware.

    `uid` stays the same for ever, so that a subscriber's copy is replaced and not doubled; `changed_at` is when the
    entry was written last, `sequence` how often it was changed since it was published (RFC 5545, 3.8.7.4).
    """

    uid: str
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    cancelled: bool = False
    sequence: int = 0


def write(events: Iterable[Event], *, name: str) -> bytes:
    """The calendar as a file or a feed; `name` is what a subscriber's program calls it."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escape(name)}",
        # What programs understood before RFC 7986 gave calendars a name.
        f"X-WR-CALNAME:{escape(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for event in events:
        lines += _lines(event)
    lines.append("END:VCALENDAR")
    return b"".join(fold(line) for line in lines)


def _lines(event: Event) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escape(event.uid)}",
        f"DTSTAMP:{_moment(event.changed_at)}",
        f"LAST-MODIFIED:{_moment(event.changed_at)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.ends_at)}",
        f"SUMMARY:{escape(event.summary)}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
    ]
    if event.location:
        lines.append(f"LOCATION:{escape(event.location)}")
    if event.description:
        lines.append(f"DESCRIPTION:{escape(event.description)}")
    if event.url:
        # A URI, which is not escaped (3.3.13).
        lines.append(f"URL:{event.url}")
    return [*lines, "END:VEVENT"]


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escape(text: str) -> str:
    """A value of the type TEXT (3.3.11): what has a meaning of its own is escaped, control characters go."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return _CONTROL.sub("", text)


def fold(line: str) -> bytes:
    """The line with its CRLF, cut into pieces of at most 75 octets (3.1), never inside a character."""
    octets = line.encode()
    pieces, start, room = [], 0, _MOST_OCTETS
    while len(octets) - start > room:
        end = start + room
        # Octets 10xxxxxx go on with a character of UTF-8.
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end])
        # The space that says that the line goes on counts too.
        start, room = end, _MOST_OCTETS - 1
    return b"\r\n ".join([*pieces, octets[start:]]) + b"\r\n"
