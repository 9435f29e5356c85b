"""Enrolment and attendance (arts. 5, 17, 22)."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.attendance_rules import Method, Standing
from domain.enrolment_rules import EnrolmentSource, EnrolmentState
from domain.places import Band, Datum
from ids import new_id
from tables.activities import ActivityFiling, ActivitySession
from tables.columns import Instant, Model, instant, minted, one_of, str16, str64, str200, tenths
from tables.people import Technician


class Enrolment(Model):
    """A person's place in an activity, or the turn on its waiting list.

    `turn` is an id of the time of asking: who asked first comes first. `number` is the row on every sign-in sheet of
    the class: given once, never moved and never given again. `employer_id` is the employer whose consent is asked, or
    who arranged it; `agreed_at` is when the person agreed to the costs named in `cost_agreement` (art. 5).
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        one_of(EnrolmentState, "state"),
        one_of(EnrolmentSource, "source"),
        CheckConstraint("state NOT IN ('declined', 'cancelled') OR reason <> ''", name="ended_has_reason"),
        Index(None, "filing_id", "state"),
        Index(None, "employer_id", "state"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"), primary_key=True)
    state: Mapped[str16]
    source: Mapped[str16]
    turn: Mapped[int] = mapped_column(BigInteger, default=new_id)
    number: Mapped[int | None] = mapped_column(Integer)
    asked_at: Mapped[instant]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    needs_consent: Mapped[bool] = mapped_column(Boolean, default=False)
    consented_at: Mapped[datetime | None] = mapped_column(Instant)
    consented_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    cost_agreement: Mapped[str] = mapped_column(String(500), default="")
    agreed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[instant]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

    technician: Mapped[Technician] = relationship()
    filing: Mapped[ActivityFiling] = relationship()


class Attendance(Model):
    """One person in one session. Two `counted` rows of a person never overlap in time: the database refuses (P-05).

    Times and hours are copied from the session, so that the rule needs one table only; a presence that cannot be true
    is kept as `held` with `reason`. `device_key` is the keyed hash of a cookie of the browser that checked in.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        one_of(Method, "method"),
        one_of(Standing, "standing"),
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("hours_tenths >= 0", name="hours"),
        CheckConstraint("standing <> 'held' OR reason <> ''", name="held_has_reason"),
        Index(None, "session_id"),
        Index(None, "filing_id"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"), primary_key=True)
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    hours_tenths: Mapped[tenths]
    method: Mapped[str16]
    standing: Mapped[str16]
    reason: Mapped[str] = mapped_column(String(200), default="")
    in_at: Mapped[datetime | None] = mapped_column(Instant)
    out_at: Mapped[datetime | None] = mapped_column(Instant)
    device_key: Mapped[str] = mapped_column(String(64), default="")
    recorded_at: Mapped[instant]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

    technician: Mapped[Technician] = relationship()
    session: Mapped[ActivitySession] = relationship()


class VenuePoint(Model):
    """Where a place of an organisation's activities is, in millionths of a degree of WGS-84.

    `datum` is the system it was given in. Found by the words of the filing: one room is given once for all classes.
    """

    __tablename__ = "venue_point"
    __table_args__ = (
        one_of(Datum, "datum"),
        UniqueConstraint("organization_id", "place"),
        CheckConstraint("latitude BETWEEN -90000000 AND 90000000", name="latitude"),
        CheckConstraint("longitude BETWEEN -180000000 AND 180000000", name="longitude"),
    )

    id: Mapped[minted]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    place: Mapped[str200]
    latitude: Mapped[int] = mapped_column(Integer)
    longitude: Mapped[int] = mapped_column(Integer)
    datum: Mapped[str16]
    set_at: Mapped[instant]
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class ArrivalPlace(Model):
    """Whether a person's telephone was near the place at check-in or check-out: all that is kept, and not for long.

    Nothing stands here of who did not give the place, or of readings too vague to tell.
    """

    __tablename__ = "arrival_place"
    __table_args__ = (one_of(Band, "band"), Index(None, "session_id"), Index(None, "noted_at"))

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"), primary_key=True)
    band: Mapped[str16]
    noted_at: Mapped[instant]


class AttendanceChange(Model):
    """Who changed a person's attendance, when, from what to what, why. Never changed, never removed."""

    __tablename__ = "attendance_change"
    __table_args__ = (Index(None, "session_id"),)

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    session_id: Mapped[int] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"))
    at: Mapped[instant]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    actor_name: Mapped[str64]
    from_mark: Mapped[str16]
    to_mark: Mapped[str16]
    reason: Mapped[str200]


class DisciplineEvent(Model):
    """What a person did against the rules of study (art. 22); a serious one takes the credits of the activity."""

    __tablename__ = "discipline_event"
    __table_args__ = (
        CheckConstraint("severity IN ('minor', 'serious')", name="severity_known"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_reason <> ''", name="withdrawn_has_reason"),
        Index(None, "filing_id"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    session_id: Mapped[int] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"))
    severity: Mapped[str16]
    description: Mapped[str] = mapped_column(String(500))
    recorded_at: Mapped[instant]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    withdrawn_reason: Mapped[str] = mapped_column(String(200), default="")

    technician: Mapped[Technician] = relationship()
    session: Mapped[ActivitySession] = relationship()
