"""Reading a filing: every problem at once, at its field, and nothing lost on the way."""

from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.filing_changes import differences
from domain.filing_content import (
    Basics,
    Employment,
    FilingContent,
    Half,
    LeaveMode,
    Paper,
    People,
    Rights,
    Session,
    SubjectHours,
    Teacher,
    canonical,
    content_sha256,
    from_canonical,
)
from domain.filing_draft import is_untouched, tidy, to_draft
from domain.filing_forms import BY_KEY, FORMS, section_keys
from domain.filing_parse import OWN_TIME, Parsed, parse
from domain.filing_part_parse import Choices
from domain.filing_parts import (
    Commission,
    Competition,
    ContestEvent,
    EventKind,
    Fees,
    Funding,
    Judge,
    LearningPeriod,
    Level,
    OtherWay,
    Partner,
    RankAward,
    Service,
    Source,
    WorkTraining,
)
from tests.domain.filing_samples import PLAN, SUBJECTS, draft


def read(raw: dict[str, Any], plan: tuple[Paper, ...] = PLAN) -> Parsed:
    return parse(raw, form="F3", subjects=SUBJECTS, plan=plan)


def fields(parsed: Parsed) -> list[tuple[str, str]]:
    return [(problem.section, problem.field) for problem in parsed.problems]


def test_a_right_draft_is_read_whole() -> None:
    content = read(draft()).content
    assert content is not None
    assert content.hours == 16
    assert (content.starts_on, content.ends_on) == (date(2026, 6, 15), date(2026, 6, 16))
    assert [session.place for session in content.sessions] == ["一号培训室", "一号培训室", "二号车间", "二号车间"]
    assert [session.teacher for session in content.sessions] == [1, 2, 2, 2]
    assert content.people.occupations == ("焊工", "电工")


def test_an_empty_draft_names_every_part_that_is_missing() -> None:
    parsed = read({}, plan=())
    assert parsed.content is None
    assert {section for section, _ in fields(parsed)} == {
        "basics", "partner", "subjects", "teachers", "sessions", "people", "rights", "fees", "plan",
    }  # fmt: skip
    assert all(problem.message.startswith("请") for problem in parsed.problems)


@pytest.mark.parametrize(
    ("changes", "section", "field", "words"),
    [
        ({"basics__title": ""}, "basics", "title", "请填写活动名称"),
        ({"basics__title": "长" * 101}, "basics", "title", "最多 100 个字，现有 101 个字"),
        ({"basics__title": "\u0000\u200b\n "}, "basics", "title", "请填写活动名称"),
        ({"basics__purpose": "长" * 2001}, "basics", "purpose", "最多 2000 个字"),
        ({"subjects__1__subject": "OTHER"}, "subjects", "rows-1-subject", "公共科目、专业科目"),
        ({"subjects__0__hours": "4.25"}, "subjects", "rows-0-hours", "最多一位小数"),
        ({"subjects__0__hours": "0"}, "subjects", "rows-0-hours", "大于 0"),
        ({"subjects__0__hours": "-4"}, "subjects", "rows-0-hours", "大于 0"),
        ({"subjects__0__hours": "1e9"}, "subjects", "rows-0-hours", "大于 0"),
        ({"teachers__0__name": ""}, "teachers", "rows-0-name", "第 1 位教师：请填写教师姓名"),
        ({"teachers__1__employment": "x"}, "teachers", "rows-1-employment", "专职或兼职"),
        ({"sessions__2__on": "2026-02-30"}, "sessions", "rows-2-on", "没有“2026-02-30”这一天"),
        ({"sessions__2__on": "六月"}, "sessions", "rows-2-on", "2026-06-18"),
        ({"sessions__0__starts": "25:00"}, "sessions", "rows-0-starts", "08:30 的样子"),
        ({"sessions__0__ends": "08:30"}, "sessions", "rows-0-ends", "晚于开始时间"),
        ({"sessions__0__teacher": ""}, "sessions", "rows-0-teacher", "请选择授课教师"),
        ({"sessions__0__teacher": "t9"}, "sessions", "rows-0-teacher", "请选择授课教师"),
        ({"sessions__0__half": "night"}, "sessions", "rows-0-half", "上午、下午或晚上"),
        ({"people__quota": "0"}, "people", "quota", "1 到 5000"),
        ({"people__quota": "9" * 500}, "people", "quota", "1 到 5000"),
        ({"people__quota": "很多"}, "people", "quota", "1 到 5000"),
        ({"people__occupations": " 、，"}, "people", "occupations", "焊工、电工"),
        ({"people__occupations": "、".join(f"工种{n}" for n in range(31))}, "people", "occupations", "最多填写 30 个"),
        ({"people__occupations": "焊" * 31}, "people", "occupations", "用顿号"),
        ({"rights__leave_mode": "holiday"}, "rights", "leave_mode", "请选择"),
    ],
)
def test_a_wrong_value_is_named_at_its_field(changes: dict[str, Any], section: str, field: str, words: str) -> None:
    parsed = read(draft(**changes))
    assert fields(parsed) == [(section, field)]
    assert words in parsed.problems[0].message
    assert parsed.content is None


