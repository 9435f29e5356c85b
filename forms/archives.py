"""Forms about teaching archives: papers added, holds, handover, disposal."""

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from domain.archive_rules import ADDABLE
from forms.form import Form
from forms.validators import stripped


class PaperForm(Form):
    """A paper that is added to an archive."""

    item = SelectField(
        "补充哪一项",
        choices=[(item.value, item.label) for item in ADDABLE],
        validators=[InputRequired("请选择补充哪一项")],
    )
    file = FileField("文件", validators=[FileRequired("请选择要上传的文件")])


class HoldForm(Form):
    """Why an archive may not be destroyed."""

    reason = TextAreaField(
        "暂停销毁的理由",
        filters=[stripped],
        validators=[DataRequired("请写明暂停销毁的理由"), Length(max=200, message="理由最多 200 字")],
        description="例如：正在核查、涉及投诉或诉讼。理由记入档案。",
    )


class LiftForm(Form):
    """Why it may again."""

    reason = TextAreaField(
        "解除的理由",
        filters=[stripped],
        validators=[DataRequired("请写明解除的理由"), Length(max=200, message="理由最多 200 字")],
    )
