"""Forms of the staff register."""

from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, StringField
from wtforms.validators import InputRequired

from forms.form import Form


class StaffFileForm(Form):
    """The table HR keeps, as it is."""

    file = FileField("职工花名册", validators=[FileRequired("请选择要导入的文件")])


class IdNumberForm(Form):
    """Look a person up by number: sent by POST, for a personal number never stands in an address."""

    number = StringField("完整身份证号", validators=[InputRequired("请输入完整的身份证号码")])


class LeaveForm(Form):
    """A person leaves the employer."""

    ended_on = DateField("离职日期", validators=[InputRequired("请填写离职日期，例如 2026-06-30")])
