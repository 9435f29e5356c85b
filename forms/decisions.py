"""Forms by which an official decides on a case."""

from typing import Any

from wtforms import FieldList, FormField, HiddenField, IntegerField, SelectField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from forms.form import Form
from forms.validators import stripped

_MOST_POINTS = 20
_TOO_LONG = Length(max=1000, message="最多1000个字，请精简")


class DecisionForm(Form):
    """A decision that needs no reason; a remark may be added. It names the version and content it was made on."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])
    content_sha256 = HiddenField()
    remark = TextAreaField("说明（选填）", filters=[stripped], validators=[Optional(), _TOO_LONG])

    def show_as_of(self, version: int, content_sha256: str) -> None:
        """The page is shown again with the present content: a decision made on it names that."""
        self.version.raw_data, self.version.data = None, version
        self.content_sha256.data = content_sha256


class ReasonForm(DecisionForm):
    """A decision against the applicant: the reason is part of it."""

    remark = TextAreaField("理由", filters=[stripped], validators=[DataRequired("请写明理由，申请方会看到"), _TOO_LONG])


class PointForm(PlainForm):
    """One point of a supplement notice; a row left empty counts as none."""

    section = SelectField("涉及内容", validate_choice=False)
    phrase = SelectField("常用语", validate_choice=False)
    message = TextAreaField("要求", filters=[stripped], validators=[Optional(), Length(max=500, message="最多500个字")])

    @property
    def is_empty(self) -> bool:
        return not (self.section.data or self.phrase.data or self.message.data)

    @property
    def text(self) -> str:
        """The phrase, and what was written beside it."""
        return "；".join(part.rstrip("。；") for part in (self.phrase.data, self.message.data) if part) + "。"


class ReturnForm(DecisionForm):
    """One complete notice of everything that is missing: several points at once."""

    points = FieldList(FormField(PointForm), min_entries=3, max_entries=_MOST_POINTS)

    def __init__(self, *args: Any, sections: dict[str, str], phrases: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sections = sections
        self._phrases = phrases
        for entry in self.points:
            self._offer(entry)

    def _offer(self, entry: Any) -> None:
        entry.form.section.choices = [("", "请选择"), *self._sections.items()]
        entry.form.phrase.choices = [("", "不用常用语"), *((phrase, phrase) for phrase in self._phrases)]

    def add_point(self) -> None:
        """Room for one more point."""
        if len(self.points) < _MOST_POINTS:
            self._offer(self.points.append_entry())

    def validate(self, extra_validators: Any = None) -> bool:
        shape = super().validate(extra_validators)
        stated = [entry.form for entry in self.points if not entry.form.is_empty]
        for point in stated:
            if point.section.data not in self._sections:
                point.section.errors = ["请选择这一项涉及的内容"]
            if point.phrase.data and point.phrase.data not in self._phrases:
                point.phrase.errors = ["请从列表中选择常用语"]
            if not point.phrase.data and not point.message.data:
                point.message.errors = ["请写明需要补正什么，或选择常用语"]
        if not stated:
            self.points.errors = ["请至少写一项需要补正的内容"]
        elif any(point.errors for point in stated):
            self.points.errors = [entry.errors for entry in self.points]
        return shape and not self.points.errors

    def stated(self) -> list[tuple[str, str]]:
        """(section, message) of every point."""
        return [(entry.form.section.data, entry.form.text) for entry in self.points if not entry.form.is_empty]
