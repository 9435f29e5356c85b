"""Makes the fonts in static/fonts from their public sources; a maintainer runs it, an installation never does.

Needs Debian's `unicode-data` (the table of 8,105 characters) and `fonts-noto-cjk` (the rarest characters), the `npm`
client, and fontTools. Run from the root of the repository: `python tools/make_fonts.py`.
"""

from __future__ import annotations

import bz2
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).resolve().parent.parent
FONTS = ROOT / "static" / "fonts"
RARE = Path(__file__).with_name("rare_name_characters.txt")

PACKAGE = "@expo-google-fonts/noto-serif-sc"
VERSION = "0.4.3"
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
DEBIAN_FONTS = Path("/usr/share/fonts/opentype/noto")

# Latin with its accents, punctuation, CJK punctuation and full-width forms; GB 2312 brings the other signs.
_SIGNS = [(0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2027), (0x2030, 0x205E), (0x20AC, 0x20AC), (0x3000, 0x303F),
          (0xFF01, 0xFF5E)]  # fmt: skip
# The blocks of ideographs: the first, Extension A, and all that lie beyond the basic plane.
_IDEOGRAPHS = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3FFFF)]
_UNITS_PER_EM = 1000


def in_blocks(blocks: list[tuple[int, int]]) -> set[int]:
    return {code for first, last in blocks for code in range(first, last + 1)}


def gb2312() -> set[int]:
    """Every character of GB 2312-80: 6,763 ideographs and 682 signs."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def common_characters() -> set[int]:
    """The 8,105 characters of 《通用规范汉字表》, from the field kTGH of Unicode's table."""
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        found = {int(line.split("\t")[0].removeprefix("U+"), 16) for line in lines if "\tkTGH\t" in line}
    if len(found) != 8105:
        raise SystemExit(f"{UNIHAN}: expected 8105 characters, found {len(found)}")
    return found


def rare_characters() -> set[int]:
    lines = RARE.read_text(encoding="utf-8").splitlines()
    return {ord(character) for line in lines if not line.startswith("#") for character in line.strip()}


def fetch_package(folder: Path) -> Path:
    """Unpacks the npm package and returns its folder."""
    done = subprocess.run(  # noqa: S603 - the arguments are the constants above
        ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"],  # noqa: S607 - the maintainer's own npm
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    with tarfile.open(folder / done.stdout.strip()) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def write_subset(source: Path, target: Path, characters: set[int], family: str) -> None:
    """Writes `characters` of `source` without hints and layout tables, under a family name of its own."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "vhea", "vmtx", "gasp", "prep"]
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    _rename(font, family)
    font.save(target)


def _rename(font: TTFont, family: str) -> None:
    """A subset under the full font's name would be mistaken for it where both are installed."""
    style = font["name"].getDebugName(2)
    postscript = f"{family.replace(' ', '')}-{style}"
    names = {1: family, 3: postscript, 4: f"{family} {style}", 6: postscript, 16: None, 25: None}
    for name_id, value in names.items():
        font["name"].removeNames(nameID=name_id)
        if value:
            font["name"].setName(value, name_id, 3, 1, 0x409)


def write_supplement(target: Path, known: set[int]) -> None:
    """The ideographs our full font lacks, from Debian's larger collections: serif where there is one, else sans."""
    outlines: dict[str, Callable[[TTGlyphPen], None]] = {}
    characters: dict[int, str] = {}
    widths: dict[str, int] = {}
    sources = [_debian_face("NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC"),
               _debian_face("NotoSansCJK-Regular.ttc", "Noto Sans CJK SC")]  # fmt: skip
    notdef = sources[0].getGlyphSet()[".notdef"]
    outlines[".notdef"], widths[".notdef"] = notdef.draw, notdef.width
    for font in sources:
        glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
        for code in sorted((set(cmap) & in_blocks(_IDEOGRAPHS)) - known - set(characters)):
            glyph, name = glyphs[cmap[code]], f"u{code:05X}"
            outlines[name], widths[name], characters[code] = glyph.draw, glyph.width, name

    builder = FontBuilder(_UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder(list(outlines))
    builder.setupCharacterMap(characters)
    builder.setupGlyf({name: _quadratic(draw) for name, draw in outlines.items()})
    drawn = builder.font["glyf"]
    left = {name: drawn[name].xMin if drawn[name].numberOfContours else 0 for name in outlines}
    builder.setupHorizontalMetrics({name: (widths[name], left[name]) for name in outlines})
    builder.setupHorizontalHeader(ascent=1151, descent=-286)
    family = "Noto SC Supplement"
    builder.setupNameTable(
        {
            "copyright": sources[0]["name"].getDebugName(0),
            "familyName": family,
            "styleName": "Regular",
            "uniqueFontIdentifier": "NotoSCSupplement-Regular",
            "fullName": f"{family} Regular",
            "psName": "NotoSCSupplement-Regular",
            "version": sources[0]["name"].getDebugName(5),
            "licenseDescription": sources[0]["name"].getDebugName(13),
        }
    )
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=1151, usWinDescent=286, fsType=0)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = sources[0]["head"].modified
    builder.font.recalcTimestamp = False
    builder.save(target)


def _debian_face(file_name: str, family: str) -> TTFont:
    for font in TTCollection(DEBIAN_FONTS / file_name).fonts:
        if font["name"].getDebugName(1) == family:
            return font
    raise SystemExit(f"{file_name} holds no face called {family}")


def _quadratic(draw: Callable[[TTGlyphPen], None]) -> object:
    """The collections have cubic outlines; TrueType, which stays one font in every PDF, has quadratic ones."""
    pen = TTGlyphPen(None)
    draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
    return pen.glyph()


def main() -> None:
    FONTS.mkdir(parents=True, exist_ok=True)
    full = FONTS / "NotoSerifSC-Regular.ttf"
    with tempfile.TemporaryDirectory() as folder:
        package = fetch_package(Path(folder))
        shutil.copyfile(package / "400Regular" / "NotoSerifSC_400Regular.ttf", full)
        shutil.copyfile(package / "LICENSE_FONT", FONTS / "OFL.txt")
        bold = package / "700Bold" / "NotoSerifSC_700Bold.ttf"
        headings = gb2312() | in_blocks([(0x20, 0x7E), (0xB7, 0xB7)])
        write_subset(bold, FONTS / "NotoSerifSC-title.ttf", headings, "Noto Serif SC Title")
    wanted = gb2312() | common_characters() | rare_characters() | in_blocks(_SIGNS)
    write_subset(full, FONTS / "NotoSerifSC-common.ttf", wanted, "Noto Serif SC Common")
    write_supplement(FONTS / "NotoSC-supplement.ttf", set(TTFont(full).getBestCmap()))
    for file in sorted(FONTS.glob("*.ttf")):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        print(f"| {file.name} | {file.stat().st_size:,} | {len(TTFont(file).getBestCmap()):,} | `{digest}` |")


if __name__ == "__main__":
    main()
