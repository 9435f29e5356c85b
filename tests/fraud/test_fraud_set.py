"""The fraud set: a clean year raises next to no false warning, and in a year with planted cases every one is found."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import update

from domain.filing_parts import Competition, ContestEvent, EventKind, Level, RankAward, plain
from domain.places import Band
from domain.result_check_rules import CHECKS, Severity
from domain.result_rows import Outcome
from domain.result_standing import RowStanding
from models import ActivityFiling, ArrivalPlace, DisciplineEvent, FilingTeacher, Organization, SkillCertificate, db
from services import clock, result_content
from services.result_checking import Checked
from services.transaction import transaction
from tests.fraud.city import (
    Class,
    begins,
    employ,
    file,
    list_as,
    make_people,
    photo,
    release,
    rename,
    report,
    scene,
)
from tests.fraud.clean_year import Year
from tests.services import result_makers as make

MOST_FALSE = 0.01


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": "2026-02-10T09:00:00+08:00"}


@pytest.fixture
def site(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def say(*lines: str) -> None:
    """The counts, for whoever reads the log of the run."""
    sys.stdout.write("\n" + "\n    ".join(lines) + "\n")


def asked(checked: list[Checked]) -> list[Checked]:
    """What stops a list or must be answered: the alarms. Hints alarm nobody."""
    return [each for each in checked if each.finding is not None and each.check.severity is not Severity.HINT]


def test_a_clean_year_raises_next_to_no_false_warning(site: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    year = Year(20_250_101, classes_a_month=9)
    alarms: Counter[str] = Counter()
    lists = rows = disturbed = named = 0
    for each in year.classes:
        found = asked(report(year.city, each))
        lists, rows = lists + 1, rows + len(each.people)
        alarms.update(f"{one.check.key}: {one.sentence[:70]}" for one in found)
        disturbed += bool(found)
        named += len({person for one in found if one.finding for person in one.finding.persons})
        release(each)
    with capsys.disabled():
        say(f"clean year: {lists} lists, {rows} rows, {lists * len(CHECKS)} checks")
        say(f"false: {disturbed} lists, {named} rows, {alarms.total()} checks", *alarms)
    assert lists >= 100 and rows >= 900
    assert disturbed <= MOST_FALSE * lists + 1e-9, "lists of which something is asked without need"
    assert named <= MOST_FALSE * rows
    assert alarms.total() <= MOST_FALSE * lists * len(CHECKS)


# --- Planted cases ----------------------------------------------------------------------------------------------------


@dataclass
class Plant:
    """A class with one thing wrong: which check must find it, and whom it must name."""

    lesson: Class
    check: str
    persons: list[int]
    before: Callable[[], None] = lambda: None


class Planted:
    """Puts planted classes into a year, each with people of its own."""

    def __init__(self, year: Year) -> None:
        self.year, self.city, self.draw = year, year.city, Random(7)
        self.employer, self.base, self.other_base = year.employers[3], year.bases[0], year.bases[1]
        self.plants: list[Plant] = []
        self.helpers: list[Class] = []
        self._day = date(2025, 3, 3)

    def lesson(self, size: int = 0, *, own: bool = False, parts: tuple[str, ...] = ("am", "pm"), **values) -> Class:
        """A class of which all is right, some days after the last one."""
        self._day += timedelta(days=8)
        on = values.pop("on", self._day)
        employer = values.pop("employer", self.employer if own else self.base)
        number = len(self.plants) + len(self.helpers)
        people = make_people(self.city, self.draw, self.employer, size or 9 + number % 5)
        times = [(on, part) for part in parts]
        made = Class(
            employer=employer, title=f"第{number}期提升班", times=times, place=f"{number}号教室",
            teacher=(f"教师{number}", f"第{number}技校"), quota=40, form="F3" if own else "F1",
            parts=values.pop("parts_of", {}), **values,
        )  # fmt: skip
        made.people = {person: list(times) for person in people}
        made.scores = {person: self.draw.randrange(120, 198) * 5 for person in people}
        made.photos = [photo(scene(self.draw), begins(at) + timedelta(minutes=9)) for at in times]
        return made

    def plant(self, lesson: Class, check: str, persons: list[int] | None = None, **more) -> Plant:
        made = Plant(lesson, check, persons or [], **more)
        self.plants.append(made)
        return made

    def helper(self, lesson: Class) -> Class:
        """A class that is right itself, and makes another one wrong."""
        self.helpers.append(lesson)
        return lesson

    def all(self) -> None:
        for kind in (
            self.overlap, self.long_day, self.not_employed, self.on_lists, self.teacher, self.room, self.photos,
            self.devices, self.late, self.equal_scores, self.teacher_learns, self.same_size, self.attendance,
            self.discipline, self.uncertified, self.contests, self.far_away,
        ):  # fmt: skip
            kind()

    def overlap(self) -> None:
        first = self.helper(self.lesson())
        two = list(first.people)[:2]
        second = self.lesson(8, employer=self.other_base, on=first.times[0][0], reported_after=5)
        second.people |= {person: list(second.times) for person in two}
        self.plant(second, "overlap", two)

    def long_day(self) -> None:
        first = self.helper(self.lesson())
        (person, *_) = first.people
        second = self.lesson(8, own=True, on=first.times[0][0], parts=("evening",), reported_after=5)
        second.people[person] = list(second.times)
        self.plant(second, "long_day", [person])

    def not_employed(self) -> None:
        lesson = self.lesson(own=True)
        left, stranger = make_people(self.city, self.draw, self.year.employers[0], 2)
        with transaction():
            employ(left, self.employer, date(2023, 1, 1), lesson.times[0][0] - timedelta(days=1))
        lesson.people |= {left: list(lesson.times), stranger: list(lesson.times)}
        self.plant(lesson, "staff", [left, stranger])

    def on_lists(self) -> None:
        for kind, check in (("retired", "status"), ("student", "status"), ("deceased", "deceased")):
            lesson = self.lesson()
            (person, *_) = lesson.people
            with transaction():
                list_as(self.city, person, kind, since=date(2025, 1, 10))
            self.plant(lesson, check, [person])

    def teacher(self) -> None:
        first = self.helper(self.lesson())
        second = self.lesson(employer=self.other_base, on=first.times[0][0])

        def swap() -> None:
            """Another teacher came than was filed: one who taught elsewhere at the time, written a little otherwise."""
            with transaction():
                db.session.execute(
                    update(FilingTeacher)
                    .where(FilingTeacher.filing_id == second.filing_id)
                    .values(name=first.teacher[0], unit=f"{first.teacher[1]}有限公司")
                )

        self.plant(second, "teacher", before=swap)

    def room(self) -> None:
        lesson = self.lesson(12)
        lesson.place = "小会议室（可容纳10人）"
        self.plant(lesson, "room")

    def photos(self) -> None:
        image = scene(self.draw)
        first = self.helper(self.lesson())
        first.photos.append(photo(image, None))
        again = self.lesson()
        again.photos.append(first.photos[-1])
        self.plant(again, "same_photo")
        cut = image.crop((5, 4, 316, 237)).resize((300, 225), Image.Resampling.BICUBIC)
        alike = self.lesson()
        alike.photos.append(photo(cut, begins(alike.times[0]) + timedelta(minutes=20), quality=70))
        self.plant(alike, "alike_photo")
        old = self.lesson()
        old.photos.append(photo(scene(self.draw), begins(old.times[0]) - timedelta(days=9)))
        self.plant(old, "photo_time")

    def devices(self) -> None:
        lesson = self.lesson(kept=True)
        for person in list(lesson.people)[:6]:
            lesson.devices[person] = "one phone"
        self.plant(lesson, "device")

    def far_away(self) -> None:
        lesson = self.lesson(kept=True)
        (person, *_) = lesson.people

        def tap() -> None:
            with transaction():
                db.session.add(
                    ArrivalPlace(
                        technician_id=person, session_id=_first_session(lesson), band=Band.FAR, noted_at=clock.now()
                    )
                )

        self.plant(lesson, "place", before=tap)

    def late(self) -> None:
        self.plant(self.lesson(reported_after=16), "late")

    def equal_scores(self) -> None:
        lesson = self.lesson()
        lesson.scores = dict.fromkeys(lesson.people, 950)
        self.plant(lesson, "scores")

    def teacher_learns(self) -> None:
        lesson = self.lesson(own=True)
        (person, *_) = lesson.people
        with transaction():
            rename(self.city, person, "欧阳建设")
        lesson.teacher = ("欧阳建设", self.unit_name())
        self.plant(lesson, "teacher_learns", [person])

    def unit_name(self) -> str:
        return db.session.get_one(Organization, self.employer.id).name

    def same_size(self) -> None:
        base = make.make_employer("training_base")
        for _ in range(3):
            self.helper(self.lesson(12, employer=base))
        self.plant(self.lesson(12, employer=base), "same_size")

    def attendance(self) -> None:
        lesson = self.lesson(kept=True)
        (person, *_) = lesson.people
        lesson.people[person], lesson.hours[person] = lesson.times[:1], 80
        self.plant(lesson, "attendance", [person])

    def discipline(self) -> None:
        lesson = self.lesson()
        (person, *_) = lesson.people

        def punish() -> None:
            with transaction():
                db.session.add(
                    DisciplineEvent(
                        technician_id=person, filing_id=lesson.filing_id, session_id=_first_session(lesson),
                        severity="serious", description="替考", recorded_at=clock.now(),
                    )
                )  # fmt: skip

        self.plant(lesson, "breach", [person], before=punish)

    def uncertified(self) -> None:
        lesson = self.lesson()
        (person, *_) = lesson.people
        with transaction():
            db.session.execute(
                update(SkillCertificate)
                .where(SkillCertificate.technician_id == person)
                .values(issued_on=lesson.last + timedelta(days=1))
            )
        self.plant(lesson, "certificate", [person])

    def contests(self) -> None:
        """Two first prizes where one was filed; and a prize for somebody who failed."""
        award = RankAward(rank="一等奖", places=1, credits=Decimal(10))
        event = ContestEvent(name="焊接", occupation="焊工", standard="三级")
        held = Competition(
            kind=EventKind.COMPETITION, level=Level.COUNTY, host="协会", basis="计划", events=(event,), awards=(award,)
        )
        won = ("焊接", "一等奖")
        lesson = self.lesson(parts_of={"competition": plain(held)})
        first, second, *_ = lesson.people
        lesson.ranks = {first: won, second: won}
        self.plant(lesson, "ranks")
        lesson = self.lesson(parts_of={"competition": plain(held)})
        (loser, *_) = lesson.people
        lesson.ranks, lesson.outcomes = {loser: won}, {loser: Outcome.FAILED}
        self.plant(lesson, "winners", [loser])


def _first_session(lesson: Class) -> int:
    return db.session.get_one(ActivityFiling, lesson.filing_id).sessions[0].id


def test_every_planted_case_is_found(site: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    year = Year(20_250_102, classes_a_month=2)
    planted = Planted(year)
    planted.all()
    by_class = {id(plant.lesson): plant for plant in planted.plants}
    with transaction():
        lessons = [*planted.helpers, *(plant.lesson for plant in planted.plants)]
        for each in lessons:
            file(year.city, each)
    lessons += year.classes
    found: dict[str, list[str]] = {}
    false = 0
    for lesson in sorted(lessons, key=lambda each: each.reported_at):
        plant = by_class.get(id(lesson))
        if plant is not None:
            plant.before()
        checked = report(year.city, lesson)
        if plant is None:
            false += bool(asked(checked))
            release(lesson)
            continue
        hit = next(each for each in checked if each.check.key == plant.check)
        assert hit.finding is not None, f"not found: {plant.check}"
        assert hit.finding.persons == sorted(plant.persons), plant.check
        others = [each.check.key for each in asked(checked) if each.check.key != plant.check]
        assert others == [], f"{plant.check} was planted, and beside it found: {others}"
        found.setdefault(plant.check, []).append(hit.sentence)
        if hit.check.severity is Severity.ERROR:
            continue
        made = release(lesson)
        if hit.check.holds or plant.check == "overlap":
            standing = {result_content.row_of(made, person).standing for person in plant.persons}  # type: ignore[union-attr]
            assert standing == {RowStanding.HELD.value}, plant.check
    with capsys.disabled():
        say(
            f"planted year: {len(lessons)} lists, {len(planted.plants)} planted, all found; {false} others asked",
            *(f"{key}: {len(sentences)}, e.g. {sentences[0][:90]}" for key, sentences in found.items()),
        )
    assert set(found) == {check.key for check in CHECKS}
    assert false == 0
