"""The pages of an activity filing as forms: what they ask and in which words; what is right is decided in domain/."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    FileField,
    FormField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, StopValidation, ValidationError

from domain.filing_content import PAPER_KINDS, Employment, Half, LeaveMode
from domain.filing_draft import FIELDS, ROW_FIELDS
from domain.filing_parse import Problem
from forms.form import Form
from forms.validators import stripped

_ROW_NAME = re.compile(r"rows-([0-9]{1,4})-([a-z]+)")
_NEEDED = [InputRequired()]  # only for the mark at the label: the values are read in domain/filing_parse.py


def typed(section: str, posted: Mapping[str, str]) -> dict[str, Any]:
    """What a page sent for this section, as the draft stores it: text, right or wrong."""
    if section not in ROW_FIELDS:
        return {name: posted.get(name, "") for name in FIELDS[section]}
    rows: dict[int, dict[str, str]] = {}
    for name, value in posted.items():
        match = _ROW_NAME.fullmatch(name)
        if match and match[2] in ROW_FIELDS[section]:
            rows.setdefault(int(match[1]), {})[match[2]] = value
    return {"rows": [rows[index] for index in sorted(rows)]}


class _Said:
    """The field holds something; without the mark of a required field, for the part of the page may be left alone."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Field) -> None:
        empty = not any(field.raw_data or ())
        if empty or field.process_errors:
            field.errors = []
            raise StopValidation(self.message if empty else "日期请写成 2026-06-18 的样子")


class SectionForm(Form):
    """One section of a filing."""

    @classmethod
    def of(cls, values: Mapping[str, Any], **_choices: Any) -> "SectionForm":
        """The form with what the draft holds, whatever it is."""
        return cls(formdata=None, data=dict(values))

    def mark(self, problems: Iterable[Problem]) -> None:
        """Put each problem at its field; what belongs to no field of this page stands above all."""
        fields = {field.id: field for field in _leaves(self)}
        for problem in problems:
            field = fields.get(problem.field)
            if field is None:
                self.form_errors.append(problem.message)
            else:
                field.errors = [*field.errors, problem.message]
        rows = self._fields.get("rows")
        if rows is not None and any(entry.errors for entry in rows):
            rows.errors = [{}]  # so that form.errors tells of them


def _leaves(form: Any) -> Iterable[Field]:
    for field in form:
        if isinstance(field, FieldList):
            for entry in field:
                yield from _leaves(entry.form)
        else:
            yield field


class BasicsForm(SectionForm):
    title = StringField("活动名称", _NEEDED, description="写明内容和期次，例如：数控加工新工艺企业内训（2026年第1期）")
    purpose = TextAreaField("培训目的与内容", _NEEDED, description="为什么办、学什么、学完达到什么水平，几句话即可")
    place = StringField("培训地点", _NEEDED, description="写到楼栋和房间；个别课次在别处的，可在“课次安排”中另填")


class SubjectRow(PlainForm):
    subject = SelectField("科目类别", _NEEDED, validate_choice=False)
    title = StringField("课程或内容名称", _NEEDED)
    hours = StringField("学时", _NEEDED)


class TeacherRow(PlainForm):
    key = StringField(widget=widgets.HiddenInput())
    name = StringField("姓名", _NEEDED)
    unit = StringField("工作单位", _NEEDED)
    title = StringField("职称或技能等级", _NEEDED)
    employment = SelectField("专职/兼职", _NEEDED, validate_choice=False)


class SessionRow(PlainForm):
    on = StringField("日期", _NEEDED, widget=widgets.DateInput())
    half = SelectField("时段", _NEEDED, validate_choice=False)
    starts = StringField("开始", _NEEDED, widget=widgets.TimeInput())
    ends = StringField("结束", _NEEDED, widget=widgets.TimeInput())
    hours = StringField("学时", _NEEDED)
    teacher = SelectField("授课教师", _NEEDED, validate_choice=False)
    topic = StringField("授课内容", _NEEDED)
    place = StringField("地点（选填）")


