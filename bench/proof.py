"""One proof, and many on all cores, beside what else one could make the page with; prints medians of one run.

Ours has what a proof needs: PDF/A-3 with tags, facts enclosed, two QR codes, seal, signature and time stamp. The others
draw the same facts without any of these, fonts and styles set up anew for each document, as one writes it first:
WeasyPrint with the whole 14.8 MB font by @font-face, WeasyPrint with the system's CJK font, and, where they are
installed, Chromium (one warm page) and reportlab (a simpler page). All take turns, so that a busy machine slows all.

    python bench/proof.py [--rounds 15] [--documents 60]
"""

import argparse
import gc
import json
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app import create_app  # noqa: E402 - the program is run from its folder, not installed
from domain import proof_token, verification_code  # noqa: E402
from domain.proof_facts import ProofFacts  # noqa: E402
from services import pdf, signing, timestamps  # noqa: E402
from services.pades import PadesSealer  # noqa: E402
from services.press import Press  # noqa: E402
from tests import database, proof_samples  # noqa: E402

HALF = Decimal("0.5")
Draw = Callable[[dict], bytes]
_FULL_FONT = ROOT / "static" / "fonts" / "NotoSerifSC-Regular.ttf"
_SYSTEM_FONT = "Noto Serif CJK SC"
_STYLE = (ROOT / "static" / "css" / "proof.css").read_text("utf-8").replace("table-layout: fixed;", "")
_FACES = (
    f'@font-face {{ font-family: "Naive"; src: url("{_FULL_FONT.as_uri()}"); }}'
    ":root { --text-face: Naive; --title-face: Naive; }"
)
_SEAL = re.compile(r'<div class="seal">.*?</svg>\s*</div>', re.DOTALL)


def numbered(serial: int) -> dict:
    """The facts of one person among many: names, numbers, certificates and every row of the year differ."""
    sample, chance = proof_samples.facts(), random.Random(serial)
    person = replace(
        sample.person,
        name=chance.choice("赵钱孙李周吴郑王冯陈") + "".join(chance.choices("明华强伟芳娜敏静", k=2)),
        id_masked=f"330*************{chance.randrange(100):02d}",
    )
    certificates = tuple(
        replace(each, number=f"Y0001330000012030{chance.randrange(100000):05d}",
                issued_on=each.issued_on + timedelta(days=chance.randrange(1500)))
        for each in sample.certificates
    )  # fmt: skip
    entries = tuple(
        replace(
            each, title=f"{each.title}（第{chance.randrange(1, 200)}期）", hours=(hours := chance.randrange(80) * HALF),
            occurred_on=date(sample.year, 1, 1) + timedelta(days=chance.randrange(365)), credits=hours, counted=hours,
        )
        for each in sample.entries
    )  # fmt: skip
    code = verification_code.encode(chance.randbytes(16))
    return replace(
        sample, number=f"JHJX-2026-{serial:08d}", person=person, certificates=certificates, entries=entries, code=code,
        verify_url=f"{sample.verify_page.removesuffix('verify')}v/{code}",
        employer=f"{sample.employer}第{chance.randrange(1, 40)}分公司",
    ).to_dict()  # fmt: skip


def bare(facts: dict) -> str:
    """The page without QR codes and seal."""
    return _SEAL.sub("", pdf.page("proof", facts))


def plain(facts: dict) -> bytes:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    return HTML(string=bare(facts)).write_pdf(
        font_config=fonts, stylesheets=[CSS(string=_FACES + _STYLE, font_config=fonts)]
    )


def with_the_systems_font(facts: dict) -> bytes:
    from weasyprint import CSS, HTML

    faces = f":root {{ --text-face: '{_SYSTEM_FONT}'; --title-face: '{_SYSTEM_FONT}'; }}"
    return HTML(string=bare(facts)).write_pdf(stylesheets=[CSS(string=faces + _STYLE)])


def reportlab(facts: dict) -> bytes:
    import io

    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    pdfmetrics.registerFont(TTFont("naive", str(_FULL_FONT)))
    text = ParagraphStyle("text", fontName="naive", fontSize=10.5, leading=15, wordWrap="CJK")
    head = ParagraphStyle("head", parent=text, fontSize=20, leading=34, alignment=1)
    grid = [("FONT", (0, 0), (-1, -1), "naive", 9), ("GRID", (0, 0), (-1, -1), 0.5, "black")]
    person, out = facts["person"], io.BytesIO()
    about = [["姓名", person["name"], person["sex"]], ["证件", person["id_masked"], facts["employer"]]]
    floors = [
        [f["label"], f["required"], f["earned"], f["missing"], "达到" if f["met"] else "未达到"]
        for f in facts["floors"]
    ]
    rows = [[e["occurred_on"], e["title"], e["form"], e["subject"], e["hours"], e["credits"]] for e in facts["entries"]]
    SimpleDocTemplate(out, pagesize=A4).build(
        [
            Paragraph(facts["issuer"]["unit"], head), Paragraph(facts["title"], head), Paragraph(facts["number"], text),
            Table(about, style=grid),
            Table(floors, style=grid), Paragraph(facts["conclusion"], text), Table(rows, style=grid),
            Paragraph(facts["code"], text), Paragraph(facts["verify_page"], text),
        ]
    )  # fmt: skip
    return out.getvalue()


