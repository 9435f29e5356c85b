"""Forms of an account: signing in, taking it over, passwords and the phone to sign in with."""

from collections.abc import Callable
from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from domain.identity import IdentityNumber, IdentityProblem, IdType, check_id_number
from forms.form import Form
from forms.validators import email, optional_mobile, person_name, stripped

Weaknesses = Callable[[str], list[str]]


class SignInForm(Form):
    """One field for whatever a person signs in by."""

    identifier = StringField(
        "登录名、证件号码或手机号",
        filters=[stripped],
        validators=[DataRequired("请填写登录名、证件号码或手机号"), Length(max=100, message="登录名过长，请核对")],
    )
    password = PasswordField(
        "密码", validators=[InputRequired("请填写密码"), Length(max=200, message="密码过长，请核对")]
    )
    next = HiddenField()


class ForgotForm(Form):
    """Where to send a link for a new password."""

    email = StringField("电子邮箱", filters=[stripped], validators=[email])


class NewPasswordForm(Form):
    """A new password; `weaknesses` gives every reason against one."""

    password = PasswordField("设置密码", validators=[InputRequired("请填写密码")])

    def __init__(self, *args: Any, weaknesses: Weaknesses | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weaknesses = weaknesses

    def validate_password(self, field: PasswordField) -> None:
        reasons = self.weaknesses(field.data or "") if self.weaknesses else []
        if reasons:
            raise ValidationError("；".join(reasons))


class ResetForm(NewPasswordForm):
    """The new password of a reset link."""


class ChangePasswordForm(NewPasswordForm):
    """A new password by somebody who is signed in and knows the present one."""

    current = PasswordField("当前密码", validators=[InputRequired("请填写当前密码")])
    password = PasswordField("新密码", validators=[InputRequired("请填写新密码")])


class PhoneForm(Form):
    """A phone number to sign in with, and the password again."""

    phone = StringField("登录手机号", filters=[stripped], validators=[optional_mobile])
    current = PasswordField("当前密码", validators=[InputRequired("请填写当前密码")])


class TakeOverForm(NewPasswordForm):
    """An operator or official says who they are and chooses a password."""

    name = StringField("本人姓名", filters=[stripped], validators=[person_name])
    id_type = SelectField("证件类型", choices={each.value: each.label for each in IdType})
    id_number = StringField("本人证件号码", filters=[stripped])
    own = BooleanField("我承诺以上为本人真实信息，账号由本人使用", validators=[DataRequired("请确认是本人使用")])

    identity: IdentityNumber | None = None

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def validate_id_number(self, field: StringField) -> None:
        try:
            self.identity = check_id_number(field.data or "", today=self.today, id_type=IdType(self.id_type.data))
        except IdentityProblem as problem:
            raise ValidationError(problem.message) from problem
        except ValueError:
            # The kind of document was not one of the list; its own field says so.
            return


class TechnicianTakeOverForm(NewPasswordForm):
    """A person in the register proves to be it."""

    id_number = StringField("本人证件号码", filters=[stripped], validators=[DataRequired("请填写完整的证件号码")])
    phone = StringField("登录手机号（选填）", filters=[stripped], validators=[optional_mobile])
