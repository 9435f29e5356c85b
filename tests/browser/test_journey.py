"""The main job from end to end: an employer is admitted, files a class, and its people get credits and a proof."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.given_files import given, made
from tests.browser.journey import Journey
from tests.browser.running_site import Site
from tests.browser.steps_admission import import_staff, make_officer, register_employer
from tests.browser.steps_filing import correct_class, draft_class, invite_manager, submit_class
from tests.browser.steps_proof import issue_proof, see_the_year, take_slip, verify_proof
from tests.browser.steps_results import credit_results, enter_results, refuse_the_same_person, release_results
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def test_the_journey(site: Site, visit: Callable[..., Visitor], tmp_path: Path) -> None:
    go(Journey(site, given(tmp_path), visit), tmp_path)


def test_the_journey_without_scripts(site: Site, visit: Callable[..., Visitor], tmp_path: Path) -> None:
    go(Journey(site, made(tmp_path, headcount=60, participants=20), visit, scripts=False), tmp_path)


def go(journey: Journey, folder: Path) -> None:
    """Steps 1 to 7."""
    officer = make_officer(journey)
    clerk = register_employer(journey, officer)
    import_staff(journey, clerk)
    clerk = draft_class(journey, clerk)
    number = submit_class(clerk)
    correct_class(journey, clerk, officer, number)
    manager = invite_manager(journey, clerk)
    enter_results(journey, clerk)
    refuse_the_same_person(journey, clerk)
    release_results(journey, manager)
    credit_results(journey, officer)
    slip = take_slip(journey, clerk)
    technician = see_the_year(journey, slip)
    verify_proof(journey, *issue_proof(journey, technician, folder))
    said = journey.site.said()
    assert [number for number in journey.files.id_numbers() if number in said] == []
