"""Rows of the register of persons as plain values: what is kept of one before it is changed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RegisterPart(StrEnum):
    """What of a person's registration may change. Values are stored."""

    NAME = "name"
    CERTIFICATE = "certificate"
    EMPLOYMENT = "employment"

    @property
    def label(self) -> str:
        return {
            RegisterPart.NAME: "姓名",
            RegisterPart.CERTIFICATE: "技能人才评价证书",
            RegisterPart.EMPLOYMENT: "任职",
        }[self]


@dataclass(frozen=True, kw_only=True)
class NameRow:
    """The registered name of a person."""

    name: str


@dataclass(frozen=True, kw_only=True)
class CertificateRow:
    """One skill certificate (art. 3); `level` is a rank, 0 for none, and `state` valid while it counts."""

    kind: str
    occupation: str
    level: int
    number: str
    issued_on: date
    issuer: str
    state: str


@dataclass(frozen=True, kw_only=True)
class EmploymentRow:
    """One employment; only an `active` one is agreed by the person (INV-21)."""

    organization_id: int
    started_on: date
    ended_on: date | None
    state: str

    def is_present(self, on: date) -> bool:
        """Whether the person works there on this day."""
        return self.state == "active" and (self.ended_on is None or self.ended_on > on)


RegisterRow = NameRow | CertificateRow | EmploymentRow

ROWS: dict[RegisterPart, type[NameRow] | type[CertificateRow] | type[EmploymentRow]] = {
    RegisterPart.NAME: NameRow,
    RegisterPart.CERTIFICATE: CertificateRow,
    RegisterPart.EMPLOYMENT: EmploymentRow,
}
"""The shape of the rows of each part."""
