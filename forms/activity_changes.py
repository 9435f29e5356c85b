"""Changing, postponing and ending an approved activity early, as forms; what may be is decided in domain/."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from wtforms import BooleanField, DateField, FieldList, FormField, IntegerField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, Regexp
from wtforms.widgets import HiddenInput

from domain.filing_draft import ROW_FIELDS
from domain.filing_parse import Problem
from forms.filings import SessionRow, TeacherRow
from forms.form import Form
from forms.validators import stripped

_NEEDED = [InputRequired()]  # only for the mark at the label: the values are read in domain/
_ROW = re.compile(r"(subjects|teachers|sessions)-([0-9]{1,3})-([a-z]+)")
_ALONE = {"basics": {"place", "reason"}, "people": {"quota"}}
_ROW_FIELD = re.compile(r"rows-([0-9]+)-([a-z]+)")


def typed(posted: Mapping[str, str]) -> dict[str, Any]:
    """What the page of the change sent, as it is kept: text, right or wrong."""
    rows: dict[str, dict[int, dict[str, str]]] = {"subjects": {}, "teachers": {}, "sessions": {}}
    for name, value in posted.items():
        match = _ROW.fullmatch(name)
        if match and match[3] in ROW_FIELDS[match[1]]:
            rows[match[1]].setdefault(int(match[2]), {})[match[3]] = value
    listed = {section: [of[index] for index in sorted(of)] for section, of in rows.items()}
    return {
        **{name: posted.get(name, "") for name in ("reason", "place", "quota", "kind")},
        **listed,
        "subjects": [row.get("hours", "") for row in listed["subjects"]],
    }


class HoursRow(PlainForm):
    hours = StringField("学时", _NEEDED)


class ChangeForm(Form):
    """Everything of an approved activity that may change."""

    reason = TextAreaField(
        "变更原因", _NEEDED, description="例如：主讲教师出差，改由另一位教师授课。人力社保部门会看到"
    )
    place = StringField("培训地点", _NEEDED)
    quota = StringField("计划人数", _NEEDED)
    subjects = FieldList(FormField(HoursRow))
    teachers = FieldList(FormField(TeacherRow))
    sessions = FieldList(FormField(SessionRow))

    @classmethod
    def of(
        cls,
        words: Mapping[str, Any],
        *,
        employments: list[tuple[str, str]],
        halves: list[tuple[str, str]],
        teachers: list[tuple[str, str]],
    ) -> "ChangeForm":
        """The form with these words, and with the choices its selects offer."""
        hours = [{"hours": each} for each in words.get("subjects", [])]
        form = cls(formdata=None, data={**words, "subjects": hours})
        for entry in form.teachers:
            _offer(entry.form.employment, employments)
        for entry in form.sessions:
            _offer(entry.form.half, halves)
            _offer(entry.form.teacher, teachers)
        return form

    def mark(self, problems: Iterable[Problem], *, fixed: int) -> None:
        """Put each problem at its field, or above all; `fixed` sessions stand before those of the page."""
        for problem in problems:
            field = self._field_of(problem, fixed)
            if field is None:
                self.form_errors.append(problem.message)
            else:
                field.errors = [*field.errors, problem.message]
        for name in ("subjects", "teachers", "sessions"):
            if any(entry.errors for entry in self[name]):
                self[name].errors = [{}]  # so that form.errors tells of them

    def _field_of(self, problem: Problem, fixed: int) -> Any:
        if problem.field in _ALONE.get(problem.section, ()):
            return self[problem.field]
        match = _ROW_FIELD.fullmatch(problem.field)
        if match is None or problem.section not in ("subjects", "teachers", "sessions"):
            return None
        index = int(match[1]) - (fixed if problem.section == "sessions" else 0)
        rows = self[problem.section]
        if not 0 <= index < len(rows) or match[2] not in rows[index].form:
            return None
        return rows[index].form[match[2]]


def _offer(field: Any, options: list[tuple[str, str]]) -> None:
    known = {value for value, _ in options}
    field.choices = [*([] if field.data in known else [("", "请选择")]), *options]


class PostponeForm(Form):
    """Moving everything that is still to come."""

    first = DateField("改到哪一天开始", validators=[DataRequired("请选择新的日期，例如 2026-06-18")])
    working_days = BooleanField("跳过周末和法定节假日", description="其余课次依次顺延，间隔的天数不变")
    reason = TextAreaField(
        "改期原因",
        filters=[stripped],
        validators=[DataRequired("请写明改期的原因"), Length(max=500, message="改期原因最多 500 个字，请缩短")],
        description="人力社保部门会看到",
    )


def _plain(text: str | None) -> str:
    return unicodedata.normalize("NFKC", text or "").strip()


class TaughtRow(PlainForm):
    hours = StringField(
        "已举办的学时",
        filters=[_plain],
        validators=[
            InputRequired("请填写学时，没有上过的科目填 0"),
            Regexp(r"[0-9]{1,4}(\.[0-9])?\Z", message="学时应为数字，最多一位小数，例如 4 或 3.5；没有上过的填 0"),
        ],
    )


class EarlyEndForm(Form):
    """How many sessions were held, what was taught in them by subject line, and why the others are not held."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])
    held = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])
    subjects = FieldList(FormField(TaughtRow))
    reason = TextAreaField(
        "提前结束的原因",
        filters=[stripped],
        validators=[DataRequired("请写明提前结束的原因"), Length(max=500, message="原因最多 500 个字，请缩短")],
        description="参训人员和审核成绩的人社部门会看到",
    )

    def taught(self) -> list[Decimal]:
        """The hours by subject line; only of a form that is valid."""
        return [Decimal(row.form.hours.data) for row in self.subjects]
