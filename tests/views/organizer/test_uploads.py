"""Videos in pieces over HTTP: as the script sends them, as another organisation tries, and as officers watch them."""

import errno
import os
from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from domain.periods import CHINA
from models import Attachment, ResultReport, StoredFile, Upload, db
from services import clock, evidence, files, uploads
from services.segments import SEGMENT
from services.transaction import transaction
from tests.conftest import Browser
from tests.filing_makers import at, make_account, make_officer
from tests.services import result_makers as make

TAKEN = datetime(2026, 6, 8, 9, 30, tzinfo=CHINA)
CLIP = make.clip(bytes(range(256)) * 10_500, TAKEN)  # two pieces and a bit

pytestmark = pytest.mark.usefixtures("june")


@pytest.fixture
def june(app):
    with app.app_context(), at(date(2026, 6, 15)):
        yield


@dataclass
class Lesson:
    """A class with an open report, and its clerk's browser."""

    app: Any
    city: make.City
    employer: make.Employer
    report_id: int
    clerk: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.clerk = self.browser(self.employer.clerk)

    def browser(self, actor) -> Browser:
        browser = self.app.test_client()
        browser.sign_in(actor.account_id, membership_id=actor.membership_id)
        return browser

    @property
    def report(self) -> ResultReport:
        db.session.rollback()  # what the requests have committed since
        return db.session.get_one(ResultReport, self.report_id)

    def begin(self, size: int = len(CLIP), name: str = "上课.mp4", session: int | str = "", **headers: str):
        told = f"filename {b64encode(name.encode()).decode()},session {b64encode(str(session).encode()).decode()}"
        return self.clerk.post(
            f"/results/{self.report_id}/evidence/uploads",
            headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": told} | headers,
        )

    def send(self, address: str, offset: int, data: bytes, browser: Browser | None = None, **headers: str):
        return (browser or self.clerk).patch(
            address,
            data=data,
            headers={
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(offset),
                "Content-Type": "application/offset+octet-stream",
            }
            | headers,
        )


@pytest.fixture
def lesson(app, june) -> Lesson:
    city, employer = make.make_city(), make.make_employer()
    report = make.make_report(city, employer, make.make_people(city, employer, 2))
    return Lesson(app, city, employer, report.id)


def test_a_video_sent_in_pieces_is_evidence_of_its_session(lesson):
    begun = lesson.begin()
    address = begun.headers["Location"]
    assert (begun.status_code, begun.headers["Tus-Resumable"]) == (201, "1.0.0")
    assert lesson.send(address, 0, CLIP[: 2 * SEGMENT]).headers["Upload-Offset"] == str(2 * SEGMENT)
    asked = lesson.clerk.head(address, headers={"Tus-Resumable": "1.0.0"})
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == (str(2 * SEGMENT), str(len(CLIP)))
    assert asked.headers["Upload-Expires"].endswith("GMT") and asked.headers["Cache-Control"] == "no-store"
    assert lesson.send(address, 2 * SEGMENT, CLIP[2 * SEGMENT :]).status_code == 204
    assert lesson.clerk.get(address).json["state"] == "kept"
    video = evidence.of_report(lesson.report)[-1]
    assert (video.kind, video.label, video.taken_at) == ("video", "上课.mp4", TAKEN)
    assert files.read(video.file) == CLIP
    first = lesson.report.filing.sessions[0]
    assert evidence.placed([video]) == {video.id: first.id}
    assert db.session.scalars(select(Upload)).all() == []
    assert not list((Path(lesson.app.extensions["settings"].instance) / "uploads").iterdir())


def test_the_page_says_the_limits_and_what_is_not_finished(lesson):
    address = lesson.begin().headers["Location"]
    lesson.send(address, 0, CLIP[:SEGMENT])
    page = lesson.clerk.get(f"/results/{lesson.report_id}/evidence").text
    assert "单个不超过 200 MB" in page and "上课.mp4" in page and "已传 39%" in page
    cancelled = lesson.clerk.post(f"/results/{lesson.report_id}/evidence{address}/cancel")
    assert cancelled.status_code == 303
    assert lesson.clerk.get(address).status_code == 404


