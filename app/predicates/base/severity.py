"""Severities: words of scanners, CVSS scores and vectors, read into one scale; what is not understood is no severity.

CVSS arithmetic: FIRST, "CVSS v3.1 Specification", section 7.1, and "CVSS v2 Complete Guide", section 3.2.1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

SEVERITIES: Final = ("critical", "high", "medium", "low", "negligible", "unknown")
"""From worst to mildest; `unknown` is last because it is shown last, not because it is mild."""

_WORDS: Final = {word: word for word in SEVERITIES} | {"none": "negligible", "info": "negligible", "moderate": "medium"}
_BANDS: Final = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"), (0.0, "negligible"))
_HIGHEST_SCORE: Final = 10.0

_V3: Final[Mapping[str, Mapping[str, float]]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": {"N": 0.0, "L": 0.22, "H": 0.56},
    "I": {"N": 0.0, "L": 0.22, "H": 0.56},
    "A": {"N": 0.0, "L": 0.22, "H": 0.56},
}
_V3_SCOPE_CHANGED_PRIVILEGES: Final = {"N": 0.85, "L": 0.68, "H": 0.5}
_V2: Final[Mapping[str, Mapping[str, float]]] = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.66},
    "I": {"N": 0.0, "P": 0.275, "C": 0.66},
    "A": {"N": 0.0, "P": 0.275, "C": 0.66},
}


def severity_word(text: str) -> str | None:
    """Read a severity word in either case; `None` for any other text, also for one with a space too many."""
    return _WORDS.get(text.lower())


def score_severity(score: float) -> str | None:
    """Read a CVSS base score; `None` outside 0 to 10."""
    if not 0.0 <= score <= _HIGHEST_SCORE:
        return None
    return next(word for least, word in _BANDS if score >= least or word == "negligible")


def cvss_severity(text: str) -> str | None:
    """Read a CVSS score or vector (2.0, 3.0, 3.1) or a severity word; `None` for what is not understood (4.0 too)."""
    if (word := severity_word(text)) is not None:
        return word
    if text.startswith(("CVSS:3.0/", "CVSS:3.1/")):
        score = _v3(_metrics(text.split("/")[1:], _V3))
    elif text.startswith("AV:"):
        score = _v2(_metrics(text.split("/"), _V2))
    else:
        score = _number(text)
    return None if score is None else score_severity(score)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _metrics(parts: list[str], table: Mapping[str, Mapping[str, float]]) -> Mapping[str, str] | None:
    """Return the base metrics by name; `None` when one is missing, doubled or has a value that does not exist."""
    pairs = [part.split(":", 1) for part in parts if ":" in part]
    metrics = {name: value for name, value in pairs if name in table}
    sound = len(metrics) == len(table) == sum(pair[0] in table for pair in pairs)
    return metrics if sound and all(metrics[name] in values for name, values in table.items()) else None


def _v3(metrics: Mapping[str, str] | None) -> float | None:
    if metrics is None:
        return None
    weight = {name: values[metrics[name]] for name, values in _V3.items()}
    changed = metrics["S"] == "C"
    privileges = _V3_SCOPE_CHANGED_PRIVILEGES[metrics["PR"]] if changed else weight["PR"]
    base = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if changed else 6.42 * base
    if impact <= 0:
        return 0.0
    total = impact + 8.22 * weight["AV"] * weight["AC"] * privileges * weight["UI"]
    # Round up to one digit in whole numbers, as appendix A says: floating point would round 4.02 to 4.1.
    scaled = round(min(total * 1.08 if changed else total, _HIGHEST_SCORE) * 100_000)
    return scaled / 100_000 if scaled % 10_000 == 0 else (scaled // 10_000 + 1) / 10


def _v2(metrics: Mapping[str, str] | None) -> float | None:
    if metrics is None:
        return None
    weight = {name: values[metrics[name]] for name, values in _V2.items()}
    impact = 10.41 * (1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"]))
    exploitability = 20 * weight["AV"] * weight["AC"] * weight["Au"]
    return round((0.6 * impact + 0.4 * exploitability - 1.5) * (0.0 if impact == 0 else 1.176), 1)
