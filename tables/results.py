"""Results, from the first row to a correction (arts. 10, 19, 22)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.result_rows import Outcome
from domain.result_standing import Answer, DisputeKind, DisputeState, RowStanding, StatusKind
from tables.activities import ActivityFiling
from tables.cases import Case
from tables.columns import Instant, Model, instant, minted, one_of, str16, str32, str64, tenths, text
from tables.people import Technician


class ResultReport(Model):
    """The results of one activity, entered by one person, released by another, reviewed by the bureau."""

    __tablename__ = "result_report"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), unique=True)
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"), unique=True)
    evidence_note: Mapped[str] = mapped_column(Text, default="")
    confirm_until: Mapped[date | None] = mapped_column(Date)
    posted_at: Mapped[datetime | None] = mapped_column(Instant)
    posted_entries: Mapped[int | None] = mapped_column(Integer)
    posted_credits_tenths: Mapped[int | None] = mapped_column(Integer)
    risk_level: Mapped[str] = mapped_column(String(16), default="")
    risk_points: Mapped[int] = mapped_column(Integer, default=0)
    risk_reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)

    case: Mapped[Case] = relationship()
    filing: Mapped[ActivityFiling] = relationship()
    rows: Mapped[list["ResultRow"]] = relationship(order_by="ResultRow.position")


class ResultRow(Model):
    """Hours, score and outcome of one person in one activity.

    `standing` says whether the row goes on with the others or waits alone, with the reason; `answer` what the person
    said of it. `event` and `rank` are what was won in a competition, both or none, as filed (art. 16(2)).
    """

    __tablename__ = "result_row"
    __table_args__ = (
        CheckConstraint("(event = '') = (rank = '')", name="rank_of_an_event"),
        CheckConstraint("hours_tenths >= 0", name="hours"),
        CheckConstraint("score_tenths IS NULL OR score_tenths BETWEEN 0 AND 1000", name="score"),
        one_of(Outcome, "outcome"),
        one_of(RowStanding, "standing"),
        one_of(Answer, "answer"),
        # Whose results stand elsewhere too is asked of every report.
        Index(None, "technician_id"),
    )

    report_id: Mapped[int] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    occupation: Mapped[str] = mapped_column(String(64), default="")
    hours_tenths: Mapped[tenths]
    score_tenths: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str16]
    event: Mapped[str] = mapped_column(String(100), default="")
    rank: Mapped[str] = mapped_column(String(32), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")
    standing: Mapped[str] = mapped_column(String(16), default="ready")
    standing_reason: Mapped[str] = mapped_column(String(200), default="")
    standing_at: Mapped[datetime | None] = mapped_column(Instant)
    standing_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    answer: Mapped[str] = mapped_column(String(16), default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    technician: Mapped[Technician] = relationship()


class ResultDispute(Model):
    """What a person finds wrong in the own row, what the organiser answered, what an officer decided.

    The proposed values are what the organiser would change after the release; an officer decides on them.
    """

    __tablename__ = "result_dispute"
    __table_args__ = (
        one_of(DisputeKind, "kind"),
        one_of(DisputeState, "state"),
        Index(None, "report_id"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    report_id: Mapped[int] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"))
    kind: Mapped[str16]
    text: Mapped[text]
    raised_at: Mapped[instant]
    state: Mapped[str16]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    reply_until: Mapped[date | None] = mapped_column(Date)
    hours_tenths: Mapped[int | None] = mapped_column(Integer)
    score_tenths: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str | None] = mapped_column(String(16))
    event: Mapped[str] = mapped_column(String(100), default="")
    rank: Mapped[str] = mapped_column(String(32), default="")
    decision: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

    technician: Mapped[Technician] = relationship()
    report: Mapped[ResultReport] = relationship()


class ResultWarningAnswer(Model):
    """What the organiser says to one kind of warning. It holds for what was found then: `found_sha256`."""

    __tablename__ = "result_warning_answer"

    report_id: Mapped[int] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"), primary_key=True)
    check_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    answer: Mapped[text]
    found_sha256: Mapped[str64]
    answered_at: Mapped[instant]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class StatusListEntry(Model):
    """One person of a list of the bureau (retired, student, deceased ...): found by the blind index, shown masked."""

    __tablename__ = "status_list_entry"
    __table_args__ = (one_of(StatusKind, "kind"), Index(None, "kind", "imported_at"))

    blind_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_masked: Mapped[str] = mapped_column(String(100))
    id_masked: Mapped[str32]
    since_on: Mapped[date | None] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(100), default="")
    imported_at: Mapped[instant]
    batch_id: Mapped[int | None] = mapped_column(BigInteger)


class LotteryDay(Model):
    """The seed of one day's lottery of second reviews: its hash is public before the day, the seed after it (P-15)."""

    __tablename__ = "lottery_day"

    on: Mapped[date] = mapped_column("on_day", Date, primary_key=True)
    commitment: Mapped[str64]
    seed_sealed: Mapped[text]
    committed_at: Mapped[instant]
    seed: Mapped[str | None] = mapped_column(String(64))
    revealed_at: Mapped[datetime | None] = mapped_column(Instant)


