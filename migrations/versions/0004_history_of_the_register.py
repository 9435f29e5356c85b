"""What is changed in the register of persons is kept, and proofs are derived again from what was known.

Revision ID: 0004
Revises: 0003

"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("register_change",)

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


def upgrade() -> None:
    op.create_table(
        "register_change",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part IN ('name', 'certificate', 'employment')", name=op.f("ck_register_change_part_known")),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technician.id"],
            name=op.f("fk_register_change_technician_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_register_change")),
    )
    op.create_table(
        "proof_recheck",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_technician_id", sa.BigInteger(), nullable=False),
        sa.Column("after_proof_id", sa.BigInteger(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_proof_recheck")),
    )
    op.create_table(
        "proof_difference",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("proof_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technician.id"],
            name=op.f("fk_proof_difference_technician_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("technician_id", "proof_id", name=op.f("pk_proof_difference")),
    )
    with op.batch_alter_table("proof_difference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_difference_resolved_at"), ["resolved_at"], unique=False)
    op.add_column("proof", sa.Column("register_position", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    for table in _APPEND_ONLY:
        for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
            connection.exec_driver_sql(statement.format(table=table))


def downgrade() -> None:
    op.drop_column("proof", "register_position")
    for table in ("proof_difference", "proof_recheck", "register_change"):
        op.drop_table(table)
