"""Every table: columns, constraints, relationships; nothing else.

Tables about one person (certificates, employment, ledger, proofs) carry the person's id first in every key, and a
value that must be unique in the whole city has a look-up table of its own (docs/decisions/0003).
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from domain.attendance_rules import Method, Standing
from domain.enrolment_rules import EnrolmentSource, EnrolmentState
from domain.ledger_rules import EntryKind, SourceKind
from domain.result_rows import Outcome
from domain.result_standing import Answer, DisputeKind, DisputeState, RowStanding, StatusKind
from domain.roles import Role
from domain.workflows import CaseKind
from ids import new_id


class Instant(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides of the database (SQLite would drop the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        __abstract__ = True
else:
    Model = db.Model

minted = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=False, default=new_id)]
number = Annotated[int, mapped_column(BigInteger)]
instant = Annotated[datetime, mapped_column(Instant)]
day = Annotated[date, mapped_column(Date)]
tenths = Annotated[int, mapped_column(Integer)]  # credits and hours in exact tenths
str16 = Annotated[str, mapped_column(String(16))]
str32 = Annotated[str, mapped_column(String(32))]
str64 = Annotated[str, mapped_column(String(64))]
str100 = Annotated[str, mapped_column(String(100))]
str200 = Annotated[str, mapped_column(String(200))]
text = Annotated[str, mapped_column(Text)]
region_code = Annotated[str, mapped_column(String(12), ForeignKey("region.code", ondelete="RESTRICT"))]


def one_of(values: Any, column: str) -> CheckConstraint:
    """A column holds one of the values of an enum of `domain/`, checked by the database."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


# --- Places, calendar, settings ---------------------------------------------------------------------------------------


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


# --- Accounts ---------------------------------------------------------------------------------------------------------


class Account(Model):
    """Who signs in. `person_key` names the natural person, for two accounts of one person are one pair of eyes."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("login_name"), UniqueConstraint("phone_key"))

    id: Mapped[minted]
    login_name: Mapped[str64]
    display_name: Mapped[str64]
    email: Mapped[str | None] = mapped_column(String(200))
    phone_sealed: Mapped[str | None] = mapped_column(Text)
    phone_key: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    person_key: Mapped[str | None] = mapped_column(String(64), index=True)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[instant]

    memberships: Mapped[list["Membership"]] = relationship(back_populates="account", order_by="Membership.id")


class Membership(Model):
    """In which organisation, region or person's file an account acts, and in which role."""

    __tablename__ = "membership"
    __table_args__ = (
        one_of(Role, "role"),
        CheckConstraint(
            "(CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN region_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN technician_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_scope",
        ),
        UniqueConstraint("account_id", "role", "organization_id", "region_code", "technician_id"),
    )

    id: Mapped[minted]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    role: Mapped[str32]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    region_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("region.code"), index=True)
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), index=True)
    started_at: Mapped[instant]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    account: Mapped[Account] = relationship(back_populates="memberships")
    organization: Mapped["Organization | None"] = relationship()


class UserSession(Model):
    """One signed-in browser; the cookie holds a random token of which only the hash is kept."""

    __tablename__ = "user_session"

    id: Mapped[minted]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    last_seen_at: Mapped[instant]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ip: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(200), default="")


class ActivationLink(Model):
    """A single-use link by which a person takes over an account or sets a new password."""

    __tablename__ = "activation_link"

    id: Mapped[minted]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str16]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[instant]
    expires_at: Mapped[instant]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInAttempt(Model):
    """Failed attempts at a secret, counted under the keyed hash of who was tried, from where, or both.

    One row per key, moved by one atomic statement: attempts made in parallel are counted one by one.
    """

    __tablename__ = "sign_in_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[instant] = mapped_column(index=True)
    free_at: Mapped[instant]


