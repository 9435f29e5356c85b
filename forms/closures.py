"""The form by which an organiser says that an activity did not take place."""

from wtforms import BooleanField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from forms.form import Form
from forms.validators import stripped


class NotHeldForm(Form):
    """Why there was no class; it names the version of the case it was made on."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired("页面已过期，请刷新后重试")])
    remark = TextAreaField(
        "没有举办的原因",
        filters=[stripped],
        validators=[DataRequired("请写明没有举办的原因"), Length(max=500, message="原因最多 500 个字，请缩短")],
        description="将告知人力社保部门，并写入办理过程",
    )
    sure = BooleanField(
        "我确认这次活动一个课次也没有举办，参训人员不得学分", validators=[InputRequired("请勾选确认后再提交")]
    )