def test_a_line_that_broke_is_gone_on_with_where_it_broke(lesson):
    """What arrived whole is kept, what is sent twice is refused, and the bytes are equal in the end."""
    address = lesson.begin().headers["Location"]
    broken = lesson.send(address, 0, CLIP[: SEGMENT + 4000])
    assert broken.headers["Upload-Offset"] == str(SEGMENT)
    for wrong in (0, 5, SEGMENT + 4000, 2 * SEGMENT):
        assert lesson.send(address, wrong, CLIP[wrong:]).status_code == 409, wrong
    assert lesson.send(address, SEGMENT, CLIP[SEGMENT:]).status_code == 204
    assert files.read(evidence.of_report(lesson.report)[-1].file) == CLIP


def test_a_colleague_may_go_on_and_nobody_else_may_know_of_it(lesson):
    address = lesson.begin().headers["Location"]
    lesson.send(address, 0, CLIP[:SEGMENT])
    other = lesson.browser(make.make_employer().clerk)
    for answer in (
        other.get(address),
        lesson.send(address, SEGMENT, CLIP[SEGMENT:], browser=other),
        other.delete(address),
        other.post(f"/results/{lesson.report_id}/evidence{address}/cancel"),
    ):
        assert answer.status_code == 404
    officer = lesson.browser(lesson.city.officer)
    assert officer.get(address).status_code == 403
    colleague = make_account(lesson.employer.clerk.role, organization_id=lesson.employer.id)
    assert lesson.send(address, SEGMENT, CLIP[SEGMENT:], browser=lesson.browser(colleague)).status_code == 204


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"size": 200 * 1024 * 1024 + 1}, 413, "超过 200 MB"),
        ({"size": 0}, 413, "是空的"),
        ({"name": "名单.exe"}, 415, "只接受"),
        ({"name": "x/../../播放.m3u8"}, 415, "只接受"),
        ({"session": 12345}, 409, "请从列表中选择"),
        ({"session": "1 OR 1=1"}, 400, ""),
        ({"Tus-Resumable": "0.2"}, 412, ""),
        ({"Upload-Length": "abc"}, 400, ""),
        ({"Upload-Length": "9" * 40}, 400, ""),
        ({"Upload-Metadata": "filename ###"}, 400, ""),
    ],
)
def test_what_cannot_be_taken_is_refused_before_a_byte_is_sent(lesson, changes, status, words):
    answer = lesson.begin(**changes)
    assert answer.status_code == status
    assert words in ((answer.json or {}).get("message", "") if answer.is_json else answer.text)
    assert db.session.scalars(select(Upload)).all() == []


def test_no_path_comes_from_the_sender(lesson):
    address = lesson.begin(name="../../../etc/一.mp4").headers["Location"]
    lesson.send(address, 0, CLIP[:SEGMENT])
    assert lesson.report
    there = [path.name for path in (Path(lesson.app.extensions["settings"].instance) / "uploads").iterdir()]
    assert {name.partition(".")[0] for name in there} == {f"{int(address.rpartition('/')[2]):016x}"}
    assert db.session.scalars(select(Upload.name)).one() == "一.mp4"


@pytest.mark.parametrize("head", [b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"<html>", b"MZ\x90\0", b"\x89PNG\r\n"])
def test_what_is_no_video_is_refused_with_its_first_piece(lesson, head):
    address = lesson.begin(size=3 * SEGMENT, name="片.mp4").headers["Location"]
    answer = lesson.send(address, 0, head + bytes(SEGMENT))
    assert (answer.status_code, "不是 MP4" in answer.json["message"]) == (415, True)
    assert lesson.clerk.get(address).status_code == 404


def test_a_broken_video_is_not_kept_and_the_page_says_so(lesson):
    broken = CLIP[:-9]
    address = lesson.begin(size=len(broken)).headers["Location"]
    assert lesson.send(address, 0, broken).status_code == 204
    found = lesson.clerk.get(address).json
    assert found["state"] == "failed" and "不完整或已损坏" in found["message"]
    assert "不完整或已损坏" in lesson.clerk.get(f"/results/{lesson.report_id}/evidence").text
    assert evidence.count(lesson.report, "video") == 0
    assert db.session.scalar(select(StoredFile.id).where(StoredFile.size == len(broken))) is None


