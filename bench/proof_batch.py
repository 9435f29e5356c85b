"""A batch of proofs in one renderer and in one for each core, in turns; how long a single proof waits meanwhile.

Draws and signs as the worker does, in parts as large as its own, without a database. Both ways take turns within a
round. On a machine that others use as well the ratio says little: the load is printed beside it.

    python bench/proof_batch.py [--rounds 3] [--documents 48]
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from domain.proof_facts import ProofFacts  # noqa: E402 - the program is run from its folder, not installed
from services import pdf, press, signing  # noqa: E402
from services.proof_batches import AT_ONCE  # noqa: E402
from tests import proof_samples  # noqa: E402

with tempfile.TemporaryDirectory() as _folder:
    signing.make_development(Path(_folder) / "development.p12", "学分证明")
    _SEALER = signing._pades(Path(_folder) / "development.p12", "", False)


def numbered(serial: int) -> ProofFacts:
    """The facts of one person among many."""
    sample = proof_samples.facts()
    name = f"{'赵钱孙李周吴郑王冯陈'[serial % 10]}{'明华强伟芳娜敏静'[serial % 8]}"
    return replace(sample, number=f"JHJX-2026-{serial:08d}", person=replace(sample.person, name=name))


def made(renderers: press.Press, facts: ProofFacts) -> int:
    """The size of the signed paper."""
    return len(_SEALER.seal(renderers.draw(**pdf.proof_arguments(facts))))


def batch(renderers: press.Press, documents: list[ProofFacts], threads: int) -> tuple[float, list[float]]:
    """Time on the clock for all of them, and for each part: what a single proof waits at the most."""
    started, parts = time.perf_counter(), []
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for first in range(0, len(documents), AT_ONCE):
            before = time.perf_counter()
            list(pool.map(lambda facts: made(renderers, facts), documents[first : first + AT_ONCE]))
            parts.append(time.perf_counter() - before)
    return time.perf_counter() - started, parts


def _weight(process: int) -> float:
    """MB that a process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--documents", type=int, default=48)
    arguments = options.parse_args()

    cores = os.cpu_count() or 1
    one, all_of_them = press.Press(1), press.Press(cores)
    batch(one, [numbered(0)], 1)
    batch(all_of_them, [numbered(serial) for serial in range(2 * cores)], cores)
    documents = [numbered(serial) for serial in range(arguments.documents)]
    ratios, rates, waits, weights = [], [], [], [_weight(os.getpid())]
    for _ in range(arguments.rounds):
        alone, _ = batch(one, documents, 1)
        together, parts = batch(all_of_them, documents, cores)
        ratios.append(alone / together)
        rates.append(len(documents) / together)
        waits.extend(parts)
        weights.append(_weight(os.getpid()))
    ratio, rate = statistics.median(ratios), statistics.median(rates)
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f} (more than {cores}: others are at work)")
    print(f"all cores against one renderer: {ratio:.2f} times ({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"signed proofs a second on all cores: {rate:.1f}; 1,000 in {1000 / rate:.0f} s")
    print(f"a single proof waits for a part of {AT_ONCE}: {statistics.median(waits):.2f} s, at most {max(waits):.2f} s")
    print(f"the worker's memory, MB, at the start and after each round: {', '.join(f'{each:.0f}' for each in weights)}")
    one.close()
    all_of_them.close()


if __name__ == "__main__":
    main()
