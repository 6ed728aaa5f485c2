"""Versions that a VEX claim is limited to, compared only where every ecosystem would compare them alike.

Grammar: the VERS specification (`vers:npm/>=1.0.0|<2.0.0`). How versions are ordered differs by ecosystem, but numbers
between dots, as many on either side, are ordered the same way in all of them. Whatever else a range compares is not
told, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import unquote

_NUMBERS: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18}){0,15}")
_CONSTRAINT: Final = re.compile(r"(<=|>=|!=|<|>|=)?([^<>=!|*]{1,200})")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9.-]{0,40}")
_ANY: Final = frozenset({"generic", "semver", "all"})
"""Schemes that are no ecosystem's own."""
_MOST: Final = 50
_WITH: Final = frozenset({"=", "<=", ">="})

Order = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VersionRange:
    """One range: the ecosystem that it is of, and its constraints as comparator and version, in their order."""

    scheme: str
    constraints: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange | None:
        """Read one; `None` for anything else."""
        scheme, slash, rest = text.removeprefix("vers:").partition("/")
        parts = [part.strip() for part in rest.split("|")]
        if not text.startswith("vers:") or not slash or not _SCHEME.fullmatch(scheme) or len(parts) > _MOST:
            return None
        if parts == ["*"]:
            return cls(scheme, ())
        found = [_CONSTRAINT.fullmatch(part) for part in parts]
        known = [(one.group(1) or "=", unquote(one.group(2).strip())) for one in found if one is not None]
        return cls(scheme, tuple(known)) if len(known) == len(parts) else None

    @property
    def compared(self) -> bool:
        """Whether all its versions are numbers between dots."""
        return all(_ordered(text) is not None for _, text in self.constraints)

    def holds(self, version: str, kind: str) -> bool | None:
        """Say whether a version of a package of this kind is in the range; `None` when it cannot be told."""
        if self.scheme not in {kind, *_ANY}:
            return None
        stated = {sign for sign, text in self.constraints if text == version}
        if stated or not self.constraints:
            return stated <= _WITH
        known = _ordered(version)
        bounds = [(bound, sign) for sign, text in self.constraints if (bound := _ordered(text)) is not None]
        alike = known is not None and all(len(bound) == len(known) for bound, _ in bounds)
        if known is None or not alike or len(bounds) < len(self.constraints):
            return None
        stated = {sign for bound, sign in bounds if bound == known}
        ends = sorted(one for one in bounds if one[1][0] in "<>")
        if stated or ends:
            return stated <= _WITH if stated else _inside(known, ends)
        return all(sign == "!=" for _, sign in bounds)


@dataclass(frozen=True, slots=True)
class Versions:
    """What a claim is limited to: these versions and ranges. `doubtful` is the answer where that cannot be told."""

    exact: frozenset[str]
    ranges: tuple[VersionRange | None, ...]
    doubtful: bool

    def hold(self, version: str, kind: str) -> bool:
        """Say whether a version of a package of this kind is meant."""
        if not version:
            return self.doubtful
        answers = [None if one is None else one.holds(version, kind) for one in self.ranges]
        return version in self.exact or True in answers or (None in answers and self.doubtful)

    @property
    def compared(self) -> bool:
        """Whether all of it is of a form that is compared."""
        return all(one is not None and one.compared for one in self.ranges)


def _ordered(text: str) -> Order | None:
    return tuple(map(int, text.split("."))) if _NUMBERS.fullmatch(text) else None


def _inside(version: Order, bounds: Iterable[tuple[Order, str]]) -> bool:
    """Say whether a version that is none of the bounds lies above a lower one and below the next upper one."""
    known: list[tuple[Order | None, str]] = [(bound, sign[0]) for bound, sign in bounds]
    # Without a bound on a side, everything on that side is inside.
    ends = [(None, ">"), *known, (None, "<")] if known else []
    between = [(low, high) for (low, below), (high, above) in pairwise(ends) if (below, above) == (">", "<")]
    return any((low is None or low < version) and (high is None or version < high) for low, high in between)
