"""One proof, and a hundred, against plain WeasyPrint doing the same page; prints medians and ratios of one run.

Plain WeasyPrint is what one writes first: the whole 14.8 MB font by @font-face, fonts and styles set up anew for every
document, tables that measure their cells; no archival form, nothing enclosed, no signature. Ours has all three. Both
draw the same facts and take turns, so that a busy machine slows both.

    python bench/proof.py [--rounds 15] [--documents 100]
"""

import argparse
import gc
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from domain.proof_facts import ProofFacts  # noqa: E402 - the program is run from its folder, not installed
from services import pdf, signing  # noqa: E402
from tests import proof_samples  # noqa: E402

with tempfile.TemporaryDirectory() as _folder:
    signing.make_development(Path(_folder) / "development.p12", "学分证明")
    _SEALER = signing._pades(Path(_folder) / "development.p12", "", False)
_FULL_FONT = ROOT / "static" / "fonts" / "NotoSerifSC-Regular.ttf"
_STYLE = (ROOT / "static" / "css" / "proof.css").read_text("utf-8").replace("table-layout: fixed;", "")
_FACES = (
    f'@font-face {{ font-family: "Naive"; src: url("{_FULL_FONT.as_uri()}"); }}'
    ":root { --text-face: Naive; --title-face: Naive; }"
)


def numbered(serial: int) -> dict:
    """The facts of one person among many: names and numbers differ."""
    sample = proof_samples.facts()
    surname = "赵钱孙李周吴郑王冯陈"[serial % 10]
    person = replace(sample.person, name=f"{surname}{'明华强伟芳娜敏静'[serial % 8]}")
    return replace(sample, number=f"JHJX-2026-{serial:08d}", person=person).to_dict()


def plain(facts: dict) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    html = pdf.page("proof", facts).replace(pdf._chain(pdf._Faces.of(None).text).replace("'", "&#39;"), "Naive")
    fonts = FontConfiguration()
    sheets = [CSS(string=_FACES + _STYLE, font_config=fonts)]
    return HTML(string=html).write_pdf(font_config=fonts, stylesheets=sheets)


def ours(facts: dict) -> bytes:
    """What the worker does: the archival form, the facts enclosed, the signature."""
    return _SEALER.seal(pdf.render_proof(ProofFacts.from_json(json.dumps(facts))))


def seconds(draw: Callable[[dict], bytes], batch: list[dict]) -> tuple[float, float]:
    """Time on the clock and time of the processor for these documents, one after the other."""
    wall, processor = time.perf_counter(), time.process_time()
    for facts in batch:
        draw(facts)
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--documents", type=int, default=100)
    arguments = options.parse_args()

    started = time.perf_counter()
    pdf.warm_up()
    ours(numbered(0))
    print(f"first proof of a process, imports and fonts included: {time.perf_counter() - started:.2f} s")
    plain(numbered(0))

    one: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
    for serial in range(arguments.rounds):
        for name, draw in (("plain", plain), ("ours", ours)):
            gc.collect()
            one[name].append(seconds(draw, [numbered(serial)]))
    many: dict[str, list[float]] = {"plain": [0.0, 0.0], "ours": [0.0, 0.0]}
    share = 10
    for first in range(0, arguments.documents, share):
        batch = [numbered(serial) for serial in range(first, min(first + share, arguments.documents))]
        for name, draw in (("plain", plain), ("ours", ours)):
            for place, spent in enumerate(seconds(draw, batch)):
                many[name][place] += spent

    medians = {
        name: [statistics.median(run[place] for run in runs) * 1000 for place in (0, 1)] for name, runs in one.items()
    }
    sizes = {"plain": len(plain(numbered(1))), "ours": len(ours(numbered(1)))}
    print(f"{'':28}{'plain WeasyPrint':>18}{'ours':>12}{'ratio':>8}")
    for place, clock in enumerate(("clock", "processor")):
        old, new = medians["plain"][place], medians["ours"][place]
        print(f"{f'one proof, {clock}':28}{old:>15.0f} ms{new:>9.0f} ms{old / new:>8.2f}")
        old, new = many["plain"][place], many["ours"][place]
        print(f"{f'{arguments.documents} proofs, {clock}':28}{old:>16.1f} s{new:>10.1f} s{old / new:>8.2f}")
    print(f"{'size of one':28}{sizes['plain'] / 1000:>15.0f} kB{sizes['ours'] / 1000:>9.0f} kB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the process: {peak:.0f} MiB (both together)")


if __name__ == "__main__":
    main()
