"""Compares two languages: all their automata are walked side by side, one set of states each, until both differ.

A character stands for all that no atom tells apart, so the walk is finite; a bound on its work makes
what is too large *not known*. The examples that it finds are the shortest there are, made of friendly characters.
"""

from __future__ import annotations

import bisect
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from app.admission.base.languages.tree import (
    MAX_CHARACTER,
    Chain,
    Characters,
    Choice,
    Edge,
    Language,
    Tree,
    size_of,
)
from app.admission.base.relation import Relation, by_change, unknown

MAX_WORK = 150_000
"""Steps of one walk; realistic patterns need a few thousand."""

MAX_SIZE = 40_000
"""Parts of all patterns of one walk; lists of some hundred names have a few thousand."""

MAX_WORK_IN_ALL = 1_000_000
"""Steps of all walks within one `bounded`: some seconds, whatever an author writes."""

_left: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def bounded(most: int = MAX_WORK_IN_ALL) -> Iterator[None]:
    """Bound the work of all comparisons within; what comes after it is used up is not known."""
    token = _left.set([most])
    try:
        yield
    finally:
        _left.reset(token)


_FRIENDLY = sorted(
    (chr(code) for code in range(32, 127)), key=lambda one: (not one.islower(), not one.isalnum(), one != "-", one)
)
_TOO_MUCH = "the patterns are too large to compare"


def compare(before: Language, after: Language, within: Language | None = None, most: int = MAX_WORK) -> Relation:
    """Return how what is accepted after relates to what was before, looking only at texts `within` a third.

    What takes more than `most` steps is not known.
    """
    alike = [before, after] if within is None else [before, after, within]
    size = sum(size_of(atom) for one in alike for atom in one.atoms)
    if size > MAX_SIZE or not use_up(size):
        return unknown(_TOO_MUCH)
    starts = [0]
    for one in alike:
        starts.append(starts[-1] + len(one.atoms))
    walk = _Walk(_Automata.of([atom for one in alike for atom in one.atoms]), most)
    examples: dict[bool, str] = {}
    for text, truths in walk.texts():
        verdicts = [one.holds(truths[starts[at] : starts[at + 1]]) for at, one in enumerate(alike)]
        if verdicts[0] != verdicts[1] and verdicts[-1 if within is not None else 0] | (within is None):
            examples.setdefault(verdicts[1], text())
        if len(examples) == 2:  # noqa: PLR2004 - one each way
            break
    use_up(walk.work)
    if walk.work > most:
        return unknown(_TOO_MUCH)
    return by_change(gained=examples.get(True), lost=examples.get(False))


def use_up(work: int) -> bool:
    """Take work from what is left; `False` when nothing was left."""
    left = _left.get()
    if left is None:
        return True
    had = left[0] > 0
    left[0] -= work
    return had


def accepts(language: Language, text: str) -> bool:
    """Say whether a text belongs to a language."""
    automata = _Automata.of(language.atoms)
    states = automata.start()
    for one in text:
        states = automata.after(states, ord(one))
    return language.holds(automata.truths(states, at_start=not text))


_States = tuple[frozenset[int], ...]


