"""Inserts that say what happens to a row that is there already: both databases can, each by a construct of its own."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from models import db


def insert_or(table: Any) -> postgresql.Insert | sqlite.Insert:
    """An INSERT into this table or mapped class, to be followed by `on_conflict_do_nothing` or `_do_update`."""
    return postgresql.insert(table) if db.engine.dialect.name == "postgresql" else sqlite.insert(table)
