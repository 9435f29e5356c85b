"""Forms about one row of results: the person's doubt, the organiser's answer, the officer's decision."""

from typing import Any

from wtforms import BooleanField, HiddenField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from domain.result_standing import DisputeKind
from forms.form import Form
from forms.results import RowForm
from forms.validators import stripped

_LONGEST_ID = 20
_TOO_LONG = Length(max=500, message="最多500个字，请精简")


class DisputeForm(Form):
    """What the person finds wrong."""

    kind = RadioField("哪里不对", validators=[InputRequired("请选择哪里不对")])
    text = TextAreaField(
        "请说明",
        filters=[stripped],
        description="写清楚实际情况，例如“我 6 月 9 日下午也在，应为 16 学时”。举办单位会看到。",
        validators=[DataRequired("请写明实际情况"), _TOO_LONG],
    )

    def __init__(self, *args: Any, missing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [kind for kind in DisputeKind if (kind is DisputeKind.MISSING) == missing]
        self.kind.choices = {kind.value: kind.label for kind in kinds}


class CorrectForm(RowForm):
    """The organiser agrees: the row as it should be, and a word to the person."""

    answer = TextAreaField(
        "答复本人", filters=[stripped], validators=[DataRequired("请写明怎样更正的，本人会看到"), _TOO_LONG]
    )


class InsistForm(Form):
    """The organiser stands by the row."""

    reason = TextAreaField(
        "不更正的理由", filters=[stripped], validators=[DataRequired("请写明理由，本人和审核人员会看到"), _TOO_LONG]
    )


class RowDecisionForm(RowForm):
    """The officer's decision on one row."""

    verdict = RadioField(
        "裁定",
        choices={"recognise": "按下面的学时和成绩认定", "refuse": "不予认定，不计学分"},
        validators=[InputRequired("请选择裁定结果")],
    )
    was_here = BooleanField("经核实，本人当时在本次活动；上面所列其他活动的到课不再计入")
    against = HiddenField()
    reason = TextAreaField(
        "裁定理由", filters=[stripped], validators=[DataRequired("请写明理由，双方会看到"), _TOO_LONG]
    )

    @property
    def sets_aside(self) -> set[int]:
        """The sessions elsewhere that the page showed, if the officer says the person was here and not there."""
        shown = (self.against.data or "").split()
        if not self.was_here.data:
            return set()
        return {int(each) for each in shown if each.isascii() and each.isdigit() and len(each) < _LONGEST_ID}