def test_the_same_video_is_kept_once(lesson):
    for _ in range(2):
        address = lesson.begin().headers["Location"]
        lesson.send(address, 0, CLIP)
    assert evidence.count(lesson.report, "video") == 1
    assert "完全相同" in lesson.clerk.get(address).json["message"]


def test_pieces_are_sent_with_the_token_and_are_never_long(lesson, settings):
    lesson.app.config["WTF_CSRF_ENABLED"] = True
    assert lesson.begin().status_code == 400
    lesson.app.config["WTF_CSRF_ENABLED"] = False
    address = lesson.begin(size=20 * SEGMENT).headers["Location"]
    assert lesson.send(address, 0, bytes(8 * SEGMENT + 1)).status_code == 413
    assert lesson.send(address, 0, CLIP, **{"Content-Type": "application/octet-stream"}).status_code == 413
    assert lesson.send(address, 0, CLIP[:9], **{"Content-Type": "application/octet-stream"}).status_code == 415
    assert lesson.send(address, 0, CLIP, **{"Tus-Resumable": ""}).status_code == 412


def test_the_largest_piece_is_taken_from_a_server_that_ends_the_stream_itself(lesson):
    """As gunicorn does: the stream then refuses to be read on after the most it may give."""
    data = make.clip(bytes(12 * SEGMENT))
    address = lesson.begin(size=len(data)).headers["Location"]
    answer = lesson.clerk.patch(
        address,
        data=data[: 8 * SEGMENT],
        headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.headers.get("Upload-Offset")) == (204, str(8 * SEGMENT))


def test_results_are_not_entered_while_a_video_is_on_its_way(lesson):
    address = lesson.begin().headers["Location"]
    answer = lesson.clerk.post(
        f"/results/{lesson.report_id}/submit",
        data={"version": str(lesson.report.case.version), "note": "没有录像", "honest": "y"},
    )
    assert answer.status_code == 422 and "还没有传完" in answer.text
    assert lesson.report.case.state == "draft"
    assert lesson.clerk.delete(address).status_code == 204


def test_a_video_that_comes_too_late_is_not_added(lesson):
    address = lesson.begin().headers["Location"]
    lesson.send(address, 0, CLIP[:SEGMENT])
    with transaction():
        lesson.report.case.state = "entered"
    assert lesson.send(address, SEGMENT, CLIP[SEGMENT:]).status_code == 204
    assert lesson.clerk.get(address).json["state"] == "failed"
    assert evidence.count(lesson.report, "video") == 0
    assert lesson.begin().status_code == 303


def test_too_many_uploads_at_once_and_too_much_in_a_year_are_refused(lesson, monkeypatch):
    for _ in range(10):
        assert lesson.begin().status_code == 201
    assert "还有 10 个视频没有传完" in lesson.begin().json["message"]
    with transaction():
        db.session.execute(update(Upload).values(state="failed"))

    lesson.app.extensions["settings"] = replace(
        lesson.app.extensions["settings"], max_evidence_bytes=len(CLIP) + 50_000
    )
    address = lesson.begin().headers["Location"]
    refused = lesson.begin()
    assert refused.status_code == 413 and "空间只剩 0 MB" in refused.json["message"]
    lesson.clerk.delete(address)
    assert lesson.begin().status_code == 201  # what was given up is not charged


def test_a_full_disk_is_said_and_nothing_is_counted(lesson, monkeypatch):
    address = lesson.begin().headers["Location"]
    lesson.send(address, 0, CLIP[:SEGMENT])
    lesson.app.testing = False

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("services.segments._write_at", full)
    answer = lesson.send(address, SEGMENT, CLIP[SEGMENT:])
    assert answer.status_code == 507 and "存储空间不足" in answer.text
    monkeypatch.undo()
    assert lesson.clerk.get(address).headers["Upload-Offset"] == str(SEGMENT)
    assert lesson.send(address, SEGMENT, CLIP[SEGMENT:]).status_code == 204
    monkeypatch.setattr("services.uploads._RESERVE", 2**60)
    assert lesson.begin().status_code == 507
    assert db.session.scalars(select(Upload)).all() == []


