"""Snappy, written: literals and copies of what stood before, as GitHub's storage has its bundles."""

from __future__ import annotations

_WINDOW = 60_000
_LENGTH = 60
_LEAST = 8


def compress(content: bytes) -> bytes:
    """Write the raw format; what stood before is referred to where four bytes of it come again."""
    out = bytearray(varint(len(content)))
    seen: dict[bytes, int] = {}
    at = literal = 0
    while at < len(content):
        key = content[at : at + _LEAST]
        before = seen.get(key, -1)
        seen[key] = at
        if before < 0 or at - before > _WINDOW or len(key) < _LEAST:
            at += 1
            continue
        length = _same(content, before, at)
        out += _literals(content[literal:at]) + _copied(at - before, length)
        at += length
        literal = at
    return bytes(out + _literals(content[literal:]))


def frame(content: bytes) -> bytes:
    """Write the framed format: one compressed and one plain chunk, a skipped one between; no checksum is right."""
    half = len(content) // 2
    chunks = [(0x00, b"....", compress(content[:half])), (0xFE, b"", b"padding"), (0x01, b"....", content[half:])]
    return b"\xff\x06\x00\x00sNaPpY" + b"".join(chunk(kind, sum_ + body) for kind, sum_, body in chunks)


def chunk(kind: int, body: bytes) -> bytes:
    """Write one chunk of the framed format."""
    return bytes([kind]) + len(body).to_bytes(3, "little") + body


def varint(number: int) -> bytes:
    """Write a length."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def _same(content: bytes, before: int, at: int) -> int:
    length = 0
    while length < _LENGTH and at + length < len(content) and content[before + length] == content[at + length]:
        length += 1
    return length


def _copied(back: int, length: int) -> bytes:
    if back < 1 << 11 and 4 <= length <= 11:
        return bytes([(back >> 8) << 5 | (length - 4) << 2 | 1, back & 0xFF])
    return bytes([(length - 1) << 2 | 2]) + back.to_bytes(2, "little")


def _literals(content: bytes) -> bytes:
    if not content:
        return b""
    length = len(content) - 1
    if length < 60:
        return bytes([length << 2]) + content
    wide = (length.bit_length() + 7) // 8
    return bytes([59 + wide << 2]) + length.to_bytes(wide, "little") + content
