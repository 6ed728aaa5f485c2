"""Patterns of image names and of paths as sets of texts, so that two can be compared.

A name is written with a slash before each of its parts, so that `**` (any number of whole parts) is a repetition.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from app.admission.base import Order, Relation, unknown
from app.admission.base.languages import NOTHING, Language, NotUnderstood, compare, exact, union, whole_regex
from app.admission.base.languages.tree import NOT_SLASH, Chain, Many, Tree, literal
from app.core.globs import Glob, PathGlob, literal_prefix
from app.policy.scopes import Scope

MAX_COMPARISONS: Final = 40
"""Pairs of languages that one comparison of two policies looks at; beyond that nothing is claimed."""

MAX_STEPS: Final = 30_000
"""Steps of one of them; some seconds all together, whatever a stranger writes."""

MAX_PATTERNS: Final = 30_000
"""Characters of all patterns of two policies; with more of them nothing is compared."""

_SLASH = literal("/")
_PARTS: Tree = Many(Chain((_SLASH, NOT_SLASH, Many(NOT_SLASH))))
NAMES: Final = Language.of(Chain((_SLASH, NOT_SLASH, Many(NOT_SLASH), _PARTS)))
"""Every name of at least one part, none of which is empty."""


def of_glob(glob: Glob) -> Language:
    """Return the names that a glob matches."""
    return Language.of(_chain(glob.pattern.split("/")))


def of_path_glob(glob: PathGlob) -> Language:
    """Return the folded paths that a pattern covers: what it matches, all beneath, and parents without wildcards."""
    parts = glob.parts
    fixed = literal_prefix(parts)
    parents = ("".join(f"/{part}" for part in fixed[:count]) for count in range(1, len(fixed) + 1))
    return union([Language.of(Chain((_chain(parts), _PARTS))), *map(exact, parents)])


def of_scope(scope: Scope) -> Language:
    """Return the images that a scope matches."""
    found = union(map(of_glob, scope.match))
    return found & ~union(map(of_glob, scope.exclude)) if scope.exclude else found


def of_scopes(scopes: Iterable[Scope]) -> Language:
    """Return the images that any of these scopes matches."""
    found = NOTHING
    for scope in scopes:
        found = found | of_scope(scope)
    return found


def of_identity(identity: str | None, pattern: str | None) -> Language:
    """Return the identities that a signer may have; raises `NotUnderstood`."""
    return whole_regex(pattern) if pattern is not None else exact(identity or "")


@dataclass(slots=True)
class Comparer:
    """Compares languages, so many times and no more: a stranger writes the patterns."""

    left: int = field(default=MAX_COMPARISONS)

    def names(self, before: Language, after: Language) -> Relation:
        """Compare names of images or paths; the examples are written as people do."""
        found = self.texts(before, after, NAMES)
        return replace(found, gained=found.gained.removeprefix("/"), lost=found.lost.removeprefix("/"))

    def texts(self, before: Language, after: Language, within: Language | None = None) -> Relation:
        """Compare any texts."""
        if self.left <= 0:
            return unknown("too many patterns changed to compare them")
        self.left -= 1
        return compare(before, after, within, MAX_STEPS)


def gains(relation: Relation) -> bool:
    """Say whether something is, or may be, covered only after."""
    return relation.order in (Order.WIDER, Order.EITHER, Order.UNKNOWN)


def loses(relation: Relation) -> bool:
    """Say whether something is, or may be, covered only before."""
    return relation.order in (Order.NARROWER, Order.EITHER, Order.UNKNOWN)


def _chain(parts: Iterable[str]) -> Tree:
    return Chain(tuple(_PARTS if part == "**" else _part(part) for part in parts))


def _part(part: str) -> Tree:
    wild: dict[str, Tree] = {"*": Many(NOT_SLASH), "?": NOT_SLASH}
    return Chain((_SLASH, *(wild.get(one) or literal(one) for one in part)))


__all__ = [
    "NAMES",
    "Comparer",
    "NotUnderstood",
    "gains",
    "loses",
    "of_glob",
    "of_identity",
    "of_path_glob",
    "of_scope",
    "of_scopes",
]
