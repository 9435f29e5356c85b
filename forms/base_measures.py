"""Forms of measures on a base: the officer's proposal, the base's answer, its own wish to be closed."""

from collections.abc import Iterable
from typing import Any

from wtforms import BooleanField, SelectMultipleField, TextAreaField, widgets
from wtforms.validators import DataRequired, Length

from domain.base_measures import GROUNDS, Choice, ClassFacts, ground_label
from forms.form import Form
from forms.validators import stripped

_TOO_LONG = Length(max=2000, message="最多2000个字，请精简")


def _boxes(label: str) -> SelectMultipleField:
    """A list of boxes; what may be ticked is set when the form is made."""
    return SelectMultipleField(
        label, option_widget=widgets.CheckboxInput(), widget=widgets.ListWidget(prefix_label=False)
    )


class MeasureForm(Form):
    """What an officer proposes to do with a base. `stopped` and `reversed` name classes; what is not ticked goes on."""

    grounds = SelectMultipleField(
        "违反的规定（第十二条，可多选）",
        choices={str(number): ground_label(number) for number in GROUNDS},
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    reason = TextAreaField("事实和理由", filters=[stripped], validators=[DataRequired("请写明事实和理由"), _TOO_LONG])
    stopped = _boxes("停办的班次")
    reversed = _boxes("冲销学分的班次")

    def __init__(self, *args: Any, open_classes: Iterable[ClassFacts], credited: Iterable[ClassFacts], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.stopped.choices = {str(each.filing_id): f"停办“{each.title}”" for each in open_classes}
        self.reversed.choices = {str(each.filing_id): f"冲销“{each.title}”的学分" for each in credited}

    def cited(self) -> list[int]:
        return [int(number) for number in self.grounds.data or ()]

    def chosen(self) -> dict[int, Choice]:
        """The classes that do not go the usual way."""
        return {
            **{int(each): Choice.STOP for each in self.stopped.data or ()},
            **{int(each): Choice.REVERSE for each in self.reversed.data or ()},
        }


class StatementForm(Form):
    """What the base says against the measure."""

    statement = TextAreaField(
        "陈述申辩意见",
        filters=[stripped],
        validators=[DataRequired("请写明陈述申辩的事实和理由；没有意见的，可以写“没有意见”"), _TOO_LONG],
    )


class CloseForm(Form):
    """A base asks to be closed: why, and where its teaching archive goes (art. 10)."""

    reason = TextAreaField("注销的原因", filters=[stripped], validators=[DataRequired("请写明注销的原因"), _TOO_LONG])
    archive = TextAreaField(
        "教学档案的去向",
        filters=[stripped],
        validators=[DataRequired("请写明教学档案移交给谁、由谁联系"), Length(max=500, message="最多500个字，请精简")],
    )
    agreed = BooleanField(
        "知道注销后不能再以基地名义举办活动，教学档案仍须按规定保存", validators=[DataRequired("请确认后再提交")]
    )
