"""The history of a repository as events, oldest first; and what was in force at one time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from app.core.errors import Unavailable
from app.core.history import Arrived, Event, Gap, InForce, Step
from app.jobs.history.in_force import in_force
from app.jobs.history.ports import HistoryClone
from app.jobs.history.reading import Found, Reader
from app.jobs.history.wanted import WantedHistory

Part = tuple[Arrived, ...]


class Hands(Protocol):
    """Reads parts of a line, here or in other processes, and answers in their order."""

    def each(self, work: Callable[[Part], tuple[Found, ...]], parts: Iterable[Part]) -> Iterator[tuple[Found, ...]]:
        """Yield what the work returns for each part."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryJob:
    """Tells the history of one clone."""

    clone: HistoryClone
    hands: Hands

    def run(self, wanted: WantedHistory) -> Iterator[Event | Gap]:
        """Yield what happened on the first-parent line, oldest first; a gap stands where something is not known.

        Raises `Unavailable` (permanent) when there is no such revision.
        """
        end, without = self._ends(wanted.revision)
        yield from self.clone.gaps()
        line = self.clone.line(end, without)
        for answers in self.hands.each(Reader(self.clone, wanted), _parts(line)):
            for found in answers:
                yield from found

    def at(self, when: datetime | str, revision: str = "HEAD") -> InForce:
        """Return what a commit holds, or what the branch held at a time.

        At a time: the newest commit of the first-parent line of `revision` that is not after it. Raises `Unavailable`
        (permanent) when there is none.
        """
        if isinstance(when, str):
            return in_force(self.clone, self.clone.resolve(when))
        end = self.clone.resolve(revision)
        last: str | None = None
        for part in _parts(self.clone.line(end)):
            for step in self.clone.steps(part):
                if isinstance(step, Step) and step.stored.committed_at <= when:
                    last = step.stored.commit
        if last is None:
            raise Unavailable(f"the history of {revision!r} begins after that time", permanent=True)
        return in_force(self.clone, last)

    def _ends(self, revision: str) -> tuple[str, tuple[str, ...]]:
        if "..." in revision:
            raise Unavailable(f"{revision!r}: write A..B, for what B has and A has not", permanent=True)
        start, dots, end = revision.rpartition("..")
        if not dots:
            return self.clone.resolve(revision), ()
        return self.clone.resolve(end or "HEAD"), (self.clone.resolve(start or "HEAD"),)


PART: Final = 500
"""Commits that are read by one pair of hands at a time."""


def _parts(line: Iterator[Arrived]) -> Iterator[Part]:
    while part := tuple(itertools.islice(line, PART)):
        yield part
