"""Snappy, read with a bound: the raw format, and the framed one that wraps it in chunks.

Formats: `format_description.txt` and `framing_format.txt` of the Snappy project. The checksums of the framed format are
not looked at: what is inside is proved by its signature or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.core.errors import Error

_STREAM: Final = b"\xff\x06\x00\x00sNaPpY"
_LITERAL, _NEAR, _FAR = 0, 1, 2
_SHORT_LITERAL: Final = 60
_LONGEST_PREFIX: Final = 5
_CHUNK_HEAD: Final = 4
_CHECKSUM: Final = 4
_COMPRESSED, _PLAIN, _FIRST_SKIPPED = 0x00, 0x01, 0x80


class SnappyError(Error):
    """The bytes are not Snappy's, or would be larger than allowed; `too_large` tells which."""

    def __init__(self, *, too_large: bool = False) -> None:
        """Keep which of the two it is."""
        super().__init__("larger than is read" if too_large else "not Snappy's format")
        self.too_large = too_large


def decompress(content: bytes, limit: int) -> bytes:
    """Return the bytes behind `content`, at most `limit` of them; raises `SnappyError` and nothing else."""
    if not content.startswith(_STREAM):
        return _block(content, limit)
    found = bytearray()
    for kind, body in _chunks(content):
        left = limit - len(found)
        if kind == _COMPRESSED:
            found += _block(body[_CHECKSUM:], left)
        elif kind == _PLAIN:
            found += _plain(body[_CHECKSUM:], left)
        elif kind < _FIRST_SKIPPED:
            raise SnappyError
    return bytes(found)


def _chunks(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        start = at + _CHUNK_HEAD
        at = start + int.from_bytes(content[at + 1 : start], "little")
        if start > len(content) or at > len(content):
            raise SnappyError
        yield content[start - _CHUNK_HEAD], content[start:at]


def _plain(content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise SnappyError(too_large=True)
    return content


def _block(content: bytes, limit: int) -> bytes:
    size, at = _size(content)
    if size > limit:
        raise SnappyError(too_large=True)
    found = bytearray()
    while at < len(content):
        # Each element makes at least one byte of two or more, so that the loop is bounded by what was sent.
        at = _literal(content, at, found) if content[at] & 3 == _LITERAL else _copy(content, at, found)
        if len(found) > size:
            raise SnappyError
    if len(found) != size:
        raise SnappyError
    return bytes(found)


def _size(content: bytes) -> tuple[int, int]:
    """Return the length that is announced, and where what follows it begins."""
    size = 0
    for at, byte in enumerate(content[:_LONGEST_PREFIX]):
        size |= (byte & 0x7F) << 7 * at
        if byte < 0x80:  # noqa: PLR2004 - the bit that says "more follows"
            return size, at + 1
    raise SnappyError


def _literal(content: bytes, at: int, found: bytearray) -> int:
    length = content[at] >> 2
    at += 1
    if length >= _SHORT_LITERAL:
        wide = length - _SHORT_LITERAL + 1
        length = int.from_bytes(content[at : at + wide], "little")
        at += wide
    end = at + length + 1
    if end > len(content):
        raise SnappyError
    found += content[at:end]
    return end


def _copy(content: bytes, at: int, found: bytearray) -> int:
    tag = content[at]
    kind = tag & 3
    wide = {_NEAR: 1, _FAR: 2}.get(kind, 4)
    end = at + 1 + wide
    if end > len(content):
        raise SnappyError
    back = int.from_bytes(content[at + 1 : end], "little")
    length = (tag >> 2) + 1
    if kind == _NEAR:
        back |= (tag >> 5) << 8
        length = (tag >> 2 & 7) + 4
    if not 0 < back <= len(found):
        raise SnappyError
    start = len(found) - back
    # A copy may reach into what it makes: then what lies there is repeated.
    part = bytes(found[start : start + length])
    found += (part * (length // len(part) + 1))[:length]
    return end
