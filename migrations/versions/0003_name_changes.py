"""A change of name asked for by one officer and decided by another.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "name_change",
        sa.Column("technician_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("old_name", sa.String(length=100), nullable=False),
        sa.Column("new_name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state <> 'confirmed' OR (decided_by_id IS NOT NULL AND decided_by_id <> requested_by_id)",
            name=op.f("ck_name_change_two_accounts"),
        ),
        sa.CheckConstraint("state IN ('requested', 'confirmed', 'declined')", name=op.f("ck_name_change_state_known")),
        sa.CheckConstraint("old_name <> new_name", name=op.f("ck_name_change_changes_something")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_name_change_decided_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_name_change_file_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["account.id"], name=op.f("fk_name_change_requested_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_name_change_technician_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("technician_id", "id", name=op.f("pk_name_change")),
    )
    with op.batch_alter_table("name_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_name_change_state"), ["state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("name_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_name_change_state"))

    op.drop_table("name_change")
