"""The form that moves the clock of a demo site."""

from wtforms import IntegerField
from wtforms.validators import InputRequired

from forms.form import Form
from forms.validators import Between


class ClockForm(Form):
    """By how many days to go forward."""

    days = IntegerField(
        "向前调整天数",
        validators=[
            InputRequired("请填写 1 至 366 的整数"),
            Between(1, 366, "一次只能向前调整 1 至 366 天"),
        ],
    )
