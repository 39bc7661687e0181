"""Results as `multipart/mixed`: one part per rendition, in the order of the profiles. Pure.

The layout is what remote transcoders of the network post. A part is a rendition when it has a
`Pixels` header. Reading is strict: a body that is not exactly this is an error, never a guess.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["MultipartError", "Part", "boundary_of", "build_body", "new_boundary", "parse_body"]

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')
_MAX_HEADER_BYTES = 4096


class MultipartError(ValueError):
    """A body that is not what it claims to be."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part; header names are lower case."""

    headers: Mapping[str, str]
    data: bytes

    def number(self, name: str) -> int:
        """Return a header that is a number of at most 18 digits."""
        text = self.headers.get(name, "")
        if not (text.isascii() and text.isdecimal()) or len(text) > 18:
            raise MultipartError(f"header {name!r} is {text!r}; it must be a number")
        return int(text)


def new_boundary() -> str:
    """Return a boundary that no rendition contains by chance."""
    return secrets.token_hex(16)


def boundary_of(content_type: str) -> str:
    """Read the boundary out of a `multipart/mixed` content type."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/") or found is None:
        raise MultipartError(f"content type {content_type[:80]!r} is not multipart with a boundary")
    return found[1]


def build_body(parts: Iterable[Part], boundary: str) -> list[bytes]:
    """Return the body's pieces, unjoined so that large renditions are not copied."""
    pieces: list[bytes] = []
    for part in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in part.headers.items())
        pieces += [f"--{boundary}\r\n{head}\r\n".encode(), part.data, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def parse_body(body: bytes, boundary: str, *, max_parts: int) -> list[Part]:
    """Split a body into its parts; `MultipartError` says what is wrong."""
    opening, separator = f"--{boundary}".encode(), f"\r\n--{boundary}".encode()
    if not body.startswith(opening):
        raise MultipartError("the body does not begin with its boundary")
    parts: list[Part] = []
    position = len(opening)
    while body[position : position + 2] == b"\r\n":
        if len(parts) == max_parts:
            raise MultipartError(f"more than {max_parts} parts")
        part, position = _parse_part(body, position + 2, separator)
        parts.append(part)
    if body[position : position + 2] != b"--":
        raise MultipartError("the body ends without its closing boundary")
    return parts


def _parse_part(body: bytes, start: int, separator: bytes) -> tuple[Part, int]:
    end_of_head = body.find(b"\r\n\r\n", start, start + _MAX_HEADER_BYTES)
    if end_of_head < 0:
        raise MultipartError("a part's headers have no end")
    headers = _parse_headers(body[start:end_of_head])
    data_start = end_of_head + 4
    length = headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and len(length) < 12:
        data_end = data_start + int(length)
    else:
        data_end = body.find(separator, data_start)
    after = data_end + len(separator)
    if data_end < 0 or body[data_end:after] != separator:
        raise MultipartError("a part does not end at a boundary")
    return Part(headers, body[data_start:data_end]), after


def _parse_headers(head: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise MultipartError(f"{line[:60]!r} is not a header")
        headers[name.strip().lower()] = value.strip()
    return headers
