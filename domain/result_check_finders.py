"""What the cross-checks of results look for, over plain facts; what follows, `domain/result_check_rules.py` says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from domain.contests import overfull
from domain.credit_entries import from_tenths, say
from domain.filing_conflicts import plain, plain_unit
from domain.periods import say_date
from domain.result_check_facts import Facts, Participant, Presence, Status, Teaching
from domain.result_rows import Outcome
from domain.result_standing import StatusKind

# So many equal scores in a row are worth a look; so many classes of one size, each of so many people.
_ALL_EQUAL = 5
_SAME_SIZE = 4
_SIZE_WORTH_IT = 10
# Of two classes of one size half the people may be the same: one workshop learns together.
_SAME_PEOPLE = 0.5
_NAMED = 10


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing found: of a person, or of the list as a whole without one."""

    text: str
    technician_id: int | None = None


def overlap(facts: Facts) -> list[Found]:
    """Who is said to be here while counted elsewhere (P-05)."""
    return [
        _of(person, f"{person.name}{say_date(clash.on)}同一时段在{clash.where}")
        for person in facts.there
        if (clash := next((there for there in person.elsewhere if _meets(there, person.here)), None))
    ]


def _meets(there: Presence, here: Iterable[Presence]) -> bool:
    return any(there.overlaps(each) for each in here)


def long_day(facts: Facts) -> list[Found]:
    """Whose day is longer than the policy counts, over all organisers (P-07)."""
    most = facts.most_per_day_tenths
    if most is None:
        return []
    found = []
    for person in facts.there:
        for on in sorted({each.on for each in person.here}):
            # Of two presences at one time only one can be true: that is for the check of overlaps.
            beside = (each for each in person.elsewhere if not _meets(each, person.here))
            total = sum(each.hours_tenths for each in (*person.here, *beside) if each.on == on)
            if total > most:
                text = f"{person.name}{say_date(on)}合计 {say(from_tenths(total))} 学时"
                found.append(_of(person, f"{text}，超过每天 {say(from_tenths(most))} 学时"))
                break
    return found


def status(*kinds: StatusKind) -> Callable[[Facts], list[Found]]:
    """Who stands in a list of the bureau of one of these kinds."""

    def find(facts: Facts) -> list[Found]:
        return [
            _of(person, f"{person.name}在{status.kind.label}名单中" + _since(status))
            for person in facts.there
            for status in person.statuses
            if status.kind in kinds and status.holds_on(facts.first, facts.last)
        ]

    return find


def _since(status: Status) -> str:
    return f"（{say_date(status.since)}起）" if status.since else ""


def not_on_staff(facts: Facts) -> list[Found]:
    """Who is no employee of the employer that teaches its own staff."""
    return [_of(person, person.name) for person in facts.there if person.on_staff is False]


def before_certificate(facts: Facts) -> list[Found]:
    """Who came before the first certificate (art. 3)."""
    return [
        _of(person, f"{person.name}{say_date(person.first_certificate)}才取得首个证书")
        for person in facts.there
        if person.first_certificate is not None and person.first_certificate > facts.last
    ]


def teacher_twice(facts: Facts) -> list[Found]:
    """Teachers who teach elsewhere at the same time."""
    elsewhere: dict[tuple[str, str], list[Teaching]] = {}
    for each in facts.teaching_elsewhere:
        elsewhere.setdefault((plain(each.name), plain_unit(each.unit)), []).append(each)
    found: dict[tuple[str, str], Found] = {}
    for mine in facts.teaching:
        for other in elsewhere.get((plain(mine.name), plain_unit(mine.unit)), []):
            if mine.starts_at < other.ends_at and other.starts_at < mine.ends_at:
                found.setdefault((mine.name, other.where), Found(text=f"教师{mine.name}同一时段也在{other.where}授课"))
    return list(found.values())


def too_many(facts: Facts) -> list[Found]:
    """More people than were filed or fit into the room."""
    there = len(facts.there)
    found = [
        Found(text=f"实到 {there} 人，{place}只能容纳 {holds} 人") for place, holds in facts.rooms if there > holds
    ]
    if facts.quota is not None and there > facts.quota:
        found.append(Found(text=f"实到 {there} 人，超过备案的 {facts.quota} 人"))
    return found