def test_all_problems_come_at_once_in_the_order_of_the_pages() -> None:
    parsed = read(draft(people__quota="x", basics__title="", sessions__3__topic="", subjects__0__hours="?"))
    assert fields(parsed) == [
        ("basics", "title"), ("subjects", "rows-0-hours"), ("sessions", "rows-3-topic"), ("people", "quota"),
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["2026/6/15", "2026.06.15", "2026年6月15日", "２０２６-06-15"])
def test_a_date_may_be_typed_as_people_write_it(typed: str) -> None:
    content = read(draft(sessions__0__on=typed)).content
    assert content is not None
    assert content.starts_on == date(2026, 6, 15)


@pytest.mark.parametrize(("typed", "hour"), [("8:30", 8), ("０８：３０", 8), ("08:30:00", 8)])
def test_a_time_may_be_typed_as_people_write_it(typed: str, hour: int) -> None:
    content = read(draft(sessions__0__starts=typed)).content
    assert content is not None
    assert content.sessions[0].starts == time(hour, 30)


def test_blank_rows_are_passed_over_and_others_keep_their_number() -> None:
    raw = draft(sessions__3__topic="")
    raw["sessions"]["rows"].insert(0, {"on": "", "half": "am", "starts": "", "ends": "", "hours": "", "topic": ""})
    assert fields(read(raw)) == [("sessions", "rows-4-topic")]


def test_sessions_are_put_in_the_order_of_time_and_remember_their_rows() -> None:
    raw = draft()
    raw["sessions"]["rows"].reverse()
    parsed = read(raw)
    assert parsed.session_rows == (3, 2, 1, 0)
    other = read(draft())
    assert parsed.content is not None and other.content is not None
    assert content_sha256(parsed.content) == content_sha256(other.content)


def test_a_session_keeps_its_teacher_when_the_list_of_teachers_is_reordered() -> None:
    raw = draft()
    raw["teachers"]["rows"].reverse()
    content = read(raw).content
    assert content is not None
    assert content.teachers[content.sessions[0].teacher - 1].name == "王建国"


def test_the_same_teacher_twice_is_refused() -> None:
    parsed = read(draft(teachers__1__name="王建国", teachers__1__unit="金职技师学院"))
    assert fields(parsed) == [("teachers", "rows-1-name")]


@pytest.mark.parametrize("junk", [None, 7, "x", ["y"], {"z": 1}])
def test_values_of_a_strange_kind_are_read_as_text_and_refused_or_taken(junk: Any) -> None:
    raw = draft()
    raw["basics"]["title"] = junk
    raw["people"]["quota"] = junk
    read(raw)


def test_what_nobody_typed_does_not_count_as_begun() -> None:
    assert is_untouched({}, "basics")
    assert is_untouched({"basics": {"title": " "}}, "basics")
    assert is_untouched({"teachers": {"rows": [{"key": "t1", "employment": "full_time", "name": ""}]}}, "teachers")
    assert not is_untouched({"teachers": {"rows": [{"key": "t1", "name": "王"}]}}, "teachers")


