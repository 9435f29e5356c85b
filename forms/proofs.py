"""Forms about official proofs."""

from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from domain.proof_facts import NUMBER_PREFIX
from domain.proof_kinds import PURPOSES, ProofKind
from domain.proof_sharing import PERIODS, Shown
from domain.verification_code import LENGTH, letters_of, normalise
from forms.form import Form
from forms.validators import person_name


class ProofForm(Form):
    """A technician asks for the proof of a year."""

    year = SelectField("年度", validators=[InputRequired("请选择年度")])


class TranscriptForm(Form):
    """A technician asks for the entries of several years on one paper."""

    first = SelectField("起始年度", validators=[InputRequired("请选择起始年度")])
    last = SelectField("截止年度", validators=[InputRequired("请选择截止年度")])

    def validate_last(self, field: SelectField) -> None:
        if not (field.errors or self.first.errors) and int(field.data) < int(self.first.data):
            raise ValidationError("截止年度不能早于起始年度，请重新选择")


class UseForm(Form):
    """What a proof is to be used for; it changes nothing, and is sent by GET."""

    class Meta(Form.Meta):
        csrf = False

    use = SelectField(
        "用途",
        choices=[SelectChoice(kind.value, kind.label) for kind in PURPOSES],
        validators=[InputRequired("请选择用途")],
    )


class BatchForm(Form):
    """An employer asks for the proofs of a year for its staff."""

    year = SelectField("年度", validators=[InputRequired("请选择年度")])


class WindowBatchForm(BatchForm):
    """An officer issues the proofs of a year for several persons with their authorisations."""

    people = TextAreaField("姓名和证件号码", validators=[DataRequired("请粘贴姓名和证件号码，每行一人")])
    basis = StringField(
        "委托书",
        validators=[
            DataRequired("请写明委托书的份数和存放处"),
            Length(max=200, message="最多 200 字"),
        ],
    )


class CounterForm(Form):
    """An officer issues a proof for somebody at the window."""

    kind = SelectField(
        "证明种类",
        choices=[SelectChoice(kind.value, kind.paper) for kind in (ProofKind.ANNUAL, ProofKind.TRANSCRIPT, *PURPOSES)],
        validators=[InputRequired("请选择证明种类")],
    )
    year = SelectField("年度", validators=[InputRequired("请选择年度")])
    basis = RadioField(
        "办理依据",
        choices=[
            SelectChoice("present", "本人到场，已核对身份证件原件"),
            SelectChoice("proxy", "代办人到场，已核对双方证件并留存委托书"),
        ],
        validators=[InputRequired("请选择办理依据")],
    )


class RenameForm(Form):
    """An officer asks for the new name of a person, on the paper that proves it."""

    name = StringField("新姓名", validators=[person_name])
    reason = TextAreaField(
        "依据",
        validators=[
            DataRequired("请写明依据，例如户口簿“曾用名”一栏或更名证明的编号"),
            Length(max=200, message="依据最多 200 字"),
        ],
    )
    paper = FileField(
        "证明材料",
        validators=[FileRequired("请上传户口簿或更名证明的扫描件或照片")],
        description="户口簿“曾用名”页或公安机关的更名证明，PDF 或照片",
    )


class KeepNameForm(Form):
    """The second person leaves the name as it is."""

    remark = TextAreaField(
        "不变更的理由", validators=[DataRequired("请写明不变更的理由"), Length(max=200, message="理由最多 200 字")]
    )


class ShareForm(Form):
    """The owner says how long and how much strangers may see of a proof; KEEP is offered while it is shared."""

    KEEP = "keep"

    days = RadioField(
        "公开多久",
        choices=[
            *(SelectChoice(str(days), f"从现在起 {days} 天") for days in PERIODS),
            SelectChoice("0", "不再公开，只能查到状态和编号"),
        ],
        validators=[InputRequired("请选择公开多久")],
    )
    detail = RadioField(
        "别人凭核验码能看到什么",
        choices=[SelectChoice(each.value, each.label) for each in (Shown.WHOLE, Shown.RESULT)],
        validators=[InputRequired("请选择别人能看到什么")],
    )


class CodeForm(Form):
    """A stranger types the code of a paper. It changes nothing, and is sent by GET."""

    class Meta(Form.Meta):
        csrf = False

    code = StringField(
        "核验码",
        validators=[
            InputRequired("请输入证明左下方、二维码下面的核验码"),
            Length(max=300, message=f"核验码共 {LENGTH} 位，请核对后重新输入"),
        ],
    )

    def validate_code(self, field: StringField) -> None:
        # Only the shape is judged here, which everybody knows: whether there is such a code, the next page says.
        if field.errors or normalise(field.data):
            return
        typed = letters_of(field.data)
        if typed.startswith(NUMBER_PREFIX):
            raise ValidationError("这是证明编号。请输入证明左下方、二维码下面的核验码")
        if len(typed) != LENGTH:
            raise ValidationError(f"核验码共 {LENGTH} 位，您输入了 {len(typed)} 位，请核对后重新输入")
        raise ValidationError("核验码里没有字母 U，请核对后重新输入")


class PaperForm(Form):
    """A stranger brings the PDF itself."""

    file = FileField("证明的 PDF 文件", validators=[FileRequired("请选择要核验的 PDF 文件")])


class RevokeForm(Form):
    """An officer asks that a proof be taken back."""

    reason = TextAreaField(
        "撤销原因",
        validators=[
            DataRequired("请写明撤销原因，它会显示在核验页面上"),
            Length(max=200, message="撤销原因最多 200 字"),
        ],
    )


class DeclineForm(Form):
    """The second person leaves the proof as it is."""

    remark = TextAreaField(
        "不撤销的理由", validators=[DataRequired("请写明不撤销的理由"), Length(max=200, message="理由最多 200 字")]
    )
