"""The in-toto vulnerability predicates v0.1 and v0.2, in the specification's shape and in those seen in the wild.

An entry is `{id, severity}`, `{vulnerability_id, severity}` or `{vulnerability: {id, severity}}`; `severity` a list or
one object of `{method, score}`; `score` a number, a CVSS vector or a word. An empty list means that nothing was found,
and so does, in real statements, a list that is missing beside a finished scan; `null` says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from app.core.posture import Basis, Measure
from app.predicates.base import (
    SEVERITIES,
    VULNERABILITY_KEYS,
    Place,
    Scan,
    Vulnerability,
    cvss_severity,
    database_time,
    document,
    scanner_family,
    score_severity,
)

TYPES: Final = frozenset(
    {
        "https://in-toto.io/attestation/vulns/v0.1",
        "https://in-toto.io/attestation/vulns/v0.2",
        # Written by tools before the specification had settled, and still found.
        "https://in-toto.io/attestation/vuln/v0.1",
        "https://in-toto.io/attestation/vulns/attribute-report/v0.1",
    }
)
# The format does not tell of fixes.
KEYS: Final = frozenset(key for key in VULNERABILITY_KEYS if not key.endswith(".fixable"))


def measure(predicate: object) -> Iterable[Measure | Scan]:
    """Tell what the scanner found; an entry without one is `unknown`."""
    root = document(predicate)
    scanner = root.get("scanner")
    basis = Basis(None, scanner_family(scanner.get("uri").text()), database_time(scanner.get("db")))
    found = tuple(_finding(entry) for entry in _entries(root, scanner))
    return (Scan(found, basis, fixes_known=False),)


def _entries(root: Place, scanner: Place) -> Iterator[Place]:
    if scanner.has("result"):
        return scanner.get("result").items()
    times = [root.down("metadata", name).time() for name in ("scanFinishedOn", "scannedOn")]
    if all(time is None for time in times):
        raise scanner.get("result").refuse("is missing, and no scan is said to have finished")
    return iter(())


def _finding(entry: Place) -> Vulnerability:
    one = entry.get("vulnerability") if entry.has("vulnerability") else entry
    named = one.get("id") if one.has("id") or not one.has("vulnerability_id") else one.get("vulnerability_id")
    severity, note = _severity(one.get("severity"))
    return Vulnerability(named.text(), "", "", severity, note=note)


def _severity(place: Place) -> tuple[str, str]:
    """Take the worst of the severities that are understood; when none is, it counts as the worst there is."""
    if place.absent:
        return "unknown", ""
    entries = [place] if isinstance(place.value, dict) else list(place.items())
    if not entries:
        return "unknown", ""
    words = [word for word in map(_score, entries) if word is not None]
    if not words:
        return SEVERITIES[0], "severity not understood, counted as critical"
    return min(words, key=SEVERITIES.index), ""


def _score(entry: Place) -> str | None:
    place = entry.get("score")
    if isinstance(place.value, int | float) and not isinstance(place.value, bool):
        severity = score_severity(place.value)
        if severity is None:
            raise place.refuse("is not between 0 and 10")
        return severity
    return cvss_severity(place.text())
