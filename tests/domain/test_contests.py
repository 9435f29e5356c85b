"""What a rank in a competition gives: as filed, bounded by its level, instead of what the hours give (art. 16(2))."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import contests, keyed_results
from domain.contests import Contest
from domain.errors import RuleError
from domain.filing_parts import Level, RankAward
from domain.policy_pack import parse_pack
from domain.result_check_facts import Facts, Participant
from domain.result_check_rules import checks_of, run
from domain.result_rows import CONTEST_RESULTS, Outcome, check_results
from domain.result_rules import Plan, PlanLine, canonical, earned, seal_of
from domain.tables import Sheet

PACK = (Path(__file__).resolve().parents[2] / "policies" / "JH-2020-DRAFT.json").read_text("utf-8")
POLICY = parse_pack(PACK)
CONTEST = Contest(
    level=Level.CITY,
    events=("焊接", "数控车"),
    awards=(
        RankAward(rank="一等奖", places=1, credits=Decimal(15)),
        RankAward(rank="二等奖", places=2, credits=Decimal("9.5")),
        RankAward(rank="第三名", places=3, credits=Decimal(6)),
    ),
)
ONE_EVENT = replace(CONTEST, events=("焊接",))
PLAN = Plan(
    filing_id=7,
    title="全市焊接比武",
    form="F2",
    lines=(
        PlanLine(id=1, subject="PUBLIC", title="规则", hours=Decimal(2)),
        PlanLine(id=2, subject="PROFESSIONAL", title="比武", hours=Decimal(6)),
    ),
    sessions=((date(2026, 6, 8), 40), (date(2026, 6, 8), 40)),
    contest=CONTEST,
)


def result(rank: str, hours: str = "8", outcome: Outcome = Outcome.PASSED, plan: Plan = PLAN):
    return earned(Decimal(hours), outcome, plan, POLICY, event="焊接", rank=rank)


def test_a_rank_gives_what_was_filed_instead_of_the_hours():
    won = result("一等奖")
    assert (won.credits, [line.credits for line in won.lines]) == (15, [4, 11])
    assert won.reason == "焊接一等奖，备案的名次学分为 15 学分，多于按学时所得的 8 学分，按名次计，不重复计"
    assert [line.hours for line in won.lines] == [2, 6]  # hours stay those attended


def test_who_would_have_more_by_hours_does_not_fare_worse_for_winning():
    assert result("第三名").credits == 8 and "按学时计" in result("第三名").reason
    assert result("").credits == 8


def test_half_a_day_is_enough_for_the_rank_but_not_for_the_hours():
    """A contestant is there for the own event: the share of the whole activity says nothing of the rank."""
    assert (result("", hours="4").credits, result("二等奖", hours="4").credits) == (0, Decimal("9.5"))


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ABSENT, Outcome.BREACH])
def test_no_rank_without_a_pass(outcome):
    assert result("一等奖", outcome=outcome).credits == 0
    assert result("一等奖", hours="0").credits == 0


def test_the_level_bounds_what_was_filed():
    county = replace(PLAN, contest=replace(CONTEST, level=Level.COUNTY))
    assert result("一等奖", plan=county).credits == 10
    assert contests.credits_of(CONTEST, "一等奖", {}) == 15  # without such a figure, as filed
    assert contests.credits_of(CONTEST, "五等奖", {}) == 0


@given(
    hours=st.integers(0, 80),
    rank=st.sampled_from(["", *CONTEST.ranks]),
    level=st.sampled_from(Level),
    outcome=st.sampled_from(Outcome),
)
def test_nothing_beyond_the_hours_or_the_award(hours, rank, level, outcome):
    """INV-20 with ranks: at most what the hours give or what was filed and the level allows; the lines add up."""
    plan = replace(PLAN, contest=replace(CONTEST, level=level))
    by_hours = earned(Decimal(hours) / 10, outcome, plan, POLICY)
    got = earned(Decimal(hours) / 10, outcome, plan, POLICY, event="焊接", rank=rank)
    award = contests.credits_of(plan.contest, rank, contests.rank_limits(POLICY))
    assert by_hours.credits <= got.credits <= max(by_hours.credits, award)
    assert sum(line.credits for line in got.lines) == got.credits
    assert [line.hours for line in got.lines] == [line.hours for line in by_hours.lines]
    assert all(not line.credits or line.hours for line in got.lines)


def test_the_seal_holds_the_awards():
    row = (1, "甲", 80, None, "passed", "焊接", "一等奖", "")
    cheaper = replace(CONTEST, awards=(RankAward(rank="一等奖", places=1, credits=Decimal(10)), *CONTEST.awards[1:]))
    assert seal_of(canonical(PLAN, [row], (), "")) != seal_of(canonical(replace(PLAN, contest=cheaper), [row], (), ""))


# --- What clerks write ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "rank"),
    [
        ("一等奖", "一等奖"),
        ("1等奖", "一等奖"),
        (" 二 等奖", "二等奖"),
        ("3", "第三名"),
        ("第3名", "第三名"),
        ("四等奖", None),
    ],
)
def test_ranks_are_read_as_people_write_them(written, rank):
    assert CONTEST.find_rank(written) == rank


@pytest.mark.parametrize(
    ("event", "rank", "contest", "said"),
    [
        ("", "", None, None),
        ("焊接", "一等奖", CONTEST, None),
        ("焊接", "一等奖", None, "没有备案名次学分"),
        ("焊接", "四等奖", CONTEST, "没有名次“四等奖”"),
        ("钳工", "一等奖", CONTEST, "没有项目“钳工”"),
        ("焊接", "", CONTEST, "请同时填写名次"),
        ("", "一等奖", CONTEST, "请同时填写比赛项目"),
    ],
)
def test_only_what_was_filed_can_be_won(event, rank, contest, said):
    found = contests.problem(event, rank, contest)
    assert found is None if said is None else said in found


def keyed(line, contest=CONTEST):
    read = keyed_results.read(line, contest)
    return read.hours, read.score, read.outcome, read.event, read.rank


def test_a_rank_is_keyed_as_a_word():
    assert keyed("0123 8 92 焊接 一等奖") == (8, 92, None, "焊接", "一等奖")
    assert keyed("0123 8 第3名") == (8, None, None, "", "第三名")
    assert keyed("0123 3 92 合格") == (3, 92, Outcome.PASSED, "", "")  # a bare figure is no rank
    with pytest.raises(RuleError, match="数字多了"):
        keyed("0123 8 92 一等奖", None)


def rows(*given, contest=CONTEST):
    """Checked rows of a table with these (event, rank, outcome) cells."""
    header = [column.label for column in CONTEST_RESULTS.columns]
    cells = {"name": "张三", "id_type": "", "occupation": "", "hours": "8", "score": "90", "remark": ""}
    people = ["33078419900307202X", "110101199003070011"]
    made = [
        [{**cells, "id_number": number, "event": event, "rank": rank, "outcome": outcome}[column.key]
         for column in CONTEST_RESULTS.columns]
        for number, (event, rank, outcome) in zip(people, given, strict=False)
    ]  # fmt: skip
    checked = check_results(
        Sheet("表", [header, *made]),
        today=date(2026, 6, 15),
        planned_hours=Decimal(8),
        occupations={},
        contest=contest,
    )
    return checked.rows


def test_a_table_brings_events_and_ranks():
    (row,) = rows(("焊接", "1等奖", "合格"))
    assert (row.value.event, row.value.rank) == ("焊接", "一等奖")
    (row,) = rows(("焊接", "无", "合格"))
    assert (row.value.event, row.value.rank) == ("", "")
    (row,) = rows(("", "一等奖", "合格"), contest=ONE_EVENT)
    assert (row.value.event, row.value.rank) == ("焊接", "一等奖")
    # Elsewhere a rank in the class is nobody's business, and does not stand in the way.
    (row,) = rows(("焊接", "一等奖", "合格"), contest=None)
    assert (row.value.event, row.value.rank) == ("", "")


@pytest.mark.parametrize(
    ("event", "rank", "outcome", "said"),
    [
        ("焊接", "特等奖", "合格", "备案的是：一等奖、二等奖、第三名"),
        ("", "一等奖", "合格", "请同时填写比赛项目"),
        ("钳工", "一等奖", "合格", "没有项目“钳工”"),
        ("焊接", "一等奖", "不合格", "获得名次的应当合格"),
    ],
)
def test_what_was_not_filed_is_refused_in_the_table(event, rank, outcome, said):
    (row,) = rows((event, rank, outcome))
    assert row.value is None and any(said in reason for reason in row.reasons)


# --- Checks before the release ----------------------------------------------------------------------------------------


def person(number: int, rank: str = "", **values: object) -> Participant:
    given = {"hours_tenths": 80, "outcome": Outcome.PASSED, "event": "焊接" if rank else "", "rank": rank, **values}
    return Participant(technician_id=number, name=f"选手{number}", **given)  # type: ignore[arg-type]


def found(*people: Participant, contest: Contest | None = CONTEST) -> list[str]:
    day = date(2026, 6, 8)
    return [each.check.key for each in run(Facts(first=day, last=day, people=people, contest=contest))]


def test_more_winners_than_places_stop_the_list():
    two = (person(1, "二等奖"), person(2, "二等奖"))
    assert found(*two) == []
    assert found(*two, person(3, "二等奖")) == ["ranks"]
    assert found(*two, person(3, "二等奖", event="数控车")) == []  # places are those of each event
    assert contests.overfull(CONTEST, [("焊接", "一等奖")] * 3) == [("焊接", "一等奖", 3, 1)]


def test_a_winner_has_passed_and_was_there():
    assert found(person(1, "一等奖", outcome=Outcome.FAILED)) == ["winners"]
    assert found(person(1, "一等奖", hours_tenths=0)) == ["winners"]


def test_ranks_are_a_matter_of_competitions():
    day = date(2026, 6, 8)
    keys = {check.key for check in checks_of(Facts(first=day, last=day, people=()))}
    assert not keys & {"ranks", "winners"} and "overlap" in keys
