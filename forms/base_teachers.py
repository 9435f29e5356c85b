"""Forms of the register of a base's teachers."""

from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from domain.base_content import Teacher
from domain.filing_content import Employment
from forms.form import Form
from forms.validators import stripped


def _line(label: str, most: int) -> StringField:
    """A field that must say something, in at most so many characters."""
    checks = [DataRequired(f"请填写{label}"), Length(max=most, message=f"最多{most}个字")]
    return StringField(label, filters=[stripped], validators=checks)


class TeacherForm(Form):
    """Somebody to be taken into the register."""

    name = _line("姓名", 64)
    employment = RadioField(
        "专职或兼职",
        choices={each.value: each.label for each in Employment},
        validators=[InputRequired("请选择专职或兼职")],
    )
    title = _line("职称或技能等级", 100)
    credentials = _line("证书名称和编号", 200)
    field = _line("任教方向", 100)

    def teacher(self) -> Teacher:
        return Teacher(
            name=self.name.data or "",
            employment=Employment(self.employment.data),
            title=self.title.data or "",
            credentials=self.credentials.data or "",
            field=self.field.data or "",
        )


class EndTeacherForm(Form):
    """Somebody teaches here no more."""

    reason = _line("离任原因", 200)
