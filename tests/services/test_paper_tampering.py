"""Every kind of document the platform signs, tampered with in every way of the matrix (F-22).

Judged by poppler's pdfsig, by pyHanko's difference analysis, and by what the site itself says of an upload. A bit in
the signature's own place is signed by nobody, and programs fill it with noughts: there only the comparison with the
issued bytes tells, which is why the site compares and does not parse.
"""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import AttachedFileSpec, Pdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from app import create_app
from domain.document_check import Change, compare
from domain.proof_kinds import PURPOSES
from domain.roles import Actor, Role
from models import ArchiveBundle, OfficialLetter, Proof, StoredFile, Technician, db
from services import archive_bundles, files, pades, pdf, proof_files, proofs, signing
from services.transaction import transaction
from tests import base_makers, database, proof_samples
from tests.filing_makers import make_organizer
from tests.services import result_makers
from tests.services.test_learning_proofs import asked
from tests.services.test_papers import OFFLINE, flipped
from tests.services.test_signing import poppler_says, with_an_update

_USES = sorted(kind.value for kind in PURPOSES)
KINDS = ["annual", "learning", "transcript", *_USES, "letter", "document", "archive"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with database.fresh() as address:
        made = create_app(
            {
                **database.KEYS,
                "WUXUE_ENV": "test",
                "WUXUE_DATABASE_URL": address,
                "WUXUE_INSTANCE": str(tmp_path_factory.mktemp("instance")),
                "WUXUE_CLOCK_START": result_makers.NOW,
            }
        )
        with made.app_context():
            yield made
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(scope="module")
def papers(site: Flask) -> dict[str, bytes]:
    """One of each, as it leaves."""
    city, employer = result_makers.make_city(), result_makers.make_employer()
    person_id = result_makers.make_people(city, employer, 1)[0]
    report = result_makers.make_report(city, employer, [person_id])
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    person = db.session.get_one(Technician, person_id)
    with transaction():
        own = Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
        proofs.request(person, 2026, actor=own)
        archive_bundles.ask(report.filing, actor=employer.clerk)
    asked(report, person_id, employer)
    bureau, clerk = base_makers.make_bureau(), make_organizer()
    base_makers.make_base(clerk, bureau)
    made = {each.kind: proofs.paper(each) for each in db.session.query(Proof)}
    sealer = signing.sealer()
    made["transcript"] = sealer.seal(pdf.render_proof(proof_samples.transcript(), offline=OFFLINE))
    for kind in PURPOSES:
        made[kind.value] = sealer.seal(pdf.render_proof(proof_samples.purpose(kind), offline=OFFLINE))
    for letter in db.session.query(OfficialLetter):
        assert letter.attachment is not None
        made.setdefault(letter.facts["form"], files.read(letter.attachment.file))
    [bundle] = db.session.query(ArchiveBundle)
    parts = files.read(db.session.get_one(StoredFile, bundle.parts_file_id))
    made["archive"] = zipfile.ZipFile(io.BytesIO(parts)).read(archive_bundles.INDEX)
    return made


def poppler_trusts(document: bytes, folder: pytest.TempPathFactory) -> bool:
    said = poppler_says(document, folder.mktemp("paper"))
    return "Signature is Valid" in said and "Not total document signed" not in said


def pyhanko_trusts(document: bytes) -> bool:
    try:
        return pades.check(document).whole
    # What it cannot read at all it does not trust either.
    except Exception as error:
        assert not isinstance(error, AssertionError)
        return False


def signature_place(document: bytes) -> range:
    """The bytes of the signature itself, from < to >, which it cannot sign."""
    start = document.index(b"/Contents <") + len(b"/Contents ")
    return range(start, document.index(b">", start) + 1)


def test_each_kind_is_there_and_trusted(papers: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    assert set(papers) == set(KINDS)
    for kind, document in papers.items():
        assert poppler_trusts(document, tmp_path_factory), kind
        assert pyhanko_trusts(document), kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_told_wherever_it_is(
    papers: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    document = papers[kind]
    own = signature_place(document)

    @settings(max_examples=4, derandomize=True, deadline=None)
    @given(place=st.integers(0, len(document) - 1).filter(lambda place: place not in own), bit=st.integers(0, 7))
    def anywhere(place: int, bit: int) -> None:
        changed = bytearray(document)
        changed[place] ^= 1 << bit
        assert not poppler_trusts(bytes(changed), tmp_path_factory)
        assert not pyhanko_trusts(bytes(changed))

    anywhere()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_site_names_the_place_of_a_flipped_bit(papers: dict[str, bytes], data: st.DataObject) -> None:
    document = papers[data.draw(st.sampled_from(sorted(papers)))]
    place = data.draw(st.integers(0, len(document) - 1))
    found = compare(document, flipped(document, place))
    assert (found.change, found.first, found.differing) == (Change.CHANGED, place + 1, 1)


def cut(document: bytes, _other: bytes) -> bytes:
    return document[:-2000]


def glued(document: bytes, other: bytes) -> bytes:
    return document + other


def pages_joined(document: bytes, other: bytes) -> bytes:
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(document)) as first, Pdf.open(io.BytesIO(other)) as second, warnings.catch_warnings():
        # The field of the second signature does not come along, which is as it should be here.
        warnings.simplefilter("ignore")
        first.pages.extend(second.pages)
        first.save(out)
    return out.getvalue()


def enclosed_exchanged(document: bytes, _other: bytes) -> bytes:
    """The JSON inside with other words, the file written anew."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(document)) as read:
        name = next(iter(read.attachments))
        text = read.attachments[name].get_file().read_bytes()
        read.attachments[name] = AttachedFileSpec(read, text.replace(b"2026", b"2025"), filename=name)
        read.save(out)
    return out.getvalue()


def enclosed_updated(document: bytes, _other: bytes) -> bytes:
    """The JSON inside with other words, appended as editors do it: the signed bytes stay as they were."""
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    spec = names[1]
    spec["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=b'{"credits": "60"}'))
    holder = names.raw_get(1)
    if isinstance(holder, generic.IndirectObject):
        writer.mark_update(holder)
    else:
        writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def updated(document: bytes, _other: bytes) -> bytes:
    return with_an_update(document)


WAYS: dict[Callable[[bytes, bytes], bytes], Change] = {
    updated: Change.APPENDED,
    enclosed_updated: Change.APPENDED,
    glued: Change.APPENDED,
    cut: Change.CUT,
    pages_joined: Change.CHANGED,
    enclosed_exchanged: Change.CHANGED,
}


# Papers for a use differ in words alone: one of them stands for the nine, but for the update.
TRIED = [(kind, way) for kind in KINDS for way in WAYS if kind not in _USES or way is updated or kind == "examiner"]


@pytest.mark.parametrize(("kind", "way"), TRIED, ids=lambda value: getattr(value, "__name__", value))
def test_what_was_done_to_a_paper_is_told_by_all_three(
    papers: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory, kind: str, way: Callable[..., bytes]
) -> None:
    paper = papers[kind]
    other = papers["transcript"] if paper is not papers["transcript"] else papers["annual"]
    changed = way(paper, other)
    assert changed != paper
    assert not poppler_trusts(changed, tmp_path_factory)
    assert not pyhanko_trusts(changed)
    assert compare(paper, changed).change is WAYS[way]


SAYS = {Change.APPENDED: "增量更新", Change.CUT: "文件不完整", Change.CHANGED: "个字节起不同"}


@pytest.mark.parametrize("way", [*WAYS, None], ids=lambda way: way.__name__ if way else "a bit")
@pytest.mark.parametrize("kind", ["annual", "learning"])
def test_the_upload_page_says_what_differs(
    site: Flask, papers: dict[str, bytes], kind: str, way: Callable[..., bytes] | None
) -> None:
    document = papers[kind]
    change = WAYS[way] if way else Change.CHANGED
    changed = way(document, papers["transcript"]) if way else flipped(document, document.index(b"stream") + 99)
    found = proof_files.verify(changed)
    # A file written anew may have packed the code away: then it is no paper of ours at all, which is said as plainly.
    assert found is None or (not found.genuine and found.comparison is not None and found.comparison.change is change)
    site.config["WTF_CSRF_ENABLED"] = False
    answer = site.test_client().post(
        "/verify/file", data={"file": (io.BytesIO(changed), "proof.pdf")}, content_type="multipart/form-data"
    )
    assert answer.status_code == (200 if found else 404)
    assert "文件已被改动" in answer.text and SAYS[change] in answer.text if found else "没有" in answer.text
    assert "文件真实" not in answer.text
