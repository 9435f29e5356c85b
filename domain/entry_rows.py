"""The rows of a list of credit entries, as a person writes it to try a policy out."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.cells import UnreadableCell, read_date, read_number
from domain.credit_entries import FIRST_YEAR, LAST_YEAR, Entry
from domain.policy import Policy, UnknownWord
from domain.skills import normalise_term
from domain.tables import CheckedTable, Column, Row, Sheet, Table, check_table, find_header

_YES = frozenset(["是", "y", "yes", "true", "t", "1", "√", "✓", "✔", "对", "有", "考试"])
_NO = frozenset(["否", "n", "no", "false", "f", "0", "×", "不是", "无", "非"])
_UNIT_CREDITS = ("学分", "分")
_UNIT_HOURS = ("学时", "课时", "小时")

ENTRIES = Table(
    "entries",
    "学分记录表",
    (
        Column(
            "earned_on", "取得日期", ("earned_on", "日期", "取得时间", "学习日期", "完成日期", "结业日期", "date"), True
        ),
        Column("subject", "科目", ("subject", "科目类别", "科目类型", "学习科目", "类别", "kind"), True),
        Column("form", "形式", ("form", "学习形式", "培训形式", "活动形式", "方式", "学习方式")),
        Column("hours", "学时", ("hours", "课时", "学时数", "实到学时")),
        Column("credits", "学分", ("credits", "credit", "学分数", "取得学分", "获得学分", "登记学分"), True),
        Column("exam", "是否考试取得", ("exam", "考试", "是否考试", "专项知识考试", "考试取得", "is_exam")),
        Column("source", "来源", ("source", "来源名称", "活动名称", "培训名称", "项目名称", "名称")),
        Column("days", "上课天数", ("days", "天数")),
        Column("course", "课程", ("course", "课程名称", "课程编号")),
        Column("activity", "活动", ("activity", "活动编号")),
        Column("makeup_for", "补学年度", ("makeup_for", "补学")),
        Column("frozen", "是否冻结", ("frozen", "冻结")),
    ),
    anchors=("credits", "subject", "earned_on"),
)


def check_entry_rows(sheet: Sheet, policy: Policy) -> CheckedTable[Entry]:
    """The entries of a list, each with its spreadsheet row as id, or every reason against its row.

    Raises TableProblem without a header or without a required column. A list without rows is one of no credits.
    """
    header = find_header(sheet.rows, ENTRIES)
    if header is not None and all(column.key in header.columns for column in ENTRIES.columns if column.required):
        below = sheet.rows[header.last + 1 :]
        if not any(str(cell or "").strip() for row in below for cell in row):
            return CheckedTable(sheet.name, header, [], {}, [])
    return check_table(sheet, ENTRIES, lambda row: _entry(row, policy))


def _entry(row: Row, policy: Policy) -> Entry | None:
    earned_on = _date(row)
    subject = _subject(row, policy)
    form = _form(row, policy)
    hours = _amount(row, "hours", _UNIT_HOURS, "0")
    credits = _amount(row, "credits", _UNIT_CREDITS, None)
    exam, frozen = _yes(row, "exam"), _yes(row, "frozen")
    days, makeup_for = _whole(row, "days", 1, 366), _whole(row, "makeup_for", FIRST_YEAR, LAST_YEAR)
    source, course, activity = (row.text(key) or "" for key in ("source", "course", "activity"))
    if row.problems or earned_on is None or subject is None or hours is None or credits is None:
        return None
    entry = Entry(id=row.excel_row, earned_on=earned_on, subject=subject, form=form, hours=hours, credits=credits)
    return replace(
        entry,
        exam=exam,
        frozen=frozen,
        source=source,
        course=course or None,
        activity=activity or None,
        days=days,
        makeup_for=makeup_for,
    )


def _date(row: Row) -> date | None:
    text = row.text("earned_on")
    if text == "":
        row.refuse("earned_on", "没有填写取得日期，请写成2025-03-01的样子")
    if not text:
        return None
    try:
        day = read_date(row.raw("earned_on"))
    except UnreadableCell as refusal:
        row.refuse("earned_on", refusal.message)
        return None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        row.refuse("earned_on", f"日期{day}不在{FIRST_YEAR}到{LAST_YEAR}年之间，请核对")
        return None
    return day


def _subject(row: Row, policy: Policy) -> str | None:
    text = row.text("subject")
    if text == "":
        row.refuse("subject", f"没有填写科目，可填：{'、'.join(subject.label for subject in policy.subjects)}")
    if not text:
        return None
    try:
        return policy.subject(text).key
    except UnknownWord as refusal:
        row.refuse("subject", refusal.message)
        return None


def _form(row: Row, policy: Policy) -> str:
    text = row.text("form")
    if not text:
        return ""
    try:
        return policy.form(text).key
    except UnknownWord as refusal:
        row.refuse("form", refusal.message)
        return ""


def _amount(row: Row, key: str, units: tuple[str, ...], empty: str | None) -> Decimal | None:
    text = row.text(key)
    if text is None:
        return None
    if text == "" and empty is not None:
        return Decimal(empty)
    if text == "":
        row.refuse(key, f"没有填写{ENTRIES.label(key)}，请填写如16或16.5的数字")
        return None
    try:
        return read_number(row.raw(key), places=1, units=units)
    except UnreadableCell as refusal:
        row.refuse(key, refusal.message)
        return None


def _yes(row: Row, key: str) -> bool:
    text = normalise_term(row.text(key) or "") or (row.text(key) or "")
    if text == "" or text in _NO:
        return False
    if text not in _YES:
        row.refuse(key, f"“{text[:20]}”看不出是否，请填“是”或“否”")
    return text in _YES


def _whole(row: Row, key: str, least: int, most: int) -> int | None:
    text = row.text(key)
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1
    if not least <= number <= most:
        row.refuse(key, f"“{text[:20]}”应为{least}到{most}之间的整数")
        return None
    return number
