"""Files to the browser: always as attachments of a stated type, with the name in RFC 6266 form."""

from urllib.parse import quote

from flask import Response


def download(data: bytes, name: str, media_type: str, *, inline: bool = False) -> Response:
    """`data` as a file. Inline only for images and PDFs the program made itself; both under a sandbox."""
    disposition = "inline" if inline else "attachment"
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'"
    return response
