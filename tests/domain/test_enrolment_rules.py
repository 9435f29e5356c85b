"""Places, consent and the cost agreement (arts. 5, 17)."""

from datetime import UTC, datetime

import pytest

from domain.enrolment_rules import EnrolmentState, closes_at, needs_consent, needs_cost_agreement, state_on_entry

WORK_TIME = ("FULL", "HALF")


@pytest.mark.parametrize(
    ("leave_mode", "employer", "organizer", "needed"),
    [
        ("full", 1, 2, True),
        ("half", 1, 2, True),
        ("off_hours", 1, 2, False),
        ("full", 1, 1, False),  # the employer's own class: it agreed by filing it
        ("full", None, 2, False),  # nobody to ask
        ("", 1, 2, False),
    ],
)
def test_others_activities_in_working_time_need_the_employer(
    leave_mode: str, employer: int | None, organizer: int, needed: bool
) -> None:
    assert needs_consent(leave_mode, WORK_TIME, employer_id=employer, organizer_id=organizer) is needed


@pytest.mark.parametrize(
    ("leave_mode", "by_employer", "needed"),
    [("off_hours", True, True), ("off_hours", False, False), ("full", True, False)],
)
def test_what_the_employer_arranges_off_hours_needs_an_agreement(
    leave_mode: str, by_employer: bool, needed: bool
) -> None:
    assert needs_cost_agreement(leave_mode, by_employer=by_employer) is needed


@pytest.mark.parametrize(
    ("left", "missing", "state"),
    [
        (1, False, EnrolmentState.ENROLLED),
        (1, True, EnrolmentState.REQUESTED),
        (None, False, EnrolmentState.ENROLLED),
        (0, False, EnrolmentState.WAITING),
        (0, True, EnrolmentState.WAITING),
        (-3, False, EnrolmentState.WAITING),
    ],
)
def test_who_finds_no_place_waits(left: int | None, missing: bool, state: EnrolmentState) -> None:
    assert state_on_entry(places_left=left, consent_missing=missing) is state


def test_names_are_taken_until_some_hours_before() -> None:
    begins = datetime(2026, 6, 8, 1, tzinfo=UTC)
    assert closes_at(begins, 12) == datetime(2026, 6, 7, 13, tzinfo=UTC)
