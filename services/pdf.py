"""Official papers: facts in, PDF bytes out. The only module that knows WeasyPrint, and it loads it at first use."""

import atexit
import gc
import hashlib
import logging
import threading
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from defusedxml import ElementTree
from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.articles import cited
from domain.errors import RuleError
from domain.proof_facts import ProofFacts, grouped
from services import packed_objects, qr_drawing, structure_tree, table_lines, text_shapes
from services.signature_field import Place, SealMark, Wording

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

_ROOT = Path(__file__).resolve().parent.parent
_STATIC = _ROOT / "static"
_FONTS = _STATIC / "fonts"
# What a paper may load, of all that lies in static/.
_SHELVES = (_FONTS, _STATIC / "img", _STATIC / "css")
_TEXT_FONTS = ("NotoSerifSC-common.ttf", "NotoSerifSC-Regular.ttf", "NotoSC-supplement.ttf")
_TITLE_FONT = "NotoSerifSC-title.ttf"
_FONT_SUFFIXES = (".ttf", ".otf")
_FAMILY = "Paper"
_UNPRINTED = frozenset("\n\r\t")
_INVISIBLE = ("Cc", "Cf", "Cs", "Co")
# Pango draws these as emoji, from whatever font of the machine has pictures for them.
_EMOJI = frozenset(map(chr, (0x261D, 0x26BD, 0x26BE, *range(0x1F000, 0x20000))))
# Kept for ever beside the paper files of other offices: the archival form, all fonts inside and a fixed colour space;
# with the structure that screen readers follow.
_VARIANT = "pdf/a-3a"

# WeasyPrint's font map is not for two threads, and its complaints must be told apart by document.
_one_at_a_time = threading.Lock()


class MissingGlyph(RuleError):
    """No font of ours draws a character of the paper. It is not issued: a box in place of a name is a wrong name."""

    code = "missing_glyph"

    def __init__(self, characters: set[str]) -> None:
        self.characters = frozenset(characters)
        named = "、".join(
            f"“{character}”（U+{ord(character):04X}）" if character.isprintable() else f"U+{ord(character):04X}"
            for character in sorted(characters)
        )
        super().__init__(f"字体中没有字符{named}，不能开具证明；请联系管理员在字体文件夹中补充含有这些字的字体后重试")


class RenderFault(RuntimeError):
    """The paper could not be drawn whole: a picture, font or style was missing or refused. A fault of the program."""


@dataclass(frozen=True)
class _Faces:
    """The font files in the order they are asked, ours and those an owner put into a folder."""

    text: tuple[Path, ...]
    title: tuple[Path, ...]

    @classmethod
    def of(cls, folder: Path | None) -> "_Faces":
        text = tuple(_FONTS / name for name in _TEXT_FONTS)
        title: tuple[Path, ...] = (_FONTS / _TITLE_FONT,)
        last: tuple[Path, ...] = ()
        for file in sorted(folder.resolve().iterdir()) if folder else ():
            if file.suffix.lower() not in _FONT_SUFFIXES:
                continue
            if file.stem == "body":
                text = (file, *text)
            elif file.stem == "title":
                title = (file, *title)
            else:
                last = (*last, file)
        return cls(text=text + last, title=title + text + last)

    def style_sheet(self) -> str:
        """Declares each file once and the two chains as custom properties."""
        declared = "".join(
            f'@font-face {{ font-family: "{_family(file)}"; src: url("{file.as_uri()}"); }}\n'
            for file in dict.fromkeys(self.text + self.title)
        )
        return declared + f":root {{ --text-face: {_chain(self.text)}; --title-face: {_chain(self.title)}; }}\n"


def _family(file: Path) -> str:
    # A name of our own: a font of the machine that bears the file's public name must never stand in for it. What an
    # owner calls a file may hold anything, so a name that is not plain is replaced by its fingerprint.
    plain = file.stem.isascii() and file.stem.replace("-", "").isalnum()
    return f"{_FAMILY} {file.stem if plain else hashlib.sha256(file.stem.encode()).hexdigest()[:8]}"


def _chain(files: tuple[Path, ...]) -> str:
    # Without spaces: in an SVG attribute WeasyPrint takes the space after a comma for a part of the name.
    return ",".join(f"'{_family(file)}'" for file in files)


