"""The migrations make the tables that models.py describes, on both databases."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from models import db
from tests.house.sources import ROOT


def test_the_migrations_and_the_models_agree(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, db.metadata)
    assert differences == []


def test_the_migrations_are_one_line() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_checks_are_in_the_database(app: Flask) -> None:
    """Alembic does not compare CHECK constraints, so their names are compared here."""
    with app.app_context():
        inspector = sa.inspect(db.engine)
        for table in db.metadata.sorted_tables:
            wanted = {c.name for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            there = {c["name"] for c in inspector.get_check_constraints(table.name)}
            assert wanted - there == set(), table.name
