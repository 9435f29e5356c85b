"""Forms of what people outside confirm, and of the log of days at a post."""

from wtforms import DecimalField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from forms.form import Form
from forms.validators import email, person_name, stripped

_LONG = Length(max=500, message="最多500个字，请精简")


class ServiceAnswerForm(Form):
    """The beneficiary's answer about the hours of a service."""

    answer = RadioField(
        "服务情况",
        choices={"yes": "属实，确认下面的服务时间", "no": "与实际不符"},
        validators=[InputRequired("请选择是否属实")],
    )
    hours = DecimalField(
        "每位志愿者的服务时间（学时）",
        places=None,
        validators=[Optional()],
        description="1 学时为 45 分钟，可按实际改少",
    )
    remark = TextAreaField("说明", filters=[stripped], validators=[_LONG], description="与实际不符的，写明哪里不符")
    name = StringField("确认人姓名", filters=[stripped], validators=[person_name])


class LogAnswerForm(Form):
    """A mentor's answer about a log."""

    answer = RadioField(
        "日志是否属实",
        choices={"yes": "全部属实，予以确认", "no": "有误，退回修改"},
        validators=[InputRequired("请选择是否属实")],
    )
    remark = TextAreaField("说明", filters=[stripped], validators=[_LONG], description="有误的，写明哪一条、怎样改")
    name = StringField("本人姓名", filters=[stripped], validators=[person_name])


class DayForm(Form):
    """One day of the log, for one or several learners."""

    on = SelectField("日期", validators=[InputRequired("请选择日期")])
    people = SelectMultipleField(
        "学员",
        coerce=int,
        validators=[DataRequired("请至少勾选一位学员")],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    hours = DecimalField("学时", places=None, validators=[InputRequired("请填写学时，例如 4")])
    done = StringField(
        "做了什么、学了什么",
        filters=[stripped],
        validators=[DataRequired("请写明当天做了什么"), Length(max=200, message="最多200个字")],
    )
    mentor = SelectField("带教师傅", validators=[InputRequired("请选择带教师傅")])


class MentorForm(Form):
    """Asking a mentor to confirm the days that wait."""

    mentor = SelectField("带教师傅", validators=[InputRequired("请选择带教师傅")])
    email = StringField("师傅的电子邮箱", validators=[email])
