"""The first-parent line of a branch, oldest first: what each commit changed, and which others it brought."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.adapters.git_history.commits import MAX_COMMIT, commit_of, is_commit
from app.adapters.git_history.differing import Differ
from app.adapters.git_history.lines import MAX_MERGED, arrived_with, by_hand
from app.adapters.git_history.objects import Objects
from app.adapters.git_history.process import Late, Place
from app.core.errors import Unavailable
from app.core.history import Arrived, Gap, Step, StoredCommit

_AT_A_TIME: Final = 200
_MOST_COMMITS: Final = 2_000


class _Broken(Unavailable):
    """Git met a commit that is missing or broken."""


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks lines of one repository; one comparing program serves all steps."""

    place: Place
    objects: Objects
    differ: Differ
    shallow: frozenset[str]

    def line(self, end: str, without: Sequence[str]) -> Iterator[Arrived]:
        """Yield the commits of a line with all that came with each, the oldest first."""
        try:
            rows, line = self._graph(end, without)
        except (_Broken, Late):
            # Git gives up on a history with a commit missing; what can be reached is told all the same.
            yield from by_hand(self._parents, end, without)
            return
        waiting: dict[str, tuple[str, ...]] = {}
        while rows:
            commit, *parents = rows.pop().split(" ")
            if commit not in line:
                waiting[commit] = tuple(parents)
                continue
            merged, todo = list[str](), parents[1:]
            while todo:
                one = todo.pop()
                if one in waiting:
                    merged.append(one)
                    todo += waiting.pop(one)
            yield arrived_with(commit, merged)

    def _graph(self, end: str, without: Sequence[str]) -> tuple[list[str], set[str]]:
        """Return all commits with their parents, the newest first, and which of them are the line.

        Children stand before their parents, so the line shows as one goes.
        """
        rows, line = list[str](), set[str]()
        following: str | None = end
        for row in self._listed("--topo-order", "--parents", end, *(f"^{one}" for one in without)):
            rows.append(row)
            if following is not None and row.startswith(following):
                line.add(following)
                following = _first(row.split(" ", 2)[1:])
        return rows, line

    def newest_first(self, end: str) -> Iterator[StoredCommit]:
        """Yield the commits of a line as they are stored, the newest first, as far as they can be read."""
        last: StoredCommit | None = None
        try:
            for some in _together(self._listed("--first-parent", end)):
                stored = self._stored(some)
                for oid in some:
                    if oid not in stored:
                        return
                    last = stored[oid]
                    yield last
        except (_Broken, Late):
            pass
        # Where git gave up, and as far as it can be read.
        following = end if last is None else _first(last.parents)
        while following is not None and (last is None or last.commit not in self.shallow):
            last = self._stored((following,)).get(following)
            if last is None:
                return
            yield last
            following = _first(last.parents)

    def _parents(self, commit: str) -> tuple[str, ...] | None:
        found = () if commit in self.shallow else self._stored((commit,)).get(commit)
        return found if found is None or isinstance(found, tuple) else found.parents

    def _listed(self, *arguments: str) -> Iterator[str]:
        running = self.place.start("rev-list", *arguments, "--")
        try:
            running.close_input()
            for one in running.parts(b"\n"):
                yield one.decode("ascii", "replace")
            if running.child.wait():
                raise _Broken(f"git could not walk the history: {running.complaint()}", permanent=True)
        finally:
            running.end()

    def steps(self, some: Sequence[Arrived]) -> Iterator[Step | Gap]:
        """Yield the steps of these commits, and what could not be read where it would have stood."""
        together: list[Arrived] = []
        weight = 0
        for one in some:
            together.append(one)
            weight += 1 + len(one.merged)
            if len(together) == _AT_A_TIME or weight > _MOST_COMMITS:
                yield from self._steps(together)
                together, weight = [], 0
        yield from self._steps(together)

    def _steps(self, some: Sequence[Arrived]) -> Iterator[Step | Gap]:
        stored = self._stored([oid for one in some for oid in (one.commit, *one.merged)])
        pairs = [
            (found.commit, _first(found.parents))
            for one in some
            if (found := stored.get(one.commit)) is not None and one.commit not in self.shallow
        ]
        outside = {parent for one in stored.values() for parent in one.parents} - stored.keys()
        times = {one.commit: one.committed_at for one in (*stored.values(), *self._stored(sorted(outside)).values())}
        compared = self.differ.compare(pairs)
        for one in some:
            known = stored.get(one.commit)
            if known is None:
                yield Gap(one.commit, "", _NO_COMMIT)
                continue
            yield from _gaps(one, stored)
            differs = _SHALLOW if one.commit in self.shallow else next(compared)
            if isinstance(differs, str):
                yield Gap(one.commit, "", differs)
            merged = tuple(stored[oid] for oid in one.merged if oid in stored)
            skewed = any(times[each] > known.committed_at for each in known.parents if each in times)
            changed, links = ((), frozenset[str]()) if isinstance(differs, str) else differs
            yield Step(known, _first(known.parents), changed, merged, skewed, links)

    def _stored(self, oids: Sequence[str]) -> dict[str, StoredCommit]:
        found = zip(oids, self.objects.read(oids, MAX_COMMIT, cut=True), strict=True)
        return {
            oid: commit_of(oid, one[1])
            for oid, one in found
            if one is not None and one[0] == "commit" and is_commit(one[1])
        }


def _together(line: Iterator[str]) -> Iterator[list[str]]:
    """Take a few at first: whoever asks for the newest need not wait for many."""
    size = 1
    while some := list(itertools.islice(line, size)):
        yield some
        size = min(2 * size, _MOST_COMMITS)


def _first(parents: Sequence[str]) -> str | None:
    return parents[0] if parents else None


_NO_COMMIT: Final = (
    f"the commit is missing or broken, git cannot read it, or its head is larger than {MAX_COMMIT // 1024} KiB: "
    "what it changed is not known"
)
_SHALLOW: Final = "what the commit changed is not known: the clone is shallow and ends here (`git fetch --unshallow`)"


def _gaps(one: Arrived, stored: Mapping[str, StoredCommit]) -> Iterator[Gap]:
    if one.cut:
        yield Gap(one.commit, "", f"it brings more than {MAX_MERGED:,} commits: who wrote the others is not told")
    lost = [oid for oid in one.merged if oid not in stored]
    if lost:
        yield Gap(one.commit, "", f"{len(lost):,} commits that it brings are missing or broken ({lost[0]})")
    cut = [oid for oid in (one.commit, *one.merged) if oid in stored and stored[oid].cut]
    if cut:
        sentence = f"a message is longer than {MAX_COMMIT // 1024} KiB ({cut[0]}): who else it names is not told"
        yield Gap(one.commit, "", sentence)
