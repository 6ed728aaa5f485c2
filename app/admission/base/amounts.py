"""Numbers as Kubernetes writes them: quantities (`500m`, `2Gi`) and durations (`1h30m`)."""

from __future__ import annotations

import re
from fractions import Fraction

from app.admission.base.objects import Data

_QUANTITY = re.compile(r"([-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,2})?")
_SCALES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    **{letter: Fraction(1000**power) for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", 1)},
}
_PART = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)(ns|us|µs|ms|s|m|h)")
_UNITS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}


def quantity(data: Data) -> Fraction | None:
    """Return a number or quantity; `None` for what is none."""
    if isinstance(data, bool) or not isinstance(data, int | float | str):
        return None
    found = _QUANTITY.fullmatch(str(data))
    if found is None:
        return None
    number, scale = Fraction(found[1]), found[2] or ""
    if scale[:1] in ("e", "E") and len(scale) > 1 and scale != "Ei":
        return number * Fraction(10) ** int(scale[1:])
    return number * _SCALES.get(scale, Fraction(1))


def duration(data: Data) -> Fraction | None:
    """Return a duration in seconds; `None` for what is none. A number without a unit is none."""
    if not isinstance(data, str):
        return None
    text = data.removeprefix("-").removeprefix("+")
    total, position = Fraction(0), 0
    while position < len(text) and text != "0":
        found = _PART.match(text, position)
        if found is None:
            return None
        total += Fraction(found[1]) * _UNITS[found[2]]
        position = found.end()
    if not text:
        return None
    return -total if data.startswith("-") else total
