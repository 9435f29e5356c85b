"""The organisers and officials of the journeys of forms, made in one go; run as a program in the site's environment."""

from app import create_app
from domain.roles import CITY, Role
from models import Organization, db
from services.transaction import transaction
from tests.account_makers import make_account, make_officer, make_organization

PASSWORD = "a long enough sentence"
BASE = "永康市方岩职业技能培训学校"
EMPLOYER = "永康市永力五金有限公司"
ASSOCIATION = "永康市门锁行业协会"
# Sign-in name, role, capacity and name of the organisation.
CLERKS = (
    ("employer@example.com", Role.EMPLOYER_CLERK, "employer", EMPLOYER),
    ("base@example.com", Role.BASE_CLERK, "training_base", BASE),
    ("association@example.com", Role.ORGANIZER_CLERK, "industry_body", ASSOCIATION),
    ("bureau@example.com", Role.ORGANIZER_CLERK, "government", "永康市人力资源和社会保障局"),
)
OFFICER = "officer@example.com"
CITY_OFFICER = "city@example.com"


def make() -> None:
    """All accounts, with the one password."""
    for login_name, role, capacity, name in CLERKS:
        organization_id = make_organization(capacity=capacity)
        with transaction():
            db.session.get_one(Organization, organization_id).name = name
        make_account(role, login_name=login_name, organization_id=organization_id)
    make_officer(login_name=OFFICER)
    make_officer(CITY, login_name=CITY_OFFICER)


if __name__ == "__main__":
    app = create_app()
    with app.app_context():
        make()
