"""The printed proof: every name legible or refused, the same bytes each time, nothing fetched, nothing missing."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import pytest
import tinyhtml5
import zxingcpp
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from weasyprint.layout import inline, preferred
from weasyprint.text import line_break

from domain import proof_token
from domain.proof_facts import ProofFacts
from services import pdf
from tests import proof_samples

PageIs = Callable[[str], None]
ROOT = Path(__file__).resolve().parents[2]
OUR_FONTS = {
    "Paper-NotoSerifSC-common", "Paper-NotoSerifSC-Regular", "Paper-NotoSC-supplement", "Paper-NotoSerifSC-title-Bold",
}  # fmt: skip
NAMES = [
    "张三", "欧阳娜娜", "龑龑", "䶮", "刘䶮", "㛃小燕", "王㛃", "李𬎆", "𰻝面生", "𬀩", "陈𤩽", "周㬎", "𠮷田",
    "𠅤", "𫠊", "𬭎", "𬍛", "马骉", "朱镕基", "柳青瑶", "喆堃翀", "赵㵘", "孙燚焱", "淼犇鑫", "褚犄", "仝囡囡", "陶喆",
    "蔣經國", "黃寶儀", "冼冠生", "买买提·吐尔逊", "阿卜杜热合曼·阿布都克里木", "爱新觉罗·溥仪", "MARIE-CLAIRE O'NEIL",
    "JOSÉ MARTÍNEZ", "阿卜杜热合曼·买买提吐尔逊·艾合买提江·阿不都克里木·依布拉音江·玉素甫阿吉·库尔班江·吐尔洪·乌布",
]  # fmt: skip


def text_of(document: bytes) -> str:
    """The text a reader would copy, without the white space of the layout."""
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=document, capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def fonts_of(document: bytes, folder: Path) -> list[tuple[str, str]]:
    """Name and the columns emb, sub, uni of every font in the document."""
    file = folder / "document.pdf"
    file.write_bytes(document)
    lines = subprocess.run(["pdffonts", file], capture_output=True, check=True, text=True).stdout.splitlines()[2:]
    return [(line.split()[0].partition("+")[2], " ".join(line.split()[-5:-2])) for line in lines]


def told_of(document: bytes, *options: str) -> str:
    """What pdfinfo says of the document; it must have nothing to complain about."""
    done = subprocess.run(["pdfinfo", *options, "-"], input=document, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode()


@pytest.fixture
def page_is(monkeypatch: pytest.MonkeyPatch) -> PageIs:
    """Puts other HTML in place of the template's, well formed as that is, to try what WeasyPrint would load from it."""

    def set_page(html: str) -> None:
        root = tinyhtml5.parse(html, namespace_html_elements=False)
        monkeypatch.setattr(pdf, "page", lambda *_: ElementTree.tostring(root, encoding="unicode"))

    return set_page


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and the list of what was asked of it."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(200).decode(errors="replace"))

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/canary.png", asked
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_printed_as_it_is_written(name: str, tmp_path: Path) -> None:
    document = pdf.render_proof(proof_samples.named(name))
    assert "".join(name.split()) in text_of(document)
    fonts = fonts_of(document, tmp_path)
    assert {font for font, _ in fonts} <= OUR_FONTS
    assert {embedding for _, embedding in fonts} == {"yes yes yes"}


@pytest.mark.parametrize("character", ["\U000323af", "ئ", "\u202e", "\u200b", "\x00", "\ue000", "😀"])
def test_a_character_without_a_glyph_is_refused_by_name(character: str) -> None:
    with pytest.raises(pdf.MissingGlyph) as refusal:
        pdf.render_proof(proof_samples.named(f"王{character}"))
    assert refusal.value.characters == {character}
    assert f"U+{ord(character):04X}" in refusal.value.message
    assert refusal.value.code == "missing_glyph"


def test_every_character_we_promise_is_drawn_by_our_own_fonts(tmp_path: Path, page_is: PageIs) -> None:
    promised = sorted(pdf._characters(None))
    assert len(promised) > 32_000
    rows = (escape("".join(promised[start : start + 40])) for start in range(0, len(promised), 40))
    page_is(f"<!doctype html><html lang=zh-CN><title>x</title>{''.join(f'<p>{row}' for row in rows)}")
    assert {font for font, _ in fonts_of(pdf.render_document("proof", {}), tmp_path)} <= OUR_FONTS


