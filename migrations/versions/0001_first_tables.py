"""The first tables, and the triggers that make the ledger and the trails append-only.

Revision ID: 0001
Revises:

"""

import sqlalchemy as sa
from alembic import op

_APPEND_ONLY = (
    "credit_entry",
    "case_step",
    "case_snapshot",
    "supplement_item",
    "audit_event",
    "attendance_change",
    "lottery_draw",
    "base_publication",
    "proof_key",
    "log_leaf",
    "log_place",
    "log_block",
    "log_head",
    "sealed_day",
)

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
"""
_POSTGRESQL = (
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
)
_SQLITE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)


def _make_append_only() -> None:
    """History is added to and never changed, whoever asks (docs/decisions/0003)."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION.replace("%", "%%"))
    for table in _APPEND_ONLY:
        for statement in _SQLITE if sqlite else _POSTGRESQL:
            connection.exec_driver_sql(statement.format(table=table))


_ONE_PLACE_POSTGRESQL = (
    "ALTER TABLE attendance ADD CONSTRAINT ex_attendance_one_place EXCLUDE USING gist ("
    "int8range(technician_id, technician_id, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&"
    ") WHERE (standing = 'counted')"
)
_ONE_PLACE_SQLITE = (
    "CREATE TRIGGER attendance_one_place_{event} BEFORE {event} ON attendance WHEN NEW.standing = 'counted' "
    "AND EXISTS (SELECT 1 FROM attendance WHERE technician_id = NEW.technician_id AND session_id <> {self} "
    "AND standing = 'counted' AND starts_at < NEW.ends_at AND NEW.starts_at < ends_at) "
    "BEGIN SELECT RAISE(ABORT, 'ex_attendance_one_place'); END"
)


