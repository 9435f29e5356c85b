"""The programme of the demo city: which activities there were, are and will be, and how far each has come."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum, auto
from random import Random

from domain.periods import WorkingCalendar
from services.demo_activities import THEMES, Theme
from services.demo_organizations import DemoOrganization
from services.demo_people import Crowd, Person


class Story(StrEnum):
    """How far an activity has come, or where it ended."""

    DRAFT_BEGUN = auto()
    DRAFT_READY = auto()
    SUBMITTED = auto()
    SUPPLEMENT = auto()
    RESUBMITTED = auto()
    REJECTED = auto()
    WITHDRAWN = auto()
    APPROVED = auto()
    CANCELLED = auto()
    CHANGE_ASKED = auto()
    CHANGED = auto()
    POSTPONED = auto()
    REPORT_OPEN = auto()
    REPORT_DRAFT = auto()
    SENT_BACK = auto()
    ENTERED = auto()
    RELEASED = auto()
    REPORT_SUPPLEMENT = auto()
    CREDITED = auto()
    REFUSED = auto()
    NOT_HELD = auto()


@dataclass(frozen=True, kw_only=True)
class Activity:
    """One activity: `filed_on` is the working day of its first submission, `detour` a supplement notice on the way.

    `reported_on` is the day its results were begun, where that was late. `doubtful` evidence shows a picture of another
    day, for the officer to find. `undecided` are people whose employer has not answered yet; of a `full` class the last
    of the people wait for a place.
    """

    organization: DemoOrganization
    theme: Theme
    title: str
    place: str
    filed_on: date
    days: tuple[date, ...]
    story: Story
    people: tuple[Person, ...]
    reported_on: date | None = None
    evening: bool = False
    detour: bool = False
    doubtful: bool = False
    undecided: tuple[Person, ...] = ()
    full: bool = False

    @property
    def is_in_house(self) -> bool:
        return "training_base" not in self.organization.capacities


# (organisation, story, working days from today to the first class day, class days). What is not yet over.
_NOW = (
    ("qianchui", Story.DRAFT_BEGUN, 18, 3),
    ("nanxi", Story.DRAFT_BEGUN, 20, 2),
    ("qianchui", Story.DRAFT_READY, 15, 2),
    ("fangyan", Story.DRAFT_READY, 16, 5),
    ("qianchui", Story.SUBMITTED, 10, 3),
    ("huaxi", Story.SUBMITTED, 8, 2),
    ("fangyan", Story.SUBMITTED, 9, 5),
    ("nanxi", Story.SUBMITTED, 11, 3),
    ("geshan", Story.SUBMITTED, 8, 3),
    ("shuanglong", Story.SUBMITTED, 12, 5),
    ("bolanggu", Story.SUBMITTED, 3, 2),
    ("qianchui", Story.SUPPLEMENT, 11, 2),
    ("fangyan", Story.SUPPLEMENT, 11, 3),
    ("sanjiang", Story.SUPPLEMENT, 12, 2),
    ("huaxi", Story.RESUBMITTED, 10, 3),
    ("nanxi", Story.RESUBMITTED, 9, 2),
    ("yuequan", Story.RESUBMITTED, 12, 2),
    ("jidao", Story.REJECTED, -10, 2),
    ("qianchui", Story.REJECTED, -35, 1),
    ("wujiang", Story.WITHDRAWN, 6, 2),
    ("huaxi", Story.WITHDRAWN, -20, 2),
    ("dapan", Story.CANCELLED, -12, 2),
    ("nanxi", Story.CANCELLED, 5, 3),
    ("qianchui", Story.CHANGE_ASKED, 9, 2),
    ("geshan", Story.CHANGE_ASKED, 10, 3),
    ("fangyan", Story.CHANGED, 8, 3),
    ("nanxi", Story.POSTPONED, 7, 2),
    ("qianchui", Story.APPROVED, 3, 3),
    ("fangyan", Story.APPROVED, 5, 5),
    ("nanxi", Story.APPROVED, 4, 2),
    ("shuxi", Story.APPROVED, 7, 3),
    ("shuanglong", Story.APPROVED, 9, 5),
    ("bolanggu", Story.APPROVED, 12, 2),
    ("geshan", Story.APPROVED, -2, 5),
    ("wujiang", Story.APPROVED, -1, 2),
    ("qianchui", Story.REPORT_OPEN, -3, 2),
    ("fangyan", Story.REPORT_OPEN, -18, 3),
    ("nanxi", Story.REPORT_OPEN, -5, 2),
    ("huaxi", Story.REPORT_DRAFT, -8, 3),
    ("shuanglong", Story.REPORT_DRAFT, -7, 3),
    ("bolanggu", Story.SENT_BACK, -11, 2),
    ("qianchui", Story.ENTERED, -5, 2),
    ("fangyan", Story.ENTERED, -6, 3),
    ("qianchui", Story.RELEASED, -12, 3),
    ("huaxi", Story.RELEASED, -15, 2),
    ("fangyan", Story.RELEASED, -14, 5),
    ("nanxi", Story.RELEASED, -11, 2),
    ("shuanglong", Story.RELEASED, -14, 5),
    ("shuxi", Story.REPORT_SUPPLEMENT, -20, 3),
    ("fangyan", Story.REPORT_SUPPLEMENT, -22, 2),
    ("huaxi", Story.REFUSED, -22, 2),
    ("nanxi", Story.NOT_HELD, -15, 2),
)

# How many working days ago an activity must have been filed for its story to have happened by today.
_STEPS_TAKE = {
    Story.SUPPLEMENT: 3,
    Story.RESUBMITTED: 5,
    Story.WITHDRAWN: 3,
    Story.APPROVED: 5,
    Story.CANCELLED: 6,
    Story.CHANGE_ASKED: 5,
    Story.CHANGED: 7,
    Story.POSTPONED: 7,
}

# Of these nobody was or will be anywhere.
_NOBODY_CAME = frozenset({Story.REJECTED, Story.WITHDRAWN, Story.CANCELLED, Story.NOT_HELD})

# What was credited in the full year: seven days are a year's worth of hours, five days and four evenings are another
# way to it. The number is the cohort within the organisation; two classes of one cohort have the same people.
_YEAR = (
    *((key, 7, 0) for key in ("qianchui", "huaxi", "nanxi", "bolanggu", "sanjiang", "shuxi", "wujiang")),
    *((key, 7, 0) for key in ("shuanglong", "fangyan", "geshan")),
    *((key, days, 1) for days in (5, 4) for key in ("qianchui", "nanxi", "bolanggu", "yuequan", "dapan", "jidao")),
    *((key, 2, 2) for key in ("qianchui", "huaxi")),
)
_YEAR_BEFORE = (
    ("qianchui", 7, 0),
    ("shuxi", 5, 0),
    ("nanxi", 5, 0),
    ("bolanggu", 2, 0),
    ("wujiang", 7, 0),
    ("fangyan", 5, 0),
    ("shuanglong", 7, 0),
)
# The base whose coming class has more names than places, some of them of people whose employer has to agree.
_FULL = ("fangyan", Story.APPROVED)
# The days of class of these kinds are evenings.
_EVENINGS = 4
_CLASS = 70
_KNOWN_IN = {
    ("qianchui", 0): ("jishi",),
    ("qianchui", 2): ("jishi2", "jishi3", "jishi4"),
    ("shuxi", 0): ("shuxi",),
}


class Programme:
    """Makes the activities, drawn by one generator."""

    def __init__(
        self,
        draw: Random,
        crowd: Crowd,
        calendar: WorkingCalendar,
        organizations: Sequence[DemoOrganization],
        *,
        scale: float,
    ) -> None:
        self.draw, self.crowd, self.calendar, self.scale = draw, crowd, calendar, scale
        self.today = crowd.today
        self.by_key = {one.key: one for one in organizations}
        self._editions: Counter[tuple[str, int, str]] = Counter()
        self._busy: set[tuple[int, date]] = set()
        self._rooms: Counter[str] = Counter()
        # Early in a year nothing is worth looking at but the year before.
        self.year = self.today.year if self.today.month >= 5 else self.today.year - 1

    def activities(self) -> Iterator[Activity]:
        """All of them, in no order."""
        last = min(self.today - timedelta(days=42), date(self.year, 12, 12))
        yield from self._credited(_YEAR, date(self.year, 1, 12), last)
        yield from self._credited(_YEAR_BEFORE, date(self.year - 1, 4, 8), date(self.year - 1, 12, 5))
        for key, story, offset, length in sorted(_NOW, key=lambda one: one[2]):
            first = self.calendar.add_working_days(self.today, offset)
            group = self.draw.randrange(3)
            if (key, story) == ("qianchui", Story.ENTERED):
                group = 0  # the class of the technician whom visitors act as, who has a result to confirm
            yield self._activity(key, story, self._class_days(first, length), self._cohort(key, group))
        # Reported long after the year was closed: the persons could not help it, and two counties look at it.
        closed = self.today.year - (1 if self.today >= date(self.today.year, 3, 1) else 2)
        days = self._class_days(date(closed, 10, 20), 2)
        late = self._activity("qianchui", Story.CREDITED, days, self._cohort("qianchui", 1))
        yield replace(late, reported_on=self.calendar.add_working_days(self.today, -9))
        # A class that is under way on whatever day somebody looks, a day of rest as well.
        around = (self.today - timedelta(days=1), self.today, self.today + timedelta(days=1))
        yield self._activity("qianchui", Story.APPROVED, around, self._cohort("qianchui", 0))

    def exam_days(self) -> list[date]:
        """When the special-knowledge exams were."""
        first, last = date(self.year, 1, 12), min(self.today, date(self.year, 12, 20))
        middle = first + (last - first) * 6 // 10
        return [date(self.year - 1, 12, 13), middle, last - timedelta(days=17)]

    def _credited(self, classes: Sequence[tuple[str, int, int]], first: date, last: date) -> Iterator[Activity]:
        cohorts: dict[tuple[str, int], tuple[Person, ...]] = {}
        for index, (key, length, group) in enumerate(classes):
            if self.scale < 0.5 and index % 2 and (key, group) not in _KNOWN_IN:
                continue  # a small city has fewer classes too
            start = first + (last - first) * index // len(classes) + timedelta(days=self.draw.randrange(5))
            people = cohorts.setdefault((key, group), self._cohort(key, group))
            days = self._class_days(start, length, every=2 if length == _EVENINGS else 1)
            yield self._activity(key, Story.CREDITED, days, people, detour=self.draw.random() < 0.2)

    def _activity(
        self, key: str, story: Story, days: tuple[date, ...], people: tuple[Person, ...], *, detour: bool = False
    ) -> Activity:
        organization = self.by_key[key]
        people = self._free(people, days, takes_place=story not in _NOBODY_CAME)
        ahead = self.draw.randint(9, 12) + (5 if detour or story in (Story.SUPPLEMENT, Story.RESUBMITTED) else 0)
        themes, year = THEMES[organization.trade], days[0].year
        theme = themes[sum(self._editions[(key, year, one.title)] for one in themes) % len(themes)]
        self._editions[(key, year, theme.title)] += 1
        edition = self._editions[(key, year, theme.title)]
        kind = "研修班" if key == "shuanglong" else "培训班" if "employer" not in organization.capacities else "内训班"
        return Activity(
            organization=organization,
            theme=theme,
            title=f"{year}年{theme.title}{kind}（第{edition}期）",
            place=self._place(organization),
            filed_on=min(
                self.calendar.add_working_days(days[0], -ahead),
                self.calendar.add_working_days(self.today, -_STEPS_TAKE.get(story, 1)),
            ),
            days=days,
            story=story,
            people=people,
            evening=len(days) == _EVENINGS,
            detour=detour,
            doubtful=story is Story.RELEASED and key == "huaxi",
            undecided=(self.crowd.known["jishi"], self.crowd.known["jishi2"]) if (key, story) == _FULL else (),
            full=(key, story) == _FULL,
        )

    def _free(self, people: tuple[Person, ...], days: tuple[date, ...], *, takes_place: bool) -> tuple[Person, ...]:
        """Those who are in no other class on these days, for nobody is in two places at once."""
        free = tuple(one for one in people if not any((one.id, day) in self._busy for day in days))
        if takes_place:
            self._busy.update((one.id, day) for one in free for day in days)
        return free

    def _place(self, organization: DemoOrganization) -> str:
        """A room that no other of the organisation's latest activities is in: they may be on the same day."""
        self._rooms[organization.key] += 1
        room = self._rooms[organization.key] % 20
        building = self.draw.choice(("培训中心", "实训车间", "多功能厅"))
        return f"{organization.name.removesuffix('有限公司')}{building}{1 + room // 10}0{room % 10}室"

    def _class_days(self, first: date, length: int, *, every: int = 1) -> tuple[date, ...]:
        day = self.calendar.next_working_day(first)
        days = [day]
        while len(days) < length:
            day = self.calendar.add_working_days(day, every)
            days.append(day)
        return tuple(days)

    def _cohort(self, key: str, group: int) -> tuple[Person, ...]:
        """The people of one class: an employer's own in thirds, a base's from the region around it."""
        organization = self.by_key[key]
        known = [self.crowd.known[login_name] for login_name in _KNOWN_IN.get((key, group), ())]
        if "training_base" in organization.capacities:
            regions = ("330702", "330703") if key == "shuanglong" else (organization.region_code,)
            pool = [one for region in regions for one in self.crowd.of_region(region)]
        else:
            on = date(self.year - 1, 6, 1)
            pool = [one for one in self.crowd.staff(key, self.today) if one.hired_on <= on]
        strangers = {one.id for one in self.crowd.known.values()}
        pool = [one for one in pool[group::3] if one.id not in strangers]
        size = round(self.draw.randint(_CLASS - 12, _CLASS + 10) * min(self.scale * 1.5, 1))
        return (*known, *self.draw.sample(pool, min(max(size, 6), len(pool))))
