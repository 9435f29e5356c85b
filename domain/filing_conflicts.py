"""What an activity collides with: a teacher or a room that is taken, a day too long, more people than there is room."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.filing_content import WEEKDAYS, Session, Teacher, show_hours
from domain.filing_rules import ends_at, starts_at
from domain.periods import CHINA

_PUNCTUATION = re.compile(r"[\W_]+")
# What a unit may be called with or without.
_OF_THE_PLACE = re.compile(r"^(浙江省|浙江|金华市|金华)")
_LEGAL_FORM = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|公司|集团)$")
# A text that names one room; without it, it names a house or a company, in which two classes find room at once.
_ROOM = re.compile(r"室|厅|教室|机房|车间|工位|工作站|报告|[0-9]{3,4}")
# A text that means one place whoever writes it: a house of a street, or something in a town that is named.
_ADDRESS = re.compile(r"[路街道弄巷村].{0,4}[0-9]+号|市|县|镇|街道")
_CAPACITY = re.compile(r"(?:容纳|可坐|座位|限员|限|最多)\s*([0-9]{1,4})\s*(?:人|座|个座位|个)")


class Kind(StrEnum):
    """What collides."""

    TEACHER = "teacher"
    NAMESAKE = "namesake"
    PLACE = "place"
    DAY = "day"
    ROOM = "room"
    PEOPLE = "people"
    PERSON = "person"


@dataclass(frozen=True, kw_only=True)
class Booking:
    """A session of another activity. `own`: of the same organiser; `firm`: the bureau has agreed to it."""

    filing_id: int
    title: str
    organizer: str
    own: bool
    firm: bool
    in_house: bool
    quota: int
    on: date
    starts_at: datetime
    ends_at: datetime
    hours: Decimal
    place: str
    teacher: str
    unit: str

    @property
    def named(self) -> str:
        """The activity as the reader may know of it, with whoever holds it."""
        return f"本单位“{self.title}”" if self.own else f"“{self.title}”（{self.organizer}）"

    @property
    def when(self) -> str:
        starts, ends = self.starts_at.astimezone(CHINA), self.ends_at.astimezone(CHINA)
        return f"{_day(self.on)} {starts:%H:%M}–{ends:%H:%M}"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One collision in words; `blocks` where nobody can be at two places, `session` counts from 0.

    `with_filing` is the other activity, if there is one.
    """

    kind: Kind
    session: int
    blocks: bool
    message: str
    with_filing: int | None = None


# --- Who and where is the same ----------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """A name or a place as it compares: full width or not, with whatever between the words."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text)).casefold()


def plain_unit(text: str) -> str:
    """A unit without the city before it and the legal form behind it, which are written or not."""
    short = _LEGAL_FORM.sub("", _OF_THE_PLACE.sub("", plain(text)))
    return short or plain(text)


def is_same_place(place: str, booking: Booking) -> bool:
    """The same text, of the same organiser or where the text means one place to everybody."""
    return plain(place) == plain(booking.place) and (booking.own or _ADDRESS.search(plain(place)) is not None)


def names_room(place: str) -> bool:
    """Whether a text names one room, in which only one class can be."""
    return _ROOM.search(plain(place)) is not None


def capacity_of(place: str) -> int | None:
    """How many people a room holds, where its name says so: 三楼多功能厅（可容纳60人）."""
    found = _CAPACITY.search(unicodedata.normalize("NFKC", place))
    return int(found[1]) if found else None


# --- The check --------------------------------------------------------------------------------------------------------


def conflicts(
    sessions: Sequence[Session],
    teachers: Sequence[Teacher],
    bookings: Iterable[Booking],
    *,
    quota: int | None,
    most_per_day: Decimal | None,
    staff: int | None = None,
) -> list[Conflict]:
    """Everything these sessions collide with, one entry for each pair of activities and cause.

    `staff`: of an employer's own activity, how many work there; None where that is not known or does not matter.
    """
    booked = sorted(bookings, key=lambda one: (one.starts_at, one.filing_id))
    by_day: dict[date, list[Booking]] = {}
    for booking in booked:
        by_day.setdefault(booking.on, []).append(booking)
    met: dict[tuple[Kind, int, str, bool], list[tuple[int, Booking]]] = {}
    for index, session in enumerate(sessions):
        teacher = teachers[session.teacher - 1] if 0 < session.teacher <= len(teachers) else None
        for booking in by_day.get(session.on, []):
            if starts_at(session) >= booking.ends_at or booking.starts_at >= ends_at(session):
                continue
            if teacher is not None and plain(teacher.name) == plain(booking.teacher):
                same = plain_unit(teacher.unit) == plain_unit(booking.unit)
                key = (Kind.TEACHER if same else Kind.NAMESAKE, booking.filing_id, teacher.name, same)
                met.setdefault(key, []).append((index, booking))
            if is_same_place(session.place, booking):
                key = (Kind.PLACE, booking.filing_id, session.place, names_room(session.place))
                met.setdefault(key, []).append((index, booking))
    found = [_told(kind, name, blocks, times) for (kind, _, name, blocks), times in met.items()]
    found += _long_days(sessions, teachers, by_day, most_per_day)
    found += _small_rooms(sessions, quota)
    found += _too_few_people(sessions, by_day, quota, staff)
    return found


