"""Forms of the working-day calendar."""

from wtforms import BooleanField, DateField, RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from forms.form import Form
from forms.validators import stripped

_SHORT = Length(max=100, message="最多 100 个字，请缩短")
_REQUIRED_DAY = "请选择日期，例如 2027-02-05"


class DaysForm(Form):
    """Days on which people work although it is a weekend, or do not although it is not."""

    first = DateField("从", validators=[InputRequired(_REQUIRED_DAY)])
    last = DateField("到", validators=[InputRequired(_REQUIRED_DAY)], description="只改一天的，与开始日期相同")
    kind = RadioField(
        "改为",
        choices={"rest": "放假", "work": "上班"},
        validators=[InputRequired("请选择放假还是上班")],
    )
    source = StringField(
        "原因或文号",
        filters=[stripped],
        validators=[
            DataRequired("请写明原因或文件名称，办事人会看到"),
            Length(max=100, message="最多 100 个字，请缩短"),
        ],
        description="例如：春节；防台风临时停工",
    )


class AnnounceForm(Form):
    """A year's arrangement was announced."""

    source = StringField(
        "公布文件",
        filters=[stripped],
        validators=[DataRequired("请写明公布的文件名称或文号"), _SHORT],
        description="例如：国务院办公厅关于2027年部分节假日安排的通知",
    )
    sure = BooleanField("我已按文件逐日核对本年的放假和调休", validators=[InputRequired("请逐日核对后勾选")])