def test_text_loses_control_characters_and_keeps_its_lines() -> None:
    assert tidy(" 一\u0000二 \r\n 三\t四 ") == "一二 三四"
    assert tidy(" 一 \r\n二\r三 ", lines=True) == "一\n二\n三"


# --- Properties -------------------------------------------------------------------------------------------------------

_words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20)
_hours = st.integers(1, 80).map(lambda tenths: Decimal(tenths) / 10)
_span = st.tuples(st.integers(0, 1438), st.integers(1, 1439)).filter(lambda pair: pair[0] < pair[1])


_money = st.integers(0, 10_000_000).map(lambda cents: Decimal(cents) / 100)
_months = st.tuples(st.integers(2020, 2030), st.integers(1, 12)).map(lambda pair: f"{pair[0]}-{pair[1]:02d}")
_PARTNERS = {"7": "方岩职业技能培训学校"}


def _lists(one: st.SearchStrategy[Any], name: str) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda each: getattr(each, name)).map(tuple)


_events = st.builds(ContestEvent, name=_words, occupation=_words, standard=_words)
_judges = st.builds(Judge, name=_words, unit=_words, credential=_words, is_chief=st.booleans())
_awards = st.builds(RankAward, rank=_words, places=st.integers(1, 99), credits=_hours)
_PARTS: dict[str, st.SearchStrategy[Any]] = {
    "partner": st.none() | st.builds(Partner, organization_id=st.just(7), name=st.just(_PARTNERS["7"]), duties=_words),
    "competition": st.builds(
        Competition,
        kind=st.sampled_from([kind for kind in EventKind if kind is not EventKind.COMPETITION]),
        level=st.sampled_from(Level),
        host=_words,
        basis=_words,
    )
    | st.builds(
        Competition,
        kind=st.just(EventKind.COMPETITION),
        level=st.sampled_from(Level),
        host=_words,
        basis=_words,
        events=_lists(_events, "name"),
        judges=_lists(_judges, "name"),
        awards=_lists(_awards, "rank"),
    ),
    "work_training": st.builds(
        WorkTraining,
        post=_words,
        tasks=_words,
        starts=st.just("2020-01"),
        ends=_months,
        periods=_lists(st.builds(LearningPeriod, month=_months, content=_words, goal=_words), "month").map(
            lambda periods: tuple(sorted(periods, key=lambda period: period.month))
        ),
    ),
    "service": st.builds(
        Service,
        beneficiary=_words,
        contact=_words,
        phone=st.just("13812345678"),
        email=st.just("a@example.com"),
        work=_words,
    ),
    "other": st.builds(OtherWay, description=_words, reason=_words, counting=_words),
    "fees": st.builds(
        Fees,
        per_person=_money,
        cost=_money,
        is_public_benefit=st.booleans(),
        funding=st.lists(st.sampled_from(Source), unique=True).flatmap(
            lambda sources: st.tuples(
                *(
                    st.builds(Funding, source=st.just(source), amount=_money.filter(bool))
                    for source in Source
                    if source in sources
                )
            )
        ),
        sponsor=st.just("") | _words,
        commission=st.none() | st.builds(Commission, by=_words, selection=_words, contract=_words),
    ),
}


