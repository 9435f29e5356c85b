"""Forms of a base's annual report: what the base writes, and the officer's five scores."""

from typing import Any

from wtforms import FieldList, FormField, IntegerField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, Optional

from domain.base_content import CONDITIONS
from domain.base_reports import PARTS
from forms.decisions import DecisionForm
from forms.form import Form
from forms.validators import stripped

_LONG = Length(max=5000, message="最多5000个字，请精简")
_SHORT = Length(max=500, message="最多500个字，请精简")


class ReportForm(Form):
    """What the base says of the year. Whether it is enough is asked when it is handed in."""

    summary = TextAreaField(PARTS["summary"], filters=[stripped], validators=[_LONG])
    problems = TextAreaField(PARTS["problems"], filters=[stripped], validators=[_LONG])
    plan = TextAreaField(PARTS["plan"], filters=[stripped], validators=[_LONG])

    def words(self) -> dict[str, str]:
        return {"summary": self.summary.data or "", "problems": self.problems.data or "", "plan": self.plan.data or ""}


class ScoreRow(PlainForm):
    """The points of one condition; what is lost is explained."""

    points = IntegerField("得分", validators=[InputRequired("请填写得分（整数）")])
    remark = TextAreaField(
        "扣分理由", filters=[stripped], validators=[Optional(), Length(max=500, message="最多500个字")]
    )


class ScoreForm(DecisionForm):
    """All five conditions of art. 9 in one sheet."""

    scores = FieldList(FormField(ScoreRow), min_entries=len(CONDITIONS), max_entries=len(CONDITIONS))

    def given(self) -> dict[int, tuple[int | None, str]]:
        """(points, reason) by condition."""
        rows: list[Any] = [entry.form for entry in self.scores]
        return {number: (row.points.data, row.remark.data or "") for number, row in zip(CONDITIONS, rows, strict=True)}
