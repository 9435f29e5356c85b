"""Audit bundles of archives (核查包): signed index, originals, hash list, trail and lists, checked without this site.

The worker reads every original once and writes the index; the originals themselves are joined when the bundle is
downloaded, so that nothing is kept twice and a bundle of many videos needs no room.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from config import Settings
from domain.errors import RuleError
from domain.periods import CHINA, say_date
from domain.roles import SYSTEM, Actor
from models import ActivityFiling, ArchiveBundle, StoredFile, db
from services import (
    archive_contents,
    archives,
    audit,
    clock,
    crypto,
    files,
    jobs,
    pdf,
    press,
    signing,
    zip_stream,
)
from services.archive_contents import Original, Part
from services.archives import Archive
from services.signature_field import Place, Wording
from services.transaction import release, transaction
from services.zip_stream import Member

INDEX, MANIFEST, SCRIPT, GUIDE = "index.pdf", "manifest.json", "verify.py", "README.txt"
_SCRIPT_FILE = Path(__file__).resolve().parent.parent / "reference" / "archive" / "verify.py"
_FORMAT = "wuxue-archive-1"
# So long the written parts stay; a bundle is asked for again with one click.
_KEPT = timedelta(days=14)
_AT_ONCE = 50
_FORGET_AT_ONCE = 20
_ISSUER = "金华市技能人才继续教育平台"
# Stands for a character no font can print, in the names people gave their files; the hash list has them as they are.
_UNPRINTABLE = "〓"
_GUIDE = """教学档案核查包

index.pdf      目录：档案各项是否齐全、所有文件的清单。带电子签名，清单（manifest.json）附在其中。
manifest.json  全部文件的名称、大小和 SHA-256 指纹。
lists/         备案内容、办理过程、名册、考勤、成绩、学分等，CSV 可以用表格软件打开。
originals/     上传的原件，编号与目录一致。
verify.py      核对程序，不需要网络。在本文件夹中运行：python3 verify.py
               缺少、改动或多出文件时，会逐个写明文件名。
"""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One line of the hash list. `lost`: the disk no longer held the file as it was stored."""

    path: str
    what: str
    name: str
    size: int
    sha256: str
    lost: bool = False

    def plain(self) -> dict[str, Any]:
        line: dict[str, Any] = {"path": self.path, "what": self.what, "size": self.size, "sha256": self.sha256}
        if self.name:
            line["name"] = self.name
        return {**line, "lost": True} if self.lost else line


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_filing(filing: ActivityFiling) -> list[ArchiveBundle]:
    """The bundles of this archive, the newest first."""
    query = select(ArchiveBundle).where(ArchiveBundle.filing_id == filing.id)
    return list(db.session.scalars(query.order_by(ArchiveBundle.id.desc()).limit(_AT_ONCE)))


def find(bundle_id: int, *, seen_by: Actor) -> ArchiveBundle | None:
    """The bundle if this actor may open the archive it is of."""
    visible = archives.visible_to(seen_by).with_only_columns(ActivityFiling.id)
    return db.session.scalar(
        select(ArchiveBundle).where(ArchiveBundle.id == bundle_id, ArchiveBundle.filing_id.in_(visible))
    )


# --- Asking -----------------------------------------------------------------------------------------------------------


def ask(filing: ActivityFiling, *, actor: Actor) -> ArchiveBundle:
    """Let the worker make a bundle; the one that is being made already if there is one."""
    if archives.is_destroyed(filing):
        raise RuleError("档案已按清单销毁，没有可以打包的材料", code="destroyed")
    making = db.session.scalar(
        select(ArchiveBundle).where(ArchiveBundle.filing_id == filing.id, ArchiveBundle.state == "making").limit(1)
    )
    if making is not None:
        return making
    bundle = ArchiveBundle(
        filing_id=filing.id,
        state="making",
        membership_id=actor.membership_id,
        asked_at=clock.now(),
        asked_by=actor.name,
    )
    db.session.add(bundle)
    db.session.flush()
    bundle.job_id = jobs.ask("archive_bundle", actor=actor, bundle_id=bundle.id).id
    audit.record(
        "archive.bundle",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        bundle=bundle.id,
        row=bundle,
    )
    return bundle


def _give_up(message: str, bundle_id: int) -> None:
    _move(bundle_id, state="failed", message=message[:200])