def teacher_learns(facts: Facts) -> list[Found]:
    """Who teaches and learns in one class."""
    teachers = {(plain(each.name), plain_unit(each.unit)) for each in facts.teaching}
    return [
        _of(person, f"{person.name}既是授课教师又是学员")
        for person in facts.there
        if any((plain(person.name), plain_unit(unit)) in teachers for unit in person.units)
    ]


def always_as_many(facts: Facts) -> list[Found]:
    """The last classes are all of one size, and not because they are one class."""
    there = frozenset(person.technician_id for person in facts.there)
    before = facts.earlier_classes[: _SAME_SIZE - 1]
    if len(there) < _SIZE_WORTH_IT or len(before) < _SAME_SIZE - 1:
        return []
    if any(len(each) != len(there) or len(each & there) > _SAME_PEOPLE * len(there) for each in before):
        return []
    return [Found(text=f"最近 {_SAME_SIZE} 次活动实到都是 {len(there)} 人，而人员不同")]


def equal_scores(facts: Facts) -> list[Found]:
    """Scores that are all the same."""
    scores = [person.score_tenths for person in facts.people if person.score_tenths is not None]
    if len(scores) < _ALL_EQUAL or len(set(scores)) != 1:
        return []
    return [Found(text=f"{len(scores)} 人成绩都是 {say(from_tenths(scores[0]))} 分")]


def more_than_attended(facts: Facts) -> list[Found]:
    """Whose hours exceed the attendance (INV-20)."""
    return [
        _of(
            person, f"{person.name}报送 {say(from_tenths(person.hours_tenths))} 学时，考勤只有 {_attended(person)} 学时"
        )
        for person in facts.there
        if person.attended_tenths is not None and person.hours_tenths > person.attended_tenths
    ]


def _attended(person: Participant) -> str:
    return say(from_tenths(person.attended_tenths or 0))


def breach_passed(facts: Facts) -> list[Found]:
    """Who passed in spite of a serious breach (art. 22)."""
    return [
        _of(person, f"{person.name}有严重违纪记录，结果应为“违纪”")
        for person in facts.people
        if person.serious_breach and person.outcome is Outcome.PASSED
    ]


def too_many_winners(facts: Facts) -> list[Found]:
    """Ranks that more people have than were filed (art. 16(2))."""
    if facts.contest is None:
        return []
    won = [(person.event, person.rank) for person in facts.people if person.rank]
    return [
        Found(text=f"{event}{rank}有 {people} 人，备案只有 {places} 人")
        for event, rank, people, places in overfull(facts.contest, won)
    ]


def won_nothing(facts: Facts) -> list[Found]:
    """Who has a rank without having passed, or been there."""
    return [
        _of(person, f"{person.name}填写了{person.event}{person.rank}，但结果不是合格或没有到场")
        for person in facts.people
        if person.rank and (person.outcome is not Outcome.PASSED or not person.hours_tenths)
    ]


def pictures(kind: str) -> Callable[[Facts], list[Found]]:
    """Doubts of this kind about pictures."""
    return lambda facts: [Found(text=text) for key, text in facts.picture_doubts if key == kind]


def devices(facts: Facts) -> list[Found]:
    """Telephones that checked in too many people."""
    return [
        Found(text=f"{len(names)} 人用同一台手机签到：{'、'.join(names[:_NAMED])}")
        for names in facts.devices
        if len(names) > facts.most_per_device
    ]


def far(facts: Facts) -> list[Found]:
    """Who checked in from far away."""
    return (
        [Found(text=f"{len(facts.far)} 人签到时手机离培训地点较远：{'、'.join(facts.far[:_NAMED])}")]
        if facts.far
        else []
    )


def late(facts: Facts) -> list[Found]:
    """How late the results are, in working days."""
    if facts.late_workdays <= 0 or facts.due is None:
        return []
    return [Found(text=f"应在 {say_date(facts.due)} 前报送，已超过 {facts.late_workdays} 个工作日")]


def _of(person: Participant, text: str) -> Found:
    return Found(text=text, technician_id=person.technician_id)
