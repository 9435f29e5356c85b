"""Papers drawn in processes of their own (services/renderer.py): one door for all of them, and as many as cores.

A paper that takes too long or too much memory ends its process and nothing else: the worker goes on, and the next
paper gets a new one. The answer is bytes, never an object, for what draws is trusted with nothing.
"""

import atexit
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app

from config import Settings
from domain.proof_facts import ProofFacts
from services import pdf
from services.pdf import MissingGlyph, RenderFault
from services.renderer import DRAWN, LENGTH, NOTHING, REFUSED
from services.signature_field import SealMark

_ROOT = Path(__file__).resolve().parent.parent
# Of the settings of the site nothing: no key, no address of the database.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "XDG_DATA_DIRS")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one document may take. A proof of two pages needs a fifth of a second and 250 MB with all fonts.

    `seconds` are the processor's; `patience` is in seconds on the clock, for the machine may be busy with others.
    """

    memory_bytes: int = 2 * 1024**3
    seconds: int = 60
    patience: float = 180


class _Renderer:
    """One process that draws, for one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self._patience = limits.patience
        # Where fontconfig and the fonts find room; it goes with the process.
        self._room = tempfile.TemporaryDirectory(prefix="wuxue-press-", ignore_cleanup_errors=True)
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "services.renderer", str(limits.memory_bytes), str(limits.seconds)],
            cwd=_ROOT,
            env={**kept, "HOME": self._room.name, "TMPDIR": self._room.name, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # An interrupt from the terminal is for the worker, which lets the present paper end.
            start_new_session=True,
        )

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Kind and content of the answer; raises RenderFault when the process ends without one."""
        out, back = self._process.stdin, self._process.stdout
        assert out is not None and back is not None  # noqa: S101 - asked for above
        watch = threading.Timer(self._patience, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            out.write(LENGTH.pack(b"?", len(request)))
            out.write(request)
            out.flush()
            header = back.read(LENGTH.size)
            kind, length = LENGTH.unpack(header) if len(header) == LENGTH.size else (b"", 0)
            data = back.read(length)
        except OSError as error:
            raise RenderFault(f"the renderer went away: {error}") from error
        finally:
            watch.cancel()
        if not kind or len(data) != length:
            raise RenderFault(f"the renderer ended with {self._process.wait()} before the paper was drawn")
        return kind, data

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                # A broken pipe has nothing left to send.
                with suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._room.cleanup()


class Press:
    """The renderers of this process: started when they are needed, never more than there are cores."""

    def __init__(self, most: int | None = None, limits: Limits | None = None) -> None:
        self._places = threading.BoundedSemaphore(most or os.cpu_count() or 1)
        self._limits = limits or Limits()
        self._idle: list[_Renderer] = []
        self._lock = threading.Lock()

    def draw(self, template: str, facts: Mapping[str, Any], **arguments: Any) -> bytes:
        """What `pdf.render_document` gives for these arguments, drawn elsewhere; raises as it does.

        May be called from several threads at once: as many documents are drawn as there are cores, the others wait.
        """
        request = pickle.dumps({"template": template, "facts": facts, **arguments})
        with self._places:
            with self._lock:
                renderer = self._idle.pop() if self._idle else None
            renderer = renderer or _Renderer(self._limits)
            try:
                kind, data = renderer.ask(request)
            except BaseException:
                renderer.close()
                raise
            if kind in (DRAWN, REFUSED):
                with self._lock:
                    self._idle.append(renderer)
            else:
                # Whatever state it is in, the next paper must not suffer for this one.
                renderer.close()
        if kind == REFUSED:
            raise MissingGlyph(set(json.loads(data)))
        if kind != DRAWN:
            raise RenderFault(data.decode(errors="replace"))
        return data

    def close(self) -> None:
        """End the renderers that are idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for renderer in idle:
            renderer.close()


@cache
def _of_process(_process: int) -> Press:
    # A process that forked must not write down the pipes of its parent.
    press = Press()
    atexit.register(press.close)
    return press


def warm_up(fonts_folder: Path | None = None) -> None:
    """Start a renderer and have it load fonts and styles, so that nobody waits for that. For the worker."""
    _of_process(os.getpid()).draw(NOTHING, {}, fonts_folder=fonts_folder)


def render_document(template: str, facts: Mapping[str, Any], **arguments: Any) -> bytes:
    """What `pdf.render_document` gives for these arguments, and raises; drawn in a process of its own."""
    settings: Settings = current_app.extensions["settings"]
    if settings.immediate_jobs:
        # Nobody waits for these, and a process for each test would take longer than the tests.
        return pdf.render_document(template, facts, **arguments)
    return _of_process(os.getpid()).draw(template, facts, **arguments)


def render_proof(
    facts: ProofFacts, *, fonts_folder: Path | None = None, offline: str = "", seal: SealMark | None = None
) -> bytes:
    """The proof as `pdf.render_proof` draws it, and raises; drawn in a process of its own."""
    settings: Settings = current_app.extensions["settings"]
    if settings.immediate_jobs:
        return pdf.render_proof(facts, fonts_folder=fonts_folder, offline=offline, seal=seal)
    return render_document(**pdf.proof_arguments(facts, fonts_folder=fonts_folder, offline=offline, seal=seal))
