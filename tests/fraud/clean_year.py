"""A year without fraud and with all that looks like it: namesakes, second jobs, full rooms, back-to-back classes."""

from datetime import date, timedelta
from random import Random

from services.transaction import transaction
from tests.fraud.city import (
    Class,
    Time,
    begins,
    employ,
    ends,
    file,
    hours_of,
    list_as,
    make_people,
    photo,
    scene,
)
from tests.services import result_makers as make

YEAR = 2025
_MOST_PER_DAY = 80
_PATTERNS = (
    ("am", "pm"), ("am", "pm"), ("am", "noon"), ("pm",), ("evening",), ("early", "am"), ("noon", "pm"), ("am",),
)  # fmt: skip
_TEACHERS = ("王磊", "李静", "张伟", "陈涛")


class Year:
    """The classes of a year in the order in which they are reported, with everybody's true timetable."""

    def __init__(self, seed: int, *, classes_a_month: int) -> None:
        self.draw = Random(seed)
        self.city = make.make_city()
        self.employers = [make.make_employer() for _ in range(4)]
        self.bases = [make.make_employer("training_base") for _ in range(3)]
        self.staff = {one.id: make_people(self.city, self.draw, one, 36) for one in self.employers}
        self.busy: dict[int, list[Time]] = {}
        self.gone: dict[int, date] = {}  # whoever retires or dies comes to no class from that day on
        self.not_before: dict[int, date] = {}
        self.classes: list[Class] = []
        with transaction():
            self._second_jobs()
            self._lists()
        for month in range(1, 13):
            for number in range(classes_a_month):
                self._hold(month, number)
        with transaction():
            for each in self.classes:
                file(self.city, each)
        self.classes.sort(key=lambda each: each.reported_at)

    @property
    def everybody(self) -> list[int]:
        return [person for staff in self.staff.values() for person in staff]

    def _second_jobs(self) -> None:
        """Some work for two employers at once, half days here and half days there."""
        for first, second in zip(self.employers, self.employers[1:], strict=False):
            for person in self.draw.sample(self.staff[first.id], 5):
                employ(person, second, date(2024, 1, 1))
                self.staff[second.id].append(person)

    def _lists(self) -> None:
        """People who retire, die or leave school in the year, and are in classes before or after, never while."""
        people = self.draw.sample(self.staff[self.employers[0].id][:30], 9)
        for kind, group in (("retired", people[:3]), ("deceased", people[3:5])):
            for person in group:
                self.gone[person] = date(YEAR, self.draw.randrange(4, 11), self.draw.randrange(1, 28))
                list_as(self.city, person, kind, since=self.gone[person])
        for person in people[5:]:
            self.not_before[person] = date(YEAR, 7, 1)
            list_as(self.city, person, "student", since=date(2022, 9, 1), until=date(YEAR, 6, 30))

    def _hold(self, month: int, number: int) -> None:
        draw = self.draw
        own = draw.random() < 0.5
        employer = draw.choice(self.employers if own else self.bases)
        first = date(YEAR, month, 1) + timedelta(days=draw.randrange(0, 24))
        pattern = draw.choice(_PATTERNS)
        times = [(first + timedelta(days=day), part) for day in range(draw.choice((1, 2, 2, 3))) for part in pattern]
        size = draw.randrange(8, 16)
        each = Class(
            employer=employer,
            title=f"{month}月第{number + 1}期新工艺培训",
            times=times,
            # One address for all: many rooms of one training house.
            place=f"实训楼{number % 5 + 1}0{month % 4 + 1}（可容纳{size}人）" if draw.random() < 0.5 else "实训楼",
            # Two teachers of one name work at two units and teach at the same time.
            teacher=(draw.choice(_TEACHERS), f"第{employer.id % 100_000}技工学校"),
            quota=size if draw.random() < 0.3 else size + draw.randrange(1, 10),
            form="F3" if own else "F1",
            kept=draw.random() < 0.6,
            reported_after=draw.randrange(1, 11),
        )
        if any(self._collides(each, other) for other in self.classes):
            each.teacher = (f"{each.teacher[0]}{number}", each.teacher[1])
        self._seat(each, size)
        self._score(each)
        self._photograph(each)
        self.classes.append(each)

    @staticmethod
    def _collides(one: Class, other: Class) -> bool:
        """Whether one teacher would have to be in both."""
        return one.teacher == other.teacher and any(
            begins(at) < ends(with_) and begins(with_) < ends(at) for at in one.times for with_ in other.times
        )

    def _seat(self, each: Class, size: int) -> None:
        """People who can be there; those with another class on the same days are liked best, for they are hard."""
        draw, days = self.draw, {on for on, _ in each.times}
        pool = self.staff[each.employer.id] if each.form == "F3" else self.everybody
        free = [person for person in dict.fromkeys(pool) if self._can(person, each.times)]
        draw.shuffle(free)
        free.sort(key=lambda person: not any(on in days for on, _ in self.busy.get(person, ())))
        for person in free[:size]:
            there = list(each.times)
            if draw.random() < 0.15 and len(there) > 1:
                # Late, or gone early: where no sheet was kept a report says only how long.
                keep = draw.randrange(1, len(there))
                there = there[:keep] if not each.kept or draw.random() < 0.5 else there[-keep:]
            elif draw.random() < 0.03:
                there = []
            each.people[person] = there
            self.busy.setdefault(person, []).extend(there)
        # A dead battery: two on one phone, never three.
        people = list(each.people)
        for one, two in zip(people[::2], people[1::2], strict=False):
            if draw.random() < 0.1:
                each.devices[one] = each.devices[two] = f"device{one}"

    def _can(self, person: int, times: list[Time]) -> bool:
        if times[-1][0] >= self.gone.get(person, date.max) or times[0][0] < self.not_before.get(person, date.min):
            return False
        taken = self.busy.get(person, [])
        if any(begins(at) < ends(other) and begins(other) < ends(at) for at in times for other in taken):
            return False
        return all(
            hours_of([at for at in (*times, *taken) if at[0] == on]) <= _MOST_PER_DAY for on in {on for on, _ in times}
        )

    def _score(self, each: Class) -> None:
        if self.draw.random() < 0.2:
            return  # assessed by practice: no scores at all
        for person, there in each.people.items():
            each.scores[person] = self.draw.randrange(120, 198) * 5 if there else None

    def _photograph(self, each: Class) -> None:
        """Two photos each day; now and then two of one scene, a minute apart; some just before the class begins."""
        draw = self.draw
        for on in sorted({on for on, _ in each.times}):
            at = next(time for time in each.times if time[0] == on)
            first = scene(draw)
            each.photos.append(photo(first, begins(at) + timedelta(minutes=draw.randrange(-5, 60))))
            second = first if draw.random() < 0.1 else scene(draw)
            each.photos.append(photo(second, begins(at) + timedelta(minutes=62), quality=80))
