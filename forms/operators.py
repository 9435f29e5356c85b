"""The form by which an operator is invited."""

from wtforms import RadioField, StringField
from wtforms.validators import InputRequired

from forms.form import Form
from forms.validators import email, person_name, stripped


class InviteForm(Form):
    """Somebody else of the same organisation; the view offers the roles."""

    name = StringField("姓名", filters=[stripped], validators=[person_name])
    email = StringField("电子邮箱", filters=[stripped], validators=[email])
    role = RadioField("身份", validators=[InputRequired("请选择身份")])
