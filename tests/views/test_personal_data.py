"""No ID number, phone, password or token is on a page of others, in an address, in a log or readable on the disk."""

import base64
import io
import logging
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from domain.identity import mask_id, mask_phone
from domain.roles import Role
from models import AuditEvent, Notice, OutboxMessage, StoredFile, db
from services import notices
from tests import database
from tests.sheet_makers import STAFF_HEADERS, xlsx
from tests.views import walk, world
from tests.views.walk import Visit
from tests.views.world import PASSWORD, Site

# All of them look at the two worlds, which are built and walked once.
pytestmark = pytest.mark.xdist_group("worlds")

# The clerk's own upload, given back with its errors marked, holds what the clerk wrote.
OWN_FILES = {"staff_import.marked", "results_import.marked"}
MASKED = re.compile(r"(?<![\d*])\d+\*+[\dXx]+(?![\d*])")


def personal(site: Site) -> set[str]:
    """The whole numbers of everybody, and their last twelve digits, which would do."""
    numbers = {*site.a.numbers, *site.b.numbers}
    return {*numbers, *(number[-12:] for number in numbers), *site.a.phones, *site.b.phones}


def secrets(site: Site) -> set[str]:
    """All that opens something: passwords, session tokens, tokens of links."""
    links = [
        token for each in (site.a, site.b) for kind in ("activation", "registration") for token in each.tokens[kind]
    ]
    return {*site.a.secrets, *site.b.secrets, *links} - personal(site)


def read(visit: Visit) -> str:
    """What a person reads in an answer, whatever kind of file it is."""
    kind = visit.headers.get("Content-Type", "")
    if kind.startswith("application/pdf") and visit.body.rstrip().endswith(b"%%EOF") and len(visit.body) > 1000:
        done = subprocess.run(["pdftotext", "-", "-"], input=visit.body, capture_output=True, check=True)
        return done.stdout.decode()
    if "spreadsheet" in kind:
        sheets = load_workbook(io.BytesIO(visit.body)).worksheets
        return "\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row)
    return visit.text


def held(text: str, wanted: set[str]) -> list[str]:
    return sorted(each for each in wanted if each in text)


def test_no_page_holds_a_whole_number(site: Site, visits: list[Visit]) -> None:
    numbers, own_phone = personal(site), site.a.phones[0]
    wrong = []
    for visit in visits:
        found = set(held(read(visit), numbers))
        if (visit.who, visit.endpoint) == (Role.TECHNICIAN, "account.settings"):
            # One's own phone number, in the field where it is changed.
            assert found == {own_phone}
            continue
        if found and visit.endpoint not in OWN_FILES:
            wrong.append(f"{visit} {found}")
    assert wrong == []


def test_every_mask_is_the_one_mask(site: Site, visits: list[Visit]) -> None:
    """Two masks of one number, side by side, would be the number (P-36)."""
    people = [*site.a.numbers, *site.b.numbers]
    whole = {*map(mask_id, people), *map(mask_phone, (*site.a.phones, *site.b.phones)), *map(mask_id, world.STRANGERS)}
    whole |= {mask_phone(world.CONTACT_PHONE)}
    seen: dict[str, str] = {}
    for visit in visits:
        if visit.status == 200:
            seen.update(dict.fromkeys(MASKED.findall(read(visit)), str(visit)))
    assert {mask: where for mask, where in seen.items() if mask not in whole} == {}
    assert len(seen) > len(site.a.numbers)


def test_no_address_holds_a_number(site: Site, visits: list[Visit]) -> None:
    numbers = personal(site)
    wrong = [str(visit) for visit in visits if held(visit.url + visit.headers.get("Location", ""), numbers)]
    assert wrong == []
    names = [visit.headers.get("Content-Disposition", "") for visit in visits]
    assert [name for name in names if held(name, numbers)] == []
    assert any(names)


def test_no_page_holds_a_token_but_those_it_was_asked_with(site: Site, visits: list[Visit]) -> None:
    wanted = secrets(site)
    wrong = [f"{visit}" for visit in visits if any(each not in visit.url for each in held(visit.text, wanted))]
    assert wrong == []


# --- a day of acts, with numbers typed where numbers are typed --------------------------------------------------------