def _move(bundle_id: int, **values: Any) -> bool:
    moved = db.session.execute(
        update(ArchiveBundle).where(ArchiveBundle.id == bundle_id, ArchiveBundle.state == "making").values(**values)
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        return False
    _note(bundle_id)
    return True


def _note(bundle_id: int) -> None:
    """What became of a bundle without anybody's act stands in the trail as well."""
    bundle = db.session.get_one(ArchiveBundle, bundle_id)
    audit.record(
        "archive.bundle_kept", actor=SYSTEM, object_kind="archive_bundle", object_id=bundle_id,
        row=bundle,
    )  # fmt: skip


# --- Making -----------------------------------------------------------------------------------------------------------


@jobs.handler("archive_bundle", give_up=_give_up)
def make(run: jobs.Run, bundle_id: int) -> dict[str, object]:
    """Read every original, write lists, hash list and signed index; done again after a crash without harm."""
    bundle = db.session.get(ArchiveBundle, bundle_id)
    if bundle is None or bundle.state != "making":
        return {}
    at = bundle.asked_at
    archive = archives.of_filing(db.session.get_one(ActivityFiling, bundle.filing_id))
    written = [*archive_contents.parts(archive), _script(), _guide()]
    originals = archive_contents.originals(archive)
    head = _head(archive, at)
    release()
    listed = [_of_part(part) for part in written]
    for done, original in enumerate(originals, 1):
        listed.append(_of_original(original))
        release()
        run.progress(done, len(originals), f"已核对 {done} 个原件")
    manifest = _manifest(head, listed)
    written += [
        Part(path=MANIFEST, what="", data=manifest),
        Part(path=INDEX, what="", data=_index(head, listed, manifest, at)),
    ]
    there = {line.path for line in listed if not line.lost}
    sent = [[each.path, str(each.file_id)] for each in originals if each.path in there]
    with transaction():
        stored = files.store(_packed(written), name="parts.zip", media_type="application/zip", actor=SYSTEM)
        size = sum(len(part.data) for part in written) + sum(line.size for line in listed if line.path in dict(sent))
        if not _move(
            bundle_id,
            state="ready",
            parts_file_id=stored.id,
            originals=sent,
            manifest_sha256=hashlib.sha256(manifest).hexdigest(),
            size=size,
        ):
            raise RuleError("核查包已由其他任务生成")
    return {"bundle_id": str(bundle_id)}


def _script() -> Part:
    return Part(path=SCRIPT, what="核对程序", data=_SCRIPT_FILE.read_bytes())


def _guide() -> Part:
    return Part(path=GUIDE, what="说明", data=_GUIDE.encode())


def _of_part(part: Part) -> Listed:
    digest = hashlib.sha256(part.data).hexdigest()
    return Listed(path=part.path, what=part.what, name="", size=len(part.data), sha256=digest)


def _of_original(original: Original) -> Listed:
    """Read once from beginning to end: the hash list says what is there now, not what once was."""
    stored = db.session.get_one(StoredFile, original.file_id)
    about = {"path": original.path, "what": original.what, "name": original.name}
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in files.stream(stored):
            digest.update(chunk)
            size += len(chunk)
    except (FileNotFoundError, files.BadFile, crypto.SealBroken):
        return Listed(**about, size=stored.size, sha256=stored.sha256, lost=True)
    return Listed(**about, size=size, sha256=digest.hexdigest(), lost=digest.hexdigest() != stored.sha256)


Head = dict[str, Any]


def _head(archive: Archive, at: datetime) -> Head:
    """What the index and the hash list say of the archive."""
    filing, closed = archive.filing, archive.closed
    return {
        "title": filing.title,
        "number": filing.case.number or "",
        "organization": filing.organization.name,
        "region": filing.case.region.name,
        "days": _days(filing.starts_on, filing.ends_on),
        "closed_on": say_date(closed.closed_at.astimezone(CHINA).date()) if closed else "尚未归档",
        "keep_until": say_date(archive.keep_until),
        "made_at": at.astimezone(CHINA).isoformat(timespec="seconds"),
        "entries": [
            {
                "label": entry.item.label,
                "article": entry.item.article,
                "standing": entry.standing.label,
                "held": entry.held,
                "missing": list(entry.missing),
            }
            for entry in archive.entries
        ],
    }


def _days(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return ""
    return say_date(first) if first == last else f"{say_date(first)}至{say_date(last)}"


def _manifest(head: Head, listed: Sequence[Listed]) -> bytes:
    content = {"format": _FORMAT, "archive": head, "files": [line.plain() for line in listed]}
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _index(head: Head, listed: Sequence[Listed], manifest: bytes, at: datetime) -> bytes:
    """The index as signed PDF/A-3, the hash list enclosed: whoever changes the one has to change the other."""
    settings: Settings = current_app.extensions["settings"]
    facts = _printable(
        {
            **head,
            "issuer": _ISSUER,
            "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
            "files": [
                {**line.plain(), "number": number, "name": line.name, "lost": line.lost}
                for number, line in enumerate(listed, 1)
            ],
        },
        settings.fonts_folder,
    )
    wording = Wording(
        signer=_ISSUER, reason=f"教学档案目录 {head['number']}", place="金华市", contact=settings.base_url, at=at
    )
    sealer = signing.sealer()
    document = press.render_document(
        "archive_index",
        facts,
        fonts_folder=settings.fonts_folder,
        enclosed=pdf.Enclosed(name=MANIFEST, description="文件清单和指纹", text=manifest.decode(), at=at),
        place=Place(wording, sealer.mark),
    )
    return sealer.seal(document, str(head["number"]))


def _printable(value: Any, fonts_folder: Path | None) -> Any:
    """The same with what cannot be printed replaced: a photo may be called anything."""
    if isinstance(value, str):
        missing = pdf.missing_glyphs(value, fonts_folder)
        return "".join(_UNPRINTABLE if character in missing else character for character in value)
    if isinstance(value, dict):
        return {key: _printable(inner, fonts_folder) for key, inner in value.items()}
    if isinstance(value, list):
        return [_printable(inner, fonts_folder) for inner in value]
    return value


def _packed(written: Sequence[Part]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in written:
            packed.writestr(part.path, part.data)
    return out.getvalue()


# --- Downloading ------------------------------------------------------------------------------------------------------


def download(bundle: ArchiveBundle, *, actor: Actor) -> Iterator[bytes]:
    """The ZIP, streamed; in a transaction, for it is noted who took it away. Raises RuleError when there is none."""
    stored = db.session.get(StoredFile, bundle.parts_file_id) if bundle.parts_file_id is not None else None
    if bundle.state != "ready" or stored is None:
        raise RuleError("核查包还没有生成，或已过期，请重新生成", code="not_ready")
    filing = db.session.get_one(ActivityFiling, bundle.filing_id)
    if archives.is_destroyed(filing):
        raise RuleError("档案已按清单销毁，没有可以下载的材料", code="destroyed")
    audit.record("archive.download", actor=actor, object_kind="case", object_id=filing.case_id, bundle=bundle.id)
    parts = zipfile.ZipFile(io.BytesIO(files.read(stored)))
    # The rows are needed while the answer is sent, long after the session is over.
    held = [(path, db.session.get_one(StoredFile, int(file_id))) for path, file_id in bundle.originals]
    for _, original in held:
        db.session.refresh(original)
        db.session.expunge(original)
    members = [_written(parts, name) for name in (INDEX, *(n for n in parts.namelist() if n != INDEX))]
    members += [_uploaded(path, original) for path, original in held]
    return zip_stream.stream(members, at=bundle.asked_at)


def _written(parts: zipfile.ZipFile, name: str) -> Member:
    return Member(path=name, chunks=lambda: [parts.read(name)])


def _uploaded(path: str, original: StoredFile) -> Member:
    return Member(path=path, chunks=lambda: files.stream(original))


@jobs.every_minute
def forget_old() -> None:
    """What was written for a bundle goes after some days: it repeats what the archive holds."""
    old = (
        select(ArchiveBundle.id)
        .where(ArchiveBundle.state == "ready", ArchiveBundle.asked_at < clock.now() - _KEPT)
        .limit(_FORGET_AT_ONCE)
    )
    for bundle_id in list(db.session.scalars(old)):
        with transaction():
            expire(db.session.get_one(ArchiveBundle, bundle_id))


def expire(bundle: ArchiveBundle) -> None:
    """Take away what was written for a bundle."""
    stored = db.session.get(StoredFile, bundle.parts_file_id) if bundle.parts_file_id is not None else None
    bundle.state, bundle.parts_file_id, bundle.originals = "expired", None, []
    _note(bundle.id)
    if stored is not None:
        files.discard(stored)
