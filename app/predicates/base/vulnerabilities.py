"""Vulnerabilities as every scanner's predicate yields them: counted by severity, listed within bounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core.exploited import ExploitLists, KnownExploited
from app.core.posture import Basis, Better, Measure, Vulnerability
from app.predicates.base.reading import shown
from app.predicates.base.severity import SEVERITIES

MAX_DETAILS: Final = 500

KNOWN_EXPLOITED: Final = "known-exploited"

VULNERABILITY_KEYS: Final = frozenset(
    key
    for word in (*SEVERITIES, KNOWN_EXPLOITED)
    for key in (f"vulnerabilities.{word}", f"vulnerabilities.{word}.fixable")
)


def line(one: Vulnerability) -> str:
    """Write the line for a list: identifier and package first, what varies from scan to scan in brackets."""
    fixed = f"fixed in {one.fix}" if one.fix else ""
    brackets = ", ".join(part for part in (one.version, fixed, one.note) if part)
    named = f"{one.id} {one.package}".rstrip()
    return shown(f"{named} ({brackets})" if brackets else named)


@dataclass(frozen=True, slots=True)
class Scan:
    """What one scan found: `fixes_known` says whether the format tells of fixes at all.

    `catalogue` is the one of known exploited vulnerabilities that the findings were looked up in, `None` for none.
    """

    found: tuple[Vulnerability, ...]
    basis: Basis
    fixes_known: bool
    catalogue: KnownExploited | None = dataclasses.field(default=None, repr=False)


def looked_up(scan: Scan, lists: ExploitLists) -> Scan:
    """Return the scan with what the operator's lists of exploitation say of its findings."""
    if lists.known is None and lists.likelihoods is None:
        return scan
    found = (
        dataclasses.replace(one, exploited=lists.exploited(one.names), epss=lists.likelihood(one.names))
        for one in scan.found
    )
    return dataclasses.replace(scan, found=tuple(found), catalogue=lists.known)


def listed(found: Iterable[Vulnerability]) -> tuple[Vulnerability, ...]:
    """Return each vulnerability in the same package and version once, the worst severity first.

    Of several the worst severity stands; it is excused only when all of them are.
    """
    worst: dict[tuple[str, str, str], Vulnerability] = {}
    for one in sorted(found):
        key = (one.id, one.package, one.version)
        old = worst.get(key)
        if old is None:
            worst[key] = one
            continue
        first = one if rank(one) < rank(old) else old
        worst[key] = dataclasses.replace(
            first,
            fix=first.fix or old.fix or one.fix,
            purl=first.purl or old.purl or one.purl,
            vex=tuple(sorted({*old.vex, *one.vex})),
            excused=old.excused and one.excused,
            aliases=tuple(sorted({*old.aliases, *one.aliases})),
            exploited=old.exploited or one.exploited,
            epss=max((each.epss for each in (old, one) if each.epss is not None), default=None),
        )
    return tuple(sorted(worst.values(), key=lambda one: (rank(one), one)))


def vulnerability_measures(scan: Scan) -> Iterable[Measure]:
    """Yield a count for each severity, and one of those with a fix where the format tells of fixes.

    The same vulnerability in the same package and version counts once, at its worst severity; one that trusted
    authors excused does not count. Those known to be exploited are counted only where a catalogue was given.
    """
    counted = [one for one in listed(scan.found) if not one.excused]
    for word in SEVERITIES:
        of_word = sorted(one for one in counted if one.severity == word)
        yield from _counts((word, f"{word} vulnerabilities"), of_word, scan)
    if scan.catalogue is not None:
        # The catalogue's day belongs to the name: who reads the count must see how old the list is.
        label = f"vulnerabilities known to be exploited (catalogue of {scan.catalogue.day})"
        yield from _counts((KNOWN_EXPLOITED, label), sorted(one for one in counted if one.exploited), scan)


def _counts(named: tuple[str, str], found: list[Vulnerability], scan: Scan) -> Iterable[Measure]:
    word, label = named
    yield _measure(f"vulnerabilities.{word}", label, found, scan.basis)
    if scan.fixes_known:
        fixable = [one for one in found if one.fix]
        yield _measure(f"vulnerabilities.{word}.fixable", f"{label} with a fix", fixable, scan.basis)


def rank(one: Vulnerability) -> int:
    """Return the place of its severity, 0 for the worst."""
    return SEVERITIES.index(one.severity)


def _measure(key: str, label: str, found: list[Vulnerability], basis: Basis) -> Measure:
    details = tuple(line(one) for one in found[:MAX_DETAILS])
    return Measure(key, label, len(found), Better.LOWER, predicate_type="", basis=basis, details=details)