class _Complaints(logging.Handler):
    """Collects what WeasyPrint only logs: it draws a page without its seal and calls that a success."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _nothing_missing() -> Iterator[None]:
    complaints = _Complaints()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(complaints)
    try:
        yield
    finally:
        logger.removeHandler(complaints)
    if complaints.texts:
        raise RenderFault("；".join(complaints.texts))


@dataclass(frozen=True)
class _Press:
    """What documents share: fonts, parsed styles, the fetcher. Made once for each font folder."""

    faces: _Faces
    configuration: "FontConfiguration"
    faces_sheet: "CSS"
    fetcher: Any
    sheets: dict[str, "CSS"]

    def sheet(self, template: str) -> "CSS":
        """The parsed static/css/<template>.css."""
        from weasyprint import CSS

        if template not in self.sheets:
            self.sheets[template] = CSS(
                filename=str(_STATIC / "css" / f"{template}.css"), font_config=self.configuration,
                url_fetcher=self.fetcher,
            )  # fmt: skip
        return self.sheets[template]


@cache
def _press(folder: Path | None) -> _Press:
    from weasyprint import CSS
    from weasyprint.layout import inline, preferred
    from weasyprint.text import line_break
    from weasyprint.text.fonts import FontConfiguration

    text_shapes.keep(line_break, inline, preferred)
    faces = _Faces.of(folder)
    fetcher = _fetcher(faces)
    configuration = FontConfiguration()
    # Its copies of the fonts are removed while there is still a program to do so.
    atexit.register(_press.cache_clear)
    sheet = CSS(string=faces.style_sheet(), font_config=configuration, url_fetcher=fetcher)
    return _Press(faces, configuration, sheet, fetcher, {})


def _fetcher(faces: _Faces) -> Any:
    """A fetcher that opens our own assets and the declared fonts, and nothing else on this machine or any other."""
    from weasyprint.urls import URLFetcher

    fonts = {file.resolve() for file in faces.text + faces.title}

    class AssetsOnly(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()
            ours = path in fonts or any(path.is_relative_to(shelf) for shelf in _SHELVES)
            if parts.scheme != "file" or parts.netloc or not ours:
                raise RenderFault(f"a paper may not load {url}")
            return super().fetch(path.as_uri(), headers)

    return AssetsOnly(allowed_protocols=["file"], allow_redirects=False)


@cache
def _characters(folder: Path | None) -> frozenset[str]:
    """Every character some font of the text chain can draw.

    Controls and marks of direction are left out, whatever the fonts say: they draw nothing and can turn a name round.
    So are emoji, which are not taken from our fonts.
    """
    found: set[str] = set()
    for file in _Faces.of(folder).text:
        with TTFont(file, lazy=True) as font:
            found.update(map(chr, font.getBestCmap()))
    return frozenset(char for char in found - _EMOJI if unicodedata.category(char) not in _INVISIBLE)


def missing_glyphs(text: str, fonts_folder: Path | None = None) -> set[str]:
    """The characters of `text` that no font of ours, or of the owner's folder, can print."""
    return set(text) - _characters(fonts_folder) - _UNPRINTED


def _day(text: str) -> str:
    """An ISO day or instant as documents write it: 2026年1月8日."""
    day = date.fromisoformat(text[:10])
    return f"{day.year}年{day.month}月{day.day}日"


def _tenths(text: str) -> str:
    """12.0 as 12, 12.5 as it is."""
    return text.removesuffix(".0")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_ROOT / "templates" / "pdf"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(day=_day, tenths=_tenths, grouped=grouped, article=cited)
    return environment


def page(template: str, facts: Mapping[str, Any], fonts_folder: Path | None = None) -> str:
    """The HTML of templates/pdf/<template>.html with every value escaped: the step before layout."""
    faces = _Faces.of(fonts_folder)
    return _templates().get_template(f"{template}.html").render(facts=facts, text_faces=_chain(faces.text))


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """A file inside the document: what a machine reads in place of the page (PDF/A-3, relationship Data)."""

    name: str
    description: str
    text: str
    at: datetime


