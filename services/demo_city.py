"""The demo city: nine counties, their organisations and technicians, and a year in which everything happened."""

from datetime import date, datetime, time, timedelta
from random import Random

from flask import current_app
from sqlalchemy import select, update

from config import Settings
from domain.errors import RuleError
from domain.periods import CHINA
from domain.roles import Actor, Role
from models import Account, Notice, db
from services import (
    accounts,
    clock,
    crypto,
    demo_accounts,
    demo_aftermath,
    demo_archives,
    demo_bases,
    demo_contests,
    demo_forms,
    demo_log,
    demo_organizations,
    demo_people,
    demo_proofs,
    demo_reviews,
    demo_status_lists,
    foundations,
    official_letters,
    second_review,
    staff_jobs,
)
from services.calendar import working_calendar
from services.demo_people import Crowd
from services.demo_programme import Programme
from services.demo_scenes import Scene, Stage, activity_scene, play
from services.transaction import transaction

# The same day gives the same city.
_SEED = 330700
_TECHNICIANS = 3000
# The newest are there to be looked at; the worker prints the others.
_LETTERS_PRINTED = 6
_READ_AFTER = timedelta(days=10)
_COUNTIES = ("330702", "330703", "330723", "330726", "330727", "330781", "330782", "330783", "330784")


class NotHere(RuleError):
    """A site that serves real people must not hold invented ones."""

    code = "not_here"
    message = "正式环境不能生成演示数据"


def seed(*, scale: float = 1.0) -> bool:
    """Fill an empty site with the demo city; False, and nothing done, when it is there already.

    `scale` makes it smaller, for tests. All of it comes in one transaction but the papers of the proofs, which are
    printed like any other. Raises NotHere in production.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.is_production:
        raise NotHere()
    if demo_organizations.are_there():
        return False
    with transaction():
        stage, crowd = _build(scale)
        newcomers = demo_people.list_of_newcomers(crowd, "qianchui")
        staff_jobs.upload(newcomers, "新进职工名册.csv", actor=stage.staffing.sites["qianchui"].clerk)
    demo_aftermath.run_jobs()
    official_letters.print_some(_LETTERS_PRINTED)
    with transaction():
        demo_aftermath.revoke_one(stage, crowd.known["shuxi"].id)
        demo_log.look_at(crowd.known["jishi"], stage.staffing, clock.now())
        demo_log.seal_last_days(clock.today(), clock.now())
        _read_old_notices()
    return True


def _build(scale: float) -> tuple[Stage, Crowd]:
    foundations.lay()
    db.session.flush()
    today, now = clock.today(), clock.now()
    draw, calendar = Random(_SEED), working_calendar()  # noqa: S311 - nothing is guarded by it
    crowd = Crowd(draw, today, max(round(_TECHNICIANS * scale), 200))
    founded = date(today.year - 2, 3, 1)
    with clock.at(datetime.combine(founded, time(9), CHINA)):
        ids = demo_organizations.found(founded)
        demo_people.write(crowd, ids)
        staffing, technicians = _appoint(crowd, ids)
        demo_reviews.commit_seeds(founded + timedelta(days=1), today + timedelta(days=7))
    stage = Stage(draw, calendar, staffing)
    programme = Programme(draw, crowd, calendar, [site.demo for site in staffing.sites.values()], scale=scale)
    scenes: list[Scene] = [*demo_bases.scenes(stage, founded, today)]
    scenes += [activity_scene(stage, activity) for activity in programme.activities()]
    known = {login_name: person.id for login_name, person in crowd.known.items()}
    never = {known["jishi2"], known["jishi3"], known["jishi4"]}
    winners = {known["jishi"], known["shuxi"]}
    *earlier, last_exam = programme.exam_days()
    for day in (*earlier, last_exam):
        # The last one is theirs, so that their proofs before it and after it differ.
        absent = never | winners if day == earlier[-1] else never
        scenes += [demo_aftermath.exam_scene(stage, county, day, absent=absent, sure=winners) for county in _COUNTIES]
    scenes += demo_aftermath.registration_scenes(stage, today)
    scenes += demo_forms.scenes(stage, crowd, today)
    scenes += demo_contests.scenes(stage, crowd, today)
    scenes.append(demo_aftermath.reversals_scene(stage, now - timedelta(days=4, hours=3), crowd.known["jishi2"]))
    before_it = datetime.combine(last_exam - timedelta(days=3), time(20, 15), CHINA)
    for name, year, at in (
        ("jishi", programme.year, before_it),
        ("jishi", programme.year, now - timedelta(days=2, hours=1)),
        ("shuxi", programme.year, now - timedelta(days=3)),
    ):
        scenes.append(demo_aftermath.proof_scene(known[name], year, at, technicians[name]))
    this_year = programme.year
    several = demo_proofs.several_years_scene(
        known["jishi"], this_year - 1, this_year, now - timedelta(days=1, hours=5), technicians["jishi"]
    )
    scenes += [several, demo_proofs.batch_scene(staffing.sites["qianchui"], this_year, now - timedelta(hours=20))]
    scenes += demo_archives.scenes(staffing, "330784", technicians["jishi2"], now)
    for key, days_ago, end in demo_reviews.CORRECTIONS:
        at, spared = stage.at_work(calendar.add_working_days(today, -days_ago)), set(known.values())
        other = staffing.officers["330784"][1]
        scenes.append(demo_reviews.correction_scene(at, staffing.sites[key], other, spared, end=end))
    play(scenes, now)
    second_review.reveal(today)
    demo_status_lists.take_in([one for one in crowd.everybody if not one.has_account][:24], today)
    return stage, crowd


def _appoint(crowd: Crowd, ids: dict[str, int]) -> tuple[demo_organizations.Staffing, dict[str, Actor]]:
    """All accounts. Their password is hashed once: argon2 is slow on purpose, and everybody knows this one."""
    password_hash = accounts.hash_password(demo_accounts.PASSWORD)
    keys = {login_name: crypto.blind_index(person.number) for login_name, person in crowd.known.items()}
    staffing = demo_organizations.appoint(ids, password_hash, keys)
    technicians: dict[str, Actor] = {}
    for demo in demo_accounts.ACCOUNTS:
        person = crowd.known.get(demo.login_name)
        if person is None:
            continue
        if demo.role is Role.TECHNICIAN:
            technicians[demo.login_name] = demo_accounts.make(
                demo, password_hash=password_hash, technician_id=person.id, person_key=keys[demo.login_name]
            )
        else:
            account = db.session.scalars(select(Account).where(Account.login_name == demo.login_name)).one()
            technicians[demo.login_name] = demo_accounts.join(account, Role.TECHNICIAN, technician_id=person.id)
    return staffing, technicians


def _read_old_notices() -> None:
    """What is older has been read; the bell shows what is new."""
    db.session.execute(
        update(Notice)
        .where(Notice.read_at.is_(None), Notice.created_at < clock.now() - _READ_AFTER)
        .values(read_at=Notice.created_at)
    )
