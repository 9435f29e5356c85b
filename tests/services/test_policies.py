"""The pack in force: put in force by a command, kept by version, and what was submitted before keeps its own."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from models import AuditEvent, PolicyVersion, db
from services import policies
from tests.domain.policy_samples import DRAFT_FILE


@pytest.fixture
def adopt(app: Flask):
    def run(file: Path | str) -> Result:
        with app.app_context():
            return app.test_cli_runner().invoke(args=["policy", "adopt", str(file)])

    return run


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The default pack under a name of its own time."""
    file = tmp_path / "new.json"
    file.write_text(DRAFT_FILE.read_text("utf-8").replace("60/10/40）", "60/10/40，修订）", 1), "utf-8")
    return file


def active(app: Flask) -> PolicyVersion:
    with app.app_context():
        return policies.active_version()


def test_a_shipped_pack_is_put_in_force_and_the_act_noted(app, adopt):
    assert active(app).key == "JH-2020-DRAFT"
    result = adopt("JH-2020-TRIAL")
    assert result.exit_code == 0, result.output
    assert "现行学分政策：JH-2020-TRIAL" in result.output
    assert active(app).key == "JH-2020-TRIAL"
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "policy.adopt")).one()
        assert (event.details["key"], event.details["before"]) == ("JH-2020-TRIAL", "JH-2020-DRAFT")


def test_a_changed_file_is_a_new_version_and_the_old_one_stays(app, adopt, changed):
    before = active(app)
    assert adopt(changed).exit_code == 0
    after = active(app)
    assert after.key == before.key
    assert after.sha256 != before.sha256
    with app.app_context():
        assert db.session.get(PolicyVersion, before.id) is not None


def test_the_same_file_twice_is_one_version(app, adopt, changed):
    for _ in range(2):
        assert adopt(changed).exit_code == 0
    with app.app_context():
        count = select(func.count()).select_from(PolicyVersion).where(PolicyVersion.key == "JH-2020-DRAFT")
        assert db.session.scalar(count) == 2


def test_content_that_was_replaced_does_not_come_back_unsaid(app, adopt, changed):
    assert adopt(changed).exit_code == 0
    result = adopt(DRAFT_FILE)
    assert result.exit_code == 2
    assert "已有更新的版本" in result.output
    assert "修订" in active(app).name


@pytest.mark.parametrize("old, new", [('"value": 60, ', '"value": 61, '), ('"subjects"', '"subject"')])
def test_a_pack_that_is_wrong_changes_nothing(app, adopt, tmp_path, old, new):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(DRAFT_FILE.read_text("utf-8").replace(old, new, 1), "utf-8")
    before = active(app)
    assert adopt(wrong).exit_code == 1
    assert active(app).id == before.id
