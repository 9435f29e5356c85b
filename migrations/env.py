"""What Alembic runs: the application's database, its tables, and the writing transaction SQLite needs."""

from alembic import context
from flask import current_app

_migrate = current_app.extensions["migrate"]
_database = _migrate.db


def run() -> None:
    """Bring the database to the revision asked for, in one transaction."""
    with _database.engine.connect().execution_options(wuxue_write=True) as connection:
        context.configure(connection=connection, target_metadata=_database.metadata, **_migrate.configure_args)
        with context.begin_transaction():
            context.run_migrations()


run()
