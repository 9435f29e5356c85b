"""Forms of the results of an activity: the list, single rows, photos, submission and release."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from domain.cells import read_number
from domain.contests import Contest
from domain.credit_entries import say
from domain.errors import RuleError
from domain.identity import check_name, normalise_number
from domain.result_rows import Outcome
from domain.result_rules import Plan
from forms.form import Form
from forms.validators import Checked, stripped

MOST_SCORE = Decimal(100)


def _half_width(text: str | None) -> str | None:
    return normalise_number(text) if isinstance(text, str) else text


class ResultFileForm(Form):
    """The table with everybody's results, as it is."""

    file = FileField("学员成绩表", validators=[FileRequired("请选择要导入的成绩表")])


class ConfirmForm(Form):
    """Whether a checked list may take out persons it does not name."""

    missing = RadioField(
        "名单中已有、但本文件没有的人员",
        choices={"keep": "保留不动", "remove": "从名单中移出，以本文件为准"},
        default="keep",
        validators=[InputRequired("请选择怎样处理文件中没有的人员")],
    )


class _SessionForm(Form):
    """A form that asks for a session of the class; `sessions` are (id, label)."""

    none: ClassVar[str] = "暂不归入课次"
    session = SelectField("课次", validate_choice=False)

    def __init__(self, *args: Any, sessions: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session.choices = [("", self.none), *((str(id_), label) for id_, label in sessions)]

    def validate_session(self, field: Any) -> None:
        if (field.data or "") not in {key for key, _ in field.choices}:
            raise ValidationError("请从列表中选择本次活动的课次")

    @property
    def session_id(self) -> int | None:
        """The chosen one."""
        return int(self.session.data) if self.session.data else None


class EvidenceForm(_SessionForm):
    """Photos, small videos and photographed sign-in sheets, several at once."""

    none = "按拍摄时间自动归入"
    files = MultipleFileField("照片或视频", validators=[FileRequired("请选择要上传的照片或视频，可以一次选多个")])
    sheets = BooleanField("这些是签到表的照片")


class PlaceForm(_SessionForm):
    """To which session a piece of evidence belongs."""


class RowForm(Form):
    """One person's result, keyed by hand."""

    hours = StringField("实到学时", filters=[stripped], validators=[InputRequired("请填写实到学时，例如 16")])
    score = StringField("考核成绩（选填）", filters=[stripped], description="0 到 100 分，最多一位小数")
    outcome = RadioField(
        "考核结果",
        choices={outcome.value: outcome.label for outcome in Outcome},
        validators=[InputRequired("请选择考核结果")],
    )
    event = SelectField("比赛项目", validators=[Optional()])
    rank = SelectField("名次", validators=[Optional()])
    remark = StringField(
        "备注（选填）", filters=[stripped], validators=[Length(max=200, message="备注最多200个字，请精简")]
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._planned = planned = plan.hours
        if plan.contest is None:
            del self.event, self.rank
        else:
            offer_ranks(self.event, self.rank, plan.contest)
        # As they were read; the fields keep what was typed.
        self.hours_read = Decimal(0)
        self.score_read: Decimal | None = None
        self.hours.description = f"按每学时 45 分钟计，最多 {say(planned)} 学时"

    def validate_hours(self, field: Any) -> None:
        self.hours_read = number_in(field.data, "学时")
        if self.hours_read > self._planned:
            raise ValidationError(f"实到学时不能超过备案的 {say(self._planned)} 学时")

    def validate_score(self, field: Any) -> None:
        self.score_read = number_in(field.data, "分") if field.data else None
        if self.score_read is not None and self.score_read > MOST_SCORE:
            raise ValidationError(f"成绩应在 0 到 {MOST_SCORE} 之间")

    def validate_outcome(self, field: Any) -> None:
        if field.data == Outcome.ABSENT.value and self.score.data:
            raise ValidationError("缺考的人员不应有成绩，请核对成绩或考核结果")

    def validate_rank(self, field: Any) -> None:
        if field.data and self.outcome.data != Outcome.PASSED.value:
            raise ValidationError("获得名次的应当合格，请核对名次或考核结果")

    @property
    def won(self) -> dict[str, str]:
        """Event and rank as chosen, both or none; empty where the activity has no ranks."""
        if "rank" not in self or not self.rank.data:
            return {"event": "", "rank": ""}
        return {"event": self.event.data, "rank": self.rank.data}


def offer_ranks(event: SelectField, rank: SelectField, contest: Contest) -> None:
    """Let these fields offer what was filed. Of one event only it is chosen already; without a rank it says nothing."""
    event.choices = [(name, name) for name in contest.events]
    rank.choices = [
        ("", "没有名次"),
        *((each.rank, f"{each.rank}（{say(each.credits)} 学分）") for each in contest.awards),
    ]


def number_in(text: str, unit: str) -> Decimal:
    """A typed number with one decimal place at most, its unit or without."""
    try:
        return read_number(text, places=1, units=(unit,))
    except RuleError as error:
        raise ValidationError(error.message) from error


class NewRowForm(RowForm):
    """A person who is to be added, and the result."""

    name = StringField("姓名", filters=[stripped], validators=[InputRequired("请填写姓名"), Checked(check_name)])
    id_number = StringField("证件号码", filters=[_half_width], validators=[InputRequired("请填写证件号码")])


class EnterForm(Form):
    """The clerk hands the results to the second person."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])
    note = TextAreaField(
        "佐证材料不足的原因", filters=[stripped], validators=[Length(max=1000, message="最多1000个字，请精简")]
    )
    honest = BooleanField("名单、学时和成绩与签到、考核记录一致", validators=[DataRequired("请核对后勾选")])


def enter_form(warnings: Iterable[tuple[str, str, str]]) -> type[EnterForm]:
    """The same with a field for each warning that must be answered in writing: (key, label, question)."""
    fields = {
        f"answer_{key}": TextAreaField(
            label,
            filters=[stripped],
            description=question,
            validators=[DataRequired("请写明情况，审核人员会看到"), Length(max=500, message="最多500个字，请精简")],
        )
        for key, label, question in warnings
    }
    return type("AnsweredEnterForm", (EnterForm,), fields)


class ReleaseForm(Form):
    """The second person answers for the results."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])
    checked = BooleanField(
        "本人已抽查核对，对成绩的真实性负责（第二十一条）", validators=[DataRequired("请核对后勾选")]
    )


class SendBackForm(Form):
    """The second person returns the results to the clerk."""

    version = IntegerField(widget=HiddenInput(), validators=[Optional()])
    remark = TextAreaField(
        "退回原因",
        filters=[stripped],
        validators=[InputRequired("请写明哪里需要改"), Length(max=1000, message="最多1000个字，请精简")],
    )
