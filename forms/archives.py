"""Forms about teaching archives: papers added, holds, handover, disposal."""

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from domain.archive_rules import ADDABLE
from forms.form import Form
from forms.validators import half_width, stripped


class PaperForm(Form):
    """A paper that is added to an archive."""

    item = SelectField(
        "补充哪一项",
        choices=[SelectChoice(item.value, item.label) for item in ADDABLE],
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


class HandoverForm(Form):
    """To whom an organisation hands its archives over, and why."""

    uscc = StringField(
        "接收单位的统一社会信用代码",
        filters=[half_width],
        validators=[Length(max=32, message="代码共 18 位，请核对")],
        description="不填的，移交本地区人力社保部门。",
    )
    reason = TextAreaField(
        "移交理由",
        filters=[stripped],
        validators=[DataRequired("请写明移交理由"), Length(max=200, message="理由最多 200 字")],
        description="例如：基地注销、单位合并、停止办学。",
    )
    paper_place = StringField(
        "纸质档案存放地点（选填）",
        filters=[stripped],
        validators=[Length(max=200, message="最多 200 字")],
    )


class RemarkForm(Form):
    """Why archives are not taken over, or a list is not approved."""

    remark = TextAreaField(
        "理由", filters=[stripped], validators=[DataRequired("请写明理由"), Length(max=200, message="理由最多 200 字")]
    )
