"""A results list into a report: every row with every reason against it, and only the differences to apply."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from domain.cells import cell_text
from domain.credit_entries import from_tenths, say, tenths
from domain.identity import mask_id
from domain.result_rows import Outcome, check_results
from domain.result_rows import ResultRow as FileRow
from domain.tables import CellProblem, CheckedRow, CheckedTable, Sheet
from models import ResultReport
from services import clock, participants, policies, reference, result_content
from services.participants import Identified
from services.result_content import RowValues

_AT_ONCE = 1000
_LONGEST_NAME = 100
_NAMED = 20

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class PlannedRow:
    """What an import would do with one row: new, changed, same, or reject, with every reason and every change."""

    excel_row: int
    outcome: str
    name: str = ""
    id_masked: str = ""
    reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass
class Plan:
    """All an import would do; `missing` are the names of those who stand in the report and not in the file."""

    rows: list[PlannedRow] = field(default_factory=list)
    values: list[RowValues] = field(default_factory=list)
    problems: dict[int, tuple[CellProblem, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, object]:
        """How many rows there are of each outcome, and what else the page says of the file."""
        outcomes = [row.outcome for row in self.rows]
        return {
            **{outcome: outcomes.count(outcome) for outcome in ("new", "changed", "same", "reject")},
            "missing": len(self.missing),
            "missing_names": self.missing[:_NAMED],
            "notes": self.notes,
        }


def check(sheet: Sheet, report: ResultReport) -> CheckedTable[FileRow]:
    """The rows against the rules alone, without the register. Raises TableProblem when there is no such table."""
    pass_score = policies.active_policy().value("exam.pass_score")
    return check_results(
        sheet,
        today=clock.today(),
        planned_hours=Decimal(say(result_content.plan_of(report.filing).hours)),
        occupations=reference.occupation_names(),
        pass_score=None if pass_score is None else Decimal(pass_score),
        contest=result_content.plan_of(report.filing).contest,
    )


def plan(sheet: Sheet, checked: CheckedTable[FileRow], report: ResultReport, progress: Progress | None = None) -> Plan:
    """What importing these rows would do now. Reads only; `progress` hears how many rows were looked up."""
    made = Plan(notes=list(checked.notes), problems=dict(checked.problems))
    stored = result_content.stored_rows(report)
    kept = _KEPT.keys() - set(checked.header.columns)
    rows, total = iter(checked.rows), len(checked.rows)
    while part := list(islice(rows, _AT_ONCE)):
        found = participants.identify(
            report.filing, {row.value.id_number: row.value.name for row in part if row.value is not None}
        )
        for row in part:
            if row.value is None:
                made.rows.append(_refused(row, sheet, checked))
            else:
                made.rows.append(_plan_row(row, row.value, made, found[row.value.id_number], stored, kept))
        if progress is not None:
            progress(len(made.rows), total, "正在核对人员")
    named = {values.technician_id for values in made.values}
    made.missing = [str(row["name"]) for technician_id, row in stored.items() if technician_id not in named]
    return made


def _refused(row: CheckedRow[FileRow], sheet: Sheet, checked: CheckedTable[FileRow]) -> PlannedRow:
    """A row the rules refuse, with the name as it was written so that the clerk finds it."""
    cells, column = sheet.rows[row.excel_row - 1], checked.header.columns["name"]
    name = cell_text(cells[column])[:_LONGEST_NAME] if column < len(cells) else ""
    return PlannedRow(excel_row=row.excel_row, outcome="reject", name=name, reasons=tuple(row.reasons))


def _plan_row(
    row: CheckedRow[FileRow],
    value: FileRow,
    made: Plan,
    who: Identified,
    stored: dict[int, dict[str, object]],
    kept: set[str],
) -> PlannedRow:
    name, masked = value.name, mask_id(value.id_number)
    if who.technician_id is None:
        made.problems[row.excel_row] = (CellProblem(who.column, who.problem),)
        return PlannedRow(
            excel_row=row.excel_row, outcome="reject", name=name, id_masked=masked, reasons=(who.problem,)
        )
    known = stored.get(who.technician_id)
    values = _values(value, who.technician_id, known, kept)
    made.values.append(values)
    changes = () if known is None else _changes(known, values.stored())
    outcome = "new" if known is None else "changed" if changes else "same"
    hints = tuple(hint.reason for hint in row.hints) + ((who.hint,) if who.hint else ())
    return PlannedRow(
        excel_row=row.excel_row, outcome=outcome, name=name, id_masked=masked, reasons=hints, changes=changes
    )


_KEPT = {
    "score": ("score_tenths",),
    "occupation": ("occupation",),
    "remark": ("remark",),
    "rank": ("event", "rank"),
}
"""By the column of a file, what stays as it is where the file has no such column."""


def _values(value: FileRow, technician_id: int, known: dict[str, object] | None, kept: set[str]) -> RowValues:
    """The row as it would be stored; what the file has no column for stays as it is."""
    values = RowValues(
        technician_id=technician_id,
        name=value.name,
        hours_tenths=tenths(value.hours),
        score_tenths=None if value.score is None else tenths(value.score),
        outcome=value.outcome,
        occupation=value.occupation,
        remark=value.remark,
        event=value.event,
        rank=value.rank,
    )
    if known is None or not kept:
        return values
    fresh = {name: known[name] for key in kept for name in _KEPT[key]}
    return RowValues(**{"technician_id": technician_id, **values.stored(), "outcome": values.outcome, **fresh})  # type: ignore[arg-type]


_LABELS = {
    "name": "姓名",
    "occupation": "工种",
    "hours_tenths": "学时",
    "score_tenths": "成绩",
    "outcome": "结果",
    "event": "比赛项目",
    "rank": "名次",
    "remark": "备注",
}


def _changes(before: dict[str, object], after: dict[str, object]) -> tuple[str, ...]:
    return tuple(
        f"{label}：{_shown(column, before[column])} → {_shown(column, after[column])}"
        for column, label in _LABELS.items()
        if before[column] != after[column]
    )


def _shown(column: str, value: object) -> str:
    if value is None or value == "":
        return "空"
    if column == "outcome":
        return Outcome(str(value)).label
    return say(from_tenths(value)) if isinstance(value, int) else str(value)