class RowsForm(SectionForm):
    """A section of rows; a select of a row gets its choices when the form is made."""

    @classmethod
    def of(cls, values: Mapping[str, Any], **choices: list[tuple[str, str]]) -> "RowsForm":
        form = cls(formdata=None, data={"rows": list(values.get("rows", [])) or [{}]})
        for entry in cast(Any, form).rows:
            for name, options in choices.items():
                field = entry.form[name]
                known = {value for value, _ in options}
                missing = [] if field.data in known else [("", "请选择")]
                field.choices = [*missing, *options]
        return form


class SubjectsForm(RowsForm):
    rows = FieldList(FormField(SubjectRow))


class TeachersForm(RowsForm):
    rows = FieldList(FormField(TeacherRow))


class SessionsForm(RowsForm):
    rows = FieldList(FormField(SessionRow))


class PeopleForm(SectionForm):
    occupations = StringField("面向职业（工种）", _NEEDED, description="多个职业用顿号分开，例如：焊工、电工、钳工")
    lowest = SelectField("最低等级（选填）", validate_choice=False)
    highest = SelectField("最高等级（选填）", validate_choice=False)
    quota = StringField("计划人数", _NEEDED)
    assessment = TextAreaField(
        "考核方式", _NEEDED, description="怎样考、多少分合格，例如：理论闭卷 60 分合格，实操由授课教师评定"
    )

    @classmethod
    def of(cls, values: Mapping[str, Any], **choices: Any) -> "PeopleForm":
        """The form with the levels it offers."""
        form = cls(formdata=None, data=dict(values))
        form.lowest.choices = form.highest.choices = dict(choices.get("lowest", ()))
        return form


class RightsForm(SectionForm):
    leave_mode = RadioField(
        "学习方式",
        _NEEDED,
        choices={
            LeaveMode.FULL.value: "脱产：培训期间不上班",
            LeaveMode.HALF.value: "半脱产：占用部分工作时间",
            LeaveMode.OFF_HOURS.value: "业余：安排在工作时间之外",
        },
        validate_choice=False,
    )
    consent = BooleanField("同意参加")
    wage_clause = TextAreaField("培训期间的工资福利待遇")
    cost_agreement = TextAreaField("费用分担方式和相关待遇")


class PlanForm(Form):
    """Adding a file to the filing."""

    kind = SelectField("文件类型", choices=PAPER_KINDS)
    file = FileField("选择文件", validators=[DataRequired("请选择要上传的文件")])


class CancelForm(Form):
    """Calling off an approved activity."""

    remark = TextAreaField(
        "取消原因",
        filters=[stripped],
        validators=[DataRequired("请写明取消的原因"), Length(max=500, message="取消原因最多 500 个字，请缩短")],
        description="将通知人力社保部门，并写入办理过程",
    )


class FillForm(PlainForm):
    """Filling the timetable for many days at once; a part of the page of sessions."""

    first = DateField("从", [_Said("请选择开始日期")])
    last = DateField("到", [_Said("请选择结束日期")])
    halves = SelectMultipleField(
        "每天",
        choices={half.value: half.label for half in Half},
        validators=[_Said("请至少勾选一个时段")],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    working_days = BooleanField("跳过周末和法定节假日")
    teacher = SelectField("授课教师（选填）", validate_choice=False)
    topic = StringField("授课内容（选填）", filters=[stripped])

    def validate_last(self, field: DateField) -> None:
        if self.first.data and field.data and field.data < self.first.data:
            raise ValidationError("结束日期不能早于开始日期")
        if self.first.data and field.data and (field.data - self.first.data).days > 366:
            raise ValidationError("一次最多填一年以内的日期")


class MoveForm(PlainForm):
    """Moving the whole timetable; a part of the page of sessions."""

    first = DateField("第一个课次改到", [_Said("请选择新的开班日期")])
    timetable_has_days = True

    def validate_first(self, _field: DateField) -> None:
        if not self.timetable_has_days:
            raise ValidationError("课次都还没有日期，请先填写日期或批量添加课次")


EMPLOYMENTS = [(each.value, each.label) for each in Employment]
HALVES = [(each.value, each.label) for each in Half]
