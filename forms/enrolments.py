"""Forms of enrolment: names put down by the employer or the organiser, consent, cancelling."""

from typing import Any

from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from forms.form import Form
from forms.validators import stripped


class _Checkboxes(SelectMultipleField):
    """Several of a list; what is not on the list is refused in our words."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        known = {value for value, *_ in self.iter_choices()}
        if any(each not in known for each in self.data or []):
            raise ValidationError("名单已有变动，请刷新页面后重新选择")


class StaffForm(Form):
    """Which of the employer's staff, by ticking or by pasted numbers; off hours with who bears the costs."""

    people = _Checkboxes("职工", coerce=int)
    numbers = TextAreaField(
        "或者粘贴证件号码",
        filters=[stripped],
        description="每行一个，可从表格中整列复制",
        validators=[Length(max=20_000, message="一次最多 500 人，请分批")],
    )
    cost_agreement = TextAreaField(
        "费用分担和相关待遇",
        filters=[stripped],
        description="例如：培训费由单位承担，另安排调休一天。职工会看到并确认",
        validators=[Length(max=500, message="最多500个字，请精简")],
    )


class RegisterForm(Form):
    """People the organiser puts down: name and number, one in a line."""

    people = TextAreaField(
        "姓名和证件号码",
        filters=[stripped],
        description="每行一人，先姓名后证件号码，中间空一格，可从表格中复制两列",
        validators=[Length(max=40_000, message="一次最多 500 人，请分批")],
    )
    consented = BooleanField("占用工作时间的，用人单位已书面同意，原件由本单位留存")


class CancelForm(Form):
    """Giving a place up."""

    reason = StringField(
        "原因",
        filters=[stripped],
        validators=[DataRequired("请写明原因"), Length(max=200, message="最多200个字，请精简")],
    )