def test_a_font_of_the_machine_in_the_paper_stops_it(page_is: PageIs) -> None:
    drawing = '<svg width="90" height="20"><text y="9" font-family="serif">x</text></svg>'
    page_is(f"<!doctype html><html lang=zh-CN><title>x</title>{drawing}")
    with pytest.raises(pdf.RenderFault, match="not ours"):
        pdf.render_document("proof", {})


def test_the_same_facts_give_the_same_bytes_in_any_process() -> None:
    program = (
        "import hashlib; from services import pdf; from tests import proof_samples as samples;"
        "pdf.render_proof(samples.named('先印别人的')) if {first} else None;"
        "print(hashlib.sha256(pdf.render_proof(samples.facts())).hexdigest())"
    )
    digests = {hashlib.sha256(pdf.render_proof(proof_samples.facts())).hexdigest()}
    for seed, first in (("0", False), ("4242", True)):
        environ = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/Lima"}
        done = subprocess.run(
            [sys.executable, "-c", program.format(first=first)], cwd=ROOT, env=environ, capture_output=True, check=True,
            text=True,
        )  # fmt: skip
        digests.add(done.stdout.strip())
    assert len(digests) == 1


def test_lines_that_were_kept_are_drawn_as_lines_set_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = [
        proof_samples.facts(), proof_samples.failing_year(), proof_samples.transcript(), proof_samples.purpose(),
        *map(proof_samples.named, NAMES[-3:]),
    ]  # fmt: skip
    # Twice, so that each paper finds its own lines and those of all others.
    kept = [pdf.render_proof(facts) for facts in papers + papers][len(papers) :]
    set_anew = inline.split_first_line.__wrapped__
    for module in (line_break, inline, preferred):
        monkeypatch.setattr(module, "split_first_line", set_anew)
    assert [pdf.render_proof(facts) for facts in papers] == kept


def test_other_facts_give_other_bytes() -> None:
    assert pdf.render_proof(proof_samples.facts(number="JHJX-2026-00000124")) != pdf.render_proof(proof_samples.facts())


def test_the_paper_is_made_from_the_stored_text_alone() -> None:
    facts = proof_samples.failing_year()
    assert pdf.render_proof(ProofFacts.from_json(facts.to_json())) == pdf.render_proof(facts)


def test_the_paper_says_what_the_facts_say() -> None:
    facts = proof_samples.failing_year()
    text = text_of(pdf.render_proof(facts))
    said = [
        facts.title, facts.number, facts.person.name, facts.person.sex, facts.person.id_type, facts.person.id_masked,
        facts.employer, facts.issuer.unit, facts.conclusion, facts.policy.name, facts.policy.key, facts.verify_page,
        facts.policy.version[:12], "2025年度", "2026年1月8日", "第二十条、第二十二条", "尚缺学分", "未达到",
        *(certificate.number for certificate in facts.certificates),
        *(floor.label for floor in facts.floors),
        *(entry.title for entry in facts.entries),
        *(entry.occurred_on.isoformat() for entry in facts.entries),
        "以工代训每年最多计20学分", "7K3M9QW2XV5T8HBN4RZ6CJPDGF", "第1页，共1页", "（以下空白）",
    ]  # fmt: skip
    assert [words for words in said if words not in text] == []


def test_a_seal_without_force_says_so_and_a_lawful_one_does_not() -> None:
    facts = proof_samples.facts()
    assert text_of(pdf.render_proof(facts)).count("演示印章") == 2
    assert "演示印章，不具法律效力" in text_of(pdf.render_proof(facts))
    lawful = replace(facts, seal=replace(facts.seal, lawful=True))
    assert "演示" not in text_of(pdf.render_proof(lawful))


def codes_on(document: bytes, folder: Path) -> set[str]:
    """What a telephone reads on the first page, printed at 150 dots per inch."""
    (folder / "page.pdf").write_bytes(document)
    subprocess.run(["pdftoppm", "-r", "150", "-l", "1", "-png", folder / "page.pdf", folder / "page"], check=True)
    (picture,) = folder.glob("page*.png")
    with Image.open(picture) as page:
        return {found.text for found in zxingcpp.read_barcodes(page.convert("L"))}


def test_the_qr_code_holds_the_address_of_the_verification(tmp_path: Path) -> None:
    facts = proof_samples.facts()
    assert codes_on(pdf.render_proof(facts), tmp_path) == {facts.verify_url}


