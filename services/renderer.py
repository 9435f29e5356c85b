"""The program that draws papers, in a process of its own: no secrets, no network, bounded time and memory.

Run by services/press.py as `python -m services.renderer BYTES SECONDS`, the most memory and the most time of the
processor for one document. It reads requests from its input and writes documents to its
output, each with its length in front. What it draws holds what clerks and strangers typed, so it is trusted with
nothing: it is started without the settings of the site, and may open no connection and start no program.
"""

import json
import os
import pickle
import resource
import struct
import sys
from typing import Any, BinaryIO

from services import pdf

LENGTH = struct.Struct("!cQ")
DRAWN, REFUSED, FAULTY = b"d", b"r", b"f"
# In place of a template: be ready, and say so with no document.
NOTHING = ""
# Nothing a paper does is among these; whoever finds a way to run code in the layout does not get further with it.
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system", "ctypes.dlopen")


class Forbidden(RuntimeError):
    """The layout tried what no paper needs."""


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise Forbidden(event)


def _limit(seconds: int) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = int(spent.ru_utime + spent.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _answer(out: BinaryIO, kind: bytes, data: bytes) -> None:
    out.write(LENGTH.pack(kind, len(data)))
    out.write(data)
    out.flush()


def _draw(out: BinaryIO, request: bytes) -> None:
    try:
        # Written by our own parent, down a pipe that nobody else holds.
        arguments: dict[str, Any] = pickle.loads(request)  # noqa: S301
        template = arguments.pop("template")
        document = pdf.render_document(template, arguments.pop("facts"), **arguments) if template != NOTHING else b""
    except pdf.MissingGlyph as refusal:
        _answer(out, REFUSED, json.dumps(sorted(refusal.characters)).encode())
    except MemoryError:
        _answer(out, FAULTY, b"MemoryError: the paper takes more memory than any may")
        # What is left of it is in nobody's hand; the next paper gets a fresh process.
        sys.exit(1)
    except Exception as error:
        _answer(out, FAULTY, f"{type(error).__name__}: {error}".encode())
    else:
        _answer(out, DRAWN, document)


def main(most_memory: int, most_seconds: int) -> None:
    """Draw what is asked for until the input ends."""
    out = os.fdopen(os.dup(1), "wb")
    # What a library prints must not get between the documents.
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    started = False
    while header := sys.stdin.buffer.read(LENGTH.size):
        _, length = LENGTH.unpack(header)
        request = sys.stdin.buffer.read(length)
        if not started:
            pdf.warm_up(pickle.loads(request).get("fonts_folder"))  # noqa: S301 - as above
            sys.addaudithook(_refuse)
            started = True
        _limit(most_seconds)
        _draw(out, request)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