def render_document(
    template: str,
    facts: Mapping[str, Any],
    *,
    fonts_folder: Path | None = None,
    enclosed: Enclosed | None = None,
    place: Place | None = None,
) -> bytes:
    """The PDF of these facts (plain JSON values) set by templates/pdf/<template>.html and static/css/<template>.css.

    With a `place`, the PDF ends up ready for its signature. The same facts, template and fonts give the same bytes, in
    any process. Needs no application and no network.
    Raises MissingGlyph for a character that cannot be printed, RenderFault if anything on the page is missing.
    """
    html = page(template, facts, fonts_folder)
    if missing := missing_glyphs(html, fonts_folder):
        raise MissingGlyph(missing)
    with _one_at_a_time, _no_collection(), _nothing_missing(), _profile_left_open():
        document = _print(template, html, _press(fonts_folder), enclosed, place)
    return place.close(document) if place else document


def warm_up(fonts_folder: Path | None = None) -> None:
    """Loads what every document needs, and sets it apart from what the collector looks through. For the worker."""
    _characters(fonts_folder)
    _press(fonts_folder).sheet("proof")
    gc.collect()
    gc.freeze()


def _print(template: str, html: str, press: _Press, enclosed: Enclosed | None, place: Place | None) -> bytes:
    from weasyprint import Attachment

    def finish(document: Any, pdf: Any) -> None:
        _only_our_fonts(document)
        if qr_drawing.draw(document, pdf) != html.count(" data-qr="):
            raise RenderFault("a QR code found no room on the paper")
        table_lines.draw(document, pdf)
        structure_tree.link_running_blocks(pdf)
        if place:
            place.attach(pdf)
        packed_objects.pack_once(pdf)

    files = []
    if enclosed:
        at = enclosed.at.astimezone(UTC)
        files = [
            Attachment(string=enclosed.text, name=enclosed.name, description=enclosed.description, created=at,
                       modified=at, relationship="Data", url_fetcher=press.fetcher)
        ]  # fmt: skip
    document = _read(html, press.fetcher)
    pdf: bytes = document.write_pdf(
        font_config=press.configuration, stylesheets=[press.faces_sheet, press.sheet(template)], pdf_variant=_VARIANT,
        attachments=files, finisher=finish,
    )  # fmt: skip
    return pdf


def _read(html: str, fetcher: Any) -> Any:
    """The page for WeasyPrint, whose own reader forgives everything and takes ten times as long."""
    import cssselect2
    from weasyprint import HTML

    class Page(HTML):
        def __init__(self) -> None:
            self.base_url = _STATIC.as_uri() + "/"
            self.url_fetcher = fetcher
            self.media_type = "print"
            root = ElementTree.fromstring(html)
            self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
            self.etree_element = self.wrapper_element.etree_element

    return Page()


def _only_our_fonts(document: Any) -> None:
    """A font of the machine in the paper means that one of ours was lost under way: what it draws is a guess."""
    names = {font.name.decode() for font in document.fonts.values()}
    if strangers := sorted(name for name in names if f"+{_FAMILY}-" not in name):
        raise RenderFault(f"fonts that are not ours: {', '.join(strangers)}")


@contextmanager
def _profile_left_open() -> Iterator[None]:
    """WeasyPrint 70 leaves the colour profile of the archival form to the collector, with a warning in tests."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*sRGB2014", category=ResourceWarning)
        yield


@contextmanager
def _no_collection() -> Iterator[None]:
    """A document makes a million short-lived objects; looking through them for cycles is a tenth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def proof_arguments(
    facts: ProofFacts, *, fonts_folder: Path | None = None, offline: str = "", seal: SealMark | None = None
) -> dict[str, Any]:
    """What `render_document` is to be given for a proof: plain values, which may go to another process.

    `offline` is the address in the second QR code (services/proof_tokens.py); without it there is none. With `seal`
    there is room for a seal service's.
    """
    return {
        "template": "proof",
        "facts": {**facts.to_dict(), "offline": offline},
        "fonts_folder": fonts_folder,
        "enclosed": Enclosed(
            name=f"{facts.number}.json", description="签发时固定的内容", text=facts.to_json(), at=facts.issued_at
        ),
        "place": Place(
            Wording(
                signer=facts.issuer.unit,
                reason=f"{facts.title} {facts.number}",
                place=facts.issuer.region,
                contact=facts.verify_url,
                at=facts.issued_at,
            ),
            seal,
        ),
    }


def render_proof(
    facts: ProofFacts, *, fonts_folder: Path | None = None, offline: str = "", seal: SealMark | None = None
) -> bytes:
    """The annual credit proof, its facts enclosed and its signature still to come; raises as `render_document` does."""
    return render_document(**proof_arguments(facts, fonts_folder=fonts_folder, offline=offline, seal=seal))