def test_the_second_code_holds_its_line(tmp_path: Path) -> None:
    facts = proof_samples.failing_year()
    line = proof_token.written(proof_token.body(replace(facts, conclusion="未" * 200), b"abcd"), bytes(64))
    offline = f"{facts.verify_page}/o#{line}"
    assert codes_on(pdf.render_proof(facts, offline=offline), tmp_path) == {facts.verify_url, offline}


def test_a_code_without_room_stops_the_paper(page_is: PageIs) -> None:
    page_is('<!doctype html><html lang=zh-CN><title>x</title><p hidden data-qr="https://x.cn/v/1">x')
    with pytest.raises(pdf.RenderFault, match="QR"):
        pdf.render_document("proof", {})


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (12, 1), (30, 2), (60, 3)])
def test_twelve_entries_fit_the_first_page_and_the_rest_follow(count: int, pages: int) -> None:
    document = pdf.render_proof(proof_samples.facts(entries=proof_samples.entries(count)))
    assert f"Pages:{pages}" in told_of(document).replace(" ", "")
    text = text_of(document)
    assert text.count("活动名称") == pages
    assert text.count("第1页") == 1
    assert text.count(f"共{pages}页") == pages
    assert text.count("JHJX-2026-00000123") == pages
    assert text.count("核验网址") == 1


def test_the_verification_block_is_whole_however_full_the_page() -> None:
    facts = proof_samples.facts()
    crowded = replace(
        facts,
        certificates=facts.certificates * 6,
        issuer=replace(facts.issuer, unit="金华经济技术开发区人力资源和社会保障局（职业技能管理服务中心）"),
        entries=tuple(replace(entry, title=entry.title * 6, reason="说明" * 20) for entry in proof_samples.entries(40)),
    )
    text = text_of(pdf.render_proof(crowded))
    for words in ("核验码", facts.verify_page, "以核验结果为准", "2026年1月8日", "演示印章，不具法律效力"):
        assert words in text
    assert text.count("说明" * 20) == 40


def test_what_a_clerk_typed_is_text_and_never_followed(canary: tuple[str, list[str]], tmp_path: Path) -> None:
    address, asked = canary
    hostile = [
        "<link rel=attachment href=file:///etc/passwd>", f"<img src={address}>",
        f'"><svg><image href="{address}"/></svg>',
        f"<style>body{{background:url({address})}}</style>", f"url({address})", "<b>粗</b>&amp;", "{{ facts.code }}",
    ]  # fmt: skip
    facts = proof_samples.facts()
    entry = facts.entries[0]
    for attack in hostile:
        document = pdf.render_proof(
            replace(
                facts,
                person=replace(facts.person, name=attack),
                employer=attack,
                conclusion=attack,
                issuer=replace(facts.issuer, unit=attack),
                seal=replace(facts.seal, text=attack),
                entries=(replace(entry, title=attack, reason=attack),),
            )
        )
        assert "".join(attack.split()) in text_of(document)
        file = tmp_path / "document.pdf"
        file.write_bytes(document)
        listed = subprocess.run(["pdfdetach", "-list", file], capture_output=True, check=True, text=True).stdout
        assert listed.splitlines() == ["1 embedded files", f"1: {facts.number}.json"]
        assert "root:" not in text_of(document)
    assert asked == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="img/no-such-seal.png">',
        '<img src="../config.py">',
        '<img src="file:///etc/passwd">',
        '<img src="CANARY">',
        '<img src="file://127.0.0.1/etc/passwd">',
        '<img src="img/../../config.py">',
        '<img src="img/%2e%2e/%2e%2e/config.py">',
        '<link rel="stylesheet" href="css/no-such.css">',
        '<link rel="stylesheet" href="CANARY">',
        '<style>@font-face { font-family: x; src: url("fonts/no-such.ttf") }</style>',
        '<style>@import "CANARY";</style>',
        '<p style="background: url(CANARY)">x',
        '<img src="data:image/png;base64,AAAA">',
        "<svg><image href='CANARY' width='9' height='9'/></svg>",
        '<object data="CANARY"></object>',
    ],
)
def test_a_picture_that_is_missing_or_not_ours_stops_the_paper(
    html: str, page_is: PageIs, canary: tuple[str, list[str]]
) -> None:
    address, asked = canary
    page_is(f"<!doctype html><html lang=zh-CN><title>x</title><body>{html}".replace("CANARY", address))
    with pytest.raises(pdf.RenderFault):
        pdf.render_document("proof", {})
    assert asked == []


