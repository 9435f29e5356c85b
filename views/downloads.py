"""Files to the browser: always as attachments of a stated type, with the name in RFC 6266 form."""

from collections.abc import Callable, Iterator
from urllib.parse import quote

from flask import Response, request, stream_with_context

# So much of a video goes out in one answer: the player asks for more, and no worker is held by a slow line.
_MOST_AT_ONCE = 4 * 1024 * 1024

Stream = Callable[[int, int], Iterator[bytes]]
"""Gives the bytes from a place up to another, as they are asked for."""


def download(data: bytes, name: str, media_type: str, *, inline: bool = False) -> Response:
    """`data` as a file. Inline only for images and PDFs the program made itself; both under a sandbox."""
    return _as_file(Response(data, mimetype=media_type), name, inline=inline)


def download_stream(read: Stream, size: int, name: str, media_type: str) -> Response:
    """A large file as an attachment, never whole in memory."""
    response = Response(stream_with_context(read(0, size)), mimetype=media_type)
    response.content_length = size
    return _as_file(response, name, inline=False)


def download_unmeasured(chunks: Iterator[bytes], name: str, media_type: str) -> Response:
    """A file that is made while it is sent, so that nobody knows its length beforehand."""
    return _as_file(Response(chunks, mimetype=media_type), name, inline=False)


def play(read: Stream, size: int, name: str, media_type: str) -> Response:
    """The part of a video the player asks for (RFC 9110, Range), or its beginning: an answer is never long."""
    asked = request.range
    start, end = 0, size
    if asked is not None and asked.units == "bytes" and len(asked.ranges) == 1:
        found = asked.range_for_length(size)
        if found is None:
            refusal = Response(status=416)
            refusal.headers["Content-Range"] = f"bytes */{size}"
            return refusal
        start, end = found
    end = min(end, start + _MOST_AT_ONCE)
    response = Response(stream_with_context(read(start, end)), 206, mimetype=media_type)
    response.content_length = end - start
    response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    return _as_file(response, name, inline=True)


def _as_file(response: Response, name: str, *, inline: bool) -> Response:
    disposition = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'"
    return response
