"""Pages at the size of a city: whatever a list holds, its page asks a fixed number of questions and stays small."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from domain.roles import Role
from models import db
from tests.views import crowd, walk, world
from tests.views.walk import Walker
from tests.views.world import Site
from views.access import ANYONE

_MOST_BYTES = 100_000
# What closing a base does to its classes is worked out class by class; what a person has to answer, list by list.
_ONE_BY_ONE = {"/base/measures/close", "/me/results"}


@dataclass(frozen=True)
class Seen:
    """What one page cost."""

    questions: int
    size: int


@pytest.fixture
def crowded(spare_site: Site) -> Iterator[tuple[dict[str, Seen], dict[str, Seen]]]:
    """Every page without a name in its address, for every role: with three rows for each of the world's, and nine."""
    with spare_site.app.app_context():
        rows = crowd.originals()
        crowd.add(rows, range(1, 3))
    _tour(spare_site)  # what is read once in the life of a process
    few = _tour(spare_site)
    with spare_site.app.app_context():
        crowd.add(rows, range(3, 9))
    yield few, _tour(spare_site)


def test_more_rows_are_neither_more_questions_nor_a_page_without_end(
    crowded: tuple[dict[str, Seen], dict[str, Seen]],
) -> None:
    few, many = crowded
    assert len(few) > 100
    more = {page: (few[page].questions, seen.questions) for page, seen in many.items()}
    assert {page: numbers for page, numbers in more.items() if numbers[1] > numbers[0]} == {}
    assert {page: seen.size for page, seen in many.items() if seen.size > _MOST_BYTES} == {}


def _tour(site: Site) -> dict[str, Seen]:
    found = {}
    with _counting(site) as questions:
        for role in (*world.WORLD_ROLES, *world.CITY_ROLES):
            walker, client = Walker(site.app), world.sign_in_as(site, site.actor(role))
            for rule in walk.rules(site.app):
                if rule.arguments or rule.rule in _ONE_BY_ONE or "GET" not in (rule.methods or ()):
                    continue
                if not _is_for(role, walk.access_of(site.app, rule)):
                    continue
                before = len(questions)
                visit = walker.go(client, role.value, rule, "GET", rule.rule)
                if visit.status == 200 and visit.is_page:
                    found[f"{role.value} {rule.rule}"] = Seen(len(questions) - before, len(visit.body))
    return found


def _is_for(role: Role, access: object) -> bool:
    return role is Role.EMPLOYER_CLERK if access == ANYONE else walk.may(role, access)


@contextmanager
def _counting(site: Site) -> Iterator[list[str]]:
    questions: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            questions.append(statement)

    with site.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield questions
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
