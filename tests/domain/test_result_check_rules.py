"""The cross-checks of results: each finds its case, and lets what only looks like it go."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.result_check_facts import Facts, Participant, Presence, Status, Teaching
from domain.result_check_rules import BY_KEY, CHECKS, Severity, run
from domain.result_rows import Outcome
from domain.result_standing import StatusKind

FIRST, LAST = date(2026, 6, 8), date(2026, 6, 9)
MORNING = datetime(2026, 6, 8, 0, 30, tzinfo=UTC)


def presence(start: datetime = MORNING, hours: int = 4, where: str = "") -> Presence:
    return Presence(
        on=start.date(), starts_at=start, ends_at=start + timedelta(hours=3), hours_tenths=hours * 10, where=where
    )


def person(number: int = 1, **values: object) -> Participant:
    given = {"technician_id": number, "name": f"学员{number}", "hours_tenths": 80, "outcome": Outcome.PASSED}
    return Participant(**{**given, "here": (presence(), presence(MORNING + timedelta(hours=5))), **values})  # type: ignore[arg-type]


def facts(*people: Participant, **values: object) -> Facts:
    return Facts(first=FIRST, last=LAST, people=people or (person(),), most_per_day_tenths=80, **values)  # type: ignore[arg-type]


def keys(given: Facts) -> list[str]:
    return [finding.check.key for finding in run(given)]


def status(kind: StatusKind, since: date | None = None, until: date | None = None) -> Facts:
    return facts(person(statuses=(Status(kind=kind, since=since, until=until),)))


def test_a_clean_class_has_no_finding():
    assert keys(facts(*(person(number, score_tenths=800 + number) for number in range(30)), quota=30)) == []


def test_somebody_in_two_places_is_found_and_whoever_walks_over_is_not():
    at_once = presence(MORNING + timedelta(hours=2), hours=0, where="“焊工班”（某基地）")
    afterwards = presence(MORNING + timedelta(hours=8), hours=0, where="“焊工班”（某基地）")
    (finding,) = run(facts(person(elsewhere=(at_once, afterwards)), person(2)))
    assert (finding.check.key, finding.persons) == ("overlap", [1])
    assert finding.detail == "学员12026年6月8日同一时段在“焊工班”（某基地）"
    assert keys(facts(person(elsewhere=(afterwards,)))) == []


def test_whoever_was_not_there_is_in_no_two_places():
    assert keys(facts(person(hours_tenths=0, outcome=Outcome.ABSENT, elsewhere=(presence(),)))) == []


def test_a_day_has_eight_hours_over_all_activities():
    evening = presence(MORNING + timedelta(hours=10), hours=1, where="夜校")
    next_day = presence(MORNING + timedelta(days=1, hours=10), hours=4, where="夜校")
    assert keys(facts(person(elsewhere=(evening,)))) == ["long_day"]
    assert keys(facts(person(elsewhere=(next_day,)))) == []
    assert keys(replace(facts(person(elsewhere=(evening,))), most_per_day_tenths=None)) == []


@pytest.mark.parametrize(
    ("kind", "since", "until", "found"),
    [
        (StatusKind.DECEASED, date(2026, 6, 7), None, ["deceased"]),
        (StatusKind.DECEASED, FIRST, None, []),
        (StatusKind.DECEASED, None, None, ["deceased"]),
        (StatusKind.RETIRED, LAST, None, ["status"]),
        (StatusKind.RETIRED, date(2026, 6, 10), None, []),
        (StatusKind.STUDENT, date(2024, 9, 1), date(2027, 6, 30), ["status"]),
        (StatusKind.STUDENT, date(2022, 9, 1), date(2026, 6, 7), []),
        (StatusKind.DETAINED, date(2026, 6, 1), FIRST, ["status"]),
        (StatusKind.ABROAD, date(2026, 6, 10), None, []),
    ],
)
def test_lists_of_the_bureau_count_for_the_days_they_hold(kind, since, until, found):
    assert keys(status(kind, since, until)) == found


def test_an_own_class_is_for_the_own_staff():
    assert keys(facts(person(on_staff=False))) == ["staff"]
    assert keys(facts(person(on_staff=True), person(2, on_staff=None))) == []


def test_the_first_certificate_after_the_class_is_a_hint():
    (finding,) = run(facts(person(first_certificate=date(2026, 6, 10))))
    assert finding.check.severity is Severity.HINT
    assert keys(facts(person(first_certificate=LAST), person(2, first_certificate=None))) == []


def test_a_teacher_teaches_in_one_place_and_a_namesake_in_another():
    here = Teaching(name="王磊", unit="金华市某某学校", starts_at=MORNING, ends_at=MORNING + timedelta(hours=3))
    there = replace(here, where="“钳工班”（某基地）", unit="某某学校")
    for other, found in (
        (there, ["teacher"]),
        (replace(there, unit="另一家公司"), []),
        (replace(there, starts_at=here.ends_at, ends_at=here.ends_at + timedelta(hours=3)), []),
    ):
        assert keys(facts(teaching=(here,), teaching_elsewhere=(other,))) == found


def test_a_teacher_does_not_learn_in_the_own_class_but_a_namesake_may():
    here = Teaching(name="学员1", unit="某某公司", starts_at=MORNING, ends_at=MORNING)
    assert keys(facts(person(units=("某某公司",)), teaching=(here,))) == ["teacher_learns"]
    assert keys(facts(person(units=("别的公司",)), teaching=(here,))) == []


def test_no_more_people_than_were_filed_or_find_room():
    class_ = [person(number) for number in range(12)]
    assert keys(facts(*class_, quota=11)) == ["room"]
    assert keys(facts(*class_, quota=20, rooms=(("101（可容纳10人）", 10),))) == ["room"]
    assert keys(facts(*class_, quota=12, rooms=(("101（可容纳12人）", 12),))) == []


def test_equal_scores_are_found_from_five_on():
    assert keys(facts(*(person(number, score_tenths=900) for number in range(5)))) == ["scores"]
    assert keys(facts(*(person(number, score_tenths=900) for number in range(4)))) == []
    assert keys(facts(*(person(number, score_tenths=900 + number % 2) for number in range(30)))) == []
    assert keys(facts(*(person(number) for number in range(30)))) == []


def test_always_as_many_people_is_found_unless_they_are_the_same_people():
    class_ = [person(number) for number in range(20)]
    others = [frozenset(range(100 * n, 100 * n + 20)) for n in range(1, 4)]
    same = [frozenset(range(20))] * 3
    assert keys(facts(*class_, earlier_classes=others)) == ["same_size"]
    assert keys(facts(*class_, earlier_classes=same)) == []
    assert keys(facts(*class_, earlier_classes=others[:2])) == []
    assert keys(facts(*class_, earlier_classes=[*others[:2], frozenset(range(300, 319))])) == []


def test_attendance_and_discipline_are_errors():
    for given, key in ((person(attended_tenths=79), "attendance"), (person(serious_breach=True), "breach")):
        (finding,) = run(facts(given))
        assert (finding.check.key, finding.check.severity) == (key, Severity.ERROR)
    fine = (person(attended_tenths=80), person(2, serious_breach=True, outcome=Outcome.BREACH))
    assert keys(facts(*fine)) == []


def test_pictures_devices_and_time():
    doubts = (("same", "a"), ("alike", "b"), ("time", "c"))
    assert keys(facts(picture_doubts=doubts)) == ["same_photo", "alike_photo", "photo_time"]
    assert keys(facts(devices=(("甲", "乙", "丙"),), most_per_device=2)) == ["device"]
    assert keys(facts(devices=(("甲", "乙"),), most_per_device=2)) == []
    assert keys(facts(late_workdays=1, due=LAST)) == ["late"]
    assert keys(facts(late_workdays=0, due=LAST)) == []


def test_an_answer_is_for_what_was_found():
    one, two = (run(facts(person(number, on_staff=False)))[0] for number in (1, 2))
    assert one.sha256 != two.sha256
    assert one.sha256 == run(facts(person(1, on_staff=False), person(3)))[0].sha256


def test_the_table_is_whole():
    assert len(BY_KEY) == len(CHECKS)
    assert all(check.question for check in CHECKS if check.severity is not Severity.HINT)
    assert {key for key, check in BY_KEY.items() if check.holds} == {"long_day", "deceased"}
