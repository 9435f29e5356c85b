"""The rules of a filing at their boundaries."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.filing_content import Half, LeaveMode
from domain.filing_draft import blank_row, with_keys
from domain.filing_forms import sections_of
from domain.filing_parse import Problem, parse
from domain.filing_review import Phase, findings, phase_on
from domain.filing_rules import FilingFigures, SectionState, check, earliest_start, figures_of, section_states
from domain.filing_timetable import generated_rows, moved_rows, next_row, usual_row
from domain.policy_pack import parse_pack
from tests.domain.filing_samples import CALENDAR, FIGURES, PLAN, SUBJECTS, TODAY, draft


def checked(
    raw: dict[str, Any], figures: FilingFigures = FIGURES, *, today: date = TODAY, filed_on: date | None = None
) -> list[Problem]:
    parsed = parse(raw, form="F3", subjects=SUBJECTS, plan=PLAN)
    return list(check(parsed, figures, today=today, calendar=CALENDAR, first_filed_on=filed_on))


def errors(raw: dict[str, Any], figures: FilingFigures = FIGURES, **when: Any) -> list[tuple[str, str]]:
    return [(one.section, one.field) for one in checked(raw, figures, **when) if not one.hint]


def hints(raw: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.section, one.field) for one in checked(raw) if one.hint]


def test_a_right_filing_has_neither_errors_nor_hints() -> None:
    assert checked(draft()) == []


@pytest.mark.parametrize(
    ("today", "refused"),
    [
        (date(2026, 6, 8), False),  # seven days before the first session of 15 June
        (date(2026, 6, 9), True),  # six days
        (date(2026, 6, 15), True),  # on the day
        (date(2026, 6, 20), True),  # afterwards
    ],
)
def test_a_filing_comes_its_lead_time_before_the_start(today: date, refused: bool) -> None:
    assert errors(draft(), today=today) == ([("sessions", "rows-0-on")] if refused else [])


def test_the_lead_time_is_explained_with_the_first_possible_day() -> None:
    (problem,) = checked(draft(), today=date(2026, 6, 10))
    assert "开班 7 天前提交" in problem.message
    assert "2026年6月17日" in problem.message


def test_a_returned_filing_keeps_the_day_it_was_first_filed_on() -> None:
    assert errors(draft(), today=date(2026, 6, 12), filed_on=date(2026, 6, 8)) == []
    assert errors(draft(), today=date(2026, 6, 15), filed_on=date(2026, 6, 8)) == [("sessions", "rows-0-on")]


def test_a_lead_time_in_working_days_passes_over_days_off() -> None:
    figures = replace(FIGURES, lead_days=10, lead_in_workdays=True)
    # 19 June is a holiday in this calendar, so the tenth working day after 8 June is the 23rd.
    assert earliest_start(figures, date(2026, 6, 8), CALENDAR) == date(2026, 6, 23)


def test_without_a_lead_time_a_filing_still_comes_before_the_activity() -> None:
    figures = replace(FIGURES, lead_days=0)
    assert errors(draft(), figures, today=date(2026, 6, 14)) == []
    assert errors(draft(), figures, today=date(2026, 6, 15)) == [("sessions", "rows-0-on")]


def test_a_pack_that_allows_late_filing_is_obeyed() -> None:
    assert errors(draft(), replace(FIGURES, retroactive=True), today=date(2026, 7, 1)) == []


def test_the_first_session_is_named_also_when_it_is_not_the_first_row() -> None:
    raw = draft()
    raw["sessions"]["rows"].reverse()
    assert errors(raw, today=date(2026, 6, 20)) == [("sessions", "rows-3-on")]


@pytest.mark.parametrize(
    ("hours", "refused"),
    [("4", False), ("4.1", True), ("3.9", False)],  # 180 minutes hold four hours of 45 minutes
)
def test_hours_fit_into_the_time_of_the_session(hours: str, refused: bool) -> None:
    raw = draft(sessions__0__hours=hours, subjects__0__hours=hours)
    figures = replace(FIGURES, most_per_half_day=None, most_per_day=None)
    assert errors(raw, figures) == ([("sessions", "rows-0-hours")] if refused else [])


def test_the_longest_hours_that_fit_are_told() -> None:
    (problem,) = checked(draft(sessions__0__ends="10:30", subjects__0__hours="4"))
    assert "共 120 分钟" in problem.message
    assert "最多 2.6 学时" in problem.message


def test_a_half_day_and_a_day_have_their_maxima() -> None:
    long = draft(sessions__0__ends="13:00", sessions__0__hours="5", subjects__0__hours="5")
    assert errors(long) == [("sessions", "rows-0-hours"), ("sessions", "rows-1-hours")]
    assert errors(long, replace(FIGURES, most_per_half_day=Decimal(5))) == [("sessions", "rows-1-hours")]
    assert errors(long, replace(FIGURES, most_per_half_day=None, most_per_day=None)) == []


@pytest.mark.parametrize(("planned", "words"), [("13", "还差 1 学时"), ("11.5", "多出 0.5 学时")])
def test_the_timetable_adds_up_to_the_subjects(planned: str, words: str) -> None:
    (problem,) = checked(draft(subjects__1__hours=planned))
    assert (problem.section, problem.hint) == ("sessions", False)
    assert words in problem.message


def test_two_sessions_of_one_half_day_are_refused() -> None:
    raw = draft(sessions__1__half="am", sessions__1__starts="11:30", sessions__1__ends="14:30")
    assert errors(raw) == [("sessions", "rows-1-on")]


def test_sessions_that_overlap_are_refused_and_touching_ends_are_not() -> None:
    assert errors(draft(sessions__1__starts="11:30", sessions__1__ends="14:30")) == []
    assert errors(draft(sessions__0__ends="13:45")) == [("sessions", "rows-1-on")]


@pytest.mark.parametrize(
    ("half", "starts", "ends", "refused"),
    [
        ("am", "12:00", "15:00", True),
        ("am", "11:59", "14:59", False),
        ("pm", "11:29", "14:29", True),
        ("pm", "17:59", "20:59", False),
        ("evening", "16:29", "19:29", True),
        ("evening", "18:30", "21:30", False),
    ],
)
def test_the_half_day_is_the_one_of_the_start(half: str, starts: str, ends: str, refused: bool) -> None:
    raw = draft(
        sessions__3__on="2026-06-17", sessions__3__half=half, sessions__3__starts=starts, sessions__3__ends=ends
    )
    assert errors(raw) == ([("sessions", "rows-3-half")] if refused else [])


def test_a_year_typed_wrong_is_noticed() -> None:
    assert errors(draft(sessions__3__on="2027-06-18")) == [("sessions", "rows-0-on")]
    far = {f"sessions__{row}__on": f"2028-06-{15 + row // 2}" for row in range(4)}
    assert errors(draft(**far)) == [("sessions", "rows-0-on")]


def test_an_activity_over_new_year_is_told_of_its_years() -> None:
    assert hints(draft(sessions__3__on="2027-01-11")) == [("sessions", "rows-0-on")]


@pytest.mark.parametrize(
    ("mode", "consent", "wage", "cost", "refused"),
    [
        ("full", "yes", "照发", "", []),
        ("full", "", "照发", "", ["consent"]),
        ("half", "yes", "", "", ["wage_clause"]),
        ("half", "", "", "", ["consent", "wage_clause"]),
        ("off_hours", "", "", "单位承担", []),
        ("off_hours", "yes", "照发", "", ["cost_agreement"]),
    ],
)
def test_article_five_asks_for_consent_pay_or_an_agreement(
    mode: str, consent: str, wage: str, cost: str, refused: list[str]
) -> None:
    raw = draft(rights__leave_mode=mode, rights__consent=consent, rights__wage_clause=wage, rights__cost_agreement=cost)
    assert errors(raw) == [("rights", field) for field in refused]


def test_a_base_that_teaches_people_of_others_has_consent_checked_but_pays_nobody() -> None:
    base = replace(FIGURES, by_employer=False)
    nothing = {"rights__consent": "", "rights__wage_clause": "", "rights__cost_agreement": ""}
    assert errors(draft(rights__leave_mode="off_hours", **nothing), base) == []
    assert errors(draft(rights__leave_mode="full", **nothing), base) == [("rights", "consent")]


def test_consent_is_asked_for_where_the_pack_asks_for_it() -> None:
    figures = replace(FIGURES, consent_needed=frozenset({LeaveMode.OFF_HOURS}))
    raw = draft(rights__leave_mode="off_hours", rights__consent="", rights__cost_agreement="单位承担")
    assert errors(raw, figures) == [("rights", "consent")]


def test_what_deserves_a_look_does_not_stop_the_filing() -> None:
    assert hints(draft(sessions__0__ends="13:30", sessions__1__starts="14:00", sessions__1__ends="17:00")) == [
        ("sessions", "rows-0-hours")
    ]
    assert hints(draft(sessions__0__teacher="t2")) == [("teachers", "rows-0-name")]
    assert hints(draft(subjects__0__subject="PROFESSIONAL")) == [("subjects", "rows-0-subject")]


# --- The task list ----------------------------------------------------------------------------------------------------


def test_a_section_is_complete_only_if_nothing_in_it_is_wrong() -> None:
    raw = draft(subjects__1__hours="13", people={"occupations": " ", "quota": ""}, basics__place="")
    states = section_states(raw, checked(raw), papers=1, sections=sections_of("F3"))
    assert states == {
        "basics": SectionState.STARTED,
        "partner": SectionState.COMPLETE,
        "subjects": SectionState.COMPLETE,
        "teachers": SectionState.COMPLETE,
        "sessions": SectionState.STARTED,
        "people": SectionState.UNTOUCHED,
        "rights": SectionState.COMPLETE,
        "fees": SectionState.COMPLETE,
        "plan": SectionState.COMPLETE,
    }


# --- The timetable ----------------------------------------------------------------------------------------------------


def test_days_are_filled_with_the_half_days_asked_for() -> None:
    rows = generated_rows(date(2026, 6, 18), date(2026, 6, 22), [Half.PM, Half.AM], FIGURES, calendar=CALENDAR)
    # The 19th is a holiday, the 20th and 21st a weekend.
    assert [(row["on"], row["half"]) for row in rows] == [
        ("2026-06-18", "am"), ("2026-06-18", "pm"), ("2026-06-22", "am"), ("2026-06-22", "pm"),
    ]  # fmt: skip
    every_day = generated_rows(date(2026, 6, 18), date(2026, 6, 22), [Half.AM], FIGURES, calendar=None)
    assert len(every_day) == 5


def test_half_days_that_are_there_already_are_not_filled_again() -> None:
    day = date(2026, 6, 18)
    rows = generated_rows(day, day, list(Half), FIGURES, calendar=None, taken=[("2026-06-18", "pm")])
    assert [row["half"] for row in rows] == ["am", "evening"]


def test_a_century_is_not_filled() -> None:
    rows = generated_rows(date(2026, 1, 1), date(2126, 1, 1), list(Half), FIGURES, calendar=None)
    assert len(rows) == 120


@pytest.mark.parametrize(("minutes", "most", "hours"), [(45, Decimal(4), "4"), (60, None, "3"), (45, Decimal(3), "3")])
def test_a_new_row_holds_the_hours_of_its_time(minutes: int, most: Decimal | None, hours: str) -> None:
    figures = replace(FIGURES, hour_minutes=minutes, most_per_half_day=most)
    assert usual_row(Half.AM, figures)["hours"] == hours


def test_the_next_row_goes_on_where_the_last_ended() -> None:
    rows = draft()["sessions"]["rows"]
    assert next_row([], FIGURES)["on"] == ""
    after_morning = next_row(rows[:3], FIGURES)
    assert (after_morning["on"], after_morning["half"], after_morning["place"]) == ("2026-06-16", "pm", "二号车间")
    rows[0] |= {"starts": "09:00", "ends": "12:00", "hours": "3.5"}
    after_afternoon = next_row(rows[:2], FIGURES)
    assert (after_afternoon["on"], after_afternoon["half"]) == ("2026-06-16", "am")
    assert (after_afternoon["starts"], after_afternoon["hours"], after_afternoon["topic"]) == ("09:00", "3.5", "")
    assert next_row([{"on": "9999-12-31", "half": "pm", "topic": "x"}], FIGURES)["on"] == ""


def test_a_timetable_moves_as_a_whole() -> None:
    rows = [{"on": "2026-06-16"}, {"on": ""}, {"on": "2026-06-15"}, {"on": "junk"}, {"on": "9999-12-31"}]
    moved = [row["on"] for row in moved_rows(rows, date(2026, 6, 22))]
    assert moved == ["2026-06-23", "", "2026-06-22", "junk", ""]
    assert moved_rows([], date(2026, 6, 22)) == []


def test_work_time_on_a_day_off_deserves_a_look() -> None:
    rest = draft(sessions__2__on="2026-06-19", sessions__3__on="2026-06-20")
    assert hints(rest) == [("sessions", "rows-2-on")]
    assert "6月19日、6月20日是休息日" in checked(rest)[0].message
    rest["rights"] = {"leave_mode": "off_hours", "cost_agreement": "单位承担"}
    assert hints(rest) == []


def test_every_teacher_gets_a_key_of_its_own() -> None:
    assert blank_row("teachers", [{"key": "t3"}, {"key": "x"}])["key"] == "t4"
    rows = with_keys([{"key": "t1"}, {"key": "t1"}, {"key": ""}, {"key": "<b>"}, {}])
    assert [row["key"] for row in rows] == ["t1", "t2", "t3", "t4", "t5"]


# --- What the calendar and the reviewer see ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "sent", "phase"),
    [
        (date(2026, 6, 14), False, Phase.UPCOMING),
        (date(2026, 6, 15), False, Phase.RUNNING),
        (date(2026, 6, 16), False, Phase.RUNNING),
        (date(2026, 6, 17), False, Phase.RESULTS_DUE),
        (date(2026, 6, 17), True, Phase.ENDED),
    ],
)
def test_the_phase_follows_the_calendar(today: date, sent: bool, phase: Phase) -> None:
    assert phase_on(today, starts_on=date(2026, 6, 15), ends_on=date(2026, 6, 16), results_sent=sent) is phase


@pytest.mark.parametrize(
    ("today", "promised", "attention"),
    [
        (TODAY, date(2026, 6, 8), []),
        (TODAY, date(2026, 6, 15), ["办理时间"]),
        (date(2026, 6, 15), date(2026, 6, 15), ["提前备案"]),
    ],
)
def test_the_reviewer_is_told_when_time_runs_out(today: date, promised: date, attention: list[str]) -> None:
    content = parse(draft(), form="F3", subjects=SUBJECTS, plan=PLAN).content
    assert content is not None
    found = findings(content, FIGURES, filed_on=TODAY, today=today, calendar=CALENDAR, promised_on=promised)
    assert [one.label for one in found if not one.ok] == attention
    assert "提前 14 天" in found[0].detail
    assert "公共科目 4、专业科目 12" in found[1].detail


def test_a_day_over_the_maximum_is_shown_with_its_hours() -> None:
    content = parse(draft(), form="F3", subjects=SUBJECTS, plan=PLAN).content
    assert content is not None
    strict = replace(FIGURES, most_per_day=Decimal(6))
    found = findings(content, strict, filed_on=TODAY, today=TODAY, calendar=CALENDAR, promised_on=None)
    assert [one.label for one in found if not one.ok] == ["每日学时"]
    assert timedelta(days=14) == content.starts_on - TODAY


# --- The shipped packs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pack", sorted((Path(__file__).parents[2] / "policies").glob("*.json")), ids=lambda path: path.stem
)
def test_every_shipped_pack_says_what_a_filing_is_held_against(pack: Path) -> None:
    policy = parse_pack(pack.read_text("utf-8"))
    in_house, open_class = figures_of(policy, "F3"), figures_of(policy, "F1")
    assert list(in_house.subjects.values()) == ["公共科目", "专业科目"]
    assert (in_house.lead_days, in_house.lead_in_workdays, in_house.retroactive) == (7, False, False)
    assert (in_house.hour_minutes, in_house.most_per_half_day, in_house.most_per_day) == (45, 4, 8)
    assert in_house.consent_needed == {LeaveMode.FULL, LeaveMode.HALF}
    assert (in_house.by_employer, open_class.by_employer) == (True, False)
    competition = figures_of(policy, "F2")
    assert (competition.lead_days, competition.lead_words) == (10, "10 个工作日")
