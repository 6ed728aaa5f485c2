"""Strict reading of untrusted JSON, base64 and numbers: one meaning or a refusal."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.adapters.sigstore_verifier.reasons import Refused

_MAX_DEPTH = 100
_MAX_CONTAINERS = 500_000
_MAX_NUMBER = 2**63 - 1


def read_json(raw: bytes, code: str) -> Any:  # noqa: ANN401 - JSON has no better type before it is read
    """Read JSON; duplicate keys, NaN, infinities, lone surrogates, other encodings and depth are refused as `code`."""
    # Millions of empty lists fit into a few megabytes and take seconds to make; brackets in strings count too.
    brackets = raw.count(b"[") + raw.count(b"{")
    if brackets > _MAX_CONTAINERS:
        raise Refused("too-large")
    try:
        value = _DECODER.decode(raw.decode("utf-8", "strict"))
        if b"\\ud" in raw or b"\\uD" in raw:
            # An escaped lone surrogate is text that cannot be written again, so it breaks whoever shows it.
            json.dumps(value, ensure_ascii=False).encode("utf-8", "strict")
    except (ValueError, RecursionError) as error:
        raise Refused(code) from error
    if brackets > _MAX_DEPTH:
        # Nothing is nested deeper than it has brackets.
        _bound_depth(value, code)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        # Two parsers may read two different values (attack AT-054).
        raise ValueError("duplicate key")
    return read


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("number out of range")
    return value


# Made once: to make one takes longer than to read a short text.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)


def _bound_depth(value: Any, code: str) -> None:  # noqa: ANN401 - as above
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise Refused(code)


def mapping(value: object, code: str) -> Mapping[str, Any]:
    """Return a JSON object or refuse."""
    if not isinstance(value, dict):
        raise Refused(code)
    return value


def message(value: object, fields: frozenset[str], code: str) -> Mapping[str, Any]:
    """Return a protobuf message: a JSON object that holds only these fields, `null` meaning not set."""
    held = mapping(value, code)
    if not held.keys() <= fields:
        raise Refused("unknown-field")
    return {name: content for name, content in held.items() if content is not None}


def sequence(value: object, code: str, *, at_most: int) -> Sequence[Any]:
    """Return a JSON array of bounded length or refuse; `None` (not set) is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > at_most:
        raise Refused(code)
    return value


def text(value: object, code: str) -> str:
    """Return a string or refuse."""
    if not isinstance(value, str):
        raise Refused(code)
    return value


def number(value: object, code: str) -> int:
    """Return a non-negative 64-bit integer, written as a number or as protobuf's decimal string; not set is 0."""
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(_MAX_NUMBER)):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise Refused(code)
    return value


def decode(value: object, code: str) -> bytes:
    """Decode standard base64 with padding, the one spelling that encodes back to itself."""
    try:
        raw = text(value, code).encode("ascii")
        decoded = base64.b64decode(raw, validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise Refused(code) from error
    if base64.b64encode(decoded) != raw:
        raise Refused(code)
    return decoded