def _told(kind: Kind, name: str, blocks: bool, times: list[tuple[int, Booking]]) -> Conflict:
    index, booking = times[0]
    also = "、".join(str(each + 1) for each, _ in times)
    where = f"第 {also} 课次"
    if kind is Kind.TEACHER:
        message = f"{where}：授课教师“{name}”{booking.when}在{booking.named}授课，请改时间或换教师"
    elif kind is Kind.NAMESAKE:
        message = f"{where}：{booking.named}{booking.when}也有教师“{name}”（{booking.unit}）授课，请核对是否同一人"
    elif blocks:
        message = f"{where}：地点“{name}”{booking.when}已由{booking.named}使用，请改时间或换地点"
    else:
        message = f"{where}：{booking.named}{booking.when}也在“{name}”，请核对场地是否够用"
    return Conflict(kind=kind, session=index, blocks=blocks, message=message, with_filing=booking.filing_id)


def _long_days(
    sessions: Sequence[Session],
    teachers: Sequence[Teacher],
    by_day: dict[date, list[Booking]],
    most_per_day: Decimal | None,
) -> list[Conflict]:
    """Teachers who with other activities teach more on a day than a day counts."""
    if most_per_day is None:
        return []
    here: dict[tuple[date, int], list[int]] = {}
    for index, session in enumerate(sessions):
        if 0 < session.teacher <= len(teachers):
            here.setdefault((session.on, session.teacher), []).append(index)
    found = []
    for (on, position), indexes in here.items():
        teacher = teachers[position - 1]
        person = (plain(teacher.name), plain_unit(teacher.unit))
        elsewhere = [one for one in by_day.get(on, []) if (plain(one.teacher), plain_unit(one.unit)) == person]
        hours = sum((sessions[index].hours for index in indexes), Decimal(0))
        total = hours + sum((one.hours for one in elsewhere), Decimal(0))
        if elsewhere and total > most_per_day:
            message = (
                f"授课教师“{teacher.name}”{_day(on)}连同{elsewhere[0].named}共 {show_hours(total)} 学时，"
                f"超过每天 {show_hours(most_per_day)} 学时，请核对"
            )
            found.append(Conflict(kind=Kind.DAY, session=indexes[0], blocks=False, message=message))
    return found


def _small_rooms(sessions: Sequence[Session], quota: int | None) -> list[Conflict]:
    found: dict[str, Conflict] = {}
    for index, session in enumerate(sessions):
        holds = capacity_of(session.place)
        if quota is not None and holds is not None and holds < quota:
            message = (
                f"第 {index + 1} 课次：计划人数 {quota} 人，而“{session.place}”只能容纳 {holds} 人，"
                "请换地点、减少人数或分班"
            )
            found.setdefault(session.place, Conflict(kind=Kind.ROOM, session=index, blocks=True, message=message))
    return list(found.values())


def _too_few_people(
    sessions: Sequence[Session], by_day: dict[date, list[Booking]], quota: int | None, staff: int | None
) -> list[Conflict]:
    """An employer's own activities that together want more people at one time than work there: the worst time."""
    if not staff or quota is None:
        return []
    worst: tuple[int, int, list[Booking]] = (staff, -1, [])
    for index, session in enumerate(sessions):
        others = {
            one.filing_id: one
            for one in by_day.get(session.on, [])
            if one.own and one.in_house and starts_at(session) < one.ends_at and one.starts_at < ends_at(session)
        }
        wanted = quota + sum(one.quota for one in others.values())
        if wanted > worst[0]:
            worst = (wanted, index, list(others.values()))
    wanted, index, beside = worst
    if index < 0:
        return []
    with_others = f"（连同{'、'.join(one.named for one in beside)}）" if beside else ""
    message = f"{sessions[index].label}计划参加 {wanted} 人{with_others}，多于本单位在册职工 {staff} 人，请核对人数"
    return [Conflict(kind=Kind.PEOPLE, session=index, blocks=False, message=message)]


def shared_people(sessions: Sequence[Session], presences: Iterable[tuple[int, Booking]]) -> list[Conflict]:
    """Who is enrolled here and elsewhere at one time; `presences` are persons with the sessions they go to elsewhere.

    One entry for each other activity, with the number of persons: their names are nobody's business here.
    """
    met: dict[int, tuple[set[int], set[int], Booking]] = {}
    for person, booking in presences:
        for index, session in enumerate(sessions):
            if starts_at(session) < booking.ends_at and booking.starts_at < ends_at(session):
                persons, indexes, _ = met.setdefault(booking.filing_id, (set(), set(), booking))
                persons.add(person)
                indexes.add(index)
    found = []
    for persons, indexes, booking in met.values():
        also = "、".join(str(index + 1) for index in sorted(indexes))
        message = f"第 {also} 课次：已报名人员中有 {len(persons)} 人同一时间报名了{booking.named}，请与他们核对"
        found.append(
            Conflict(
                kind=Kind.PERSON, session=min(indexes), blocks=False, message=message, with_filing=booking.filing_id
            )
        )
    return found


def _day(on: date) -> str:
    return f"{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"