class AuditEvent(Model):
    """What somebody did or was refused. Never changed, never removed (art. 21)."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "object_kind", "object_id"), Index(None, "account_id", "at"))

    id: Mapped[minted]
    at: Mapped[instant]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    role: Mapped[str32]
    action: Mapped[str64]
    object_kind: Mapped[str32]
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str16]
    ip: Mapped[str64]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


# --- Organisations ----------------------------------------------------------------------------------------------------


class Organization(Model):
    """An employer, base, industry body or office; what it may do is its capacities."""

    __tablename__ = "organization"
    __table_args__ = (UniqueConstraint("uscc"),)

    id: Mapped[minted]
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str100]
    region_code: Mapped[region_code]
    address: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(64), default="")
    contact_phone: Mapped[str] = mapped_column(String(32), default="")
    contact_email: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[instant]

    region: Mapped[Region] = relationship()
    capacities: Mapped[list["OrganizationCapacity"]] = relationship()


class OrganizationCapacity(Model):
    """What an organisation is recognised as: employer, training_base, industry_body, government."""

    __tablename__ = "organization_capacity"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), primary_key=True)
    capacity: Mapped[str] = mapped_column(String(16), primary_key=True)
    since: Mapped[day]


class EmployerRegistration(Model):
    """What an employer states of itself when it asks to be admitted (case kind employer_registration).

    `pending_uscc` is the code while the case is under way: one organisation cannot ask twice at once.
    """

    __tablename__ = "employer_registration"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    pending_uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    name: Mapped[str100]
    region_code: Mapped[region_code]
    address: Mapped[str200]
    contact_name: Mapped[str64]
    contact_phone: Mapped[str32]
    contact_email: Mapped[str200]
    access_hash: Mapped[str] = mapped_column(String(64), unique=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))

    case: Mapped["Case"] = relationship()


# --- Cases ------------------------------------------------------------------------------------------------------------


class Case(Model):
    """Anything submitted, reviewed and decided (办件): what all kinds share. Moved only by services.cases.act().

    `second_region_code`: the bureau that was drawn to look a second time, if one was (P-15). `partner_id`: another
    organisation that was asked to confirm the case; it sees it, and answers.
    """

    __tablename__ = "cases"
    __table_args__ = (
        one_of(CaseKind, "kind"),
        Index(None, "region_code", "state"),
        Index(None, "second_region_code", "state"),
        Index(None, "organization_id", "kind", "state"),
        UniqueConstraint("number"),
    )

    id: Mapped[minted]
    kind: Mapped[str32]
    number: Mapped[str | None] = mapped_column(String(32))
    title: Mapped[str200]
    state: Mapped[str32]
    version: Mapped[int] = mapped_column(Integer, default=1)
    region_code: Mapped[region_code]
    second_region_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("region.code", ondelete="RESTRICT"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    opened_at: Mapped[instant]
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    due_on: Mapped[date | None] = mapped_column(Date)
    paused_workdays_left: Mapped[int | None] = mapped_column(Integer)
    policy_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id", ondelete="RESTRICT"))

    organization: Mapped[Organization | None] = relationship(foreign_keys="Case.organization_id")
    partner: Mapped[Organization | None] = relationship(foreign_keys="Case.partner_id")
    region: Mapped[Region] = relationship(foreign_keys="Case.region_code")
    second_region: Mapped[Region | None] = relationship(foreign_keys="Case.second_region_code")
    steps: Mapped[list["CaseStep"]] = relationship(back_populates="case", order_by="CaseStep.id")
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="case", order_by="Attachment.id")


class CaseStep(Model):
    """One step of a case: who, in which role, when, from where to where, why. Never changed, never removed."""

    __tablename__ = "case_step"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    action: Mapped[str32]
    from_state: Mapped[str32]
    to_state: Mapped[str32]
    at: Mapped[instant]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    actor_name: Mapped[str64]
    actor_role: Mapped[str32]
    person_key: Mapped[str | None] = mapped_column(String(64))
    remark: Mapped[str | None] = mapped_column(Text)
    article: Mapped[str | None] = mapped_column(String(32))
    content_sha256: Mapped[str | None] = mapped_column(String(64))

    case: Mapped[Case] = relationship(back_populates="steps")


class CaseSnapshot(Model):
    """The content of a case as it was submitted, so that a resubmission can be compared. Never changed."""

    __tablename__ = "case_snapshot"
    __table_args__ = (UniqueConstraint("case_id", "round"),)

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    round: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str64]
    taken_at: Mapped[instant]


class SupplementItem(Model):
    """One point of a complete supplement notice (补正): the section or field it concerns and what is missing."""

    __tablename__ = "supplement_item"

    id: Mapped[minted]
    step_id: Mapped[int] = mapped_column(ForeignKey("case_step.id", ondelete="RESTRICT"), index=True)
    section: Mapped[str64]
    message: Mapped[text]


class StoredFile(Model):
    """A file kept sealed on disk; its name there is ours, the uploader's name is only shown."""

    __tablename__ = "stored_file"

    id: Mapped[minted]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[number]
    media_type: Mapped[str100]
    # Large files are sealed in pieces of this many bytes, so that a part can be read without the whole.
    segment_bytes: Mapped[int | None] = mapped_column(Integer)
    original_name: Mapped[str200]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[instant]