@dataclass(slots=True)
class _Automata:
    """One automaton for each atom, all in one numbering; `beginnings` and `endings` are steps that need an edge."""

    starts: list[int] = field(default_factory=list)
    finals: list[int] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)
    beginnings: list[list[int]] = field(default_factory=list)
    endings: list[list[int]] = field(default_factory=list)
    reading: list[list[tuple[Characters, int]]] = field(default_factory=list)

    @classmethod
    def of(cls, atoms: Iterable[Tree]) -> _Automata:
        found = cls()
        for atom in atoms:
            start = found.state()
            found.starts.append(start)
            found.finals.append(found.built(atom, start))
        return found

    def state(self) -> int:
        for table in (self.free, self.beginnings, self.endings, self.reading):
            table.append([])
        return len(self.free) - 1

    def built(self, tree: Tree, start: int) -> int:
        """Add a tree from a state on and return the state in which it is read."""
        if isinstance(tree, Chain):
            for part in tree.parts:
                start = self.built(part, start)
            return start
        end = self.state()
        if isinstance(tree, Characters):
            self.reading[start].append((tree, end))
        elif isinstance(tree, Edge):
            (self.endings if tree.at_end else self.beginnings)[start].append(end)
        elif isinstance(tree, Choice):
            for part in tree.parts:
                self.free[self.built(part, start)].append(end)
        else:
            self.free[start].append(end)
            inside = self.state()
            self.free[end].append(inside)
            self.free[self.built(tree.part, inside)].append(end)
        return end

    def start(self) -> _States:
        return tuple(self.closed((one,), at_start=True) for one in self.starts)

    def closed(self, states: Iterable[int], *, at_start: bool = False, at_end: bool = False) -> frozenset[int]:
        found = set(states)
        waiting = list(found)
        while waiting:
            state = waiting.pop()
            more = list(self.free[state])
            more += self.beginnings[state] if at_start else []
            more += self.endings[state] if at_end else []
            fresh = [one for one in more if one not in found]
            found.update(fresh)
            waiting += fresh
        return frozenset(found)

    def after(self, states: _States, code: int) -> _States:
        return tuple(self.closed(self.read(one, code)) for one in states)

    def read(self, states: Iterable[int], code: int) -> set[int]:
        return {
            target
            for state in states
            for characters, target in self.reading[state]
            if any(first <= code < end for first, end in characters.ranges)
        }

    def truths(self, states: _States, *, at_start: bool) -> list[bool]:
        return [
            final in self.closed(one, at_start=at_start, at_end=True)
            for one, final in zip(states, self.finals, strict=True)
        ]

    def representatives(self) -> list[int]:
        """Return one character for each block that no atom tells apart, friendly ones first."""
        ranges = [cut for table in self.reading for characters, _ in table for cut in characters.ranges]
        cuts = sorted({0, *(edge for one in ranges for edge in one)})
        found: dict[int, int] = {}
        for code in (*map(ord, _FRIENDLY), *cuts):
            found.setdefault(bisect.bisect_right(cuts, code), code)
        # No image, name or identity has a control character: patterns that differ in nothing else are equal to people.
        return [code for code in found.values() if 32 <= code < MAX_CHARACTER]  # noqa: PLR2004 - the first printable


class _Walk:
    """Walks through all texts that are not alike, the shortest first."""

    def __init__(self, automata: _Automata, most: int) -> None:
        self._most = most
        self.work = 0
        self._automata = automata
        self._memo: dict[tuple[frozenset[int], int], frozenset[int]] = {}

    def texts(self) -> Iterable[tuple[_Text, Sequence[bool]]]:
        """Return every text with what holds of it; ends when nothing new comes, or the bound is met."""
        start = self._automata.start()
        letters = self._automata.representatives()
        yield _Text({}, (start, True)), self._automata.truths(start, at_start=True)
        came: _Came = {}
        waiting = deque([(start, True)])
        # No step leads back to the start: an atom's first state is nobody's target.
        seen: set[_States] = set()
        while waiting and self.work <= self._most:
            here = waiting.popleft()
            for code in letters:
                states = tuple(self._step(one, code) for one in here[0])
                if states in seen or not any(states):
                    continue
                seen.add(states)
                came[states, False] = (here, code)
                waiting.append((states, False))
                yield _Text(came, (states, False)), self._automata.truths(states, at_start=False)

    def _step(self, states: frozenset[int], code: int) -> frozenset[int]:
        found = self._memo.get((states, code))
        self.work += 1
        if found is None:
            self.work += len(states)
            found = self._memo[states, code] = self._automata.closed(self._automata.read(states, code))
        return found


_Point = tuple[_States, bool]
_Came = dict[_Point, tuple[_Point, int]]


@dataclass(frozen=True, slots=True)
class _Text:
    """The way to a point; spelt out only when it is asked for."""

    came: _Came
    point: _Point

    def __call__(self) -> str:
        letters: list[str] = []
        point = self.point
        while point in self.came:
            point, code = self.came[point]
            letters.append(chr(code))
        return "".join(reversed(letters))
