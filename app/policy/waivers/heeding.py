"""Which waivers hold for one image at one moment, and what they let pass.

1. A rule waiver answers a failure of the rule that it names. What was found to be wrong (`invalid`), or could not be
   read, needs a waiver that names the very digest; what merely could not be asked (`unknown`) is never waived.
2. A vulnerability waiver takes vulnerabilities out of a count, where the whole list behind the count is known.
3. Rules of the floor are waived only where the floor allows it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.core.oci import Digest, ImageName
from app.core.posture import Posture, Vulnerability
from app.policy.waivers.waiver import Waiver
from app.predicates.base import KNOWN_EXPLOITED, VULNERABILITY_KEYS

_FORBIDDEN: Final = "is not heeded: the floor does not allow waivers of its rules"
_SWITCHED_OFF: Final = "is not heeded: the policy does not allow waivers"


class Closeness(enum.Enum):
    """How near a waiver of a rule must be to what fails: the image named by a pattern, its very digest, or nothing."""

    IMAGE = "image"
    DIGEST = "digest"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Count:
    """How many vulnerabilities are left after waivers, and which waivers took some out."""

    left: int
    used: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Waivers:
    """Every waiver of the base branch, and what floor and policy allow: for the own rules, and for the floor's."""

    known: tuple[Waiver, ...] = ()
    own: bool = True
    floor: bool = False
    max_days: int | None = None

    def for_image(self, name: ImageName, digest: Digest | None, at: datetime) -> ImageWaivers:
        """Return those that speak of an image."""
        speaking = [one for one in self.known if one.scope.is_for(name, digest)]
        idle = {one: one.idle(at, self.max_days) for one in speaking}
        return ImageWaivers(
            valid=tuple(one for one in speaking if not idle[one]),
            idle=tuple((one, why, one.turns(at, self.max_days)) for one, why in idle.items() if why),
            own=self.own,
            floor=self.floor,
        )


@dataclass(frozen=True, slots=True)
class ImageWaivers:
    """The waivers that speak of one image: those that hold, and the others with why not and when that may change."""

    valid: tuple[Waiver, ...] = ()
    idle: tuple[tuple[Waiver, str, datetime | None], ...] = field(default=())
    own: bool = True
    floor: bool = False

    def of_rule(self, rule: str, closeness: Closeness, *, floor: bool) -> Waiver | None:
        """Return the waiver that lets a failure of a rule pass, the one that ends last; `None` when none does."""
        if closeness is Closeness.NEVER or not self._allowed(floor=floor):
            return None
        found = [one for one in self.valid if rule in one.scope.rules and _near(one, closeness)]
        return max(found, key=lambda one: (one.ends, one.path), default=None)

    def missed(self, rule: str, closeness: Closeness, *, floor: bool) -> tuple[str, datetime | None]:
        """Say in one clause why a waiver that names the rule does not count, and when that may change by itself."""
        named = [one for one in self.valid if rule in one.scope.rules]
        if named and not self._allowed(floor=floor):
            return f"the waiver {named[0].path} {_FORBIDDEN if floor else _SWITCHED_OFF}", None
        if named:
            why = "cannot waive this" if closeness is Closeness.NEVER else "does not name the digest, as it must here"
            return f"the waiver {named[0].path} {why}", None
        idle = [(one.path, why, turn) for one, why, turn in self.idle if rule in one.scope.rules]
        return (f"the waiver {idle[0][0]} {idle[0][1]}", idle[0][2]) if idle else ("", None)

    def count(self, posture: Posture, key: str, *, floor: bool) -> Count | None:
        """Count without what is waived; `None` when the key counts no vulnerabilities or its list is not whole.

        Scans that disagree are counted together, so that what is left is never fewer than any one of them found.
        """
        measure = posture.measures.get(key)
        if key not in VULNERABILITY_KEYS or measure is None or not self._allowed(floor=floor):
            return None
        listed = [one for one in posture.vulnerabilities if _counts(one, key)]
        if not isinstance(measure.value, int) or measure.value > len(listed):
            return None
        waived = list(map(self._index().of, listed))
        used = {waiver for waiver in waived if waiver is not None}
        return Count(waived.count(None), tuple(sorted(used, key=_ends_first)))

    def _index(self) -> _Index:
        named: dict[str, list[Waiver]] = {}
        for one in sorted(self.valid, key=_ends_first, reverse=True):
            for name in one.scope.vulnerabilities or _ANY:
                named.setdefault(name, []).append(one)
        return _Index(named)

    def _allowed(self, *, floor: bool) -> bool:
        return self.floor if floor else self.own


_ANY: Final = ("",)


@dataclass(frozen=True, slots=True)
class _Index:
    """Waivers by the vulnerability that they name, the one that ends last first: both lists may be long."""

    named: Mapping[str, Sequence[Waiver]]

    def of(self, found: Vulnerability) -> Waiver | None:
        """Return the waiver of a vulnerability that ends last; `None` when it is not waived."""
        names = (*_ANY, *(name.upper() for name in found.names))
        fitting = [one for name in names for one in self.named.get(name, ()) if one.scope.covers(found)]
        return max(fitting, key=_ends_first, default=None)


def _ends_first(waiver: Waiver) -> tuple[datetime, str, int]:
    return waiver.ends, waiver.path, waiver.line


def _near(waiver: Waiver, closeness: Closeness) -> bool:
    return closeness is Closeness.IMAGE or bool(waiver.scope.digests)


def _counts(one: Vulnerability, key: str) -> bool:
    word, _, fixable = key.removeprefix("vulnerabilities.").partition(".")
    kind = one.exploited if word == KNOWN_EXPLOITED else one.severity == word
    return kind and not one.excused and (not fixable or bool(one.fix))


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Return the first of some moments; `None` when there is none."""
    return min((one for one in moments if one is not None), default=None)