def _refuse_two_places_at_once() -> None:
    """Nobody is counted in two sessions whose times overlap, whoever asks; touching ends are allowed (P-05)."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_ONE_PLACE_POSTGRESQL)
        return
    for event, own in (("insert", "NEW.session_id"), ("update", "OLD.session_id")):
        connection.exec_driver_sql(_ONE_PLACE_SQLITE.format(event=event, self=own))


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("login_name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login_name", name=op.f("uq_account_login_name")),
        sa.UniqueConstraint("phone_key", name=op.f("uq_account_phone_key")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_person_key"), ["person_key"], unique=False)

    op.create_table(
        "number_series",
        sa.Column("series", sa.String(length=64), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_series")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body_sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_message_sent_at_outbox_message_next_try_at"), ["sent_at", "next_try_at"], unique=False
        )

    op.create_table(
        "policy_version",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("key", "sha256", name=op.f("uq_policy_version_key_sha256")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("parent_code", sa.String(length=12), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["region.code"], name=op.f("fk_region_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_last_at"), ["last_at"], unique=False)

    op.create_table(
        "working_day",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("is_official", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("on_day", name=op.f("pk_working_day")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=64), nullable=False),
        sa.Column("contact_phone", sa.String(length=32), nullable=False),
        sa.Column("contact_email", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_organization_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("uscc", name=op.f("uq_organization_uscc")),
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("segment_bytes", sa.Integer(), nullable=True),
        sa.Column("original_name", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_stored_file_uploaded_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_sha256"), ["sha256"], unique=False)

    op.create_table(
        "technician",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("id_type", sa.String(length=32), nullable=False),
        sa.Column("id_number_sealed", sa.Text(), nullable=False),
        sa.Column("phone_sealed", sa.Text(), nullable=True),
        sa.Column("insurance_number_sealed", sa.Text(), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_technician_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technician")),
    )
    with op.batch_alter_table("technician", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_technician_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_technician_region_code"), ["region_code"], unique=False)

    op.create_table(
        "activation_link",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("technician_id", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_activation_link_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_activation_link_created_by_id")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_activation_link_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activation_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_activation_link_token_hash")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("second_region_code", sa.String(length=12), nullable=True),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("partner_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("paused_workdays_left", sa.Integer(), nullable=True),
        sa.Column("policy_version_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('employer_registration', 'activity_filing', 'result_report', 'result_correction',"
            " 'base_application', 'base_measure', 'base_report')",
            name=op.f("ck_cases_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["account.id"], name=op.f("fk_cases_opened_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_cases_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["organization.id"], name=op.f("fk_cases_partner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_cases_policy_version_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_cases_region_code"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["second_region_code"], ["region.code"], name=op.f("fk_cases_second_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cases_organization_id_cases_kind_cases_state"),
            ["organization_id", "kind", "state"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_cases_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_second_region_code_cases_state"), ["second_region_code", "state"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_cases_region_code_cases_state"), ["region_code", "state"], unique=False)

    op.create_table(
        "credit_entry",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("is_exam", sa.Boolean(), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=False),
        sa.Column("credits_tenths", sa.Integer(), nullable=False),
        sa.Column("source_kind", sa.String(length=16), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("source_title", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("reason_code", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("policy_version_id", sa.BigInteger(), nullable=False),
        sa.Column("posted_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'reversal' AND credits_tenths < 0) OR (kind = 'award' AND credits_tenths > 0)",
            name=op.f("ck_credit_entry_sign"),
        ),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name=op.f("ck_credit_entry_reversal_names_entry")
        ),
        sa.CheckConstraint("kind IN ('award', 'reversal')", name=op.f("ck_credit_entry_kind_known")),
        sa.CheckConstraint("source_kind IN ('activity', 'exam')", name=op.f("ck_credit_entry_source_kind_known")),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reason_code <> '')", name=op.f("ck_credit_entry_reversal_has_reason")
        ),
        sa.CheckConstraint("(source_kind = 'exam') = is_exam", name=op.f("ck_credit_entry_exam_part_from_exam")),
        sa.CheckConstraint("sequence >= 1 AND days >= 1", name=op.f("ck_credit_entry_counts")),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["policy_version.id"],
            name=op.f("fk_credit_entry_policy_version_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["posted_by_id"], ["account.id"], name=op.f("fk_credit_entry_posted_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_credit_entry_region_code"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id", "reverses_id"],
            ["credit_entry.technician_id", "credit_entry.id"],
            name=op.f("fk_credit_entry_technician_id_reverses_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_credit_entry_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint("technician_id", "reverses_id", name=op.f("uq_credit_entry_technician_id_reverses_id")),
        sa.UniqueConstraint(
            "technician_id",
            "source_kind",
            "source_id",
            "line_id",
            "year",
            "kind",
            "sequence",
            name="uq_credit_entry_key",
        ),
    )
    with op.batch_alter_table("credit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_credit_entry_posted_at", ["posted_at"], unique=False)
        batch_op.create_index("ix_credit_entry_source", ["source_kind", "source_id"], unique=False)
        batch_op.create_index(
            "ix_credit_entry_year",
            ["technician_id", "year"],
            unique=False,
            postgresql_include=["subject", "is_exam", "credits_tenths"],
        )

    op.create_table(
        "employment",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_employment_dates")),
        sa.CheckConstraint("state IN ('active', 'claimed', 'refused')", name=op.f("ck_employment_state_known")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_employment_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_employment_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_employment")),
        sa.UniqueConstraint(
            "technician_id",
            "organization_id",
            "started_on",
            name=op.f("uq_employment_technician_id_organization_id_started_on"),
        ),
    )
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_employment_organization_id_employment_ended_on"),
            ["organization_id", "ended_on"],
            unique=False,
        )

    op.create_table(
        "exam_record",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("score_tenths", sa.Integer(), nullable=False),
        sa.Column("credits_tenths", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_exam_record_recorded_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_exam_record_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_exam_record")),
    )
    op.create_table(
        "identity_key",
        sa.Column("blind_index", sa.String(length=64), nullable=False),
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_identity_key_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("blind_index", name=op.f("pk_identity_key")),
    )
    with op.batch_alter_table("identity_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_key_technician_id"), ["technician_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("technician_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('technician', 'employer_clerk', 'employer_manager', 'base_clerk', 'base_manager', 'organizer_clerk', 'organizer_manager', 'industry_adviser', 'county_officer', 'city_officer', 'county_leader', 'city_leader', 'center_staff', 'auditor', 'applicant', 'system')",
            name=op.f("ck_membership_role_known"),
        ),
        sa.CheckConstraint(
            "(CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN region_code IS NULL THEN 0 ELSE 1 END) + (CASE WHEN technician_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_membership_one_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_membership_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_membership_region_code")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_membership_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "role",
            "organization_id",
            "region_code",
            "technician_id",
            name=op.f("uq_membership_account_id_role_organization_id_region_code_technician_id"),
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_region_code"), ["region_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_membership_technician_id"), ["technician_id"], unique=False)

    op.create_table(
        "organization_capacity",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.String(length=16), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_capacity_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "capacity", name=op.f("pk_organization_capacity")),
    )
    op.create_table(
        "proof",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("facts_sha256", sa.String(length=64), nullable=False),
        sa.Column("policy_version_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("state_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_reason", sa.String(length=200), nullable=False),
        sa.Column("share_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("share_detail", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "kind IN ('annual', 'transcript', 'learning', 'promotion', 'theory_exemption', 'examiner', 'judge', 'supervisor', 'talent_project', 'teacher_title', 'master_studio', 'subsidy')",
            name=op.f("ck_proof_kind_known"),
        ),
        sa.CheckConstraint("share_detail IN ('whole', 'result')", name=op.f("ck_proof_share_detail_known")),
        sa.CheckConstraint(
            "state IN ('issuing', 'valid', 'superseded', 'revoked', 'failed')", name=op.f("ck_proof_state_known")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_proof_file_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["policy_version_id"], ["policy_version.id"], name=op.f("fk_proof_policy_version_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["account.id"], name=op.f("fk_proof_requested_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_proof")),
    )
    with op.batch_alter_table("proof", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proof_technician_id_proof_kind_proof_topic"),
            ["technician_id", "kind", "topic"],
            unique=False,
        )

    op.create_table(
        "proof_code",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_code_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_proof_code")),
    )
    op.create_table(
        "proof_key",
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("spki", sa.String(length=200), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_proof_key")),
    )
    op.create_table(
        "proof_number",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_number_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_proof_number")),
    )
    op.create_table(
        "proof_revocation",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'confirmed', 'declined')", name=op.f("ck_proof_revocation_state_known")
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (decided_by_id IS NOT NULL AND decided_by_id <> requested_by_id)",
            name=op.f("ck_proof_revocation_two_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_proof_revocation_decided_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["account.id"], name=op.f("fk_proof_revocation_requested_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_revocation_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "proof_id", name=op.f("pk_proof_revocation")),
    )
    with op.batch_alter_table("proof_revocation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_revocation_state"), ["state"], unique=False)

    op.create_table(
        "log_block",
        sa.Column("block", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("block", name=op.f("pk_log_block")),
    )
    op.create_table(
        "log_head",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_leaf",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'day_sealed') = (proof_id IS NULL)", name=op.f("ck_log_leaf_about_a_proof_or_a_day")
        ),
        sa.CheckConstraint(
            "kind IN ('issued', 'superseded', 'revoked', 'day_sealed')", name=op.f("ck_log_leaf_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("proof_id", "kind", name=op.f("uq_log_leaf_proof_id_kind")),
    )
    op.create_table(
        "log_place",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leaf_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_log_place_from_nought")),
        sa.ForeignKeyConstraint(["leaf_id"], ["log_leaf.id"], name=op.f("fk_log_place_leaf_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log_place")),
        sa.UniqueConstraint("leaf_id", name=op.f("uq_log_place_leaf_id")),
    )
    op.create_table(
        "sealed_day",
        sa.Column("book", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("leaf_id", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("book IN ('ledger', 'steps', 'audit')", name=op.f("ck_sealed_day_book_known")),
        sa.ForeignKeyConstraint(["leaf_id"], ["log_leaf.id"], name=op.f("fk_sealed_day_leaf_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("book", "day", name=op.f("pk_sealed_day")),
        sa.UniqueConstraint("leaf_id", name=op.f("uq_sealed_day_leaf_id")),
    )
    op.create_table(
        "proof_check",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("way IN ('code', 'file')", name=op.f("ck_proof_check_way_known")),
        sa.CheckConstraint("times >= 1", name=op.f("ck_proof_check_times")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_check_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "proof_id", "hour", "way", name=op.f("pk_proof_check")),
    )
    op.create_table(
        "record_look",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("page", sa.String(length=16), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("times >= 1", name=op.f("ck_record_look_times")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_record_look_membership_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_record_look_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "membership_id", "day", "page", name=op.f("pk_record_look")),
    )
    with op.batch_alter_table("record_look", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_record_look_technician_id_record_look_last_at"), ["technician_id", "last_at"], unique=False
        )

    op.create_table(
        "skill_certificate",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("occupation", sa.String(length=64), nullable=False),
        sa.Column("occupation_code", sa.String(length=16), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issuer", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("level BETWEEN 0 AND 8", name=op.f("ck_skill_certificate_level")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_skill_certificate_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_skill_certificate")),
        sa.UniqueConstraint("technician_id", "number", name=op.f("uq_skill_certificate_technician_id_number")),
    )
    op.create_table(
        "yearly_credit",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("is_exam", sa.Boolean(), nullable=False),
        sa.Column("credits_tenths", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_yearly_credit_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "year", "subject", "is_exam", name=op.f("pk_yearly_credit")),
    )
    op.create_table(
        "activity_filing",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("draft_saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("change_draft", sa.JSON(), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("lowest_level", sa.Integer(), nullable=True),
        sa.Column("highest_level", sa.Integer(), nullable=True),
        sa.Column("leave_mode", sa.String(length=16), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("wage_clause", sa.Text(), nullable=False),
        sa.Column("cost_agreement", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_activity_filing_case_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_activity_filing_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_filing")),
        sa.UniqueConstraint("case_id", name=op.f("uq_activity_filing_case_id")),
    )
    with op.batch_alter_table("activity_filing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_filing_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_filing_starts_on"), ["starts_on"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("display_file_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_attachment_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["display_file_id"], ["stored_file.id"], name=op.f("fk_attachment_display_file_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_attachment_file_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_case_id"), ["case_id"], unique=False)

    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_audit_event_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_audit_event_membership_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_event_account_id_audit_event_at"), ["account_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_audit_event_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_event_object_kind_audit_event_object_id"), ["object_kind", "object_id"], unique=False
        )

    op.create_table(
        "case_snapshot",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_snapshot_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_snapshot")),
        sa.UniqueConstraint("case_id", "round", name=op.f("uq_case_snapshot_case_id_round")),
    )
    op.create_table(
        "case_step",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=False),
        sa.Column("to_state", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("actor_role", sa.String(length=32), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("article", sa.String(length=32), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_case_step_actor_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_step_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_step_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_step_case_id"), ["case_id"], unique=False)

    op.create_table(
        "employer_registration",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("pending_uscc", sa.String(length=18), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=64), nullable=False),
        sa.Column("contact_phone", sa.String(length=32), nullable=False),
        sa.Column("contact_email", sa.String(length=200), nullable=False),
        sa.Column("access_hash", sa.String(length=64), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_employer_registration_case_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_employer_registration_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_employer_registration_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_employer_registration")),
        sa.UniqueConstraint("access_hash", name=op.f("uq_employer_registration_access_hash")),
        sa.UniqueConstraint("pending_uscc", name=op.f("uq_employer_registration_pending_uscc")),
    )
    with op.batch_alter_table("employer_registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_employer_registration_uscc"), ["uscc"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_job_state_known")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_job_membership_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_job_state_job_heartbeat_at"), ["state", "heartbeat_at"], unique=False)

    op.create_table(
        "proof_consent",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'given', 'withdrawn')", name=op.f("ck_proof_consent_state_known")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_proof_consent_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_consent_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "organization_id", name=op.f("pk_proof_consent")),
    )
    with op.batch_alter_table("proof_consent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proof_consent_organization_id_proof_consent_state"),
            ["organization_id", "state"],
            unique=False,
        )

    op.create_table(
        "proof_batch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('annual', 'transcript', 'learning', 'promotion', 'theory_exemption', 'examiner', 'judge', 'supervisor', 'talent_project', 'teacher_title', 'master_studio', 'subsidy')",
            name=op.f("ck_proof_batch_kind_known"),
        ),
        sa.CheckConstraint("organization_id IS NOT NULL OR basis <> ''", name=op.f("ck_proof_batch_has_basis")),
        sa.CheckConstraint(
            "state IN ('running', 'cancelled', 'stopped', 'done')", name=op.f("ck_proof_batch_state_known")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_proof_batch_job_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_proof_batch_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["account.id"], name=op.f("fk_proof_batch_requested_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_batch")),
    )
    with op.batch_alter_table("proof_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_batch_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_batch_requested_by_id"), ["requested_by_id"], unique=False)

    op.create_table(
        "proof_batch_item",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('printing', 'issued') OR proof_id IS NOT NULL", name=op.f("ck_proof_batch_item_has_proof")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'printing', 'issued', 'left_out')", name=op.f("ck_proof_batch_item_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["proof_batch.id"], name=op.f("fk_proof_batch_item_batch_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_proof_batch_item_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "batch_id", name=op.f("pk_proof_batch_item")),
    )
    with op.batch_alter_table("proof_batch_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proof_batch_item_batch_id_proof_batch_item_state_proof_batch_item_position"),
            ["batch_id", "state", "position"],
            unique=False,
        )

    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notice_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_notice_membership_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_notice_membership_id_notice_read_at"), ["membership_id", "read_at"], unique=False
        )

    op.create_table(
        "reminder_sent",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reminder_sent_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("case_id", "rule", "due_on", "stage", name=op.f("pk_reminder_sent")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_user_session_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_user_session_membership_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "activity_session",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("half", sa.String(length=16), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("teacher_position", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.CheckConstraint("half IN ('am', 'pm', 'evening')", name=op.f("ck_activity_session_half_known")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_activity_session_times")),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_activity_session_filing_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_session")),
        sa.UniqueConstraint("filing_id", "on_day", "half", name=op.f("uq_activity_session_filing_id_on_day_half")),
    )
    with op.batch_alter_table("activity_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_session_on_day"), ["on_day"], unique=False)

    op.create_table(
        "filing_occupation",
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_filing_occupation_filing_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("filing_id", "name", name=op.f("pk_filing_occupation")),
    )
    op.create_table(
        "filing_teacher",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("employment", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_filing_teacher_filing_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_teacher")),
        sa.UniqueConstraint("filing_id", "position", name=op.f("uq_filing_teacher_filing_id_position")),
    )
    op.create_table(
        "result_report",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence_note", sa.Text(), nullable=False),
        sa.Column("confirm_until", sa.Date(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_entries", sa.Integer(), nullable=True),
        sa.Column("posted_credits_tenths", sa.Integer(), nullable=True),
        sa.Column("risk_level", sa.String(length=16), nullable=False),
        sa.Column("risk_points", sa.Integer(), nullable=False),
        sa.Column("risk_reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_result_report_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_result_report_filing_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_report")),
        sa.UniqueConstraint("case_id", name=op.f("uq_result_report_case_id")),
        sa.UniqueConstraint("filing_id", name=op.f("uq_result_report_filing_id")),
    )
    op.create_table(
        "subject_line",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours_tenths > 0", name=op.f("ck_subject_line_hours_positive")),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_subject_line_filing_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_line")),
        sa.UniqueConstraint("filing_id", "position", name=op.f("uq_subject_line_filing_id_position")),
    )
    op.create_table(
        "supplement_item",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"], ["case_step.id"], name=op.f("fk_supplement_item_step_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement_item")),
    )
    with op.batch_alter_table("supplement_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supplement_item_step_id"), ["step_id"], unique=False)

    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("annotated_file_id", sa.BigInteger(), nullable=True),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('staff', 'results', 'status_list')", name=op.f("ck_import_batch_kind_known")),
        sa.CheckConstraint(
            "state IN ('checking', 'checked', 'applying', 'applied', 'failed')",
            name=op.f("ck_import_batch_state_known"),
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_import_batch_job_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["annotated_file_id"],
            ["stored_file.id"],
            name=op.f("fk_import_batch_annotated_file_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_import_batch_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_import_batch_file_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_import_batch_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["result_report.id"], name=op.f("fk_import_batch_report_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_batch_organization_id_import_batch_kind"), ["organization_id", "kind"], unique=False
        )

    op.create_table(
        "result_row",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("occupation", sa.String(length=64), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=False),
        sa.Column("score_tenths", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("rank", sa.String(length=32), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("standing_reason", sa.String(length=200), nullable=False),
        sa.Column("standing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("standing_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('passed', 'failed', 'absent', 'breach')", name=op.f("ck_result_row_outcome_known")
        ),
        sa.CheckConstraint("standing IN ('ready', 'disputed', 'held')", name=op.f("ck_result_row_standing_known")),
        sa.CheckConstraint(
            "answer IN ('', 'confirmed', 'disputed', 'silent')", name=op.f("ck_result_row_answer_known")
        ),
        sa.ForeignKeyConstraint(
            ["standing_by_id"], ["account.id"], name=op.f("fk_result_row_standing_by_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("(event = '') = (rank = '')", name=op.f("ck_result_row_rank_of_an_event")),
        sa.CheckConstraint("hours_tenths >= 0", name=op.f("ck_result_row_hours")),
        sa.CheckConstraint("score_tenths IS NULL OR score_tenths BETWEEN 0 AND 1000", name=op.f("ck_result_row_score")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["result_report.id"], name=op.f("fk_result_row_report_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_result_row_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("report_id", "technician_id", name=op.f("pk_result_row")),
    )
    with op.batch_alter_table("result_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_row_technician_id"), ["technician_id"], unique=False)

    op.create_table(
        "result_dispute",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reply_until", sa.Date(), nullable=True),
        sa.Column("hours_tenths", sa.Integer(), nullable=True),
        sa.Column("score_tenths", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("rank", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('hours', 'score', 'outcome', 'not_there', 'other', 'missing')",
            name=op.f("ck_result_dispute_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'corrected', 'insisted', 'settled')", name=op.f("ck_result_dispute_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name=op.f("fk_result_dispute_answered_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_result_dispute_decided_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["result_report.id"], name=op.f("fk_result_dispute_report_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_result_dispute_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_result_dispute")),
    )
    with op.batch_alter_table("result_dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_dispute_report_id"), ["report_id"], unique=False)

    op.create_table(
        "result_warning_answer",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("check_key", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("found_sha256", sa.String(length=64), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["account.id"],
            name=op.f("fk_result_warning_answer_answered_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["result_report.id"], name=op.f("fk_result_warning_answer_report_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("report_id", "check_key", name=op.f("pk_result_warning_answer")),
    )
    op.create_table(
        "status_list_entry",
        sa.Column("blind_index", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name_masked", sa.String(length=100), nullable=False),
        sa.Column("id_masked", sa.String(length=32), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('deceased', 'retired', 'student', 'detained', 'abroad')",
            name=op.f("ck_status_list_entry_kind_known"),
        ),
        sa.PrimaryKeyConstraint("blind_index", "kind", name=op.f("pk_status_list_entry")),
    )
    with op.batch_alter_table("status_list_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_status_list_entry_kind_status_list_entry_imported_at"), ["kind", "imported_at"], unique=False
        )

    op.create_table(
        "import_row",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("excel_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("id_masked", sa.String(length=32), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_import_row_batch_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("batch_id", "excel_row", name=op.f("pk_import_row")),
    )
    op.create_table(
        "filing_confirmation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_name", sa.String(length=64), nullable=False),
        sa.Column("asked_email", sa.String(length=200), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("answered_by", sa.String(length=64), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('service', 'day_log')", name=op.f("ck_filing_confirmation_kind_known")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (agreed IS NULL)", name=op.f("ck_filing_confirmation_answered_whole")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["account.id"], name=op.f("fk_filing_confirmation_created_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_filing_confirmation_filing_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_confirmation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_filing_confirmation_token_hash")),
    )
    with op.batch_alter_table("filing_confirmation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_filing_confirmation_filing_id_filing_confirmation_kind"), ["filing_id", "kind"], unique=False
        )

    op.create_table(
        "day_log_entry",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=False),
        sa.Column("done", sa.String(length=200), nullable=False),
        sa.Column("mentor", sa.String(length=64), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmation_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("hours_tenths > 0", name=op.f("ck_day_log_entry_hours_positive")),
        sa.ForeignKeyConstraint(
            ["confirmation_id"],
            ["filing_confirmation.id"],
            name=op.f("fk_day_log_entry_confirmation_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_day_log_entry_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_day_log_entry_recorded_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_day_log_entry_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_day_log_entry")),
        sa.UniqueConstraint(
            "technician_id", "filing_id", "on_day", name=op.f("uq_day_log_entry_technician_id_filing_id_on_day")
        ),
    )
    with op.batch_alter_table("day_log_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_log_entry_filing_id"), ["filing_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("employer_id", sa.BigInteger(), nullable=True),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consented_by_id", sa.BigInteger(), nullable=True),
        sa.Column("cost_agreement", sa.String(length=500), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("source IN ('person', 'employer', 'organizer')", name=op.f("ck_enrolment_source_known")),
        sa.CheckConstraint(
            "state IN ('requested', 'enrolled', 'waiting', 'declined', 'cancelled')",
            name=op.f("ck_enrolment_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('declined', 'cancelled') OR reason <> ''", name=op.f("ck_enrolment_ended_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["account.id"], name=op.f("fk_enrolment_asked_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["account.id"], name=op.f("fk_enrolment_changed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["consented_by_id"], ["account.id"], name=op.f("fk_enrolment_consented_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_enrolment_employer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_enrolment_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_enrolment_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "filing_id", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrolment_employer_id_enrolment_state"), ["employer_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_enrolment_filing_id_enrolment_state"), ["filing_id", "state"], unique=False
        )

    op.create_table(
        "attendance",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours_tenths", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_key", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "method IN ('qr', 'scan', 'sheet', 'import', 'report')", name=op.f("ck_attendance_method_known")
        ),
        sa.CheckConstraint("standing <> 'held' OR reason <> ''", name=op.f("ck_attendance_held_has_reason")),
        sa.CheckConstraint(
            "standing IN ('counted', 'held', 'absent', 'excused')", name=op.f("ck_attendance_standing_known")
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_attendance_times")),
        sa.CheckConstraint("hours_tenths >= 0", name=op.f("ck_attendance_hours")),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_attendance_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_attendance_recorded_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["activity_session.id"], name=op.f("fk_attendance_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_attendance_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "session_id", name=op.f("pk_attendance")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_filing_id"), ["filing_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendance_session_id"), ["session_id"], unique=False)

    op.create_table(
        "venue_point",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("latitude", sa.Integer(), nullable=False),
        sa.Column("longitude", sa.Integer(), nullable=False),
        sa.Column("datum", sa.String(length=16), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("datum IN ('wgs84', 'gcj02', 'bd09')", name=op.f("ck_venue_point_datum_known")),
        sa.CheckConstraint("latitude BETWEEN -90000000 AND 90000000", name=op.f("ck_venue_point_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180000000 AND 180000000", name=op.f("ck_venue_point_longitude")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_venue_point_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["account.id"], name=op.f("fk_venue_point_set_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_point")),
        sa.UniqueConstraint("organization_id", "place", name=op.f("uq_venue_point_organization_id_place")),
    )
    op.create_table(
        "arrival_place",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("band", sa.String(length=16), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("band IN ('near', 'far')", name=op.f("ck_arrival_place_band_known")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["activity_session.id"], name=op.f("fk_arrival_place_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_arrival_place_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "session_id", name=op.f("pk_arrival_place")),
    )
    with op.batch_alter_table("arrival_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_arrival_place_noted_at"), ["noted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_arrival_place_session_id"), ["session_id"], unique=False)

    op.create_table(
        "attendance_change",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("from_mark", sa.String(length=16), nullable=False),
        sa.Column("to_mark", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["account.id"], name=op.f("fk_attendance_change_actor_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["activity_session.id"], name=op.f("fk_attendance_change_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_attendance_change_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_attendance_change")),
    )
    with op.batch_alter_table("attendance_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_change_session_id"), ["session_id"], unique=False)

    op.create_table(
        "discipline_event",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("severity IN ('minor', 'serious')", name=op.f("ck_discipline_event_severity_known")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_reason <> ''", name=op.f("ck_discipline_event_withdrawn_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_discipline_event_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_discipline_event_recorded_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["activity_session.id"], name=op.f("fk_discipline_event_session_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_discipline_event_technician_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["account.id"], name=op.f("fk_discipline_event_withdrawn_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_discipline_event")),
    )
    with op.batch_alter_table("discipline_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_discipline_event_filing_id"), ["filing_id"], unique=False)

    op.create_table(
        "lottery_day",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("seed_sealed", sa.Text(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("on_day", name=op.f("pk_lottery_day")),
    )
    op.create_table(
        "lottery_draw",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("share", sa.String(length=32), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_lottery_draw_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["on_day"], ["lottery_day.on_day"], name=op.f("fk_lottery_draw_on_day"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_lottery_draw_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lottery_draw")),
        sa.UniqueConstraint("case_id", "round", name=op.f("uq_lottery_draw_case_id_round")),
    )
    with op.batch_alter_table("lottery_draw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lottery_draw_on_day"), ["on_day"], unique=False)

    op.create_table(
        "result_correction",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("reason_code", sa.String(length=16), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_result_correction_case_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["result_report.id"], name=op.f("fk_result_correction_report_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_correction")),
        sa.UniqueConstraint("case_id", name=op.f("uq_result_correction_case_id")),
    )
    with op.batch_alter_table("result_correction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_correction_report_id"), ["report_id"], unique=False)

    op.create_table(
        "correction_row",
        sa.Column("correction_id", sa.BigInteger(), nullable=False),
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("old_hours_tenths", sa.Integer(), nullable=True),
        sa.Column("old_score_tenths", sa.Integer(), nullable=True),
        sa.Column("old_outcome", sa.String(length=16), nullable=False),
        sa.Column("old_event", sa.String(length=100), nullable=False),
        sa.Column("old_rank", sa.String(length=32), nullable=False),
        sa.Column("new_hours_tenths", sa.Integer(), nullable=True),
        sa.Column("new_score_tenths", sa.Integer(), nullable=True),
        sa.Column("new_outcome", sa.String(length=16), nullable=False),
        sa.Column("new_event", sa.String(length=100), nullable=False),
        sa.Column("new_rank", sa.String(length=32), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("old_outcome <> '' OR new_outcome <> ''", name=op.f("ck_correction_row_says_something")),
        sa.CheckConstraint("new_hours_tenths IS NULL OR new_hours_tenths >= 0", name=op.f("ck_correction_row_hours")),
        sa.CheckConstraint(
            "new_score_tenths IS NULL OR new_score_tenths BETWEEN 0 AND 1000", name=op.f("ck_correction_row_score")
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["result_correction.id"],
            name=op.f("fk_correction_row_correction_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_correction_row_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("correction_id", "technician_id", name=op.f("pk_correction_row")),
    )
    with op.batch_alter_table("correction_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_correction_row_technician_id"), ["technician_id"], unique=False)

    op.create_table(
        "evidence_piece",
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_evidence_piece_attachment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["activity_session.id"], name=op.f("fk_evidence_piece_session_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_evidence_piece")),
    )
    with op.batch_alter_table("evidence_piece", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_piece_session_id"), ["session_id"], unique=False)

    op.create_table(
        "picture_hash",
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("cut", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.BigInteger(), nullable=False),
        sa.Column("band_a", sa.Integer(), nullable=False),
        sa.Column("band_b", sa.Integer(), nullable=False),
        sa.Column("band_c", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_picture_hash_attachment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("attachment_id", "cut", name=op.f("pk_picture_hash")),
    )
    with op.batch_alter_table("picture_hash", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_picture_hash_band_a"), ["band_a"], unique=False)
        batch_op.create_index(batch_op.f("ix_picture_hash_band_b"), ["band_b"], unique=False)
        batch_op.create_index(batch_op.f("ix_picture_hash_band_c"), ["band_c"], unique=False)

    op.create_table(
        "picture_match",
        sa.Column("attachment_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("mirrored", sa.Boolean(), nullable=False),
        sa.CheckConstraint("attachment_id <> other_id", name=op.f("ck_picture_match_two")),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_picture_match_attachment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["attachment.id"], name=op.f("fk_picture_match_other_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("attachment_id", "other_id", name=op.f("pk_picture_match")),
    )
    with op.batch_alter_table("picture_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_picture_match_other_id"), ["other_id"], unique=False)

    op.create_table(
        "upload",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('receiving', 'checking', 'failed')", name=op.f("ck_upload_state_known")),
        sa.CheckConstraint("received BETWEEN 0 AND size AND size > 0", name=op.f("ck_upload_received")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_upload_account_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_upload_membership_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_upload_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["result_report.id"], name=op.f("fk_upload_report_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["activity_session.id"], name=op.f("fk_upload_session_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upload_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_report_id"), ["report_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_upload_state_upload_touched_at"), ["state", "touched_at"], unique=False)

    op.create_table(
        "base_application",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("draft_saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('first', 'renewal', 'change')", name=op.f("ck_base_application_purpose_known")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_base_application_case_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_base_application_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_base_application")),
    )
    with op.batch_alter_table("base_application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_application_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "base_finding",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("condition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("found_by", sa.String(length=64), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("met OR remark <> ''", name=op.f("ck_base_finding_reason")),
        sa.CheckConstraint("condition BETWEEN 1 AND 5", name=op.f("ck_base_finding_condition_known")),
        sa.CheckConstraint("stage IN (1, 2)", name=op.f("ck_base_finding_stage_known")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_base_finding_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_base_finding_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("case_id", "stage", "condition", name=op.f("pk_base_finding")),
    )
    op.create_table(
        "base_objection",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("contact_sealed", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("upheld IS NULL OR answer <> ''", name=op.f("ck_base_objection_answer_says_why")),
        sa.CheckConstraint("(upheld IS NULL) = (answered_at IS NULL)", name=op.f("ck_base_objection_answered_whole")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name=op.f("fk_base_objection_answered_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_base_objection_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_objection")),
    )
    with op.batch_alter_table("base_objection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_objection_case_id"), ["case_id"], unique=False)

    op.create_table(
        "training_base",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("renewal_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("valid_until > published_on", name=op.f("ck_training_base_valid")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_training_base_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_training_base_organization_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_training_base_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_base")),
        sa.UniqueConstraint("case_id", name=op.f("uq_training_base_case_id")),
        sa.UniqueConstraint("number", name=op.f("uq_training_base_number")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_training_base_organization_id")),
    )
    op.create_table(
        "base_report",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("base_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("grade", sa.String(length=16), nullable=False),
        sa.CheckConstraint("(grade = '') = (total IS NULL)", name=op.f("ck_base_report_graded_whole")),
        sa.ForeignKeyConstraint(
            ["base_id"], ["training_base.id"], name=op.f("fk_base_report_base_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_base_report_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_base_report")),
        sa.UniqueConstraint("base_id", "year", name=op.f("uq_base_report_base_id_year")),
    )
    op.create_table(
        "base_teacher",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("base_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("employment", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("credentials", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_reason", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("employment IN ('full_time', 'part_time')", name=op.f("ck_base_teacher_employment_known")),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= since", name=op.f("ck_base_teacher_ended_after")),
        sa.ForeignKeyConstraint(
            ["base_id"], ["training_base.id"], name=op.f("fk_base_teacher_base_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_base_teacher_recorded_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_teacher")),
    )
    with op.batch_alter_table("base_teacher", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_base_teacher_base_id_base_teacher_ended_on"), ["base_id", "ended_on"], unique=False
        )

    op.create_table(
        "base_measure",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("base_id", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("grounds", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("proposed", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "measure IN ('suspend', 'lift', 'revoke', 'close')", name=op.f("ck_base_measure_measure_known")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_base_measure_reason")),
        sa.ForeignKeyConstraint(
            ["base_id"], ["training_base.id"], name=op.f("fk_base_measure_base_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_base_measure_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_base_measure")),
    )
    with op.batch_alter_table("base_measure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_measure_base_id"), ["base_id"], unique=False)

    op.create_table(
        "base_publication",
        sa.Column("base_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id"], ["training_base.id"], name=op.f("fk_base_publication_base_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_base_publication_case_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("base_id", "version", name=op.f("pk_base_publication")),
    )
    op.create_table(
        "base_scope_entry",
        sa.Column("base_id", sa.BigInteger(), nullable=False),
        sa.Column("occupation", sa.String(length=64), nullable=False),
        sa.Column("level_rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id"], ["training_base.id"], name=op.f("fk_base_scope_entry_base_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("base_id", "occupation", "level_rank", name=op.f("pk_base_scope_entry")),
    )
    with op.batch_alter_table("base_scope_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_base_scope_entry_occupation_base_scope_entry_level_rank"),
            ["occupation", "level_rank"],
            unique=False,
        )

    op.create_table(
        "disposal_list",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.String(length=64), nullable=False),
        sa.Column("person_key", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'declined', 'destroyed')", name=op.f("ck_disposal_list_state_known")
        ),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR proposed_by_id IS NULL OR decided_by_id <> proposed_by_id",
            name=op.f("ck_disposal_list_two_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_disposal_list_decided_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["account.id"], name=op.f("fk_disposal_list_proposed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_disposal_list_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_list")),
        sa.UniqueConstraint("number", name=op.f("uq_disposal_list_number")),
    )
    with op.batch_alter_table("disposal_list", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_disposal_list_region_code_disposal_list_state"), ["region_code", "state"], unique=False
        )

    op.create_table(
        "archive_handover",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("receiver_id", sa.BigInteger(), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("paper_place", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("archives", sa.Integer(), nullable=False),
        sa.Column("list_sha256", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name=op.f("ck_archive_handover_decided_whole")),
        sa.CheckConstraint(
            "state IN ('asked', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_archive_handover_state_known")
        ),
        sa.CheckConstraint(
            "receiver_id IS NULL OR receiver_id <> organization_id", name=op.f("ck_archive_handover_two_sides")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["account.id"], name=op.f("fk_archive_handover_asked_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_archive_handover_decided_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_archive_handover_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["organization.id"], name=op.f("fk_archive_handover_receiver_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_archive_handover_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_handover")),
    )
    with op.batch_alter_table("archive_handover", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_archive_handover_organization_id_archive_handover_state"),
            ["organization_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_archive_handover_receiver_id_archive_handover_state"), ["receiver_id", "state"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_archive_handover_region_code_archive_handover_state"), ["region_code", "state"], unique=False
        )

    op.create_table(
        "archive_bundle",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("parts_file_id", sa.BigInteger(), nullable=True),
        sa.Column("originals", sa.JSON(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state <> 'ready' OR parts_file_id IS NOT NULL", name=op.f("ck_archive_bundle_ready_has_parts")
        ),
        sa.CheckConstraint(
            "state IN ('making', 'ready', 'failed', 'expired')", name=op.f("ck_archive_bundle_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_archive_bundle_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_archive_bundle_job_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_archive_bundle_membership_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["parts_file_id"], ["stored_file.id"], name=op.f("fk_archive_bundle_parts_file_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_bundle")),
    )
    with op.batch_alter_table("archive_bundle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_bundle_filing_id"), ["filing_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_archive_bundle_state_archive_bundle_asked_at"), ["state", "asked_at"], unique=False
        )

    op.create_table(
        "archive_handover_item",
        sa.Column("handover_id", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_archive_handover_item_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["archive_handover.id"],
            name=op.f("fk_archive_handover_item_handover_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("handover_id", "filing_id", name=op.f("pk_archive_handover_item")),
    )
    op.create_table(
        "archive_hold",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=False),
        sa.Column("lifted_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("lifted_at IS NULL OR lifted_reason <> ''", name=op.f("ck_archive_hold_lifted_has_reason")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_archive_hold_reason")),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_archive_hold_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["account.id"], name=op.f("fk_archive_hold_lifted_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["placed_by_id"], ["account.id"], name=op.f("fk_archive_hold_placed_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_hold")),
    )
    with op.batch_alter_table("archive_hold", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_archive_hold_filing_id_archive_hold_lifted_at"), ["filing_id", "lifted_at"], unique=False
        )

    op.create_table(
        "archive_paper",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "item IN ('filing', 'plan', 'people', 'attendance', 'results', 'evidence', 'service', 'disputes', 'decision', 'other')",
            name=op.f("ck_archive_paper_item_known"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["account.id"], name=op.f("fk_archive_paper_added_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_archive_paper_file_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_archive_paper_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["account.id"], name=op.f("fk_archive_paper_removed_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_paper")),
    )
    with op.batch_alter_table("archive_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_paper_filing_id"), ["filing_id"], unique=False)

    op.create_table(
        "disposal_item",
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_disposal_item_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["disposal_list.id"], name=op.f("fk_disposal_item_list_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("list_id", "filing_id", name=op.f("pk_disposal_item")),
    )
    op.create_table(
        "teaching_archive",
        sa.Column("filing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("keeper_id", sa.BigInteger(), nullable=True),
        sa.Column("region_code", sa.String(length=12), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("keep_until >= ended_on", name=op.f("ck_teaching_archive_kept")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["account.id"], name=op.f("fk_teaching_archive_closed_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["filing_id"], ["activity_filing.id"], name=op.f("fk_teaching_archive_filing_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["keeper_id"], ["organization.id"], name=op.f("fk_teaching_archive_keeper_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_teaching_archive_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_teaching_archive_region_code"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("filing_id", name=op.f("pk_teaching_archive")),
    )
    with op.batch_alter_table("teaching_archive", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_teaching_archive_keeper_id"), ["keeper_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_teaching_archive_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_teaching_archive_region_code_teaching_archive_keep_until"),
            ["region_code", "keep_until"],
            unique=False,
        )

    op.create_table(
        "official_letter",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("facts_sha256", sa.String(length=64), nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_official_letter_attachment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_official_letter_case_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["case_step.id"], name=op.f("fk_official_letter_step_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_letter")),
        sa.UniqueConstraint("number", name=op.f("uq_official_letter_number")),
        sa.UniqueConstraint("step_id", "kind", name=op.f("uq_official_letter_step_id_kind")),
    )
    with op.batch_alter_table("official_letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_official_letter_case_id"), ["case_id"], unique=False)

    op.create_table(
        "authority_occupation",
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("occupation", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_authority_occupation_organization_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organization_id", "occupation", name=op.f("pk_authority_occupation")),
    )
    op.create_table(
        "base_opinion",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("supports", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "supports IS NULL OR supports OR answer <> ''", name=op.f("ck_base_opinion_objection_says_why")
        ),
        sa.CheckConstraint("(supports IS NULL) = (answered_at IS NULL)", name=op.f("ck_base_opinion_answered_whole")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name=op.f("fk_base_opinion_answered_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["account.id"], name=op.f("fk_base_opinion_asked_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_base_opinion_case_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_base_opinion_organization_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_opinion")),
        sa.UniqueConstraint("case_id", "organization_id", name=op.f("uq_base_opinion_case_id_organization_id")),
    )
    with op.batch_alter_table("base_opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_opinion_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "base_visit",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('site', 'panel')", name=op.f("ck_base_visit_kind_known")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_base_visit_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_base_visit_case_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_visit")),
    )
    with op.batch_alter_table("base_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_base_visit_case_id"), ["case_id"], unique=False)

    op.create_table(
        "base_visit_score",
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_base_visit_score_points")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["base_visit.id"], name=op.f("fk_base_visit_score_visit_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("visit_id", "member", "item", name=op.f("pk_base_visit_score")),
    )

    _make_append_only()
    _refuse_two_places_at_once()


def downgrade() -> None:
    op.drop_table("base_visit_score")
    with op.batch_alter_table("base_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_visit_case_id"))

    op.drop_table("base_visit")
    with op.batch_alter_table("base_opinion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_opinion_organization_id"))

    op.drop_table("base_opinion")
    op.drop_table("authority_occupation")
    with op.batch_alter_table("official_letter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_official_letter_case_id"))

    op.drop_table("official_letter")
    with op.batch_alter_table("teaching_archive", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_teaching_archive_region_code_teaching_archive_keep_until"))
        batch_op.drop_index(batch_op.f("ix_teaching_archive_organization_id"))
        batch_op.drop_index(batch_op.f("ix_teaching_archive_keeper_id"))

    op.drop_table("teaching_archive")
    op.drop_table("disposal_item")
    with op.batch_alter_table("archive_paper", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_paper_filing_id"))

    op.drop_table("archive_paper")
    with op.batch_alter_table("archive_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_hold_filing_id_archive_hold_lifted_at"))

    op.drop_table("archive_hold")
    op.drop_table("archive_handover_item")
    with op.batch_alter_table("archive_bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_bundle_state_archive_bundle_asked_at"))
        batch_op.drop_index(batch_op.f("ix_archive_bundle_filing_id"))

    op.drop_table("archive_bundle")
    with op.batch_alter_table("archive_handover", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archive_handover_region_code_archive_handover_state"))
        batch_op.drop_index(batch_op.f("ix_archive_handover_receiver_id_archive_handover_state"))
        batch_op.drop_index(batch_op.f("ix_archive_handover_organization_id_archive_handover_state"))

    op.drop_table("archive_handover")
    with op.batch_alter_table("disposal_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disposal_list_region_code_disposal_list_state"))

    op.drop_table("disposal_list")

    with op.batch_alter_table("day_log_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_day_log_entry_filing_id"))

    op.drop_table("day_log_entry")
    with op.batch_alter_table("filing_confirmation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filing_confirmation_filing_id_filing_confirmation_kind"))

    op.drop_table("filing_confirmation")
    with op.batch_alter_table("base_scope_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_scope_entry_occupation_base_scope_entry_level_rank"))

    op.drop_table("base_scope_entry")
    op.drop_table("base_publication")
    with op.batch_alter_table("base_teacher", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_teacher_base_id_base_teacher_ended_on"))

    op.drop_table("base_teacher")
    op.drop_table("base_report")
    with op.batch_alter_table("base_measure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_measure_base_id"))

    op.drop_table("base_measure")
    op.drop_table("training_base")
    with op.batch_alter_table("base_objection", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_objection_case_id"))

    op.drop_table("base_objection")
    op.drop_table("base_finding")
    with op.batch_alter_table("base_application", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_base_application_organization_id"))

    op.drop_table("base_application")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upload_organization_id"))
        batch_op.drop_index(batch_op.f("ix_upload_report_id"))
        batch_op.drop_index(batch_op.f("ix_upload_state_upload_touched_at"))

    op.drop_table("upload")
    with op.batch_alter_table("picture_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_picture_match_other_id"))

    op.drop_table("picture_match")
    with op.batch_alter_table("picture_hash", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_picture_hash_band_a"))
        batch_op.drop_index(batch_op.f("ix_picture_hash_band_b"))
        batch_op.drop_index(batch_op.f("ix_picture_hash_band_c"))

    op.drop_table("picture_hash")
    with op.batch_alter_table("evidence_piece", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_piece_session_id"))

    op.drop_table("evidence_piece")
    with op.batch_alter_table("correction_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_correction_row_technician_id"))

    op.drop_table("correction_row")
    with op.batch_alter_table("result_correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_correction_report_id"))

    op.drop_table("result_correction")
    with op.batch_alter_table("lottery_draw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lottery_draw_on_day"))

    op.drop_table("lottery_draw")
    op.drop_table("lottery_day")
    with op.batch_alter_table("discipline_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_discipline_event_filing_id"))

    op.drop_table("discipline_event")
    with op.batch_alter_table("attendance_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_change_session_id"))

    op.drop_table("attendance_change")
    with op.batch_alter_table("arrival_place", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_arrival_place_session_id"))
        batch_op.drop_index(batch_op.f("ix_arrival_place_noted_at"))

    op.drop_table("arrival_place")
    op.drop_table("venue_point")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_session_id"))
        batch_op.drop_index(batch_op.f("ix_attendance_filing_id"))

    op.drop_table("attendance")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_filing_id_enrolment_state"))
        batch_op.drop_index(batch_op.f("ix_enrolment_employer_id_enrolment_state"))

    op.drop_table("enrolment")
    with op.batch_alter_table("status_list_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_status_list_entry_kind_status_list_entry_imported_at"))

    op.drop_table("status_list_entry")
    op.drop_table("result_warning_answer")
    with op.batch_alter_table("result_dispute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_dispute_report_id"))

    op.drop_table("result_dispute")
    op.drop_table("import_row")
    with op.batch_alter_table("result_row", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_row_technician_id"))

    op.drop_table("result_row")
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batch_organization_id_import_batch_kind"))

    op.drop_table("import_batch")
    with op.batch_alter_table("supplement_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_supplement_item_step_id"))

    op.drop_table("supplement_item")
    op.drop_table("subject_line")
    op.drop_table("result_report")
    op.drop_table("filing_teacher")
    op.drop_table("filing_occupation")
    with op.batch_alter_table("activity_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_session_on_day"))

    op.drop_table("activity_session")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_account_id"))

    op.drop_table("user_session")
    op.drop_table("reminder_sent")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_membership_id_notice_read_at"))
        batch_op.drop_index(batch_op.f("ix_notice_case_id"))

    op.drop_table("notice")
    with op.batch_alter_table("proof_batch_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_batch_item_batch_id_proof_batch_item_state_proof_batch_item_position"))

    op.drop_table("proof_batch_item")
    with op.batch_alter_table("proof_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_batch_requested_by_id"))
        batch_op.drop_index(batch_op.f("ix_proof_batch_organization_id"))

    op.drop_table("proof_batch")
    with op.batch_alter_table("proof_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_consent_organization_id_proof_consent_state"))

    op.drop_table("proof_consent")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_state_job_heartbeat_at"))

    op.drop_table("job")
    with op.batch_alter_table("employer_registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employer_registration_uscc"))

    op.drop_table("employer_registration")
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_step_case_id"))
        batch_op.drop_index(batch_op.f("ix_case_step_at"))

    op.drop_table("case_step")
    op.drop_table("case_snapshot")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_object_kind_audit_event_object_id"))
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))
        batch_op.drop_index(batch_op.f("ix_audit_event_account_id_audit_event_at"))

    op.drop_table("audit_event")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_case_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("activity_filing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_filing_starts_on"))
        batch_op.drop_index(batch_op.f("ix_activity_filing_organization_id"))

    op.drop_table("activity_filing")
    op.drop_table("yearly_credit")
    op.drop_table("skill_certificate")
    with op.batch_alter_table("record_look", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_look_technician_id_record_look_last_at"))
    op.drop_table("record_look")
    op.drop_table("proof_check")
    op.drop_table("sealed_day")
    op.drop_table("log_place")
    op.drop_table("log_leaf")
    op.drop_table("log_head")
    op.drop_table("log_block")
    with op.batch_alter_table("proof_revocation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_revocation_state"))

    op.drop_table("proof_revocation")
    op.drop_table("proof_number")
    op.drop_table("proof_key")
    op.drop_table("proof_code")
    with op.batch_alter_table("proof", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_technician_id_proof_kind_proof_topic"))

    op.drop_table("proof")
    op.drop_table("organization_capacity")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_technician_id"))
        batch_op.drop_index(batch_op.f("ix_membership_region_code"))
        batch_op.drop_index(batch_op.f("ix_membership_organization_id"))
        batch_op.drop_index(batch_op.f("ix_membership_account_id"))

    op.drop_table("membership")
    with op.batch_alter_table("identity_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_key_technician_id"))

    op.drop_table("identity_key")
    op.drop_table("exam_record")
    with op.batch_alter_table("employment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employment_organization_id_employment_ended_on"))

    op.drop_table("employment")
    with op.batch_alter_table("credit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_credit_entry_year")
        batch_op.drop_index("ix_credit_entry_source")
        batch_op.drop_index("ix_credit_entry_posted_at")

    op.drop_table("credit_entry")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_region_code_cases_state"))
        batch_op.drop_index(batch_op.f("ix_cases_second_region_code_cases_state"))
        batch_op.drop_index(batch_op.f("ix_cases_partner_id"))
        batch_op.drop_index(batch_op.f("ix_cases_organization_id_cases_kind_cases_state"))

    op.drop_table("cases")
    op.drop_table("activation_link")
    with op.batch_alter_table("technician", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_technician_region_code"))
        batch_op.drop_index(batch_op.f("ix_technician_name"))

    op.drop_table("technician")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_sha256"))

    op.drop_table("stored_file")
    op.drop_table("organization")
    op.drop_table("working_day")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_attempt_last_at"))

    op.drop_table("sign_in_attempt")
    op.drop_table("setting")
    op.drop_table("region")
    op.drop_table("policy_version")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_sent_at_outbox_message_next_try_at"))

    op.drop_table("outbox_message")
    op.drop_table("number_series")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_person_key"))

    op.drop_table("account")
