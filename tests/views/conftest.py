"""The two worlds, built once for all tests that only look; tests that change something get a copy."""

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from models import db
from tests import applications, database, no_lottery
from tests.views import walk, world
from tests.views.walk import Visit
from tests.views.world import Site


def _settings(url: str, instance: Path) -> dict[str, str]:
    where = {"WUXUE_ENV": "test", "WUXUE_DATABASE_URL": url, "WUXUE_INSTANCE": str(instance)}
    return {**database.KEYS, **where, "WUXUE_CLOCK_START": world.NOW}


@pytest.fixture(scope="session", autouse=True)
def nobody_is_drawn() -> Iterator[None]:
    """No decision is drawn for a second review but where a test asks for it."""
    with no_lottery.share(Fraction(0)):
        yield


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application with both worlds. Whoever uses it changes no row but those of the trail."""
    instance: Path = tmp_path_factory.mktemp("instance")
    with database.fresh() as url, applications.alone(_settings(url, instance)) as app:
        walk.listen(app)
        yield world.build(app)


@pytest.fixture(scope="session")
def visits(site: Site) -> list[Visit]:
    """Every page of world A as every role sees it."""
    return walk.tour(site)


@pytest.fixture
def spare_site(site: Site, tmp_path: Path) -> Iterator[Site]:
    """A copy of both worlds that a test may change as it likes."""
    settings = site.app.extensions["settings"]
    with site.app.app_context():
        db.session.remove()
        db.engine.dispose()
    instance = tmp_path / "instance"
    shutil.copytree(settings.instance, instance)
    with database.copied(settings.database_url) as url, applications.alone(_settings(url, instance)) as app:
        walk.listen(app)
        yield Site(app=app, a=site.a, b=site.b, shared=site.shared)