class Attachment(Model):
    """A paper or evidence that belongs to a case."""

    __tablename__ = "attachment"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    display_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    kind: Mapped[str32]
    label: Mapped[str200]
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship(back_populates="attachments")
    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])


class Notice(Model):
    """A message in the site for one membership (the bell)."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "membership_id", "read_at"),)

    id: Mapped[minted]
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    title: Mapped[str200]
    body: Mapped[text]
    link: Mapped[str200]
    created_at: Mapped[instant]
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class ReminderSent(Model):
    """A reminder of a deadline that went out: each stage of a rule once for each due day of a case."""

    __tablename__ = "reminder_sent"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(16), primary_key=True)
    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    stage: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sent_at: Mapped[instant]


class OutboxMessage(Model):
    """An e-mail to be sent by the worker, written in the transaction of the act it tells of."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "sent_at", "next_try_at"),)

    id: Mapped[minted]
    recipient: Mapped[str200]
    subject: Mapped[str200]
    body_sealed: Mapped[text]
    created_at: Mapped[instant]
    next_try_at: Mapped[instant]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(200))


# --- The register of persons (art. 18) --------------------------------------------------------------------------------


class Technician(Model):
    """A person in the register. Numbers are sealed; the blind index of the ID number is in `identity_key`."""

    __tablename__ = "technician"
    __table_args__ = (Index(None, "name"), Index(None, "region_code"))

    id: Mapped[minted]
    name: Mapped[str] = mapped_column(String(100))
    sex: Mapped[str] = mapped_column(String(8))
    born_on: Mapped[date | None] = mapped_column(Date)
    id_type: Mapped[str32]
    id_number_sealed: Mapped[text]
    phone_sealed: Mapped[str | None] = mapped_column(Text)
    insurance_number_sealed: Mapped[str | None] = mapped_column(Text)
    region_code: Mapped[region_code]
    created_at: Mapped[instant]

    region: Mapped[Region] = relationship()
    certificates: Mapped[list["SkillCertificate"]] = relationship(order_by="SkillCertificate.issued_on")


class IdentityKey(Model):
    """The keyed hash of an ID number: one person, one row in the whole city."""

    __tablename__ = "identity_key"

    blind_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), index=True)


class SkillCertificate(Model):
    """A certificate of art. 3: the obligation begins with the earliest."""

    __tablename__ = "skill_certificate"
    __table_args__ = (UniqueConstraint("technician_id", "number"), CheckConstraint("level BETWEEN 0 AND 8", "level"))

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    kind: Mapped[str32]
    occupation: Mapped[str64]
    occupation_code: Mapped[str | None] = mapped_column(String(16))
    level: Mapped[int]
    number: Mapped[str64]
    issued_on: Mapped[day]
    issuer: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(16), default="valid")


class Employment(Model):
    """A person works for an employer from one day to another.

    `claimed`: an employer named somebody who was in the register already; until the person agrees, the employer sees
    nothing of the person but what it wrote itself (INV-21).
    """

    __tablename__ = "employment"
    __table_args__ = (
        UniqueConstraint("technician_id", "organization_id", "started_on"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="dates"),
        CheckConstraint("state IN ('active', 'claimed', 'refused')", name="state_known"),
        Index(None, "organization_id", "ended_on"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    started_on: Mapped[day]
    ended_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16), default="active")

    technician: Mapped[Technician] = relationship()
    organization: Mapped[Organization] = relationship()


