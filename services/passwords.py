"""The password rules as this site applies them: how long for whom, and the list of common ones it ships."""

from functools import lru_cache

from domain import passwords
from domain.roles import Role
from services.reference import REFERENCE


@lru_cache
def _common() -> frozenset[str]:
    lines = (REFERENCE / "common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def least_length(roles: set[Role]) -> int:
    """The shortest password for an account with these roles: longer where one acts for an organisation or office."""
    return passwords.LEAST_PERSON if roles <= {Role.TECHNICIAN} else passwords.LEAST_STAFF


def weaknesses(password: str, *, least: int, words: list[str]) -> list[str]:
    """Every reason against the password; empty when it may be used. `words` are the person's own names and numbers."""
    return passwords.weaknesses(password, least=least, words=words, common=_common())
