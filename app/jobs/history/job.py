"""The history of a repository as events, oldest first; and what was in force at one time."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from app.core.errors import Unavailable
from app.core.history import Arrived, Event, Gap, InForce, StoredCommit
from app.jobs.history.dated import Dated, ahead, dated_at
from app.jobs.history.in_force import in_force
from app.jobs.history.kept import Answer, Kept, Told, keep, told_of
from app.jobs.history.ports import Bringing, HistoryClone
from app.jobs.history.reading import Reader
from app.jobs.history.wanted import WantedHistory
from app.render.history.lines import jsonl_line

Part = tuple[Arrived, ...]
Answers = Mapping[str, Told]

PART: Final = 500
"""Commits that are read by one pair of hands at a time."""


_FIRST: Final = 50
_TOGETHER: Final = 20


class Hands(Protocol):
    """Reads parts of a line, here or in other processes, and answers in their order."""

    def each(self, work: Callable[[Part], Answers], parts: Iterable[Part]) -> Iterator[Answers]:
        """Yield what the work returns for each part."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryJob:
    """Tells the history of one clone; what is `kept` from other runs is not read again.

    What a partial clone lacks is brought by `bringing`, where that is given.
    """

    clone: HistoryClone
    hands: Hands
    kept: Kept | None = None
    part: int = PART
    bringing: Bringing | None = None

    def run(self, wanted: WantedHistory) -> Iterator[Event | Gap]:
        """Yield what happened on the first-parent line, oldest first; a gap stands where something is not known.

        Raises `Unavailable` (permanent) when there is no such revision.
        """
        for one in self._told(wanted):
            if isinstance(one, Gap):
                yield one
            else:
                yield from filter(wanted.wants, one.found())

    def lines(self, wanted: WantedHistory, now: datetime) -> Iterator[str | Gap]:
        """Yield the same as `run`, events as lines of `jsonl`: what is kept as such is passed on unread.

        A commit that is dated after `now` is one with a wrong clock, as for `dated_at`.
        """
        for one in self._told(wanted):
            if isinstance(one, Gap):
                yield one
            elif one.lines is not None and wanted.all_events and not ahead(one.committed_at, now):
                yield one.lines
            else:
                events = (dated_at(each, now) for each in filter(wanted.wants, one.found()))
                yield from (each if isinstance(each, Gap) else jsonl_line(each) for each in events)

    def _told(self, wanted: WantedHistory) -> Iterator[Told | Gap]:
        """Yield what is told of each commit within the bounds of time, and gaps of the whole."""
        end, without = self._ends(wanted.revision)
        yield from self.clone.gaps()
        line = self.clone.line(end, without)
        dated = Dated(wanted)
        for one, told in self._answered(wanted, line):
            if told.committed_at is None or wanted.wants_time(told.committed_at):
                yield told
            if told.committed_at is not None:
                yield from dated.left_out(one.commit, told.committed_at)

    def _answered(self, wanted: WantedHistory, line: Iterator[Arrived]) -> Iterator[tuple[Arrived, Told]]:
        """Read what is not kept; with something to keep it in, whole: another run may want what this one does not."""
        waiting: deque[tuple[Part, Answers]] = deque()

        def unknown() -> Iterator[Part]:
            for part in self._parts(line):
                known = self._outside(wanted, part) | (told_of(self.kept, part) if self.kept is not None else {})
                waiting.append((part, known))
                yield tuple(one for one in part if one.commit not in known)

        reading = _Telling(self.clone, wanted if self.kept is None else WantedHistory())
        for answers in self.hands.each(reading, self._brought(unknown())):
            part, known = waiting.popleft()
            if self.kept is not None:
                keep(self.kept, part, answers)
            both = {**known, **answers}
            yield from ((one, both[one.commit]) for one in part if one.commit in both)

    def _outside(self, wanted: WantedHistory, part: Part) -> dict[str, Told]:
        """Return nothing but the time of commits outside of the bounds: what they changed need not be brought."""
        found: dict[str, Told] = {}
        if self.bringing is None or (wanted.since is None and wanted.until is None):
            return found
        for one in part:
            try:
                at = self.clone.commit(one.commit).committed_at
            except Unavailable:
                # Whoever reads it says so.
                continue
            if not wanted.wants_time(at):
                found[one.commit] = Told.of(Answer(at))
        return found

    def at(self, when: datetime | str, wanted: WantedHistory) -> InForce:
        """Return what is wanted of what a commit holds, or of what a branch held at a time.

        At a time: the newest commit of the first-parent line of the wanted revision that is not after it. Raises
        `Unavailable` when there is none: permanent when the history begins later, else when this clone does not go back
        so far.
        """
        revision = wanted.revision
        if ".." in revision:
            raise Unavailable(
                f"{revision!r} is a range: at a time, one branch, tag or commit is asked about", permanent=True
            )
        if isinstance(when, str):
            return wanted.of(self._in_force(self.clone.resolve(when)))
        last: StoredCommit | None = None
        for last in self.clone.newest_first(self.clone.resolve(revision)):
            if last.committed_at <= when:
                return wanted.of(self._in_force(last.commit))
        if last is None or last.parents:
            raise Unavailable(
                f"the history of {revision!r} goes back further than this clone, which ends after that time"
            )
        raise Unavailable(f"the history of {revision!r} begins after that time", permanent=True)

    def _in_force(self, commit: str) -> InForce:
        if self.bringing is not None:
            self.bringing.whole(commit)
        return in_force(self.clone, commit)

    def _brought(self, parts: Iterator[Part]) -> Iterator[Part]:
        """Bring what some parts need together; the first alone, so that the first events are told soon."""
        if self.bringing is None:
            yield from parts
            return
        together = 1
        while some := tuple(itertools.islice(parts, together)):
            self.bringing.changes([one for part in some for one in part])
            yield from some
            together = _TOGETHER

    def _parts(self, line: Iterator[Arrived]) -> Iterator[Part]:
        """Cut a line in parts: the first are small, so that the first events are told soon."""
        size = min(self.part, _FIRST)
        while part := tuple(itertools.islice(line, size)):
            yield part
            size = min(self.part, size * 2)

    def _ends(self, revision: str) -> tuple[str, tuple[str, ...]]:
        if "..." in revision:
            raise Unavailable(f"{revision!r}: write A..B, for what B has and A has not", permanent=True)
        start, dots, end = revision.rpartition("..")
        if not dots:
            return self.clone.resolve(revision), ()
        return self.clone.resolve(end or "HEAD"), (self.clone.resolve(start or "HEAD"),)


class _Telling:
    """Reads a part of a line and writes down what was found, so that only texts go from one process to another."""

    def __init__(self, clone: HistoryClone, wanted: WantedHistory) -> None:
        self._reader = Reader(clone, wanted)

    def __call__(self, part: Part) -> Answers:
        return {commit: Told.of(answer) for commit, answer in self._reader(part).items()}
