"""The rows of a results list: hours, score and outcome of each person in one activity (arts. 19, 22)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.cells import UnreadableCell, read_number
from domain.contests import Contest
from domain.skills import Occupation, normalise_term
from domain.staff_rows import ID_NUMBER, ID_TYPE, NAME, OCCUPATION, read_identity, read_name, read_occupation
from domain.tables import CheckedTable, Column, Row, Sheet, Table, check_table

_MAX_SCORE = 100
_MAX_REMARK = 200


class Outcome(StrEnum):
    """How a person came out of an activity."""

    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    BREACH = "breach"

    @property
    def label(self) -> str:
        return _OUTCOME_LABELS[self]


_OUTCOME_LABELS = {Outcome.PASSED: "合格", Outcome.FAILED: "不合格", Outcome.ABSENT: "缺考", Outcome.BREACH: "违纪"}
_SPELLINGS = {
    Outcome.PASSED: "合格 通过 及格 优秀 良好 中等 优 良 已通过 考核合格 是 pass passed",
    Outcome.FAILED: "不合格 未通过 不及格 未合格 不通过 差 考核不合格 没通过 未达标 否 fail failed",
    Outcome.ABSENT: "缺考 缺席 未参加 旷考 缺勤 未到 未考 未参加考核 弃考 absent",
    Outcome.BREACH: "违纪 作弊 违规 取消成绩 违反纪律 考试违纪 舞弊",
}
_OUTCOMES = {written: outcome for outcome, spellings in _SPELLINGS.items() for written in spellings.split()}


def said_outcome(text: str) -> Outcome | None:
    """The outcome a word stands for, however it is written; None for any other text."""
    return _OUTCOMES.get(normalise_term(text))


RESULTS = Table(
    "results",
    "学员成绩表",
    (
        NAME,
        ID_TYPE,
        ID_NUMBER,
        OCCUPATION,
        Column(
            "hours",
            "实到学时",
            (
                "实际学时",
                "完成学时",
                "参训学时",
                "出勤学时",
                "到课学时",
                "学习学时",
                "学时",
                "课时",
                "学时数",
                "实到课时",
            ),
            required=True,
            pattern=r"(?!.*(计划|应到|总计划|缺)).*(学时|课时)数?",
        ),
        Column(
            "score",
            "考核成绩",
            ("总成绩", "综合成绩", "总评成绩", "考试成绩", "最终成绩", "成绩", "分数", "得分", "总分", "考核分数"),
            pattern=r"(?!.*(理论|实操|实训|平时|技能|结果|是否|排名)).*(成绩|分数|得分)",
        ),
        Column(
            "outcome",
            "考核结果",
            (
                "结果",
                "考试结果",
                "结业结果",
                "是否合格",
                "成绩结果",
                "考核结论",
                "结论",
                "是否通过",
                "培训结果",
                "评定结果",
            ),
            required=True,
            pattern=r"(?!.*(考勤|出勤|报名|审核|补考)).*(结果|结论|是否合格|是否通过|合格情况|考核情况)",
        ),
        Column("remark", "备注", ("说明", "备注说明", "情况说明", "附注")),
    ),
)


CONTEST_RESULTS = Table(
    "results",
    "比武成绩表",
    (
        *RESULTS.columns[:-1],
        Column(
            "event",
            "比赛项目",
            ("参赛项目", "竞赛项目", "赛项", "项目", "项目名称", "比武项目", "赛项名称"),
            pattern=r"(?!.*(成绩|得分|人数)).*(比赛|参赛|竞赛|比武)项目",
        ),
        Column(
            "rank",
            "名次",
            ("获奖名次", "获得名次", "奖项", "获奖等次", "获奖等级", "奖次", "等次", "排名", "获奖情况"),
            pattern=r"(?!.*(学分|人数)).*(名次|奖项|获奖)",
        ),
        RESULTS.columns[-1],
    ),
)
"""The same for a competition whose ranks give credits."""


def table_for(contest: Contest | None) -> Table:
    """The table in which the results of such an activity come."""
    return RESULTS if contest is None else CONTEST_RESULTS


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What one person reached, checked: hours and score exact to a tenth, score None where none was given.

    `event` and `rank` are what was won in a competition, as filed; both or none.
    """

    name: str
    id_number: str
    occupation: str
    occupation_code: str | None
    hours: Decimal
    score: Decimal | None
    outcome: Outcome
    remark: str
    event: str = ""
    rank: str = ""


