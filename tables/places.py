"""Places, the calendar, settings and policies."""

from datetime import date

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tables.columns import Model, instant, minted, str16, str64, str100, str200, text


class Region(Model):
    """A region of GB/T 2260, or a functional zone with a code of the city's own."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str64]
    parent_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("region.code"))
    kind: Mapped[str16]


class WorkingDay(Model):
    """One day of the State Council's calendar, or a provisional one."""

    __tablename__ = "working_day"

    on: Mapped[date] = mapped_column("on_day", Date, primary_key=True)
    is_working: Mapped[bool]
    is_official: Mapped[bool]
    source: Mapped[str100]


class Setting(Model):
    """One value the running site is told (the demo clock, the active policy)."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[text]


class NumberSeries(Model):
    """The last number given in a series (case numbers, proof numbers); moved by one atomic UPDATE."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(String(64), primary_key=True)
    last: Mapped[int]


class PolicyVersion(Model):
    """A policy pack as it was loaded: evaluations and proofs name the version they used (INV-01)."""

    __tablename__ = "policy_version"
    __table_args__ = (UniqueConstraint("key", "sha256"),)

    id: Mapped[minted]
    key: Mapped[str64]
    name: Mapped[str200]
    sha256: Mapped[str64]
    content: Mapped[text]
    loaded_at: Mapped[instant]
