"""Forms of a correction of credited results: the organiser's request, and the officer's own proposal."""

from decimal import Decimal
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from domain.corrections import ASKED_FOR, PROPOSED, Origin
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.result_rules import Plan
from forms.form import Form
from forms.results import MOST_SCORE, number_in, offer_ranks
from forms.validators import stripped

_FACTS = Length(max=500, message="最多500个字，请精简")


class SubmitCorrectionForm(Form):
    """Why the results are to be changed: who found it, what kind of mistake, and the facts."""

    origin = RadioField(
        "怎样发现的",
        choices={each.value: each.label for each in (Origin.ORGANIZER, Origin.PERSON)},
        validators=[InputRequired("请选择是怎样发现的")],
    )
    reason = RadioField(
        "更正原因",
        choices={reason.value: reason.label for reason in ASKED_FOR},
        validators=[InputRequired("请选择更正原因")],
    )
    explanation = TextAreaField(
        "事实和依据",
        filters=[stripped],
        validators=[DataRequired("请写明哪里错了、依据什么更正"), _FACTS],
        description="例如：签到表显示6月9日下午到课，录入时漏记。人力社保部门和本人会看到。",
    )


class ReleaseCorrectionForm(Form):
    """The second person answers for the request; it names the version that was read."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])


class PaperForm(Form):
    """A paper that shows the mistake."""

    file = FileField("佐证材料", validators=[FileRequired("请选择要上传的文件")])


class ProposalForm(Form):
    """What an officer asks for: one person's result changed or taken out, or the whole activity void."""

    what = RadioField(
        "更正什么",
        choices={"change": "更正一人的成绩", "remove": "将一人移出名单", "void": "活动作废，全部学分冲销"},
        validators=[InputRequired("请选择更正什么")],
    )
    person = SelectField("学员", validate_choice=False)
    hours = StringField("应为多少学时", filters=[stripped])
    score = StringField("应为多少分（选填）", filters=[stripped])
    outcome = RadioField(
        "应为什么考核结果",
        choices={outcome.value: outcome.label for outcome in Outcome},
        default=Outcome.PASSED.value,
        validators=[InputRequired("请选择考核结果")],
    )
    event = SelectField("应为哪个比赛项目", validators=[Optional()])
    rank = SelectField("应为什么名次", validators=[Optional()])
    reason = RadioField(
        "更正原因",
        choices={reason.value: reason.label for reason in PROPOSED},
        validators=[InputRequired("请选择更正原因")],
    )
    explanation = TextAreaField(
        "事实和依据", filters=[stripped], validators=[DataRequired("请写明查明的事实和依据"), _FACTS]
    )

    def __init__(self, *args: Any, persons: list[tuple[str, str]], plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person.choices = [("", "请选择"), *persons]
        self._planned = plan.hours
        if plan.contest is None:
            del self.event, self.rank
        else:
            offer_ranks(self.event, self.rank, plan.contest)
        self.hours_read = Decimal(0)
        self.score_read: Decimal | None = None

    def validate_person(self, field: Any) -> None:
        if self.what.data != "void" and field.data not in {value for value, _ in self.person.choices if value}:
            raise ValidationError("请选择学员")

    def validate_hours(self, field: Any) -> None:
        if self.what.data != "change":
            return
        if not field.data:
            raise ValidationError("请填写学时，例如 16")
        self.hours_read = number_in(field.data, "学时")
        if self.hours_read > self._planned:
            raise ValidationError(f"学时不能超过备案的 {self._planned.normalize():f} 学时")

    def validate_score(self, field: Any) -> None:
        if self.what.data != "change" or not field.data:
            return
        self.score_read = number_in(field.data, "分")
        if self.score_read > MOST_SCORE:
            raise ValidationError(f"成绩应在 0 到 {MOST_SCORE} 之间")

    @property
    def won(self) -> dict[str, str]:
        """Event and rank as chosen, both or none."""
        if "rank" not in self or not self.rank.data:
            return {"event": "", "rank": ""}
        return {"event": self.event.data, "rank": self.rank.data}

    def validate_reason(self, field: Any) -> None:
        if self.what.data == "void" and field.data not in (ReversalReason.VOID_ACTIVITY, ReversalReason.FRAUD):
            raise ValidationError("全部冲销只能因为活动作废或弄虚作假")
