"""Counts one year: which entries belong to it, what duplicates, days, caps and maxima cut, and what is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.credit_allotment import Cell, Limits, allot, chain, figures
from domain.credit_award import rounded
from domain.credit_entries import Entry, EntryId, from_tenths, id_order, least_tenths, say, tenths
from domain.evaluation import Cut, EntryOutcome, StepKind, TraceStep
from domain.policy import Figure, Floor, Maximum, Policy, Subject
from domain.policy_years import Obligation, Span

CARRY = "carry"
"""Stands for the form of credits carried over; no pack can hold it, for its forms are written in capitals."""


@dataclass
class YearCount:
    """One year, counted, in tenths. `figures` and `exams` of a subject kind hold what is inside it, `own` does not."""

    year: int
    span: Span
    obligation: Obligation
    posted: int = 0
    frozen: int = 0
    total: int = 0
    exam: int = 0
    figures: dict[str, int] = field(default_factory=dict)
    own: dict[str, int] = field(default_factory=dict)
    exams: dict[str, int] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    outcomes: dict[EntryId, EntryOutcome] = field(default_factory=dict)
    steps: list[TraceStep] = field(default_factory=list)

    @property
    def carried_in(self) -> int:
        return sum(self.carried.values())

    @property
    def cut(self) -> int:
        return sum(tenths(cut.credits) for outcome in self.outcomes.values() for cut in outcome.cuts)


@dataclass(frozen=True)
class Carried:
    """What the year before leaves: at most `most` in all, and of each subject kind at most what it had to spare."""

    most: int = 0
    by_subject: Mapping[str, int] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()


class _Counting:
    """Takes the entries of one year through the rules, one after the other, and writes down each step."""

    def __init__(self, policy: Policy, level: str | None, count: YearCount, entries: Sequence[Entry]) -> None:
        self.policy, self.level, self.count = policy, level, count
        self.entries = entries
        self.left = {entry.id: tenths(entry.credits) for entry in self.entries}
        self.cuts: dict[EntryId, list[Cut]] = {entry.id: [] for entry in self.entries}
        self.parents = {subject.key: subject.parent for subject in policy.subjects}

    def step(
        self,
        kind: StepKind,
        figure: str,
        rule: str,
        sentence: str,
        *,
        entries: Iterable[Entry] = (),
        counted: int = 0,
        cut: int = 0,
        origin: Figure | Subject | Floor | Maximum | None = None,
    ) -> None:
        self.count.steps.append(
            TraceStep(
                kind=kind,
                figure=figure,
                rule=rule,
                year=self.count.year,
                entries=tuple(entry.id for entry in entries),
                counted=from_tenths(counted),
                cut=from_tenths(cut),
                article=origin.article if origin else None,
                source=origin.source if origin else "",
                sentence=sentence,
            )
        )

    def cut(self, entry: Entry, rule: str, amount: int) -> None:
        self.left[entry.id] -= amount
        self.cuts[entry.id].append(Cut(rule=rule, credits=from_tenths(amount)))

    # --- What concerns single entries ---------------------------------------------------------------------------------

    def set_aside_frozen(self) -> list[Entry]:
        frozen = [entry for entry in self.entries if entry.frozen]
        if frozen:
            amount = sum(self.left[entry.id] for entry in frozen)
            self.count.frozen = amount
            self.step(
                "FROZEN",
                "frozen",
                "frozen",
                f"{len(frozen)} 条记录共 {said(amount)} 学分因案件调查被冻结，单独列出，暂不计入",
                entries=frozen,
            )
        return [entry for entry in self.entries if not entry.frozen]

    def cut_repeated(self, repeated: Mapping[EntryId, str], entries: Sequence[Entry]) -> None:
        rule = self.policy.figures.get("dup.same_course_per_cycle")
        courses: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.id in repeated and self.left[entry.id]:
                courses.setdefault(repeated[entry.id], []).append(entry)
        for course, again in courses.items():
            amount = sum(self.left[entry.id] for entry in again)
            for entry in again:
                self.cut(entry, "dup.same_course_per_cycle", self.left[entry.id])
            times = rule.value if rule else 1
            self.step(
                "DUPLICATE",
                "total",
                "dup.same_course_per_cycle",
                f"课程“{course}”重复学习，一个周期内最多计 {times} 次，按学分最高的计入，其余 {said(amount)} 学分不计",
                entries=again,
                cut=amount,
                origin=rule,
            )

    def cut_days(self, entries: Sequence[Entry]) -> None:
        online = {form.key for form in self.policy.forms if form.mode == "ONLINE"}
        for key, chosen in (
            ("online.max_hours_per_day", [entry for entry in entries if entry.form in online]),
            ("hour.max_per_day", list(entries)),
        ):
            rule = self.policy.figures.get(key)
            if rule is not None and rule.value is not None:
                self._cut_days(rule, [entry for entry in chosen if entry.hours > 0 and self.left[entry.id] > 0])

    def _cut_days(self, rule: Figure, entries: Sequence[Entry]) -> None:
        most: Decimal = rule.value
        by_day: dict[date, list[Entry]] = {}
        for entry in sorted(entries, key=lambda entry: id_order(entry.id)):
            by_day.setdefault(entry.earned_on, []).append(entry)
        for day, taken in sorted(by_day.items()):
            room, shortened, lost = most, [], 0
            for entry in taken:
                if entry.days is None:
                    continue
                kept = min(entry.hours, room if entry.days == 1 else most * entry.days)
                room -= kept if entry.days == 1 else 0
                if kept < entry.hours:
                    share = Fraction(kept) / Fraction(entry.hours)
                    earned = tenths(rounded(Fraction(self.left[entry.id], 10) * share, self.policy.rounding))
                    amount = max(0, self.left[entry.id] - earned)
                    if amount:
                        self.cut(entry, rule.key, amount)
                        shortened.append(entry)
                        lost += amount
            if shortened:
                self.step(
                    "DAILY",
                    "total",
                    rule.key,
                    f"{day} 登记的学时超过每天 {say(most)} 学时，超出部分对应的 {said(lost)} 学分不计",
                    entries=shortened,
                    cut=lost,
                    origin=rule,
                )
            self._note_day(rule, day, [entry for entry in taken if entry.days is None and entry.hours <= most])

    def _note_day(self, rule: Figure, day: date, entries: Sequence[Entry]) -> None:
        """Without the number of days nobody can tell whether the hours of a date were taken on it: ask, do not cut."""
        hours = sum((entry.hours for entry in entries), Decimal(0))
        if len(entries) > 1 and hours > rule.value:
            self.step(
                "NOTE",
                "total",
                rule.key,
                f"{day} 有 {len(entries)} 条记录共 {say(hours)} 学时，超过每天 {say(rule.value)} 学时；"
                "记录没有注明上课天数，未作扣减，请核实",
                entries=entries,
                origin=rule,
            )

    # --- What concerns sums -------------------------------------------------------------------------------------------

    def limits(self, floors: Mapping[str, int]) -> tuple[Limits, dict[str, Figure], dict[str | None, Maximum]]:
        cap_rules = {
            form.key: rule
            for form in self.policy.forms
            if (rule := self.policy.figures.get(f"cap.form.{form.key}")) is not None and rule.value is not None
        }
        caps = {form: least_tenths(self.policy.credits(rule.value, self.level)) for form, rule in cap_rules.items()}
        maxima: dict[str | None, Maximum] = {maximum.subject: maximum for maximum in self.policy.maxima}
        most = {
            subject: least_tenths(self.policy.credits(maximum.amount, self.level))
            for subject, maximum in maxima.items()
        }
        return Limits(parents=self.parents, caps=caps, maxima=most, floors=floors), cap_rules, maxima

    def allot(self, entries: Sequence[Entry], floors: Mapping[str, int], carried: Carried) -> dict[EntryId, int]:
        """What counts of each entry under the caps and maxima; cuts and steps are written down."""
        limits, cap_rules, maxima = self.limits(floors)
        supplies: list[tuple[Cell, int]] = [((entry.form, entry.subject), self.left[entry.id]) for entry in entries]
        supplies += [((CARRY, subject), amount) for subject, amount in carried.by_subject.items() if amount > 0]
        limits = Limits(
            parents=limits.parents,
            caps={**limits.caps, CARRY: carried.most},
            maxima=limits.maxima,
            floors=limits.floors,
        )
        counted = allot([supply for supply in supplies if supply[1] > 0], limits)
        by_entry, remaining = {}, dict(counted)
        cut_by: dict[str, list[tuple[Entry, int]]] = {}
        for entry in entries:
            cell = (entry.form, entry.subject)
            by_entry[entry.id] = min(self.left[entry.id], remaining.get(cell, 0))
            remaining[cell] = remaining.get(cell, 0) - by_entry[entry.id]
            lost = self.left[entry.id] - by_entry[entry.id]
            if lost:
                cut_by.setdefault(_binding(cell, counted, limits, maxima), []).append((entry, lost))
        rules: list[Figure | Maximum] = [*cap_rules.values(), *maxima.values()]
        for rule in rules:
            if rule.key in cut_by:
                self._write_cut(rule, cut_by[rule.key], limits)
        self._count_carried(counted, carried)
        return by_entry

    def _write_cut(self, rule: Figure | Maximum, cuts: Sequence[tuple[Entry, int]], limits: Limits) -> None:
        lost = sum(amount for _, amount in cuts)
        for entry, amount in cuts:
            self.cut(entry, rule.key, amount)
        if isinstance(rule, Figure):
            form = self.policy.form(rule.key.removeprefix("cap.form."))
            self.step(
                "CAP",
                "total",
                rule.key,
                f"“{form.label}”每年最多计 {said(limits.caps[form.key])} 学分，"
                f"超出的 {said(lost)} 学分不计（先保证各科目最低要求，再按取得先后计入）",
                entries=[entry for entry, _ in cuts],
                cut=lost,
                origin=rule,
            )
            return
        name = self.policy.subject(rule.subject).label if rule.subject else "全部学分"
        self.step(
            "MAXIMUM",
            rule.subject or "total",
            rule.key,
            f"{name}每年最多计 {said(limits.maxima[rule.subject])} 学分，超出的 {said(lost)} 学分不计",
            entries=[entry for entry, _ in cuts],
            cut=lost,
            origin=rule,
        )

    def _count_carried(self, counted: Mapping[Cell, int], carried: Carried) -> None:
        rule = self.policy.figures.get("carry.max")
        for (form, key), amount in counted.items():
            if form != CARRY or amount == 0:
                continue
            self.count.carried[key] = amount
            self.count.own[key] = self.count.own.get(key, 0) + amount
            label = self.policy.subject(key).label
            self.step(
                "CARRIED",
                key,
                "carry.max",
                f"上一年度结余的{label} {said(amount)} 学分结转计入本年度",
                entries=[entry for entry in carried.entries if entry.subject == key],
                counted=amount,
                origin=rule,
            )

    def count_subjects(self, by_entry: Mapping[EntryId, int], entries: Sequence[Entry]) -> None:
        count = self.count
        for subject in self.policy.subjects:
            own = [entry for entry in entries if entry.subject == subject.key]
            amount = sum(by_entry[entry.id] for entry in own)
            posted = sum(tenths(entry.credits) for entry in own)
            lost = f"（登记 {said(posted)}，按规定不计 {said(posted - amount)}）" if posted > amount else ""
            self.step(
                "COUNTED",
                subject.key,
                f"subject.{subject.key}",
                f"{subject.label}：{len(own)} 条记录，计入 {said(amount)} 学分{lost}",
                entries=own,
                counted=amount,
                origin=subject,
            )
            count.own[subject.key] = count.own.get(subject.key, 0) + amount
        count.figures = figures(count.own, self.parents)
        count.total = sum(count.own.values())
        for subject in self.policy.subjects:
            if self.policy.children(subject.key):
                figure = count.figures[subject.key]
                inside = "、".join(child.label for child in self.policy.children(subject.key))
                self.step(
                    "SUM",
                    subject.key,
                    f"subject.{subject.key}",
                    f"{subject.label}（含{inside}）合计 {said(figure)} 学分",
                    entries=[entry for entry in entries if subject.key in chain(entry.subject, self.parents)],
                    counted=figure,
                    origin=subject,
                )
        rule = next((floor for floor in self.policy.floors if floor.subject is None and not floor.exam), None)
        sentence = f"{count.year} 年度总学分 {said(count.total)}"
        key = rule.key if rule else "total"
        self.step("SUM", "total", key, sentence, entries=entries, counted=count.total, origin=rule)

    def count_exam(self, entries: Sequence[Entry], before_caps: Mapping[EntryId, int]) -> None:
        """The caps cut what counts, not what was passed: the exam line stands apart from them (art. 20)."""
        exams = [entry for entry in entries if entry.exam]
        by_subject: dict[str, int] = {}
        for entry in exams:
            by_subject[entry.subject] = by_subject.get(entry.subject, 0) + before_caps[entry.id]
        self.count.exams = figures(by_subject, self.parents)
        self.count.exam = sum(by_subject.values())
        rule = next((floor for floor in self.policy.floors if floor.exam), None)
        sentence = f"其中通过专项知识考试取得 {said(self.count.exam)} 学分"
        key = rule.key if rule else "exam"
        self.step("EXAM", "exam", key, sentence, entries=exams, counted=self.count.exam, origin=rule)


def count_year(
    policy: Policy,
    level: str | None,
    year: int,
    span: Span,
    obligation: Obligation,
    entries: Sequence[Entry],
    *,
    repeated: Mapping[EntryId, str],
    floors: Mapping[str, int],
    carried: Carried,
) -> YearCount:
    """Count the entries of one year, which are in order and of known subject kinds and forms.

    `repeated` names the entries that repeat a course, with the course; `floors` what each subject kind wants first;
    `carried` what the year before left. Frozen entries are set aside.
    """
    count = YearCount(year=year, span=span, obligation=obligation)
    counting = _Counting(policy, level, count, entries)
    count.posted = sum(counting.left.values())
    valid = counting.set_aside_frozen()
    counting.cut_repeated(repeated, valid)
    counting.cut_days([entry for entry in valid if entry.id not in repeated])
    before_caps = dict(counting.left)
    by_entry = counting.allot(valid, floors, carried)
    counting.count_subjects(by_entry, valid)
    counting.count_exam(valid, before_caps)
    for entry in counting.entries:
        count.outcomes[entry.id] = EntryOutcome(
            id=entry.id,
            year=year,
            posted=entry.credits,
            counted=from_tenths(by_entry.get(entry.id, 0)),
            frozen=entry.credits if entry.frozen else from_tenths(0),
            cuts=tuple(counting.cuts[entry.id]),
        )
    return count


def _binding(cell: Cell, counted: Mapping[Cell, int], limits: Limits, maxima: Mapping[str | None, Maximum]) -> str:
    """The key of the limit that keeps the rest of a cell out: the cap of its form, else the innermost full maximum."""
    form, subject = cell
    used = sum(amount for (other, _), amount in counted.items() if other == form)
    if form in limits.caps and used >= limits.caps[form]:
        return f"cap.form.{form}"
    by_subject: dict[str, int] = {}
    for (_, other), amount in counted.items():
        by_subject[other] = by_subject.get(other, 0) + amount
    sums = figures(by_subject, limits.parents)
    for each in chain(subject, limits.parents):
        if each in limits.maxima and sums[each] >= limits.maxima[each]:
            return maxima[each].key
    return maxima[None].key


def said(amount: int) -> str:
    """Tenths for a sentence."""
    return say(from_tenths(amount))
