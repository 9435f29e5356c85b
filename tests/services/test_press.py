"""Papers drawn elsewhere: the same bytes, and nobody suffers for a paper that goes wrong."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from services import pdf, press, renderer
from services.press import Limits, Press
from tests import proof_samples


@pytest.fixture(scope="module")
def shared() -> Iterator[Press]:
    made = Press(most=2)
    yield made
    made.close()


def request(**changes: Any) -> dict[str, Any]:
    return {**pdf.proof_arguments(proof_samples.facts()), **changes}


def test_what_is_drawn_elsewhere_is_what_is_drawn_here(shared: Press) -> None:
    assert shared.draw(**request()) == pdf.render_proof(proof_samples.facts())


def test_several_at_once_each_get_their_own(shared: Press) -> None:
    names = ["张三", "李四", "王五", "赵六"]
    with ThreadPoolExecutor(4) as threads:
        drawn = list(
            threads.map(lambda name: shared.draw(**pdf.proof_arguments(proof_samples.named(name))), names)
        )  # fmt: skip
    assert len(shared._idle) <= 2
    assert drawn == [pdf.render_proof(proof_samples.named(name)) for name in names]


def test_a_character_without_a_glyph_is_refused_as_it_is_here(shared: Press) -> None:
    with pytest.raises(pdf.MissingGlyph) as refusal:
        shared.draw(**pdf.proof_arguments(proof_samples.named("王\U000323af")))
    assert refusal.value.characters == {"\U000323af"}


def test_a_fault_is_told_and_the_next_paper_is_drawn(shared: Press) -> None:
    facts = proof_samples.facts().to_dict()
    del facts["conclusion"]
    with pytest.raises(pdf.RenderFault, match="conclusion"):
        shared.draw(**request(facts=facts))
    assert shared.draw(**request()).startswith(b"%PDF-")


def test_a_renderer_that_is_killed_fails_its_paper_and_no_other() -> None:
    alone = Press(most=1)
    alone.draw(**request())
    (idle,) = alone._idle
    os.kill(idle._process.pid, signal.SIGKILL)
    with pytest.raises(pdf.RenderFault):
        alone.draw(**request())
    assert alone.draw(**request()).startswith(b"%PDF-")
    alone.close()


def test_a_paper_that_takes_too_long_is_given_up() -> None:
    # The first paper waits for the imports, so this is soon over.
    hasty = Press(most=1, limits=Limits(patience=0.05))
    with pytest.raises(pdf.RenderFault, match="-9"):
        hasty.draw(**request())
    hasty.close()


def test_what_takes_too_much_memory_is_given_up() -> None:
    greedy = Press(most=1, limits=Limits(memory_bytes=800 * 1024**2))
    facts = {**proof_samples.facts().to_dict(), "conclusion": "好" * 80_000_000}
    with pytest.raises(pdf.RenderFault):
        greedy.draw(**request(facts=facts))
    assert greedy.draw(**request()).startswith(b"%PDF-")
    greedy.close()


@pytest.mark.parametrize("event", ["socket.connect", "subprocess.Popen", "os.exec", "os.system", "os.fork"])
def test_a_renderer_may_open_nothing_and_start_nothing(event: str) -> None:
    with pytest.raises(renderer.Forbidden):
        renderer._refuse(event, ())
    renderer._refuse("open", ("x", "r", 0))


def test_a_renderer_is_told_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WUXUE_FIELD_KEY", "not for a renderer")
    alone = Press(most=1)
    alone.draw(**request())
    (idle,) = alone._idle
    with open(f"/proc/{idle._process.pid}/environ", "rb") as environ:
        assert b"WUXUE" not in environ.read()
    alone.close()


def test_a_process_that_forked_has_a_press_of_its_own() -> None:
    assert press._of_process(1) is press._of_process(1)
    assert press._of_process(1) is not press._of_process(2)
