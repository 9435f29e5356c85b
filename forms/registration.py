"""The form by which an employer asks to be admitted."""

from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from forms.form import Form
from forms.validators import email, person_name, phone, stripped, uscc


class RegistrationForm(Form):
    """What an employer states of itself; the paper is checked by the view, for its content decides."""

    uscc = StringField("统一社会信用代码", filters=[stripped], validators=[uscc])
    name = StringField(
        "单位名称",
        filters=[stripped],
        validators=[DataRequired("请填写单位名称，与营业执照一致"), Length(max=100, message="单位名称最多100个字")],
    )
    region_code = SelectField("所在县（市、区）", validators=[InputRequired("请选择所在县（市、区）")])
    address = StringField(
        "单位地址",
        filters=[stripped],
        validators=[DataRequired("请填写单位地址"), Length(max=200, message="单位地址最多200个字")],
    )
    contact_name = StringField("经办人姓名", filters=[stripped], validators=[person_name])
    contact_phone = StringField("联系电话", filters=[stripped], validators=[phone])
    contact_email = StringField("电子邮箱", filters=[stripped], validators=[email])
    licence = FileField("营业执照或登记证书")
    declaration = BooleanField(
        "本单位承诺：以上内容真实，愿意承担虚假申报的责任，并依法保护职工个人信息",
        validators=[DataRequired("请勾选承诺后再提交")],
    )