class LotteryDraw(Model):
    """What the lottery gave for one decision to credit, with all it was drawn from. Never changed, never removed."""

    __tablename__ = "lottery_draw"
    __table_args__ = (UniqueConstraint("case_id", "round"), Index(None, "on_day"))

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    round: Mapped[int]
    on: Mapped[date] = mapped_column("on_day", Date, ForeignKey("lottery_day.on_day", ondelete="RESTRICT"))
    share: Mapped[str32]
    drawn: Mapped[bool]
    candidates: Mapped[list[str]] = mapped_column(JSON)
    region_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("region.code", ondelete="RESTRICT"))
    drawn_at: Mapped[instant]


class ResultCorrection(Model):
    """What is to be changed in credited results, and why; `base_sha256` is what the results were when it was asked."""

    __tablename__ = "result_correction"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), unique=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"), index=True)
    origin: Mapped[str] = mapped_column(String(16), default="")
    reason_code: Mapped[str] = mapped_column(String(16), default="")
    explanation: Mapped[str] = mapped_column(Text, default="")
    base_sha256: Mapped[str] = mapped_column(String(64), default="")
    applied_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()
    report: Mapped[ResultReport] = relationship()
    rows: Mapped[list["CorrectionRow"]] = relationship(order_by="CorrectionRow.position")


class CorrectionRow(Model):
    """One person in a correction: what the results say and what they should say; no `new` outcome takes the row out."""

    __tablename__ = "correction_row"
    __table_args__ = (
        CheckConstraint("old_outcome <> '' OR new_outcome <> ''", name="says_something"),
        CheckConstraint("new_hours_tenths IS NULL OR new_hours_tenths >= 0", name="hours"),
        CheckConstraint("new_score_tenths IS NULL OR new_score_tenths BETWEEN 0 AND 1000", name="score"),
        Index(None, "technician_id"),
    )

    correction_id: Mapped[int] = mapped_column(
        ForeignKey("result_correction.id", ondelete="RESTRICT"), primary_key=True
    )
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    old_hours_tenths: Mapped[int | None] = mapped_column(Integer)
    old_score_tenths: Mapped[int | None] = mapped_column(Integer)
    old_outcome: Mapped[str] = mapped_column(String(16), default="")
    old_event: Mapped[str] = mapped_column(String(100), default="")
    old_rank: Mapped[str] = mapped_column(String(32), default="")
    new_hours_tenths: Mapped[int | None] = mapped_column(Integer)
    new_score_tenths: Mapped[int | None] = mapped_column(Integer)
    new_outcome: Mapped[str] = mapped_column(String(16), default="")
    new_event: Mapped[str] = mapped_column(String(100), default="")
    new_rank: Mapped[str] = mapped_column(String(32), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")

    technician: Mapped[Technician] = relationship()