@st.composite
def contents(draw: st.DrawFn) -> FilingContent:
    form = draw(st.sampled_from([each.key for each in FORMS]))
    parts = {name: draw(made) for name, made in _PARTS.items() if name in BY_KEY[form].sections}
    asked = section_keys(form, parts["competition"].kind if form == "F2" else "")
    teachers = draw(
        st.lists(
            st.builds(Teacher, name=_words, unit=_words, title=_words, employment=st.sampled_from(Employment)),
            min_size=1,
            max_size=4,
            unique_by=lambda teacher: (teacher.name, teacher.unit),
        )
    )
    teachers = teachers if "teachers" in asked else []
    moments = draw(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(Half)), min_size=1, max_size=6, unique=True))
    sessions = []
    for offset, half in moments:
        begin, end = draw(_span)
        sessions.append(
            Session(
                on=date(2026, 6, 1) + timedelta(days=offset),
                half=half,
                starts=time(begin // 60, begin % 60),
                ends=time(end // 60, end % 60),
                hours=draw(_hours),
                place=draw(_words),
                teacher=draw(st.integers(1, len(teachers))) if teachers else 0,
                topic=draw(_words),
            )
        )
    return FilingContent(
        form=form,
        basics=draw(st.builds(Basics, title=_words, purpose=_words, place=_words)),
        subjects=tuple(
            draw(
                st.lists(
                    st.builds(SubjectHours, subject=st.sampled_from(list(SUBJECTS)), title=_words, hours=_hours),
                    min_size=1,
                    max_size=4,
                )
            )
        ),
        teachers=tuple(teachers),
        sessions=tuple(sorted(sessions, key=lambda session: (session.on, session.starts))),
        people=draw(
            st.builds(
                People,
                occupations=st.lists(_words, min_size=1, max_size=3, unique=True).map(tuple),
                quota=st.integers(1, 5000),
                assessment=_words,
            )
        ),
        rights=draw(
            st.builds(
                Rights,
                leave_mode=st.sampled_from(LeaveMode),
                consent=st.booleans(),
                wage_clause=st.just("") | _words,
                cost_agreement=st.just("") | _words,
            )
            if "rights" in asked
            else st.just(OWN_TIME)
        ),
        plan=PLAN,
        **parts,
    )


@settings(max_examples=50)
@given(contents())
def test_what_is_read_from_a_draft_is_what_the_draft_was_made_from(content: FilingContent) -> None:
    choices = Choices(partners=_PARTNERS)
    parsed = parse(to_draft(content), form=content.form, subjects=SUBJECTS, plan=content.plan, choices=choices)
    assert parsed.problems == ()
    assert parsed.content is not None
    assert canonical(parsed.content) == canonical(content)


@settings(max_examples=50)
@given(contents())
def test_the_canonical_form_goes_there_and_back(content: FilingContent) -> None:
    again = from_canonical(canonical(content))
    assert again == content
    assert content_sha256(again) == content_sha256(content)
    assert differences(content, again, SUBJECTS) == []


@settings(max_examples=50)
@given(contents(), contents(), st.sampled_from(["basics", "subjects", "people", "rights"]))
def test_two_contents_differ_exactly_if_their_hashes_do(one: FilingContent, source: FilingContent, part: str) -> None:
    other = replace(one, **{part: getattr(source, part)})
    assert bool(differences(one, other, SUBJECTS)) == (content_sha256(one) != content_sha256(other))


_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_no_value_a_page_can_send_breaks_the_reading(data: st.DataObject) -> None:
    raw = draft()
    section = data.draw(st.sampled_from(sorted(raw)))
    target = raw[section]["rows"][0] if "rows" in raw[section] else raw[section]
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_junk)
    read(raw)


@pytest.mark.parametrize(
    ("lowest", "highest", "message"),
    [
        ("4", "", "都选"),
        ("", "4", "都选"),
        ("5", "4", "不能低于"),
        ("9", "9", "从列表中选择"),
        ("x", "4", "从列表中选择"),
    ],
)
def test_levels_are_both_chosen_in_order_or_not_at_all(lowest: str, highest: str, message: str) -> None:
    parsed = read(draft(people__lowest=lowest, people__highest=highest))
    assert parsed.people is None
    assert any(message in problem.message for problem in parsed.problems)


def test_levels_are_read_said_and_bound() -> None:
    without, with_levels = read(draft()), read(draft(people__lowest="2", people__highest="4"))
    assert without.people is not None and without.people.levels == "不限"
    assert with_levels.people is not None and with_levels.people.levels == "五级/初级工 至 三级/高级工"
    one, other = without.content, with_levels.content
    assert one is not None and other is not None
    assert "lowest" not in canonical(one)["people"]
    assert content_sha256(one) != content_sha256(other)
    assert from_canonical(canonical(other)) == other