def test_the_canary_hears_who_asks(canary: tuple[str, list[str]]) -> None:
    address, asked = canary
    with contextlib.suppress(OSError), urllib.request.urlopen(address):  # noqa: S310 - our own listener
        pass
    assert [request.split()[:2] for request in asked] == [["GET", "/canary.png"]]


def test_an_attachment_from_outside_stops_the_paper(page_is: PageIs, canary: tuple[str, list[str]]) -> None:
    address, asked = canary
    for target in ("file:///etc/passwd", address):
        page_is(f"<!doctype html><html lang=zh-CN><title>x</title><link rel=attachment href={target}><p>x")
        with pytest.raises(pdf.RenderFault):
            pdf.render_document("proof", {})
    assert asked == []


def test_a_picture_of_ours_is_drawn(page_is: PageIs) -> None:
    page_is("<!doctype html><html lang=zh-CN><title>x</title><p>好")
    without = pdf.render_document("proof", {})
    page_is('<!doctype html><html lang=zh-CN><title>x</title><img src="img/mark.svg" alt="标志"><p>好')
    assert len(pdf.render_document("proof", {})) > len(without)


def test_a_template_that_misses_a_fact_fails_instead_of_printing_a_gap() -> None:
    facts = proof_samples.facts().to_dict()
    del facts["conclusion"]
    with pytest.raises(Exception, match="conclusion"):
        pdf.render_document("proof", facts)


def font_drawing(character: str, file: Path) -> None:
    """Writes a font that draws this character, and nothing else."""
    font = TTFont(ROOT / "static" / "fonts" / "NotoSC-supplement.ttf")
    cutter = subset.Subsetter()
    cutter.populate(text="𠮷")
    cutter.subset(font)
    for table in font["cmap"].tables:
        table.cmap = {ord(character): glyph for glyph in table.cmap.values()}
    font.save(file)


def test_an_owners_fonts_are_asked_first_for_text_and_last_for_what_ours_lack(tmp_path: Path) -> None:
    lacking = "\U000323af"
    folder = tmp_path / "fonts"
    folder.mkdir()
    font_drawing("张", folder / "body.ttf")
    font_drawing("证", folder / "title.ttf")
    font_drawing("晓", folder / "aside.ttf")
    font_drawing(lacking, folder / "罕用字, 补充'.ttf")
    (folder / "readme.txt").write_text("not a font")
    assert pdf.missing_glyphs(f"张{lacking}") == {lacking}
    assert pdf.missing_glyphs(f"张{lacking}", folder) == set()
    document = pdf.render_proof(proof_samples.named(f"张晓明{lacking}"), fonts_folder=folder)
    assert f"张晓明{lacking}" in text_of(document)
    names = {font for font, _ in fonts_of(document, tmp_path)}
    assert names & {"Paper-body", "Paper-title", "Paper-aside"} == {"Paper-body", "Paper-title"}
    assert len(names - OUR_FONTS) == 3


def test_the_document_is_archival_and_dated_by_its_facts() -> None:
    document = pdf.render_proof(proof_samples.facts())
    told = told_of(document, "-isodates")
    assert told.count("2026-01-08T09:30:00+08") == 2
    assert "A4" in told
    assert "金华市技能人才继续教育学分证明 JHJX-2026-00000123" in told
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in told_of(document, "-meta")


def test_importing_the_renderer_does_not_load_weasyprint() -> None:
    program = "import sys, services.pdf; print('weasyprint' in sys.modules, 'flask' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_fonts_are_the_ones_their_list_names() -> None:
    listed = (ROOT / "static" / "fonts" / "README.md").read_text("utf-8")
    files = sorted((ROOT / "static" / "fonts").glob("*.ttf"))
    assert len(files) == 4
    for file in files:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert f"| {file.name} | {file.stat().st_size:,} |" in listed
        assert digest in listed


def test_two_threads_print_at_once_what_each_asked_for() -> None:
    names = ["甲乙", "丙丁", "戊己", "庚辛"]
    made: dict[str, bytes] = {}
    threads = [
        threading.Thread(target=lambda name=name: made.update({name: pdf.render_proof(proof_samples.named(name))}))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == {name: pdf.render_proof(proof_samples.named(name)) for name in names}
