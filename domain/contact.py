"""E-mail addresses: checked for shape and written one way."""

import re

from domain.errors import RuleError

# Sign-in names are e-mail addresses, and sign-in names have 64 characters.
MOST = 64

_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)+{_LABEL}")


class BadEmail(RuleError):
    """The text cannot be an e-mail address."""

    code = "email"


def check_email(text: str) -> str:
    """The address in lower case without spaces around it; raises BadEmail."""
    email = text.strip().lower()
    if not email:
        raise BadEmail("请填写电子邮箱")
    if len(email) > MOST:
        raise BadEmail(f"电子邮箱最多{MOST}个字符，请换一个较短的邮箱")
    if not _EMAIL.fullmatch(email):
        raise BadEmail("电子邮箱格式不正确，应类似 name@example.com")
    return email
