"""The organisers, officials and learners of the journeys of forms, made in one go.

Run as a program in the site's environment; the file it is given then holds the learners' sign-in names and numbers.
"""

import json
import sys
from datetime import date
from pathlib import Path

from sqlalchemy import insert

from app import create_app
from domain.roles import CITY, Role
from ids import new_id
from models import Employment, Organization, Technician, db
from services.transaction import transaction
from tests.account_makers import id_number, make_account, make_officer, make_organization, make_technician

PASSWORD = "a long enough sentence"
BASE = "永康市方岩职业技能培训学校"
EMPLOYER = "永康市永力五金有限公司"
ASSOCIATION = "永康市门锁行业协会"
# What stands before the @ of the clerk's sign-in name, roles of clerk and second person, capacity and name.
ORGANISERS = (
    ("employer", Role.EMPLOYER_CLERK, Role.EMPLOYER_MANAGER, "employer", EMPLOYER),
    ("base", Role.BASE_CLERK, Role.BASE_MANAGER, "training_base", BASE),
    ("association", Role.ORGANIZER_CLERK, Role.ORGANIZER_MANAGER, "industry_body", ASSOCIATION),
    ("bureau", Role.ORGANIZER_CLERK, Role.ORGANIZER_MANAGER, "government", "永康市人力资源和社会保障局"),
)
OFFICER = "officer@example.com"
CITY_OFFICER = "city@example.com"
_HIRED = date(2020, 1, 1)
LEARNERS = ("胡晓东", "应建华", "徐丽萍", "程志明", "朱卫国", "吕红梅")


def make() -> list[tuple[str, str, str]]:
    """All accounts, with the one password; sign-in name, name and number of the learners, who work for the employer."""
    organizations = {}
    for login_name, clerk, manager, capacity, name in ORGANISERS:
        organizations[login_name] = organization_id = make_organization(capacity=capacity)
        with transaction():
            db.session.get_one(Organization, organization_id).name = name
        make_account(clerk, login_name=f"{login_name}@example.com", organization_id=organization_id)
        make_account(manager, login_name=f"{login_name}-manager@example.com", organization_id=organization_id)
    make_officer(login_name=OFFICER)
    make_officer(CITY, login_name=CITY_OFFICER)
    return [_learner(place, name, organizations["employer"]) for place, name in enumerate(LEARNERS)]


def _learner(place: int, name: str, employer_id: int) -> tuple[str, str, str]:
    login_name, number = f"learner{place}@example.com", id_number()
    technician_id = make_technician(number)
    make_account(Role.TECHNICIAN, login_name=login_name, technician_id=technician_id)
    with transaction():
        db.session.get_one(Technician, technician_id).name = name
        db.session.execute(
            insert(Employment),
            [{"technician_id": technician_id, "id": new_id(), "organization_id": employer_id,
              "started_on": _HIRED, "state": "active"}],
        )  # fmt: skip
    return login_name, name, number


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        Path(sys.argv[1]).write_text(json.dumps(make()), "utf-8")