# --- Activities (arts. 5, 13, 14, 16) ---------------------------------------------------------------------------------


class ActivityFiling(Model):
    """The filing of one activity. `draft` holds what the clerk typed; the columns what was submitted.

    `parts` are what only some forms have (domain/filing_parts.py), by name.
    """

    __tablename__ = "activity_filing"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    form: Mapped[str16]
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    draft_saved_at: Mapped[datetime | None] = mapped_column(Instant)
    change_draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    title: Mapped[str] = mapped_column(String(100), default="")
    purpose: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[date | None] = mapped_column(Date, index=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
    quota: Mapped[int | None] = mapped_column(Integer)
    assessment: Mapped[str] = mapped_column(Text, default="")
    leave_mode: Mapped[str] = mapped_column(String(16), default="")
    consent: Mapped[bool] = mapped_column(Boolean, default=False)
    wage_clause: Mapped[str] = mapped_column(Text, default="")
    cost_agreement: Mapped[str] = mapped_column(Text, default="")
    parts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    case: Mapped[Case] = relationship()
    organization: Mapped[Organization] = relationship()
    subject_lines: Mapped[list["SubjectLine"]] = relationship(order_by="SubjectLine.position")
    sessions: Mapped[list["ActivitySession"]] = relationship(order_by="ActivitySession.starts_at")
    teachers: Mapped[list["FilingTeacher"]] = relationship(order_by="FilingTeacher.position")
    occupations: Mapped[list["FilingOccupation"]] = relationship(order_by="FilingOccupation.position")


class SubjectLine(Model):
    """Hours of one subject kind in an activity (INV-12)."""

    __tablename__ = "subject_line"
    __table_args__ = (
        UniqueConstraint("filing_id", "position"),
        CheckConstraint("hours_tenths > 0", name="hours_positive"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    position: Mapped[int]
    subject: Mapped[str16]
    title: Mapped[str100]
    hours_tenths: Mapped[tenths]


class ActivitySession(Model):
    """One half day of an activity."""

    __tablename__ = "activity_session"
    __table_args__ = (
        UniqueConstraint("filing_id", "on_day", "half"),
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("half IN ('am', 'pm', 'evening')", name="half_known"),
        Index(None, "on_day"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    on: Mapped[date] = mapped_column("on_day", Date)
    half: Mapped[str16]
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    hours_tenths: Mapped[tenths]
    place: Mapped[str200]
    teacher_position: Mapped[int | None] = mapped_column(Integer)
    topic: Mapped[str] = mapped_column(String(100), default="")


class FilingTeacher(Model):
    """Who teaches in an activity."""

    __tablename__ = "filing_teacher"
    __table_args__ = (UniqueConstraint("filing_id", "position"),)

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    position: Mapped[int]
    name: Mapped[str64]
    unit: Mapped[str100]
    title: Mapped[str100]
    employment: Mapped[str16]


class FilingOccupation(Model):
    """An occupation an activity is for."""

    __tablename__ = "filing_occupation"

    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(16))


class FilingConfirmation(Model):
    """What somebody outside is asked to confirm of an activity by a link of single use (D9, D10).

    `kind` is service (the beneficiary confirms the hours of a service) or day_log (a mentor confirms days of learning).
    """

    __tablename__ = "filing_confirmation"
    __table_args__ = (
        CheckConstraint("kind IN ('service', 'day_log')", name="kind_known"),
        CheckConstraint("(answered_at IS NULL) = (agreed IS NULL)", name="answered_whole"),
        Index(None, "filing_id", "kind"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    kind: Mapped[str16]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_name: Mapped[str64]
    asked_email: Mapped[str200]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    expires_at: Mapped[instant]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed: Mapped[bool | None] = mapped_column(Boolean)
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    hours_tenths: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(Text, default="")

    filing: Mapped[ActivityFiling] = relationship()


class DayLogEntry(Model):
    """What one learner did on one day of a training at a post, and under which mentor (以工代训).

    `confirmation_id` is the question to the mentor that names this entry.
    """

    __tablename__ = "day_log_entry"
    __table_args__ = (
        UniqueConstraint("technician_id", "filing_id", "on_day"),
        CheckConstraint("hours_tenths > 0", name="hours_positive"),
        Index(None, "filing_id"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    on: Mapped[date] = mapped_column("on_day", Date)
    hours_tenths: Mapped[tenths]
    done: Mapped[str200]
    mentor: Mapped[str64]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    recorded_at: Mapped[instant]
    confirmation_id: Mapped[int | None] = mapped_column(ForeignKey("filing_confirmation.id", ondelete="RESTRICT"))

    technician: Mapped[Technician] = relationship()
    confirmation: Mapped[FilingConfirmation | None] = relationship()


# --- Enrolment and attendance (arts. 5, 17, 22) -----------------------------------------------------------------------


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


# --- Results (arts. 10, 19, 22) ---------------------------------------------------------------------------------------


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
    said of it.
    """

    __tablename__ = "result_row"
    __table_args__ = (
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
    new_hours_tenths: Mapped[int | None] = mapped_column(Integer)
    new_score_tenths: Mapped[int | None] = mapped_column(Integer)
    new_outcome: Mapped[str] = mapped_column(String(16), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")

    technician: Mapped[Technician] = relationship()


# --- The ledger (arts. 18-20) -----------------------------------------------------------------------------------------


class EvidencePiece(Model):
    """The half day that a photo, video or sign-in sheet shows; none while nobody knows."""

    __tablename__ = "evidence_piece"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"), index=True)


class PictureHash(Model):
    """What a photo looks like, in 64 bits, for the whole and for parts of it; found by thirds of the bits."""

    __tablename__ = "picture_hash"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    cut: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    bits: Mapped[number]
    band_a: Mapped[int] = mapped_column(Integer, index=True)
    band_b: Mapped[int] = mapped_column(Integer, index=True)
    band_c: Mapped[int] = mapped_column(Integer, index=True)


class PictureMatch(Model):
    """Two photos that show nearly the same: the later one and the earlier one."""

    __tablename__ = "picture_match"
    __table_args__ = (CheckConstraint("attachment_id <> other_id", name="two"),)

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    mirrored: Mapped[bool] = mapped_column(Boolean)


class Upload(Model):
    """A large file on its way, in pieces; when all is there it becomes the stored file of the same id."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("state IN ('receiving', 'checking', 'failed')", name="state_known"),
        CheckConstraint("received BETWEEN 0 AND size AND size > 0", name="received"),
        Index(None, "state", "touched_at"),
    )

    id: Mapped[minted]
    report_id: Mapped[int] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    name: Mapped[str200]
    size: Mapped[number]
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str16] = mapped_column(String(16), default="receiving")
    message: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[instant]
    touched_at: Mapped[instant]


class CreditEntry(Model):
    """Credits given, or, as a reversal, taken back. Never changed, never removed.

    `sequence` counts the awards of the same person, subject line and year: a corrected award may follow a reversal, and
    two awards at once collide on the key (INV-30, INV-31). A reversal carries the sequence of the award it names.
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint(
            "technician_id",
            "source_kind",
            "source_id",
            "line_id",
            "year",
            "kind",
            "sequence",
            name="uq_credit_entry_key",
        ),
        UniqueConstraint("technician_id", "reverses_id"),
        one_of(EntryKind, "kind"),
        one_of(SourceKind, "source_kind"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_names_entry"),
        CheckConstraint("(kind = 'reversal') = (reason_code <> '')", name="reversal_has_reason"),
        CheckConstraint(
            "(kind = 'reversal' AND credits_tenths < 0) OR (kind = 'award' AND credits_tenths > 0)", name="sign"
        ),
        CheckConstraint("(source_kind = 'exam') = is_exam", name="exam_part_from_exam"),
        CheckConstraint("sequence >= 1 AND days >= 1", name="counts"),
        ForeignKeyConstraint(
            ["technician_id", "reverses_id"], ["credit_entry.technician_id", "credit_entry.id"], ondelete="RESTRICT"
        ),
        Index(
            "ix_credit_entry_year",
            "technician_id",
            "year",
            postgresql_include=["subject", "is_exam", "credits_tenths"],
        ),
        Index("ix_credit_entry_source", "source_kind", "source_id"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    kind: Mapped[str16]
    year: Mapped[int]
    occurred_on: Mapped[day]
    days: Mapped[int]
    posted_at: Mapped[instant]
    subject: Mapped[str16]
    form: Mapped[str16]
    is_exam: Mapped[bool] = mapped_column(Boolean, default=False)
    hours_tenths: Mapped[tenths]
    credits_tenths: Mapped[tenths]
    source_kind: Mapped[str16]
    source_id: Mapped[number]
    line_id: Mapped[number]
    source_title: Mapped[str200]
    sequence: Mapped[int]
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    reason_code: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    region_code: Mapped[region_code]
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id", ondelete="RESTRICT"))
    posted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class YearlyCredit(Model):
    """The sum of a person's entries of a year by subject; kept in the transaction that writes the entries (P-01)."""

    __tablename__ = "yearly_credit"

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(16), primary_key=True)
    is_exam: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    credits_tenths: Mapped[tenths]


class ExamRecord(Model):
    """A passed special-knowledge exam as the bureau recorded it: the source of exam credits (art. 20)."""

    __tablename__ = "exam_record"

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    title: Mapped[str100]
    subject: Mapped[str16]
    taken_on: Mapped[day]
    score_tenths: Mapped[tenths]
    credits_tenths: Mapped[tenths]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


# --- Proofs (arts. 10, 24-29) -----------------------------------------------------------------------------------------


class Proof(Model):
    """An official proof: facts frozen at issue. Its state may change, its facts never."""

    __tablename__ = "proof"
    __table_args__ = (
        CheckConstraint("state IN ('issuing', 'valid', 'superseded', 'revoked', 'failed')", name="state_known"),
        CheckConstraint("share_detail IN ('whole', 'result')", name="share_detail_known"),
        Index(None, "technician_id", "year"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    number: Mapped[str32]
    code: Mapped[str32]
    year: Mapped[int]
    state: Mapped[str16]
    facts: Mapped[text]
    facts_sha256: Mapped[str64]
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id", ondelete="RESTRICT"))
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    issued_at: Mapped[instant]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    superseded_by_id: Mapped[int | None] = mapped_column(BigInteger)
    state_changed_at: Mapped[instant]
    state_reason: Mapped[str] = mapped_column(String(200), default="")
    share_until: Mapped[datetime | None] = mapped_column(Instant)
    share_detail: Mapped[str] = mapped_column(String(16), default="whole")


class ProofCode(Model):
    """The verification code of a proof, unique in the whole city and never reused (INV-36)."""

    __tablename__ = "proof_code"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"))
    proof_id: Mapped[number]


class ProofNumber(Model):
    """The printed number of a proof, unique in the whole city and never reused."""

    __tablename__ = "proof_number"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"))
    proof_id: Mapped[int] = mapped_column(BigInteger)


class ProofRevocation(Model):
    """One officer asks that a proof be taken back, another decides. A request that was declined may be made again."""

    __tablename__ = "proof_revocation"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'confirmed', 'declined')", name="state_known"),
        CheckConstraint(
            "state <> 'confirmed' OR (decided_by_id IS NOT NULL AND decided_by_id <> requested_by_id)",
            name="two_accounts",
        ),
        Index(None, "state"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    proof_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str16]
    reason: Mapped[str] = mapped_column(String(200))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    requested_at: Mapped[instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(200), default="")


# --- Training bases (arts. 6-12) --------------------------------------------------------------------------------------


class BaseApplication(Model):
    """What an organisation writes when it asks to be recognised as a training base; submitted rounds are snapshots."""

    __tablename__ = "base_application"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    draft_saved_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()
    organization: Mapped[Organization] = relationship()


class BaseFinding(Model):
    """What a reviewer found of one of the five conditions of art. 9; `stage` 1 is the review, 2 the second one."""

    __tablename__ = "base_finding"
    __table_args__ = (
        CheckConstraint("stage IN (1, 2)", name="stage_known"),
        CheckConstraint("condition BETWEEN 1 AND 5", name="condition_known"),
        CheckConstraint("met OR remark <> ''", name="reason"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    stage: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    condition: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    met: Mapped[bool] = mapped_column(Boolean)
    remark: Mapped[text]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    found_by: Mapped[str64]
    content_sha256: Mapped[str64]
    found_at: Mapped[instant]


class BaseObjection(Model):
    """What somebody says against a base during the public notice; name and contact are sealed, officers see masks."""

    __tablename__ = "base_objection"
    __table_args__ = (
        CheckConstraint("(upheld IS NULL) = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint("upheld IS NULL OR answer <> ''", name="answer_says_why"),
    )

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    name_sealed: Mapped[text]
    contact_sealed: Mapped[text]
    content: Mapped[text]
    made_at: Mapped[instant]
    upheld: Mapped[bool | None] = mapped_column(Boolean)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()


class TrainingBase(Model):
    """An organisation the Centre published as a base; `case_id` is the recognition now in force, whose state counts."""

    __tablename__ = "training_base"
    __table_args__ = (
        UniqueConstraint("organization_id"),
        UniqueConstraint("number"),
        UniqueConstraint("case_id"),
        CheckConstraint("valid_until > published_on", name="valid"),
    )

    id: Mapped[minted]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    number: Mapped[str32]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    version: Mapped[int]
    region_code: Mapped[region_code]
    level: Mapped[str16]
    published_on: Mapped[day]
    valid_until: Mapped[day]
    renewal_told_at: Mapped[datetime | None] = mapped_column(Instant)

    organization: Mapped[Organization] = relationship()
    region: Mapped[Region] = relationship()
    case: Mapped[Case] = relationship()


class BasePublication(Model):
    """One version of what a base discloses (art. 10), as the Centre published it. Never changed, never removed."""

    __tablename__ = "base_publication"

    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    published_on: Mapped[day]
    valid_until: Mapped[day]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str64]


class BaseScopeEntry(Model):
    """One occupation at one level that a base is recognised for now; what the public search looks in."""

    __tablename__ = "base_scope_entry"
    __table_args__ = (Index(None, "occupation", "level_rank"),)

    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"), primary_key=True)
    occupation: Mapped[str] = mapped_column(String(64), primary_key=True)
    level_rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


# --- Jobs and imports -------------------------------------------------------------------------------------------------


class Job(Model):
    """Work done by the worker, with the progress a page shows. Written in the transaction that asks for it."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state_known"),
        Index(None, "state", "heartbeat_at"),
    )

    id: Mapped[minted]
    kind: Mapped[str32]
    state: Mapped[str16]
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    message: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[instant]
    heartbeat_at: Mapped[instant]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ImportBatch(Model):
    """One uploaded table: checked without effect first, applied when the clerk confirms."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'results', 'status_list')", name="kind_known"),
        CheckConstraint("state IN ('checking', 'checked', 'applying', 'applied', 'failed')", name="state_known"),
        Index(None, "organization_id", "kind"),
    )

    id: Mapped[minted]
    kind: Mapped[str16]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    annotated_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="RESTRICT"))
    state: Mapped[str16]
    message: Mapped[str] = mapped_column(String(200), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    applied_at: Mapped[datetime | None] = mapped_column(Instant)

    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])
    job: Mapped[Job | None] = relationship()


class ImportRow(Model):
    """What the check said of one row of a table; numbers are masked here, the sealed file holds them."""

    __tablename__ = "import_row"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="RESTRICT"), primary_key=True)
    excel_row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str16]
    name: Mapped[str] = mapped_column(String(100), default="")
    id_masked: Mapped[str] = mapped_column(String(32), default="")
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)
