"""An older backup put back on the living site (B-07): it is read and not written until two officers say so."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update

from app import create_app
from domain.roles import CITY, Actor, Role
from models import AuditEvent, LogHead, LogRestoration, Proof, Technician, UserSession, db
from services import clock, jobs, log_checks, log_sealing, log_standing, proofs
from services.transaction import WritesRefused, transaction
from tests import account_makers, database
from tests.conftest import Browser
from tests.services import result_makers
from tests.services.test_public_log import without_triggers

PASSWORD = account_makers.PASSWORD


@pytest.fixture
def settings(settings: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        **settings,
        "WUXUE_CLOCK_START": result_makers.NOW,
        "WUXUE_LOG_FEED": str(tmp_path / "feed"),
    }


def seal_a_day() -> LogHead:
    with transaction():
        clock.advance(1)
    day = log_sealing.seal()
    assert day is not None
    return db.session.get_one(LogHead, day)


def rest(app: Flask) -> None:
    """Let go of the database: it can be copied now."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def started(settings: dict[str, str], address: str) -> Iterator[Flask]:
    """The site as it is started on this database, with everything else where it was."""
    app = create_app({**settings, "WUXUE_DATABASE_URL": address})
    app.testing, app.test_client_class = True, Browser
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield app
    finally:
        rest(app)


@pytest.fixture
def officers(app: Flask) -> None:
    """Login names of two people who may agree, of a second account of the first, and of one who may not."""
    one, two, three = (account_makers.id_number() for _ in range(3))
    with app.app_context():
        for name, role, person in (
            ("center", Role.CENTER_STAFF, one),
            ("leader", Role.CITY_LEADER, two),
            ("same", Role.CITY_LEADER, one),
            ("officer", Role.CITY_OFFICER, three),
        ):
            account_makers.make_account(role, login_name=name, person=person, region_code=CITY)


@pytest.fixture
def proof(app: Flask, officers: None) -> tuple[int, int]:
    """A proof in force, and the first head published."""
    with app.app_context():
        city, employer = result_makers.make_city(), result_makers.make_employer()
        person_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [person_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        person = db.session.get_one(Technician, person_id)
        with transaction():
            made, _ = proofs.request(
                person, 2026, actor=Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
            )
        key = (made.technician_id, made.id)
        seal_a_day()
    rest(app)
    return key


@pytest.fixture
def restored(app: Flask, settings: dict[str, str], proof: tuple[int, int], database_url: str) -> Iterator[str]:
    """Backed up; then the proof is revoked and a head published that tells of it; then the backup is put back."""
    with database.copied(database_url) as backup:
        with app.app_context():
            with transaction():
                proofs.revoke(db.session.get_one(Proof, proof), "弄虚作假")
            assert log_standing.behind() is None
            seal_a_day()
            assert log_checks.verify() == []
        rest(app)
        yield backup


def code_of(key: tuple[int, int]) -> str:
    return db.session.get_one(Proof, key).code


def run(app: Flask, *words: str, typed: str | None = None) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=["log", *words], input=typed)


