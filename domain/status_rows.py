"""The rows of a list of the bureau: who is retired, a student, deceased ..., since when and until when."""

from dataclasses import dataclass
from datetime import date

from domain.cells import UnreadableCell, read_date
from domain.staff_rows import ID_NUMBER, ID_TYPE, NAME, read_identity, read_name
from domain.tables import CheckedTable, Column, Row, Sheet, Table, check_table

_LONGEST_SOURCE = 100

STATUS_LIST = Table(
    "status_list",
    "人员状态名单",
    (
        NAME,
        ID_TYPE,
        ID_NUMBER,
        Column(
            "since",
            "起始日期",
            (
                "开始日期",
                "退休日期",
                "退休时间",
                "死亡日期",
                "死亡时间",
                "入学日期",
                "入学时间",
                "羁押日期",
                "出境日期",
            ),
            pattern=r"(?!.*(止|终|毕业|出生|预计)).*(起|开始|退休|死亡|去世|入学|羁押|收监|出境).*(日期|时间)",
        ),
        Column(
            "until",
            "截止日期",
            ("结束日期", "终止日期", "毕业日期", "毕业时间", "预计毕业日期", "释放日期", "入境日期"),
            pattern=r".*(截止|终止|结束|毕业|释放|入境).*(日期|时间)",
        ),
        Column("source", "数据来源", ("来源", "来源单位", "提供单位")),
    ),
)


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One person of the list, checked; open where a day is not given."""

    name: str
    id_number: str
    since: date | None
    until: date | None
    source: str


def check_status_list(sheet: Sheet, *, today: date) -> CheckedTable[StatusRow]:
    """Check a list. A second row for the same person is refused and names the first. Raises TableProblem."""
    first_rows: dict[str, int] = {}

    def parse(row: Row) -> StatusRow | None:
        name = read_name(row)
        identity = read_identity(row, today)
        since, until = _read_day(row, "since"), _read_day(row, "until")
        source = row.text("source") or ""
        if since is not None and until is not None and until < since:
            row.refuse("until", "截止日期早于起始日期，请核对")
        if len(source) > _LONGEST_SOURCE:
            row.refuse("source", f"数据来源最多{_LONGEST_SOURCE}个字，请精简")
        if row.problems or identity is None:
            return None
        first = first_rows.setdefault(identity.number, row.excel_row)
        if first != row.excel_row:
            row.refuse("id_number", f"与第{first}行是同一人，每人只能有一行，请删除其中一行")
        return StatusRow(name, identity.number, since, until, source)

    return check_table(sheet, STATUS_LIST, parse)


def _read_day(row: Row, key: str) -> date | None:
    if not row.text(key):
        return None
    try:
        return read_date(row.raw(key))
    except UnreadableCell as problem:
        row.refuse(key, problem.message)
        return None
