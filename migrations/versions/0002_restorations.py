"""Which published heads an older database gave up when two officers let it go on.

Revision ID: 0002
Revises: 0001

"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("log_restoration",)

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
        "log_restoration",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("lost_day", sa.Date(), nullable=False),
        sa.Column("lost_size", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("first_by_id", sa.BigInteger(), nullable=False),
        sa.Column("second_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_by_id <> second_by_id", name=op.f("ck_log_restoration_two_accounts")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_log_restoration_reason")),
        sa.ForeignKeyConstraint(
            ["first_by_id"], ["account.id"], name=op.f("fk_log_restoration_first_by_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["second_by_id"], ["account.id"], name=op.f("fk_log_restoration_second_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_restoration")),
    )
    connection = op.get_bind()
    for table in _APPEND_ONLY:
        for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
            connection.exec_driver_sql(statement.format(table=table))


def downgrade() -> None:
    op.drop_table("log_restoration")
