"""The two worlds, built once for all tests that only look; tests that change something get a copy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import database
from tests.views import walk, world
from tests.views.walk import Visit
from tests.views.world import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application with both worlds. Whoever uses it changes no row but those of the trail."""
    instance: Path = tmp_path_factory.mktemp("instance")
    with database.fresh() as url:
        settings = {
            **database.KEYS,
            "WUXUE_ENV": "test",
            "WUXUE_DATABASE_URL": url,
            "WUXUE_INSTANCE": str(instance),
            "WUXUE_CLOCK_START": world.NOW,
        }
        with world.application(settings) as app:
            yield world.build(app)


@pytest.fixture(scope="session")
def visits(site: Site) -> list[Visit]:
    """Every page of world A as every role sees it."""
    return walk.tour(site)
