"""Sets of texts, written as trees: characters, one after another, alternatives, repetition; and how they are joined.

A `Language` is what a pattern accepts as a whole text. Languages are joined with `|`, `&` and `~`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MAX_CHARACTER = 0x110000


@dataclass(frozen=True, slots=True)
class Characters:
    """One character out of ranges, each from its first to before its second number, sorted and apart."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """All of these, one after another."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of these; of none there is no text."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """Any number of these, also none."""

    part: Tree


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning of the text, or its end; no character of its own."""

    at_end: bool


Tree = Characters | Chain | Choice | Many | Edge

EMPTY = Chain(())


def ranges_of(ranges: Iterable[tuple[int, int]], *, negated: bool = False) -> Characters:
    """Return the characters of ranges, or all others."""
    joined: list[tuple[int, int]] = []
    for first, end in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((first, end))
    return Characters(_others(joined) if negated else tuple(joined))


def _others(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    position = 0
    for first, end in ranges:
        if first > position:
            found.append((position, first))
        position = end
    if position < MAX_CHARACTER:
        found.append((position, MAX_CHARACTER))
    return tuple(found)


ANY = Characters(((0, MAX_CHARACTER),))
ANYTHING = Many(ANY)
NOT_NEWLINE = ranges_of([(10, 11)], negated=True)
NOT_SLASH = ranges_of([(47, 48)], negated=True)


def character(code: int) -> Characters:
    """Return the one character."""
    return Characters(((code, code + 1),))


def literal(text: str) -> Tree:
    """Return the text itself."""
    return Chain(tuple(character(ord(one)) for one in text))


def size_of(tree: Tree) -> int:
    """Return how many parts a tree has."""
    if isinstance(tree, Chain | Choice):
        return 1 + sum(size_of(part) for part in tree.parts)
    return 1 + size_of(tree.part) if isinstance(tree, Many) else 1


@dataclass(frozen=True, slots=True)
class Language:
    """A set of texts: atoms (trees), and which of them a text must belong to."""

    atoms: tuple[Tree, ...]
    holds: Callable[[Sequence[bool]], bool]

    @classmethod
    def of(cls, tree: Tree) -> Language:
        """Return the texts that a tree describes."""
        return cls((tree,), _first)

    def __or__(self, other: Language) -> Language:
        """Return the texts of either."""
        if self.holds is _first and other.holds is _first:
            return Language.of(Choice((self.atoms[0], other.atoms[0])))
        return self._joined(other, lambda one, two: one or two)

    def __and__(self, other: Language) -> Language:
        """Return the texts of both."""
        return self._joined(other, lambda one, two: one and two)

    def __invert__(self) -> Language:
        """Return all other texts."""
        return Language(self.atoms, lambda truths: not self.holds(truths))

    def _joined(self, other: Language, join: Callable[[bool, bool], bool]) -> Language:
        cut = len(self.atoms)
        return Language(
            self.atoms + other.atoms, lambda truths: join(self.holds(truths[:cut]), other.holds(truths[cut:]))
        )


def _first(truths: Sequence[bool]) -> bool:
    return truths[0]


NOTHING = Language.of(Choice(()))
EVERYTHING = Language.of(ANYTHING)


def union(languages: Iterable[Language]) -> Language:
    """Return the texts of any of these; none of none."""
    found = list(languages)
    plain = [one.atoms[0] for one in found if one.holds is _first]
    joined = Language.of(Choice(tuple(plain)))
    for other in (one for one in found if one.holds is not _first):
        joined = joined | other
    return joined
