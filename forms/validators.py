"""Checks and wording that several forms share; what can be right is decided in domain/."""

from collections.abc import Callable
from typing import Any

from wtforms.validators import ValidationError

from domain import contact, identity
from domain.errors import RuleError


def stripped(text: str | None) -> str | None:
    """A filter: without spaces at both ends."""
    return text.strip() if isinstance(text, str) else text


def half_width(text: str | None) -> str | None:
    """A filter for numbers: full-width digits and spaces as a Chinese keyboard types them are put right."""
    return identity.normalise_number(text) if isinstance(text, str) else text


class Checked:
    """The field holds what a check of domain/ accepts, and afterwards the spelling that check gives it."""

    def __init__(
        self, check: Callable[[str], Any], value: Callable[[Any], Any] = lambda found: found, *, required: bool = True
    ) -> None:
        self.check = check
        self.value = value
        self.field_flags = {"required": True} if required else {}

    def __call__(self, _form: Any, field: Any) -> None:
        try:
            field.data = self.value(self.check(field.data or ""))
        except RuleError as error:
            raise ValidationError(error.message) from error


def _required_phone(text: str) -> str:
    number = identity.check_phone(text)
    if number is None:
        raise RuleError("请填写联系电话，手机号码或带区号的固定电话")
    return number


def _mobile(text: str) -> str | None:
    number = identity.check_phone(text)
    if number is not None and not number.startswith("1"):
        raise RuleError("请填写11位手机号码")
    return number


person_name = Checked(identity.check_name)
uscc = Checked(identity.check_uscc, lambda code: code.number)
phone = Checked(_required_phone)
optional_mobile = Checked(_mobile, required=False)
email = Checked(contact.check_email)


class Between:
    """A whole number inside the limits; WTForms' own NumberRange fails on numbers too long for a float."""

    def __init__(self, least: int, most: int, message: str) -> None:
        self.least = least
        self.most = most
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data is None or not self.least <= field.data <= self.most:
            raise ValidationError(self.message)