def test_an_older_backup_is_read_and_not_written(
    settings: dict[str, str], restored: str, proof: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    with started(settings, restored) as app:
        client = app.test_client()
        with app.app_context():
            found = log_standing.behind()
            assert found is not None and f"older than published checkpoint {found.size} of {found.day}" in str(found)
            assert found.own_day == found.day - timedelta(days=1) and found.own_size < found.size
            code, before = code_of(proof), db.session.scalar(select(func.count()).select_from(AuditEvent))
        assert str(found) in caplog.text

        home = client.get("/")
        assert home.status_code == 200 and found.sentence in home.text
        page = client.get(f"/v/{code}")
        assert page.status_code == 200
        assert "暂不能确认" in page.text and "目前有效" not in page.text
        assert client.get("/v/AAAAAAAAAAAAAAAAAAAAAAAAAA").status_code == 404

        refused = client.post("/sign-in", data={"identifier": "center", "password": PASSWORD})
        assert refused.status_code == 503
        assert "本次操作没有保存" in refused.text and "已公布的日志头" in refused.text
        with app.app_context():
            with pytest.raises(WritesRefused), transaction():
                raise AssertionError("the door was open")
            # The worker's minute passes and keeps nothing.
            caplog.clear()
            [minute] = app.extensions["queue"].read_periodic(datetime.now(UTC))
            app.extensions["queue"].execute(minute)
            assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
            db.session.rollback()
            assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
            assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0

        answer = run(app, "verify")
        assert answer.exit_code == 1
        assert str(found) in answer.output and f"copies: head of {found.day}" in answer.output


@pytest.mark.parametrize("left", ["the feed", "the file beside the instance"])
def test_one_place_outside_is_enough(settings: dict[str, str], restored: str, left: str) -> None:
    feed, known = Path(settings["WUXUE_LOG_FEED"]), Path(settings["WUXUE_INSTANCE"], "known-head.txt")
    if left == "the feed":
        known.unlink()
    else:
        shutil.rmtree(feed)
    with started(settings, restored) as app, app.app_context():
        assert log_standing.behind() is not None


def test_with_no_copy_left_on_the_machine_only_one_kept_elsewhere_tells(
    settings: dict[str, str], restored: str, tmp_path: Path
) -> None:
    feed, known = Path(settings["WUXUE_LOG_FEED"]), Path(settings["WUXUE_INSTANCE"], "known-head.txt")
    feed.rename(tmp_path / "elsewhere")
    known.unlink()
    with started(settings, restored) as app:
        with app.app_context():
            assert log_standing.behind() is None
        assert run(app, "verify").exit_code == 0
        answer = run(app, "verify", str(tmp_path / "elsewhere"))
        assert answer.exit_code == 1 and "the log does not" in answer.output


def test_a_strange_file_in_the_feed_stops_nobody(app: Flask, settings: dict[str, str], proof: tuple[int, int]) -> None:
    feed = Path(settings["WUXUE_LOG_FEED"])
    [file] = feed.glob("*.txt")
    (feed / "9999-12-31.txt").write_text(file.read_text("utf-8").replace("\nday 2", "\nday 3"), "utf-8")
    (feed / "9999-12-30.txt").write_bytes(b"\xff\x00")
    with app.app_context():
        assert log_standing.look() is None


def test_two_officers_let_it_go_on_and_everybody_can_read_so(
    settings: dict[str, str], restored: str, officers: None
) -> None:
    def accept(first: str, second: str, *passwords: str, reason: str = "主机硬盘损坏") -> Result:
        words = ["accept-restore", "--officer", first, "--officer", second, "--reason", reason]
        return run(app, *words, typed="".join(f"{each}\n" for each in passwords or (PASSWORD, PASSWORD)))

    with started(settings, restored) as app, started(settings, restored) as other:
        with other.app_context():
            lost = log_standing.behind()
        assert lost is not None
        for refused, sentence in (
            (accept("center", "center"), "不能是同一人"),
            (accept("center", "same"), "不能是同一人"),
            (accept("center", "officer"), "没有确认恢复的权限"),
            (accept("center", "leader", PASSWORD, "wrong"), "密码不正确"),
            (accept("center", "leader", reason=" "), "原因"),
        ):
            assert refused.exit_code == 1 and sentence in refused.output, refused.output
        with app.app_context():
            assert log_standing.look() is not None

        accepted = accept("center", "leader")
        assert accepted.exit_code == 0, accepted.output
        assert "1 published heads are given up" in accepted.output

        # Every process hears of it without a new start, and of the day that was published no second head is signed.
        with other.app_context():
            other.extensions[log_standing._SEEN] = log_standing._Seen(lost, 0.0)
            assert log_standing.behind() is None
            with transaction():
                clock.advance(1)
            assert log_sealing.seal() is None
            assert not log_sealing.is_late(clock.now())
            head = seal_a_day()
            assert head.day == lost.day + timedelta(days=1)
            assert [str(each) for each in log_checks.verify()] == []
            events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "log.restoration")).all()
            assert len({event.account_id for event in events}) == 2
        assert accept("center", "leader").exit_code == 1
        page = other.test_client().get("/log")
        assert "恢复过较早的备份" in page.text and "主机硬盘损坏" in page.text and "只能查阅" not in page.text

        # Who gave what up cannot be changed alone.
        with other.app_context():
            without_triggers(lambda: db.session.execute(update(LogRestoration).values(reason="例行维护")))
            assert any("registers: log_restoration" in str(each) for each in log_checks.verify())


def test_the_jobs_of_a_site_that_is_read_only_wait(settings: dict[str, str], restored: str) -> None:
    with started(settings, restored) as app, app.app_context(), pytest.raises(WritesRefused):
        jobs.execute(1)
