"""An auditor of filings, results and ledger that knows the rules by itself: plain Python, nothing of the program.

It is told who asked for what, says whether that is allowed, and keeps books of its own to compare with the system's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

# state and action -> new state and who may
FILING = {
    ("draft", "submit"): ("submitted", "clerk"),
    ("submitted", "return"): ("supplement", "officer"),
    ("supplement", "resubmit"): ("submitted", "clerk"),
    ("submitted", "approve"): ("approved", "officer"),
    ("submitted", "reject"): ("rejected", "officer"),
    ("draft", "withdraw"): ("withdrawn", "clerk"),
    ("submitted", "withdraw"): ("withdrawn", "clerk"),
    ("supplement", "withdraw"): ("withdrawn", "clerk"),
    ("approved", "cancel"): ("cancelled", "clerk"),
    ("approved", "complete"): ("completed", "system"),
}
RESULT = {
    ("draft", "enter"): ("entered", "clerk"),
    ("supplement", "enter"): ("entered", "clerk"),
    ("entered", "send_back"): ("draft", "manager"),
    ("entered", "release"): ("released", "manager"),
    ("released", "return"): ("supplement", "officer"),
    ("released", "credit"): ("decided", "officer"),
    ("decided", "post"): ("credited", "system"),
}
# which earlier acts of the same person stand in the way
EYES = {"approve": {"submit", "resubmit"}, "release": {"enter"}, "credit": {"enter", "release"}}
FILING_ACTIONS = sorted({action for _, action in FILING} - {"complete"})
RESULT_ACTIONS = sorted({action for _, action in RESULT} - {"post"})

# hours attended in quarters of the plan -> quarters that earn credits: below three quarters nothing does
EARNING_QUARTERS = {4: 4, 3: 3, 2: 0}
FLOORS = {"total": 600, "PUBLIC": 100, "PROFESSIONAL": 400, "exam": 100}  # tenths


@dataclass(frozen=True)
class Who:
    """A login: the natural person behind it, the kind of office, and where."""

    person: str
    office: str
    place: str


@dataclass
class Course:
    """One activity with its report; `hours` are planned hours, a quarter of them public."""

    place: str
    county: str
    hours: int
    state: str = "draft"
    report: str | None = None
    doers: dict[str, set[str]] = field(default_factory=dict)
    report_doers: dict[str, set[str]] = field(default_factory=dict)
    rows: dict[int, tuple[int, str]] = field(default_factory=dict)  # quarters attended and outcome


@dataclass
class Entry:
    """One line of the books; `gives_back` says that it takes credits away."""

    person: int
    course: int
    subject: str
    tenths: int
    poster: str
    sequence: int
    live: bool = True
    gives_back: bool = False
    exam: bool = False


@dataclass
class Auditor:
    """The books. Persons are numbers, courses are numbers in the order of their beginning."""

    linked: dict[str, set[str]]  # organisations each natural person works for
    courses: list[Course] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    # --- may it be? ---------------------------------------------------------------------------------------------------

    def allows_filing(self, course: Course, action: str, who: Who) -> bool:
        move = FILING.get((course.state, action))
        return move is not None and self._allows(move[1], action, who, course, course.doers)

    def allows_opening(self, course: Course, who: Who) -> bool:
        exists = course.report is not None  # then it is the one that is given
        return (exists or course.state == "approved") and (who.office, who.place) == ("clerk", course.place)

    def allows_rows(self, course: Course, who: Who) -> bool:
        return course.report in ("draft", "supplement") and who.office == "clerk" and who.place == course.place

    def allows_result(self, course: Course, action: str, who: Who) -> bool:
        move = RESULT.get((course.report or "", action))
        if move is None or not self._allows(move[1], action, who, course, course.report_doers):
            return False
        return bool(course.rows) or action != "enter"

    def allows_reversal(self, entry: Entry, who: Who) -> bool:
        county = self.courses[entry.course].county
        return (
            entry.live
            and not entry.gives_back
            and who.office == "officer"
            and who.place == county
            and who.person != entry.poster
            and self.courses[entry.course].place not in self.linked.get(who.person, set())
        )

    def _allows(self, office: str, action: str, who: Who, course: Course, doers: dict[str, set[str]]) -> bool:
        place = course.county if office == "officer" else course.place
        if (who.office, who.place) != (office, place):
            return False
        if office == "officer" and course.place in self.linked.get(who.person, set()):
            return False
        return not any(who.person in doers.get(earlier, set()) for earlier in EYES.get(action, ()))

    # --- it was -------------------------------------------------------------------------------------------------------

    def filing_did(self, course: Course, action: str, who: Who) -> None:
        course.state = FILING[(course.state, action)][0]
        course.doers.setdefault(action, set()).add(who.person)

    def result_did(self, number: int, action: str, who: Who) -> None:
        course = self.courses[number]
        course.report = RESULT[(course.report or "", action)][0]
        if course.report == "decided":
            # Nobody is drawn for a second look here, so the program posts at once.
            course.report = RESULT[("decided", "post")][0]
        course.report_doers.setdefault(action, set()).add(who.person)
        if action == "credit":
            course.state = "completed"
            for person in sorted(course.rows):
                for subject, tenths in self.due(course, person).items():
                    self.entries.append(Entry(person, number, subject, tenths, who.person, 1))

    @staticmethod
    def due(course: Course, person: int) -> dict[str, int]:
        """Tenths of credits by subject that a person's row gives."""
        quarters, outcome = course.rows[person]
        earning = EARNING_QUARTERS[quarters] if outcome == "passed" else 0
        if not earning:
            return {}
        whole = course.hours * 10 * earning // 4
        return {"PUBLIC": whole // 4, "PROFESSIONAL": whole // 4 * 3}

    def reversed(self, entry: Entry, who: Who) -> None:
        entry.live = False
        self.entries.append(
            Entry(entry.person, entry.course, entry.subject, -entry.tenths, who.person, entry.sequence, gives_back=True)
        )

    def posted_again(self, entry: Entry, who: Who) -> None:
        self.entries.append(
            Entry(entry.person, entry.course, entry.subject, entry.tenths, who.person, entry.sequence + 1)
        )

    def passed_exam(self, person: int, tenths: int) -> None:
        self.entries.append(Entry(person, -1, "PROFESSIONAL", tenths, "system", 1, exam=True))

    def live(self, person: int, course: int, subject: str) -> bool:
        """Whether an award of this person, course and subject stands."""
        return any(
            entry.live and not entry.gives_back
            for entry in self.entries
            if (entry.person, entry.course, entry.subject) == (person, course, subject)
        )

    # --- the sums -----------------------------------------------------------------------------------------------------

    def lines(self, person: int) -> list[tuple[int, str, int, int, bool, bool]]:
        """A person's entries as (course, subject, tenths, sequence, gives back, exam), sorted."""
        return sorted(
            (entry.course, entry.subject, entry.tenths, entry.sequence, entry.gives_back, entry.exam)
            for entry in self.entries
            if entry.person == person
        )

    def sums(self, person: int) -> dict[tuple[str, bool], int]:
        """Tenths by subject and whether by exam; a pair that was ever posted stays, be it at nothing."""
        found: dict[tuple[str, bool], int] = {}
        for entry in self.entries:
            if entry.person == person:
                key = (entry.subject, entry.exam)
                found[key] = found.get(key, 0) + entry.tenths
        return found

    def figures(self, person: int) -> dict[str, int]:
        """What art. 20 asks about: total, each subject, the exam part; in tenths."""
        sums = self.sums(person)
        by_subject = {
            subject: sum(tenths for (each, _), tenths in sums.items() if each == subject)
            for subject in ("PUBLIC", "PROFESSIONAL")
        }
        exam = sum(tenths for (_, by_exam), tenths in sums.items() if by_exam)
        return {"total": sum(by_subject.values()), **by_subject, "exam": exam}

    def compliant(self, person: int) -> bool:
        figures = self.figures(person)
        return all(figures[name] >= floor for name, floor in FLOORS.items())


def replayed(table: dict[tuple[str, str], tuple[str, str]], steps: list[tuple[str, str, str]]) -> Iterator[str]:
    """What is wrong with a trail of (from, action, to): steps that no table has, or that do not follow each other."""
    state = "draft"
    for before, action, after in steps:
        if before != state:
            yield f"{action} left {before}, but the state was {state}"
        move = table.get((before, action))
        if move is None or move[0] != after:
            yield f"{action} from {before} to {after} is no move"
        state = after
