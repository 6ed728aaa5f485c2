"""Posture: named measures of one image, and how the new image's differ from the old one's."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.oci import Platform


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
    bounded by the predicate that makes them.
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


@dataclass(frozen=True, slots=True)
class UnreadablePredicate:
    """A trusted statement whose predicate has a wrong shape: `path` is where in it (`scanner.result[3].id`)."""

    predicate_type: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Posture:
    """All that trusted statements say of one image; a key that is not there was not measured (absent is not zero)."""

    measures: Mapping[str, Measure] = field(default_factory=dict)
    unreadable: tuple[UnreadablePredicate, ...] = ()
    notes: tuple[str, ...] = ()


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
    """Compare two postures key by key, sorted by key."""
    raise NotImplementedError
