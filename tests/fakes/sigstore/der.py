"""The few DER pieces that a timestamp needs and that `cryptography` cannot write (X.690)."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

_BASE = 128
_SHORT = 0x80


def tagged(tag: int, *parts: bytes) -> bytes:
    """Write tag, length and the parts one after the other."""
    body = b"".join(parts)
    if len(body) < _SHORT:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, _SHORT | len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    """Write a SEQUENCE."""
    return tagged(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """Write a SET OF, in DER order."""
    return tagged(0x31, *sorted(parts))


def integer(value: int) -> bytes:
    """Write a non-negative INTEGER."""
    return tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """Write an OCTET STRING."""
    return tagged(0x04, value)


def utf8(value: str) -> bytes:
    """Write a UTF8String."""
    return tagged(0x0C, value.encode())


def oid(dotted: str) -> bytes:
    """Write an OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = bytearray([first * 40 + second])
    for arc in rest:
        digits = [arc % _BASE]
        while arc := arc // _BASE:
            digits.append(arc % _BASE | _BASE)
        body += bytes(reversed(digits))
    return tagged(0x06, bytes(body))


def time(value: datetime) -> bytes:
    """Write a GeneralizedTime with whole seconds."""
    return tagged(0x18, value.strftime("%Y%m%d%H%M%SZ").encode())


def name(value: x509.Name) -> bytes:
    """Write a distinguished name."""
    return value.public_bytes()
