"""Asking an industry authority, and its answer."""

from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from forms.form import Form
from forms.validators import stripped


class AskForm(Form):
    organization = SelectField("行业主管部门", validators=[InputRequired("请选择行业主管部门")])
    question = TextAreaField(
        "征求意见的内容",
        filters=[stripped],
        validators=[DataRequired("请写明就什么征求意见"), Length(max=1000, message="最多1000个字，请精简")],
    )

    def offer(self, choices: list[tuple[str, str]]) -> "AskForm":
        self.organization.choices = [("", "请选择"), *choices]
        return self


class OpinionForm(Form):
    supports = RadioField(
        "意见", choices={"yes": "支持", "no": "不支持"}, validators=[DataRequired("请选择支持或不支持")]
    )
    answer = TextAreaField(
        "说明（不支持的必须写明理由）",
        filters=[stripped],
        validators=[Optional(), Length(max=2000, message="最多2000个字，请精简")],
    )

    def validate_supports(self, field: RadioField) -> None:
        if field.data == "no" and not (self.answer.data or ""):
            raise ValidationError("不支持的，请写明理由")
