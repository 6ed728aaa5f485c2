"""The first-parent line of a history that git itself gives up on: commit by commit, as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from app.core.history import Arrived

MAX_MERGED: Final = 20_000
"""Commits that one merge brings and of which the writers are read."""

Parents = Callable[[str], tuple[str, ...] | None]
"""Returns the parents of a commit, `None` when it cannot be read."""


def arrived_with(commit: str, merged: Sequence[str]) -> Arrived:
    """Return a commit with what it brought, within the bound."""
    return Arrived(commit, tuple(merged[:MAX_MERGED]), len(merged) > MAX_MERGED)


def by_hand(parents: Parents, end: str, without: Iterable[str]) -> Iterator[Arrived]:
    """Yield the line that ends in a commit, oldest first; one that cannot be read is its beginning."""
    seen = set[str]()
    for one in without:
        _reached(parents, (one,), seen)
    line: list[str] = []
    following: str | None = end
    known = set(seen)
    while following is not None and following not in known:
        known.add(following)
        line.append(following)
        found = parents(following)
        following = found[0] if found else None
    for commit in reversed(line):
        seen.add(commit)
        yield arrived_with(commit, _reached(parents, (parents(commit) or ())[1:], seen))


def _reached(parents: Parents, starts: Sequence[str], seen: set[str]) -> list[str]:
    """Return what some commits reach, themselves too, but nothing through what was seen; it is seen then."""
    found, waiting = list[str](), list(starts)
    while waiting:
        commit = waiting.pop()
        if commit not in seen:
            seen.add(commit)
            found.append(commit)
            waiting += parents(commit) or ()
    return found
