"""Forms of keying results: one line for one person, and rows pasted from a spreadsheet."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from forms.form import Form
from forms.validators import stripped


class KeyForm(Form):
    """The end of the number, then hours and score."""

    line = StringField(
        "证件号码后四位 学时 成绩",
        filters=[stripped],
        description="例如“0123 16 90”，回车即存、接着录下一个。学时不写按考勤或计划；也可写“合格”“缺考”“违纪”。",
        validators=[DataRequired("请输入证件号码的后四位"), Length(max=60, message="一行最多60个字")],
    )
    person = RadioField("是哪一位", validate_choice=False)


class PasteForm(Form):
    """Rows as they come from the clipboard."""

    rows = TextAreaField(
        "从 Excel 或 WPS 复制的行",
        description="列的顺序不限，带不带表头都可以；须有姓名、身份证号码、实到学时、考核结果。先检查，您确认后才会写入。",
        validators=[DataRequired("请先在表格软件中选中要粘贴的行，复制后粘贴到这里")],
    )
