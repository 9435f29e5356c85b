"""Writing down a visit or a panel, and one member's check sheet."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from domain.base_visits import VisitKind
from domain.errors import RuleError
from domain.identity import check_name
from forms.form import Form
from forms.validators import stripped

_MOST_MEMBERS = 9


class VisitForm(Form):
    kind = RadioField(
        "方式", choices={each.value: each.label for each in VisitKind}, validators=[DataRequired("请选择方式")]
    )
    held_on = DateField("日期", validators=[InputRequired("请选择日期，例如 2026-06-18")])
    place = StringField(
        "地点", filters=[stripped], validators=[DataRequired("请填写地点"), Length(max=100, message="最多100个字")]
    )
    members = TextAreaField(
        "参加人员",
        filters=[stripped],
        validators=[DataRequired("请填写参加人员，每行一人"), Length(max=1000, message="最多1000个字")],
        description="每行一人，姓名和单位之间用逗号隔开，例如：王志强，永康市技工学校",
    )
    summary = TextAreaField(
        "情况和意见",
        filters=[stripped],
        validators=[DataRequired("请写明看到的情况和意见"), Length(max=2000, message="最多2000个字，请精简")],
    )

    def validate_members(self, field: TextAreaField) -> None:
        people = self.people()
        if len(people) > _MOST_MEMBERS:
            raise ValidationError(f"最多 {_MOST_MEMBERS} 人")
        for name, unit in people:
            try:
                check_name(name)
            except RuleError as error:
                raise ValidationError(f"“{name[:20]}”：{error.message}") from error
            if len(unit) > 50:
                raise ValidationError("单位最多50个字")

    def people(self) -> list[tuple[str, str]]:
        """Name and unit of each line."""
        lines = (
            line.replace("，", ",").partition(",") for line in (self.members.data or "").splitlines() if line.strip()
        )
        return [(name.strip(), unit.strip()) for name, _comma, unit in lines]


class ScoreRow(PlainForm):
    points = IntegerField(
        "得分", validators=[InputRequired("请打分，填写整数"), NumberRange(min=0, message="不能是负数")]
    )
    remark = StringField("情况", filters=[stripped], validators=[Optional(), Length(max=200, message="最多200个字")])


class ScoresForm(Form):
    """One member's sheet, a row for each item."""

    rows = FieldList(FormField(ScoreRow), max_entries=50)

    def __init__(self, *args: Any, most: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        while len(self.rows) < len(most):
            self.rows.append_entry()
        while len(self.rows) > len(most):
            self.rows.pop_entry()

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        for most, row in zip(self.most, self.rows, strict=True):
            if row.form.points.data is not None and row.form.points.data > most:
                row.form.points.errors = [f"这一项最多 {most} 分"]
                self.rows.errors = [each.errors for each in self.rows]
                whole = False
        return whole

    def stated(self) -> dict[int, tuple[int, str]]:
        return {place: (row.form.points.data or 0, row.form.remark.data or "") for place, row in enumerate(self.rows)}


class PhotoForm(Form):
    photo = FileField("选择照片", validators=[FileRequired("请选择要上传的照片")])
