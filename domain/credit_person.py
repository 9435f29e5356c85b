"""A person before a policy: the years that matter, each counted once, with what one year hands on to the next."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from domain.credit_allotment import chain
from domain.credit_counting import Carried, YearCount, count_year
from domain.credit_entries import Entry, EntryId, least_tenths, say, tenths
from domain.credit_gaps import floor_results, gaps_of, missing_credits, windows
from domain.evaluation import Cut, EntryOutcome, FloorResult, Gap, StepKind, TraceStep
from domain.policy import Floor, Policy
from domain.policy_years import Exemption, Obligation, Span, cycle_of, obligation, year_span

Standing = tuple[tuple[FloorResult, ...], Mapping[str, Decimal], list[Gap]]
"""The floors of a year, what is missing by key, and the gaps with their sentences."""


class Person:
    """What is asked about whom. `entries` are in order and use the words of the pack."""

    def __init__(
        self,
        *,
        policy: Policy,
        year: int,
        level: str | None,
        first_certificate: date | None,
        certified: bool,
        ended_on: date | None,
        exemptions: Sequence[Exemption],
        as_of: date | None,
        entries: Sequence[Entry],
    ) -> None:
        self.policy, self.year, self.level = policy, year, level
        self.first_certificate, self.certified, self.ended_on = first_certificate, certified, ended_on
        self.exemptions, self.as_of, self.entries = exemptions, as_of, entries
        self._counts: dict[int, YearCount] = {}
        back = {entry.reverses: entry for entry in entries if entry.reverses is not None}
        self._pairs = [(entry, back[entry.id]) for entry in entries if entry.id in back]
        reversed_ids = {entry.id for pair in self._pairs for entry in pair}
        self._live = [entry for entry in entries if entry.id not in reversed_ids]
        self._moved = {entry.id: entry.makeup_for for entry in self._live if self._may_make_up(entry)}

    # --- Years --------------------------------------------------------------------------------------------------------

    def span(self, year: int) -> Span:
        return year_span(self.policy.year_kind, year, self.as_of)

    def owed(self, year: int) -> Obligation:
        return obligation(
            self.policy,
            year,
            self.span(year),
            first_certificate=self.first_certificate,
            certified=self.certified,
            ended_on=self.ended_on,
            exemptions=self.exemptions,
        )

    def years(self) -> list[int]:
        """The years whose entries the answer uses, oldest first."""
        streak = [year for past in self.streak_years() for year in self._years_for(past)]
        return sorted({*streak, *self._years_for(self.year)})

    def streak_years(self) -> list[int]:
        """The years before this one that must have been met too."""
        length = self.policy.value("streak.years") or 1
        return list(range(self.year - length + 1, self.year))

    def _years_for(self, year: int) -> set[int]:
        spans = (years for floor in self.policy.floors for years, _ in windows(self.policy, floor, year))
        return {year, *(each for years in spans for each in years if each <= year)}

    def standing(self, year: int) -> Standing:
        """A year against the floors, the streak left aside."""
        spans = (years for floor in self.policy.floors for years, _ in windows(self.policy, floor, year))
        owed = {each: self.owed(each) for each in {year, *(each for years in spans for each in years)}}
        counts = {each: self.count(each) for each in owed if each <= year}
        floors = floor_results(self.policy, self.level, year, counts, owed)
        missing = missing_credits(self.policy, floors, counts[year], self.level)
        return floors, missing, gaps_of(self.policy, floors, missing, year)

    # --- Entries ------------------------------------------------------------------------------------------------------

    def _entries_of(self, year: int) -> list[Entry]:
        start, end = self.span(year)
        return [
            entry
            for entry in self._live
            if self._moved.get(entry.id) == year or (entry.id not in self._moved and start <= entry.earned_on <= end)
        ]

    def _may_make_up(self, entry: Entry) -> bool:
        """The entry names an earlier year and was earned while that year could still be made up for."""
        until = self.policy.value("makeup.allowed_until")
        if entry.makeup_for is None or until is None:
            return False
        end = self.span(entry.makeup_for)[1]
        last = date(end.year, *until) if date(end.year, *until) > end else date(end.year + 1, *until)
        return end < entry.earned_on <= last

    def _repeated(self, year: int) -> dict[EntryId, str]:
        """Entries of the year that repeat a course, with the course; of several the ones with most credits count.

        Lines of one activity, or of one day where the activity is not known, are one time of taking the course.
        """
        times = self.policy.value("dup.same_course_per_cycle")
        if times is None:
            return {}
        taken: dict[str, dict[str, list[Entry]]] = {}
        for each in cycle_of(self.policy.year_kind, year):
            if each <= self.year:
                for entry in self._entries_of(each):
                    if entry.course and not entry.frozen:
                        occasion = entry.activity or entry.earned_on.isoformat()
                        taken.setdefault(entry.course, {}).setdefault(occasion, []).append(entry)
        repeated: dict[EntryId, str] = {}
        for course, occasions in taken.items():
            best_first = sorted(
                occasions.values(),
                key=lambda entries: (-sum(entry.credits for entry in entries), min(entry.order for entry in entries)),
            )
            repeated.update({entry.id: course for entries in best_first[times:] for entry in entries})
        return repeated

    # --- Counting -----------------------------------------------------------------------------------------------------

    def count(self, year: int) -> YearCount:
        """The year, counted; once, however often it is asked for."""
        if year not in self._counts:
            count = count_year(
                self.policy,
                self.level,
                year,
                self.span(year),
                self.owed(year),
                self._entries_of(year),
                repeated=self._repeated(year),
                floors=self._wanted(year),
                carried=self._carried(year),
            )
            count.steps[:0] = [*self._makeup_steps(year), *self._take_reversed(count)]
            self._counts[year] = count
        return self._counts[year]

    def _wanted(self, year: int) -> dict[str, int]:
        """What each subject kind is asked for, so that caps cut elsewhere first."""
        share = self.owed(year).share
        wanted: dict[str, int] = {}
        for floor in self.policy.floors:
            if floor.subject is not None and not floor.exam:
                amount = least_tenths(
                    self.policy.minimum(floor, self.level) * (share if self._of_one_year(floor) else 1)
                )
                wanted[floor.subject] = max(wanted.get(floor.subject, 0), amount)
        return wanted if share else {}

    def _of_one_year(self, floor: Floor) -> bool:
        return floor.window.kind == "YEAR" or (floor.window.kind == "PERIOD" and self.policy.year_kind.kind != "CYCLE")

    def _carried(self, year: int) -> Carried:
        """What the year before had to spare beyond its floors; nothing from a year that was not owed."""
        most = tenths(self.policy.value("carry.max", Decimal(0)))
        first = min((entry.earned_on.year for entry in self._live), default=year) - 1
        if most == 0 or year <= first or not (before := self.owed(year - 1)).exists:
            return Carried()
        count = self.count(year - 1)
        cascade = self.policy.value("carry.cascade", False)
        asked: dict[str | None, int] = {}
        for floor in self.policy.floors:
            if not floor.exam and self._of_one_year(floor):
                amount = least_tenths(self.policy.minimum(floor, self.level) * before.share)
                asked[floor.subject] = max(asked.get(floor.subject, 0), amount)
        spare = count.total - asked.get(None, 0)
        # What was itself carried over is used up first, and expires unless the pack lets it go on.
        spare = max(0, spare if cascade else min(spare, count.total - count.carried_in))
        allowed = self.policy.value("carry.subjects") or [subject.key for subject in self.policy.subjects]
        left = {subject: max(0, figure - asked.get(subject, 0)) for subject, figure in count.figures.items()}
        parents = {subject.key: subject.parent for subject in self.policy.subjects}
        by_subject: dict[str, int] = {}
        for subject in allowed:
            around = chain(subject, parents)
            own = count.own.get(subject, 0) - (0 if cascade else count.carried.get(subject, 0))
            by_subject[subject] = max(0, min(own, *(left[each] for each in around)))
            for each in around:
                left[each] -= by_subject[subject]
        return Carried(min(most, spare), by_subject, tuple(self._entries_of(year - 1)))

    # --- Entries moved to another year, or taken back -----------------------------------------------------------------

    def _makeup_steps(self, year: int) -> list[TraceStep]:
        start, end = self.span(year)
        steps = []
        for entry in self._live:
            if entry.makeup_for is None or (entry.makeup_for != year and not start <= entry.earned_on <= end):
                continue
            if self._moved.get(entry.id) == year:
                sentence = f"{entry.earned_on} 取得的 {say(entry.credits)} 学分用于 {year} 年度补学，计入 {year} 年度"
            elif entry.id in self._moved:
                sentence = f"{entry.earned_on} 取得的学分已计入补学的 {entry.makeup_for} 年度，不再计入 {year} 年度"
            elif start <= entry.earned_on <= end:
                sentence = (
                    f"{entry.earned_on} 取得的学分不能用于 {entry.makeup_for} 年度补学，按取得日期计入 {year} 年度"
                )
            else:
                continue
            steps.append(self._step("MAKEUP", "makeup.allowed_until", year, (entry,), sentence))
        return steps

    def _take_reversed(self, count: YearCount) -> list[TraceStep]:
        """Entries taken back, shown with what took them back in the year they were earned; they add up to nothing."""
        steps = []
        start, end = count.span
        for entry, back in self._pairs:
            if not start <= entry.earned_on <= end:
                continue
            for each in (entry, back):
                cuts = (Cut(rule="reversal", credits=each.credits),)
                count.outcomes[each.id] = EntryOutcome(id=each.id, year=count.year, posted=each.credits, cuts=cuts)
            sentence = f"{entry.earned_on} 取得的 {say(entry.credits)} 学分已被冲销，不计入"
            steps.append(self._step("REVERSED", "reversal", count.year, (entry, back), sentence))
        return steps

    def _step(self, kind: StepKind, rule: str, year: int, entries: Sequence[Entry], sentence: str) -> TraceStep:
        origin = self.policy.figures.get(rule)
        return TraceStep(
            kind=kind,
            figure="total",
            rule=rule,
            year=year,
            entries=tuple(entry.id for entry in entries),
            article=origin.article if origin else None,
            source=origin.source if origin else "",
            sentence=sentence,
        )
