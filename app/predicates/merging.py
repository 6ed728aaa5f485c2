"""Many statements on one image become one posture; a second statement never makes a known measure milder.

1. Of the same signer, predicate type, scanner and subject, the newest by verified time counts: a rescan replaces a
   scan. Without a verified time on both there is no newest, and step 2 decides.
2. Between different ones that disagree the worse stands, and a note says so. A measure that has no worse is joined.

The lists of all scans that stand are joined; a vulnerability is excused only when it is in every scan that has it.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.core.attestation import TrustedStatement
from app.core.oci import Platform
from app.core.posture import Basis, Better, Measure, Posture, UnreadablePredicate, Value
from app.predicates.base import Author, Malformed, Scan, listed, vulnerability_measures

Source = tuple[str, str, str, str]
Heed = Callable[[Scan, TrustedStatement], Scan]
"""What applies the claims of authors of VEX to a scan."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one statement said: its measures and scans, or why it cannot be read."""

    measures: tuple[Measure, ...]
    source: tuple[str, str, str]
    malformed: UnreadablePredicate | None = None
    scans: tuple[Scan, ...] = ()
    at: datetime | None = None

    @classmethod
    def of(
        cls,
        statement: TrustedStatement,
        measure: Callable[[object], Iterable[Measure | Scan]],
        platform: Platform | None,
        heed: Heed,
    ) -> Reading:
        """Read one statement; `platform` is what its subject runs on, where that is known from elsewhere."""
        kind = statement.statement.predicate_type
        # The subject belongs to it: the newer scan of one platform says nothing about the other platform.
        source = (Author.of(statement).key, kind, str(statement.subject))
        try:
            # All of it or nothing: half of a malformed predicate is not believed.
            found = tuple(measure(statement.statement.predicate))
        except Malformed as error:
            return cls((), source, UnreadablePredicate(kind, error.path, error.reason))
        scans = tuple(heed(_placed(one, platform), statement) for one in found if isinstance(one, Scan))
        measures = [one for one in found if isinstance(one, Measure)]
        measures += [one for scan in scans for one in vulnerability_measures(scan)]
        named = tuple(_attributed(one, statement, platform) for one in measures)
        return cls(named, source, scans=scans, at=statement.verified_at)


def merge(readings: Iterable[Reading]) -> Posture:
    """Merge readings; the answer does not depend on their order."""
    by_key: defaultdict[str, list[tuple[Source, Measure]]] = defaultdict(list)
    unreadable: list[UnreadablePredicate] = []
    known = tuple(readings)
    for reading in known:
        if reading.malformed is not None:
            unreadable.append(reading.malformed)
        for one in reading.measures:
            by_key[one.key].append(((*reading.source, _scanner(one)), one))
    measures: dict[str, Measure] = {}
    notes: set[str] = set()
    for key in sorted(by_key):
        chosen, note = _choose(by_key[key])
        measures[key] = chosen
        notes |= {note} if note else set()
    ordered = sorted(set(unreadable), key=lambda one: (one.predicate_type, one.path, one.reason))
    scans = _standing_scans(known)
    return Posture(
        measures,
        tuple(ordered),
        tuple(sorted(notes)),
        listed(one for scan in scans for one in scan.found),
        tuple(scan.basis for scan in scans),
        frozenset(reading.source[1] for reading in known),
    )


def _standing_scans(readings: Iterable[Reading]) -> list[Scan]:
    """Return the scans that no newer one of the same source replaced, each basis in a fixed order."""
    by_source: defaultdict[Source, list[tuple[Scan, datetime | None]]] = defaultdict(list)
    for reading in readings:
        for scan in reading.scans:
            by_source[(*reading.source, scan.basis.scanner or "")].append((scan, reading.at))
    found: list[Scan] = []
    for source in sorted(by_source):
        times = [at for _, at in by_source[source]]
        dated = [at for at in times if at is not None]
        newest = max(dated) if len(dated) == len(times) else None
        found += [scan for scan, at in by_source[source] if newest is None or at == newest]
    return sorted(found, key=repr)


def _placed(scan: Scan, platform: Platform | None) -> Scan:
    basis = scan.basis
    return scan if basis.platform is not None else dataclasses.replace(scan, basis=_on(basis, platform))


def _on(basis: Basis, platform: Platform | None) -> Basis:
    return dataclasses.replace(basis, platform=platform)


def _attributed(one: Measure, statement: TrustedStatement, platform: Platform | None) -> Measure:
    basis = one.basis
    if basis is not None and basis.platform is None:
        basis = _on(basis, platform)
    kind = statement.statement.predicate_type
    signer = statement.signer.label
    at, subjects = statement.verified_at, frozenset({statement.subject})
    return dataclasses.replace(one, predicate_type=kind, signer=signer, at=at, basis=basis, subjects=subjects)


def _scanner(one: Measure) -> str:
    return (one.basis.scanner or "") if one.basis is not None else ""


def _choose(found: list[tuple[Source, Measure]]) -> tuple[Measure, str]:
    by_source: defaultdict[Source, list[Measure]] = defaultdict(list)
    for source, one in found:
        by_source[source].append(one)
    standing = [one for source in sorted(by_source) for one in _newest(by_source[source])]
    worst = _worst(standing)
    agree = all(one.value == standing[0].value for one in standing)
    worst = dataclasses.replace(worst, subjects=frozenset().union(*(one.subjects for one in standing)))
    return worst, "" if agree else f"several statements disagree on {worst.label}: the worse stands"


def _newest(found: list[Measure]) -> list[Measure]:
    """Return those verified last; all of them when one has no verified time."""
    times = [one.at for one in found if one.at is not None]
    if len(times) < len(found):
        return found
    return [one for one in found if one.at == max(times)]


def _worst(found: list[Measure]) -> Measure:
    """Return the worst measure; for a text or set that has no worse, one that holds what all of them say."""
    best_known = sorted(found, key=_order)
    first = best_known[0]
    value = _value([one.value for one in best_known], first.better)
    return dataclasses.replace(next((one for one in best_known if one.value == value), first), value=value)


def _order(one: Measure) -> tuple[str, str, str, str]:
    # Only to be independent of the order of the input; it decides nothing that is judged.
    return (one.signer, one.predicate_type, "" if one.at is None else one.at.isoformat(), repr(one))


def _value(values: list[Value], better: Better) -> Value:
    first = values[0]
    if isinstance(first, str):
        # Two names are neither: a rule that requires one of them must not be met by the other's statement.
        return " ≠ ".join(sorted({str(value) for value in values}))
    if isinstance(first, frozenset):
        return first.union(*(value for value in values if isinstance(value, frozenset)))
    numbers = [value for value in values if isinstance(value, int)]
    return min(numbers) if better is Better.HIGHER else max(numbers)
