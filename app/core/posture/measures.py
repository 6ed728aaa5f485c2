"""Named measures of one image, and how the new image's differ from the old one's."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.core.oci import Digest, Platform
from app.core.posture.vulnerabilities import Vulnerability


class Better(enum.Enum):
    """Which way a measure improves; NEITHER is only shown, never judged as better or worse."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Basis:
    """What makes two numbers comparable: the platform scanned, the scanner's family, the day of its database.

    `None` where the predicate does not say.
    """

    platform: Platform | None = None
    scanner: str | None = None
    database: datetime | None = None


Value = int | bool | str | frozenset[str]


@dataclass(frozen=True, slots=True)
class Measure:
    """One named, labelled value that knows which way is better.

    `key` is dotted and declared in the `KEYS` of the predicate that yields it (`vulnerabilities.critical`). `signer`
    is who signed the statement, `at` its verified time. `details` are lines for a fold (CVE identifiers, packages),
    bounded by the predicate that makes them. `subjects` are the manifests that statements with this measure speak of.
    """

    key: str
    label: str
    value: Value
    better: Better
    predicate_type: str
    signer: str = ""
    at: datetime | None = None
    basis: Basis | None = None
    details: tuple[str, ...] = ()
    subjects: frozenset[Digest] = frozenset()


@dataclass(frozen=True, slots=True)
class UnreadablePredicate:
    """A trusted statement whose predicate has a wrong shape: `path` is where in it (`scanner.result[3].id`)."""

    predicate_type: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Posture:
    """All that trusted statements say of one image; a key that is not there was not measured (absent is not zero).

    `vulnerabilities` is what all scans that stand list together, the worst first; `scans` is what each of them rests
    on, so an empty list beside a scan means that nothing was found. `types` are the predicate types that were read.
    """

    measures: Mapping[str, Measure] = field(default_factory=dict)
    unreadable: tuple[UnreadablePredicate, ...] = ()
    notes: tuple[str, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    scans: tuple[Basis, ...] = ()
    types: frozenset[str] = frozenset()


class Trend(enum.Enum):
    """How a measure moved from the old image to the new one."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CHANGED = "changed"
    GAINED = "gained"
    LOST = "lost"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """One measure on both sides; `why` says why two numbers are not comparable, empty otherwise."""

    key: str
    label: str
    before: Measure | None
    after: Measure | None
    trend: Trend
    why: str = ""


def diff(before: Posture, after: Posture) -> tuple[MeasureChange, ...]:
    """Compare two postures key by key, sorted by key.

    A measure that only one side has is GAINED or LOST, whatever its value. Numbers that depend on a scan are compared
    only when both scans had the same basis; else they are NOT_COMPARABLE and `why` says what differs or is not known.
    """
    keys = sorted(before.measures.keys() | after.measures.keys())
    return tuple(_change(key, before.measures.get(key), after.measures.get(key)) for key in keys)


def _change(key: str, old: Measure | None, new: Measure | None) -> MeasureChange:
    if new is None:
        return MeasureChange(key, old.label if old else key, old, new, Trend.LOST)
    if old is None:
        return MeasureChange(key, new.label, old, new, Trend.GAINED)
    why = _not_comparable(old, new)
    return MeasureChange(key, new.label, old, new, Trend.NOT_COMPARABLE if why else _trend(old, new), why)


def _trend(old: Measure, new: Measure) -> Trend:
    if old.value == new.value:
        return Trend.SAME
    if new.better is Better.NEITHER or not isinstance(old.value, int) or not isinstance(new.value, int):
        return Trend.CHANGED
    return Trend.BETTER if (new.value < old.value) is (new.better is Better.LOWER) else Trend.WORSE


def _not_comparable(old: Measure, new: Measure) -> str:
    """Say why two measures cannot be compared, in one clause; empty when they can."""
    if type(old.value) is not type(new.value) or old.better is not new.better:
        return "the two sides measure different things"
    if old.basis is None and new.basis is None:
        return ""
    return not_comparable(old.basis or Basis(), new.basis or Basis())


def not_comparable(first: Basis, second: Basis) -> str:
    """Say why what rests on these cannot be compared, in one clause; empty when it can."""
    return _platforms(first, second) or _scanners(first, second) or _databases(first.database, second.database)


def _platforms(first: Basis, second: Basis) -> str:
    if first.platform is None or second.platform is None:
        return "a scan does not say which platform it looked at"
    return "" if first.platform == second.platform else "the scans looked at different platforms"


def _scanners(first: Basis, second: Basis) -> str:
    if first.scanner is None or second.scanner is None:
        return "a scan does not say which scanner made it"
    return "" if first.scanner == second.scanner else "different scanners"


def _databases(first: datetime | None, second: datetime | None) -> str:
    if first is None or second is None:
        return "a scan does not say how old its database is"
    days = abs((first.astimezone(UTC).date() - second.astimezone(UTC).date()).days)
    if days == 0:
        return ""
    return f"the scanners' databases are {days} day{'' if days == 1 else 's'} apart"