@contextmanager
def chromium() -> Iterator[Draw]:
    """One warm page of a browser without a window, with the system's font."""
    from playwright.sync_api import sync_playwright

    from tests.browser.running_site import chromium as found

    faces = f":root {{ --text-face: '{_SYSTEM_FONT}'; --title-face: '{_SYSTEM_FONT}'; }}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found(), args=["--no-sandbox", "--headless=new", "--disable-gpu"]
        )
        page = browser.new_page()

        def draw(facts: dict) -> bytes:
            page.set_content(bare(facts).replace("</head>", f"<style>{faces}{_STYLE}</style></head>"))
            return page.pdf(format="A4", prefer_css_page_size=True)

        yield draw
        browser.close()


def offline(facts: ProofFacts) -> str:
    """An address as long as a real one; what it costs to sign is a hundredth of a millisecond."""
    return f"{facts.verify_page}/o#{proof_token.written(proof_token.body(facts, b'key1'), bytes(64))}"


def installed(draw: Draw) -> bool:
    try:
        return bool(draw(numbered(0)))
    except Exception as error:
        print(f"left out: {draw.__name__} ({error})")
        return False


def peak(process: int) -> int:
    """The most memory a process ever had, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024


def one_by_one(draws: dict[str, Draw], rounds: int) -> None:
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in draws}
    for serial in range(rounds):
        facts = numbered(serial)
        for name, draw in draws.items():
            gc.collect()
            wall, processor = time.perf_counter(), time.process_time()
            draw(facts)
            spent[name].append((time.perf_counter() - wall, time.process_time() - processor))
    median = {
        name: [statistics.median(run[place] for run in runs) * 1000 for place in (0, 1)] for name, runs in spent.items()
    }
    yardstick = median["WeasyPrint, plain"]
    print(f"\n{'one proof, warm':32}{'clock':>10}{'processor':>12}{'of plain':>10}{'size':>9}")
    for name, (wall, processor) in median.items():
        # The work of a browser is done by other processes: there is only the clock.
        share = wall / yardstick[0] if name == "Chromium" else processor / yardstick[1]
        said = "        –" if name == "Chromium" else f"{processor:>6.0f} ms"
        print(f"{name:32}{wall:>7.0f} ms{said:>12}{share:>10.2f}{len(draws[name](numbered(1))) / 1000:>6.0f} kB")


def in_a_batch(seal: Callable[[bytes], bytes], documents: int) -> None:
    """As the worker does it: drawn in processes of their own, signed here."""
    batch = [ProofFacts.from_json(json.dumps(numbered(serial))) for serial in range(documents)]
    rates = {}
    for processes in (1, os.cpu_count() or 1):
        press = Press(most=processes)

        def one(facts: ProofFacts, press: Press = press) -> int:
            return len(seal(press.draw(**pdf.proof_arguments(facts, offline=offline(facts)))))

        with ThreadPoolExecutor(processes) as threads:
            list(threads.map(one, batch[: 2 * processes]))
            began = time.perf_counter()
            list(threads.map(one, batch))
            rates[processes] = documents / (time.perf_counter() - began)
        peaks = [peak(renderer._process.pid) for renderer in press._idle]
        print(
            f"{documents} proofs, {processes} processes: {rates[processes]:.1f} a second, peak of one {max(peaks)} MiB"
        )
        press.close()
    print(
        f"all cores against one: {rates[max(rates)] / rates[1]:.2f}; this process: {peak(os.getpid())} MiB at its peak"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--documents", type=int, default=60)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        app = create_app(
            {
                **database.KEYS,
                "WUXUE_ENV": "test",
                "WUXUE_INSTANCE": folder,
                "WUXUE_DATABASE_URL": f"sqlite:///{folder}/bench.db",
            }
        )
        for name, stamps in (("proofs", False), ("stamps", True)):
            signing.make_development(Path(folder) / f"{name}.p12", name, stamps=stamps)
        keys = {name: signing.read(Path(folder) / f"{name}.p12", "", production=False) for name in ("proofs", "stamps")}
        # The clock of the stamps without a database behind it.
        timestamps.clock.now = timestamps.clock.machine_now
        sealer = PadesSealer(keys["proofs"], timestamps.DevelopmentAuthority(keys["stamps"]))

        def ours(facts: dict) -> bytes:
            kept = ProofFacts.from_json(json.dumps(facts))
            return sealer.seal(pdf.render_proof(kept, offline=offline(kept)))

        with app.app_context():
            began = time.perf_counter()
            pdf.warm_up()
            ours(numbered(0))
            print(f"first proof of a process, fonts and styles included: {time.perf_counter() - began:.2f} s")
            others = {"WeasyPrint, the system's font": with_the_systems_font, "Chromium": browser}
            others["reportlab, simpler page"] = reportlab
            one_by_one(
                {"ours": ours, "WeasyPrint, plain": plain, **{n: d for n, d in others.items() if installed(d)}},
                arguments.rounds,
            )
            in_a_batch(sealer.seal, arguments.documents)


if __name__ == "__main__":
    main()
