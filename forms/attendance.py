"""Forms of attendance: a sheet keyed back, corrections, codes typed, discipline events."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from domain.attendance_rules import Standing
from domain.discipline import Severity
from forms.form import Form
from forms.validators import half_width, stripped

_REASON = Length(max=200, message="最多200个字，请精简")


class SheetForm(Form):
    """Who was absent, by the row numbers of the sheet; `seen` is the sheet that was previewed."""

    absent = StringField(
        "缺席的行号",
        description="例如 3 7 12，也可写 3-5、请假 8；全部到课的输入 0。输入后按回车",
        validators=[Length(max=1000, message="内容太长，请只输入行号")],
    )
    seen = HiddenField()


class CorrectionForm(Form):
    """Some people's attendance, changed with a reason."""

    numbers = StringField(
        "行号",
        filters=[stripped],
        validators=[DataRequired("请填写要更正的行号，例如 3 7"), Length(max=200, message="内容太长，请只输入行号")],
    )
    standing = RadioField(
        "更正为",
        choices={each.value: each.label for each in (Standing.COUNTED, Standing.ABSENT, Standing.EXCUSED)},
        validators=[InputRequired("请选择更正为哪一种")],
    )
    reason = StringField(
        "原因", filters=[stripped], validators=[DataRequired("请写明原因，例如 核对签到表，忘记签退"), _REASON]
    )


class CodeForm(Form):
    """The code a person shows on the own phone."""

    code = StringField(
        "学员出示的 8 位签到码",
        filters=[half_width],
        validators=[
            InputRequired("请输入学员手机上显示的 8 位数字"),
            Regexp(r"^[0-9]{8}$", message="签到码是 8 位数字，请核对"),
        ],
    )


class ScanForm(Form):
    """A person's code, photographed: what a browser without a camera page of its own can send."""

    photo = FileField("拍下学员手机上的签到码", validators=[FileRequired("请拍照或选择一张签到码的照片")])


class EventForm(Form):
    """What somebody did against the rules of study, in which session."""

    number = IntegerField("行号", description="签到表上的行号", validators=[InputRequired("请填写签到表上的行号")])
    session_id = SelectField("课次", coerce=int, validators=[InputRequired("请选择课次")])
    severity = RadioField(
        "程度",
        choices={each.value: each.label for each in Severity},
        validators=[InputRequired("请选择程度")],
    )
    description = TextAreaField(
        "情况",
        filters=[stripped],
        validators=[DataRequired("请写明发生了什么"), Length(max=500, message="最多500个字，请精简")],
    )

    def __init__(self, *args: Any, sessions: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session_id.choices = sessions


class ReasonForm(Form):
    """An act that needs nothing but a reason."""

    reason = StringField("原因", filters=[stripped], validators=[DataRequired("请写明原因"), _REASON])
