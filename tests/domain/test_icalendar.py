"""Calendars in the form of RFC 5545, read back by the rules of the RFC and not by the code that wrote them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from domain.icalendar import Event, fold, write
from domain.periods import CHINA

EVENT = Event(
    uid="7-20260608-am@wuxue.example",
    changed_at=datetime(2026, 5, 20, 1, 30, tzinfo=UTC),
    starts_at=datetime(2026, 6, 8, 8, 30, tzinfo=CHINA),
    ends_at=datetime(2026, 6, 8, 11, 30, tzinfo=CHINA),
    summary="数控加工新工艺企业内训",
    location="一号培训室",
)


def read(data: bytes) -> list[tuple[str, str]]:
    """Unfolded lines as (name with parameters, raw value)."""
    text = data.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    unfolded = re.sub(r"\r\n[ \t]", "", text)
    pairs = [line.partition(":") for line in unfolded.split("\r\n")[:-1]]
    return [(name, value) for name, _, value in pairs]


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


def of_event(event: Event) -> dict[str, str]:
    lines = read(write([event], name="活动"))
    names = [name for name, _ in lines]
    begin = lines.index(("BEGIN", "VEVENT"))
    end = lines.index(("END", "VEVENT"))
    inside = lines[begin + 1 : end]
    assert len({name for name, _ in inside}) == len(inside), "no property twice"
    assert names[0] == "BEGIN" and lines[-1] == ("END", "VCALENDAR")
    return dict(inside)


def test_a_calendar_has_what_the_rfc_requires() -> None:
    lines = dict(read(write([], name="金华市活动")))
    assert lines["VERSION"] == "2.0"
    assert lines["PRODID"]
    assert lines["X-WR-CALNAME"] == lines["NAME"] == "金华市活动"


def test_times_are_in_utc() -> None:
    found = of_event(EVENT)
    assert (found["DTSTART"], found["DTEND"]) == ("20260608T003000Z", "20260608T033000Z")
    assert found["DTSTAMP"] == "20260520T013000Z"
    assert found["UID"] == EVENT.uid
    assert found["STATUS"] == "CONFIRMED"


def test_a_moment_without_its_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        write([Event(**{**vars(EVENT), "starts_at": datetime(2026, 6, 8, 8, 30)})], name="活动")  # noqa: DTZ001


def test_a_cancelled_event_says_so_with_its_sequence_number() -> None:
    before, after = of_event(EVENT), of_event(Event(**{**vars(EVENT), "cancelled": True, "sequence": 3}))
    assert after["STATUS"] == "CANCELLED"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == ("0", "3")
    assert after["UID"] == before["UID"]


@pytest.mark.parametrize(
    "text",
    [
        "a,b;c\\d",
        "逗号,分号;反斜杠\\n不是换行",
        "两行\n第二行",
        "END:VEVENT\nBEGIN:VEVENT\nUID:别人的",
        "\\\\,;\n" * 40,
    ],
)
def test_text_is_read_back_as_it_was(text: str) -> None:
    found = of_event(Event(**{**vars(EVENT), "summary": text, "location": text, "description": text}))
    assert {unescaped(found[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")} == {text}


def test_control_characters_and_other_line_ends_do_not_get_through() -> None:
    found = of_event(Event(**{**vars(EVENT), "summary": "一\x00二\x1b三\r四\r\n五"}))
    assert unescaped(found["SUMMARY"]) == "一二三\n四\n五"


@pytest.mark.parametrize("length", [0, 1, 67, 68, 74, 75, 76, 149, 150, 151, 400])
@pytest.mark.parametrize("character", ["a", "é", "训", "𠮷"])
def test_lines_are_folded_at_75_octets_and_never_inside_a_character(length: int, character: str) -> None:
    line = "SUMMARY:" + character * length
    folded = fold(line)
    assert folded.endswith(b"\r\n")
    pieces = folded[:-2].split(b"\r\n")
    assert all(0 < len(piece) <= 75 for piece in pieces)
    assert all(piece.startswith(b" ") for piece in pieces[1:])
    assert pieces[0].decode() + "".join(piece[1:].decode() for piece in pieces[1:]) == line


def test_a_line_is_not_folded_before_it_must_be() -> None:
    assert fold("A" * 75).count(b"\r\n") == 1
    assert fold("A" * 76).count(b"\r\n") == 2


def test_events_keep_their_order_and_their_own_times() -> None:
    later = Event(**{**vars(EVENT), "uid": "8@x", "starts_at": EVENT.starts_at + timedelta(days=1),
                     "ends_at": EVENT.ends_at + timedelta(days=1)})  # fmt: skip
    lines = read(write([later, EVENT], name="活动"))
    assert [value for name, value in lines if name == "UID"] == ["8@x", EVENT.uid]