def test_what_nobody_goes_on_with_is_swept_away(lesson, monkeypatch):
    """F-16: within an hour and a minute; an upload under way stays, and so does one begun a moment ago."""
    old, new = (lesson.begin().headers["Location"] for _ in range(2))
    for address in (old, new):
        lesson.send(address, 0, CLIP[:SEGMENT])
    folder = Path(lesson.app.extensions["settings"].instance) / "uploads"
    litter = folder / f"{7:016x}"
    litter.write_bytes(b"left by a crash")
    os.utime(litter, (0, 0))
    with transaction():
        db.session.execute(
            update(Upload)
            .where(Upload.id == int(old.rpartition("/")[2]))
            .values(touched_at=clock.machine_now() - timedelta(minutes=61))
        )
    uploads.sweep()
    assert lesson.clerk.get(old).status_code == 404
    assert lesson.clerk.get(new).headers["Upload-Offset"] == str(SEGMENT)
    assert {path.stem for path in folder.iterdir()} == {f"{int(new.rpartition('/')[2]):016x}"}


def test_the_check_that_runs_again_does_no_more(lesson):
    address = lesson.begin().headers["Location"]
    lesson.send(address, 0, CLIP)
    uploads.check(None, int(address.rpartition("/")[2]))
    assert evidence.count(lesson.report, "video") == 1


# --- watching ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def video(lesson) -> Attachment:
    lesson.send(lesson.begin().headers["Location"], 0, CLIP)
    make.release(lesson.report, lesson.employer)
    return evidence.of_report(lesson.report)[-1]


def test_an_officer_watches_the_part_that_is_asked_for(lesson, video):
    officer, address = lesson.browser(lesson.city.officer), f"/files/{video.id}/video"
    page = officer.get(f"/files/{video.id}/play")
    assert f'src="{address}"' in page.text and "media-src 'self'" in page.headers["Content-Security-Policy"]
    for asked, start, end in (
        ("bytes=0-", 0, len(CLIP)),
        (f"bytes={SEGMENT - 3}-{SEGMENT + 5}", SEGMENT - 3, SEGMENT + 6),
        ("bytes=-7", len(CLIP) - 7, len(CLIP)),
        (f"bytes={len(CLIP) - 1}-", len(CLIP) - 1, len(CLIP)),
    ):
        answer = officer.get(address, headers={"Range": asked})
        assert (answer.status_code, answer.data == CLIP[start:end]) == (206, True), asked
        assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CLIP)}"
        assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("video/mp4", "nosniff")
    beyond = officer.get(address, headers={"Range": f"bytes={len(CLIP)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(CLIP)}")
    whole = officer.get(f"/files/{video.id}")
    assert (whole.data == CLIP, whole.headers["Content-Disposition"].partition(";")[0]) == (True, "attachment")


def test_no_answer_is_longer_than_a_worker_should_take(lesson, video, monkeypatch):
    monkeypatch.setattr("views.downloads._MOST_AT_ONCE", 1000)
    answer = lesson.clerk.get(f"/files/{video.id}/video", headers={"Range": "bytes=500-"})
    assert (answer.status_code, answer.data) == (206, CLIP[500:1500])


def test_who_may_not_know_of_the_case_watches_nothing(lesson, video):
    stranger = lesson.browser(make.make_employer().clerk)
    elsewhere = lesson.browser(make_officer("330783"))
    for browser in (stranger, elsewhere):
        for page in ("play", "video", "compare"):
            assert browser.get(f"/files/{video.id}/{page}").status_code == 404
    photo = evidence.of_report(lesson.report)[0]
    assert lesson.clerk.get(f"/files/{photo.id}/play").status_code == 404
