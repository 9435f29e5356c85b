"""Refresh the vendored front end: maintainers run it by hand, users never need Node.

    python3 tools/vendor.py

Each package is fetched whole with `npm pack NAME@VERSION` (npm checks the archive against the registry's own
checksum), the few files we serve are copied out of it byte for byte, and `static/vendor/VENDOR.md` is rewritten.
`tests/house/test_vendor.py` holds every file to that list afterwards.
"""

import hashlib
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
LICENSES = VENDOR / "LICENSES"
LIST = VENDOR / "VENDOR.md"

_SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, kw_only=True)
class Package:
    """One npm package at one version, and which of its files go where (paths from the repository's root)."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    licence_files: tuple[str, ...] = ("LICENSE",)


PACKAGES = (
    Package(
        name="htmx.org",
        version="2.0.11",
        licence="0BSD",
        files={"dist/htmx.min.js": "static/vendor/htmx-2.0.11.min.js"},
    ),
    Package(
        name="bootstrap",
        version="5.3.9",
        licence="MIT",
        files={
            "dist/css/bootstrap.min.css": "static/vendor/bootstrap-5.3.9.min.css",
            "dist/js/bootstrap.bundle.min.js": "static/vendor/bootstrap-5.3.9.bundle.min.js",
        },
    ),
    Package(
        name="jsqr",
        version="1.4.0",
        licence="Apache-2.0",
        files={"dist/jsQR.js": "static/vendor/jsqr-1.4.0.js"},
    ),
    Package(
        name="zxing-wasm",
        version="3.1.4",
        # Its own lines are under MIT, the library compiled into it (zxing-cpp) under Apache-2.0.
        licence="MIT, Apache-2.0",
        files={
            "dist/iife/reader/index.js": "static/vendor/zxing-wasm-3.1.4.js",
            "dist/reader/zxing_reader.wasm": "static/vendor/zxing-wasm-3.1.4.wasm",
        },
    ),
    Package(name="bootstrap-icons", version="1.13.2", licence="MIT", files={}),
    Package(
        name="axe-core",
        version="4.14.1",
        licence="MPL-2.0",
        files={"axe.min.js": "tests/vendor/axe-4.14.1.min.js"},
        licence_files=("LICENSE", "LICENSE-3RD-PARTY.txt"),
    ),
)

# The pictures we use out of some two thousand; templates/macros/icons.html shows them by these names.
ICONS = (
    "arrow-left", "arrow-repeat", "arrow-return-left", "arrow-right", "award", "bar-chart", "bell", "box-arrow-right",
    "building", "calendar-event", "check-circle", "check-circle-fill", "chevron-right", "circle", "clock",
    "clock-history", "copy", "dash-circle", "download", "exclamation-circle-fill", "exclamation-triangle-fill", "eye",
    "file-earmark", "file-earmark-image", "file-earmark-pdf", "file-earmark-spreadsheet", "funnel", "geo-alt",
    "hourglass-split", "house", "inbox", "info-circle", "info-circle-fill", "journal-check", "list", "list-check",
    "lock", "moon-stars", "mortarboard", "paperclip", "pause-circle", "pencil", "people", "person", "person-circle",
    "plus-lg", "printer", "qr-code", "question-circle", "record-circle", "search", "send", "shield-check",
    "slash-circle", "sun", "telephone", "trash", "type", "universal-access-circle", "upload", "x-circle",
    "x-circle-fill",
)  # fmt: skip


def fetch(package: Package, folder: Path) -> dict[str, bytes]:
    """The package's files by their path inside it."""
    specification = f"{package.name}@{package.version}"
    packed = subprocess.run(  # noqa: S603 - the arguments are the constants above
        ["npm", "pack", specification, "--silent"],  # noqa: S607 - the maintainer's own npm
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    files: dict[str, bytes] = {}
    with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is not None:
                files[member.name.removeprefix("package/")] = stream.read()
    return files


def merge_icons(files: dict[str, bytes]) -> bytes:
    """One SVG of symbols, so that a page fetches its pictures once: `<use href="icons.svg#bell">`."""
    ElementTree.register_namespace("", _SVG)
    lines = [f'<svg xmlns="{_SVG}">']
    for name in ICONS:
        root = ElementTree.fromstring(files[f"icons/{name}.svg"])  # noqa: S314 - a pinned, checked archive
        body = "".join(ElementTree.tostring(child, encoding="unicode").strip() for child in root)
        body = re.sub(r' xmlns="[^"]*"', "", body).replace(" />", "/>")
        lines.append(f'<symbol id="{name}" viewBox="{root.attrib["viewBox"]}">{body}</symbol>')
    return "\n".join([*lines, "</svg>", ""]).encode()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def row(path: str, package: Package, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"| `{path}` | {package.name} | {package.version} | {package.licence} | {len(content)} | `{digest}` |"


def main() -> None:
    rows = []
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            files = fetch(package, Path(folder))
        wanted = {target: files[source] for source, target in package.files.items()}
        if package.name == "bootstrap-icons":
            wanted["static/vendor/icons.svg"] = merge_icons(files)
        for name in package.licence_files:
            suffix = "" if name == "LICENSE" else "-3RD-PARTY"
            wanted[f"static/vendor/LICENSES/{package.name}{suffix}.txt"] = files[name]
        for path, content in wanted.items():
            write(ROOT / path, content)
            rows.append(row(path, package, content))
    LIST.write_text(
        "# Vendored front end\n\n"
        "Written by `tools/vendor.py`; do not edit these files or this list by hand. To move to a new version, change\n"
        "it in that script, run it, and change the file names in `templates/layouts/`. `icons.svg` is made of some of\n"
        "the package's pictures, each as one `<symbol>`; all other files are as published.\n\n"
        "| file | package | version | licence | bytes | sha256 |\n| --- | --- | --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