class Memory(logging.Handler):
    """Keeps every line as it would stand in a log, errors with their traces."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Memory]:
    """Everything the program and its libraries say, statements included."""
    memory, root, statements = Memory(), logging.getLogger(), logging.getLogger("sqlalchemy.engine")
    before = root.level, statements.level
    root.addHandler(memory)
    root.setLevel(logging.INFO)
    statements.setLevel(logging.INFO)
    yield memory
    root.removeHandler(memory)
    root.setLevel(before[0])
    statements.setLevel(before[1])


def act(site: Site) -> list[Any]:
    """Whoever types a number somewhere does so, rightly and wrongly."""
    number, other = site.a.numbers[0], site.a.numbers[1]
    stranger, clerk, officer = (
        site.app.test_client(),
        world.sign_in_as(site, site.actor(Role.EMPLOYER_CLERK)),
        world.sign_in_as(site, site.actor(Role.COUNTY_OFFICER)),
    )
    technician_id = next(iter(site.a.people))
    row = [
        1,
        site.a.text("一"),
        "男",
        number,
        site.a.phones[0],
        None,
        "焊工",
        "三级/高级工",
        "职业技能等级证书",
        "Y9",
        "2020-05-08",
    ]
    slip = site.a.tokens["activation"][1]
    account = {"password": PASSWORD, "id_number": other, "phone": site.a.phones[1]}
    answers = [
        stranger.post("/sign-in", data={"identifier": number, "password": "wrong-" + PASSWORD}),
        stranger.post("/sign-in", data={"identifier": site.a.phones[0], "password": PASSWORD}),
        stranger.post("/sign-out"),
        stranger.post("/sign-in", data={"identifier": number, "password": PASSWORD}),
        stranger.post(f"/activate/{slip}", data={**account, "id_number": number}),
        stranger.post(f"/activate/{slip}", data=account),
        clerk.post("/staff/find", data={"number": other}),
        clerk.post("/staff/find", data={"number": site.b.numbers[0]}),
        clerk.post("/staff/import", data={"file": (io.BytesIO(xlsx([STAFF_HEADERS, row])), "名册.xlsx")}),
        clerk.post("/staff/import", data={"file": (io.BytesIO(b"no table " + number.encode()), "名册.xlsx")}),
        officer.post("/bureau/register/find", data={"number": number}),
        officer.post(f"/bureau/register/{technician_id}/seen", data={"reason": "核对身份"}),
        officer.post(f"/bureau/register/{technician_id}/slip"),
    ]
    with site.app.app_context():
        report_id = world.values(site.a, "report_id", "")[0]
    person = {"name": site.a.text("一"), "id_number": number, "hours": "8", "outcome": "passed"}
    answers.append(clerk.post(f"/results/{report_id}/rows/new", data=person))
    return answers


def test_the_whole_number_is_shown_to_who_states_why_and_the_person_sees_who(spare_site: Site) -> None:
    technician_id, (_, number) = next(iter(spare_site.a.people.items()))
    officer = world.sign_in_as(spare_site, spare_site.actor(Role.COUNTY_OFFICER))
    assert number not in officer.post(f"/bureau/register/{technician_id}/seen", follow_redirects=True).text
    page = officer.post(f"/bureau/register/{technician_id}/seen", data={"reason": "核对身份证件"})
    assert number in page.text
    assert page.headers["Cache-Control"] == "no-store"
    with spare_site.app.app_context():
        looks = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "technician.reveal")).all()
    assert [look.object_id for look in looks] == [technician_id]
    owner = world.sign_in_as(spare_site, spare_site.actor(Role.TECHNICIAN))
    assert "核对身份证件" in owner.get("/me/looks").text


def test_a_day_of_acts_leaves_no_number_in_a_log_or_on_the_disk(spare_site: Site, log: Memory) -> None:
    site = spare_site
    answers = act(site)
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    assert sum(answer.status_code in (200, 303) for answer in answers) >= 9
    walker = walk.Walker(site.app)
    for role in (Role.EMPLOYER_CLERK, Role.COUNTY_OFFICER):
        walk.look_around(walker, world.sign_in_as(site, site.actor(role)), role.value, site, role)
    wanted = personal(site) | secrets(site)
    assert len(log.lines) > 1000
    assert [line[:300] for line in log.lines if held(line, wanted)] == []
    for answer in answers:
        assert held(answer.headers.get("Location", "") + answer.request.path, personal(site)) == []
    with site.app.app_context():
        assert told(site) == []
        settings = site.app.extensions["settings"]
        names = list(db.session.scalars(select(StoredFile.original_name)))
        stored = everything_stored()
        db.session.remove()
        db.engine.dispose()
    assert held("\n".join(names), personal(site)) == []
    stored += b"".join(path.read_bytes() for path in Path(settings.instance).rglob("*") if path.is_file())
    assert site.a.label.encode() in stored, "the search looks in the wrong place"
    assert [each for each in wanted if any(form in stored for form in spellings(each))] == []


def told(site: Site) -> list[str]:
    """What letters and notices say of numbers."""
    letters = [f"{each.subject}{notices.mail_body(each)}" for each in db.session.scalars(select(OutboxMessage))]
    bell = [f"{each.title}{each.body}{each.link}" for each in db.session.scalars(select(Notice))]
    assert letters
    assert bell
    return [text[:200] for text in letters + bell if held(text, personal(site))]


def everything_stored() -> bytes:
    """The database as a thief of its file reads it."""
    if database.ENGINE == "sqlite":
        file = Path(str(db.engine.url.database))
        return b"".join(path.read_bytes() for path in (file, file.with_name(file.name + "-wal")) if path.exists())
    rows = [repr(db.session.execute(select(table)).all()) for table in db.metadata.tables.values()]
    return "\n".join(rows).encode()


def spellings(secret: str) -> list[bytes]:
    """The bytes by which a text may lie somewhere: UTF-8, UTF-16, base64 from each of the three places in a group."""
    plain = secret.encode()
    found = [plain, secret.encode("utf-16-le")]
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        # The signs at both ends depend on what stands beside.
        found.append(coded[-(-shift * 8 // 6) + (shift > 0) : -4])
    return found


def test_the_search_finds_what_it_looks_for() -> None:
    secret = "330702199010010011"
    for around in (b"", b"a", b"ab", b"abc"):
        hidden = base64.b64encode(around + secret.encode() + b"tail")
        assert any(form in hidden for form in spellings(secret))
    assert any(form in f"x{secret}".encode("utf-16-le") for form in spellings(secret))
    assert not any(form in base64.b64encode(b"330702198010010011 and more") for form in spellings(secret))
