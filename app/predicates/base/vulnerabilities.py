"""Vulnerabilities as every scanner's predicate yields them: counted by severity, listed within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core.posture import Basis, Better, Measure
from app.predicates.base.reading import shown
from app.predicates.base.severity import SEVERITIES

MAX_DETAILS: Final = 500

VULNERABILITY_KEYS: Final = frozenset(
    key for word in SEVERITIES for key in (f"vulnerabilities.{word}", f"vulnerabilities.{word}.fixable")
)


@dataclass(frozen=True, slots=True, order=True)
class Vulnerability:
    """One vulnerability in one package: `fix` is the fixing version, empty for none; `note` a clause of ours."""

    id: str
    package: str
    version: str
    severity: str
    fix: str = ""
    note: str = ""

    @property
    def line(self) -> str:
        """The line for a list: identifier and package first, what varies from scan to scan in brackets."""
        fixed = f"fixed in {self.fix}" if self.fix else ""
        brackets = ", ".join(part for part in (self.version, fixed, self.note) if part)
        named = f"{self.id} {self.package}".rstrip()
        return shown(f"{named} ({brackets})" if brackets else named)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan found: `fixes_known` says whether the format tells of fixes at all."""

    found: tuple[Vulnerability, ...]
    basis: Basis
    fixes_known: bool


def vulnerability_measures(scan: Scan) -> Iterable[Measure]:
    """Yield a count for each severity, and one of those with a fix where the format tells of fixes.

    The same vulnerability in the same package and version counts once, at its worst severity.
    """
    worst: dict[tuple[str, str, str], Vulnerability] = {}
    for one in scan.found:
        key = (one.id, one.package, one.version)
        if key not in worst or _rank(one.severity) < _rank(worst[key].severity):
            worst[key] = one
    for word in SEVERITIES:
        of_word = sorted(one for one in worst.values() if one.severity == word)
        yield _measure(f"vulnerabilities.{word}", f"{word} vulnerabilities", of_word, scan.basis)
        if scan.fixes_known:
            fixable = [one for one in of_word if one.fix]
            label = f"{word} vulnerabilities with a fix"
            yield _measure(f"vulnerabilities.{word}.fixable", label, fixable, scan.basis)


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity)


def _measure(key: str, label: str, found: list[Vulnerability], basis: Basis) -> Measure:
    details = tuple(one.line for one in found[:MAX_DETAILS])
    return Measure(key, label, len(found), Better.LOWER, predicate_type="", basis=basis, details=details)