def check_results(
    sheet: Sheet,
    *,
    today: date,
    planned_hours: Decimal,
    occupations: Mapping[str, Occupation],
    pass_score: Decimal | None = None,
    contest: Contest | None = None,
) -> CheckedTable[ResultRow]:
    """Check the results of one activity of `planned_hours` hours (of 45 minutes).

    A second row for the same person is refused and names the first. A pass below `pass_score` is a doubt only. Of a
    competition the table has events and ranks too. Raises TableProblem.
    """
    first_rows: dict[str, int] = {}

    def parse(row: Row) -> ResultRow | None:
        name = read_name(row)
        identity = read_identity(row, today)
        occupation, occupation_code = read_occupation(row, occupations, required=False)
        score, said_by_score = _read_score(row)
        outcome = _read_outcome(row, said_by_score)
        hours = _read_hours(row, outcome, planned_hours)
        remark = _read_remark(row)
        if outcome is Outcome.ABSENT and score:
            row.refuse("score", "考核结果为缺考但填有成绩，请核对")
        event, rank = ("", "") if contest is None else _read_rank(row, contest, outcome)
        if row.problems or identity is None or outcome is None or hours is None:
            return None
        if outcome is Outcome.PASSED and score is not None and pass_score is not None and score < pass_score:
            row.doubt("score", f"成绩低于{pass_score}分但结果为合格，请核对")
        first_row = first_rows.setdefault(identity.number, row.excel_row)
        if first_row != row.excel_row:
            row.refuse("id_number", f"与第{first_row}行是同一人，每人只能有一行，请删除其中一行")
        return ResultRow(name, identity.number, occupation, occupation_code, hours, score, outcome, remark, event, rank)

    return check_table(sheet, table_for(contest), parse)


def _read_score(row: Row) -> tuple[Decimal | None, Outcome | None]:
    """The score, and the outcome if a word stands in its place (缺考)."""
    text = row.text("score")
    if not text:
        return None, None
    said = _OUTCOMES.get(normalise_term(text))
    if said is not None:
        return None, said
    try:
        score = read_number(row.raw("score"), places=1, units=("分",))
    except UnreadableCell as problem:
        row.refuse("score", problem.message)
        return None, None
    if score > _MAX_SCORE:
        row.refuse("score", f"成绩应在0到{_MAX_SCORE}之间，请核对")
    return score, None


def _read_outcome(row: Row, said_by_score: Outcome | None) -> Outcome | None:
    text = row.text("outcome")
    if text is None:
        return None
    if not text:
        if said_by_score is None:
            row.refuse("outcome", "请填写考核结果：合格、不合格、缺考或违纪")
        return said_by_score
    outcome = _OUTCOMES.get(normalise_term(text))
    if outcome is None:
        row.refuse("outcome", f"考核结果“{text[:20]}”无法识别，请填写合格、不合格、缺考或违纪")
    elif said_by_score is not None and said_by_score is not outcome:
        row.refuse("score", "成绩栏与考核结果矛盾，请核对")
    return outcome


def _read_hours(row: Row, outcome: Outcome | None, planned_hours: Decimal) -> Decimal | None:
    text = row.text("hours")
    if text is None:
        return None
    if not text:
        if outcome is Outcome.ABSENT:
            return Decimal("0.0")
        row.refuse("hours", "请填写实到学时")
        return None
    try:
        hours = read_number(row.raw("hours"), places=1, units=("学时", "课时"))
    except UnreadableCell as problem:
        row.refuse("hours", problem.message)
        return None
    if hours > planned_hours:
        row.refuse("hours", f"实到学时{text}超过备案的{planned_hours:f}学时，请核对")
    return hours


def _read_remark(row: Row) -> str:
    text = row.text("remark")
    if text is not None and len(text) > _MAX_REMARK:
        row.refuse("remark", f"备注最多{_MAX_REMARK}个字，请精简")
    return text or ""


_NO_RANK = ("无", "没有", "未获奖", "未获名次", "无名次")


def _read_rank(row: Row, contest: Contest, outcome: Outcome | None) -> tuple[str, str]:
    """What was won, as filed. Of a single event the column may be missing; an event without a rank says nothing."""
    written, where = row.text("rank") or "", row.text("event") or ""
    if not written or normalise_term(written) in _NO_RANK:
        return "", ""
    rank = contest.find_rank(written)
    event = contest.find_event(where) if where else contest.events[0] if len(contest.events) == 1 else None
    if rank is None:
        row.refuse("rank", f"备案中没有名次“{written[:20]}”，备案的是：{'、'.join(contest.ranks)}")
    elif event is None:
        wrong = f"备案中没有项目“{where[:20]}”" if where else "填写了名次，请同时填写比赛项目"
        row.refuse("event" if where else "rank", f"{wrong}，备案的是：{'、'.join(contest.events)}")
    elif outcome is not None and outcome is not Outcome.PASSED:
        row.refuse("rank", "获得名次的应当合格，请核对名次或考核结果")
    return event or "", rank or ""
