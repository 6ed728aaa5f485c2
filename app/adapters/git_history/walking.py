"""The first-parent line of a branch, oldest first: what each commit changed, and which others it brought."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.adapters.git_history.commits import commit_of
from app.adapters.git_history.objects import TOO_LARGE, Objects
from app.adapters.git_history.process import Ended, Place, Running
from app.adapters.git_raw import changes
from app.core.errors import Unavailable
from app.core.history import Arrived, Gap, Step, StoredCommit
from app.core.tree import SUBMODULE, SYMLINK, ChangedFile

_AT_A_TIME: Final = 200
MAX_MERGED: Final = 20_000
"""Commits that one merge brings and of which the writers are read."""

_RENAMES: Final = ("--find-renames", "-l2000")
_EXACT: Final = ("--find-renames=100%",)


@dataclass(frozen=True, slots=True)
class Walker:
    """Walks lines of one repository; one comparing program serves all steps."""

    place: Place
    objects: Objects
    differ: Differ
    shallow: frozenset[str]

    def line(self, end: str, without: Sequence[str]) -> Iterator[Arrived]:
        """Yield the commits of a line with all that came with each: two looks at one graph, side by side."""
        limits = (end, *(f"^{one}" for one in without))
        graph = (one.split(" ") for one in self._listed("--topo-order", "--parents", *limits))
        waiting: dict[str, tuple[str, ...]] = {}
        for first in self._listed("--first-parent", *limits):
            for commit, *parents in graph:
                waiting[commit] = tuple(parents)
                if commit == first:
                    break
            merged, todo = list[str](), list(waiting.pop(first, ())[1:])
            while todo:
                commit = todo.pop()
                if commit in waiting:
                    merged.append(commit)
                    todo += waiting.pop(commit)
            yield Arrived(first, tuple(merged[:MAX_MERGED]), len(merged) > MAX_MERGED)

    def _listed(self, *arguments: str) -> Iterator[str]:
        running = self.place.start("rev-list", "--reverse", *arguments, "--")
        try:
            running.close_input()
            for one in running.parts(b"\n"):
                yield one.decode("ascii", "replace")
            code = running.child.wait()
            if code:
                raise Unavailable(f"git could not walk the history: {running.complaint()}", permanent=True)
        finally:
            running.end()

    def steps(self, some: Sequence[Arrived]) -> Iterator[Step | Gap]:
        """Yield the steps of these commits, and what could not be read where it would have stood."""
        for start in range(0, len(some), _AT_A_TIME):
            yield from self._steps(some[start : start + _AT_A_TIME])

    def _steps(self, some: Sequence[Arrived]) -> Iterator[Step | Gap]:
        stored = self._stored([oid for one in some for oid in (one.commit, *one.merged)])
        pairs = [
            (found.commit, found.parents[0] if found.parents else None)
            for one in some
            if (found := stored.get(one.commit)) is not None and one.commit not in self.shallow
        ]
        outside = {parent for one in stored.values() for parent in one.parents} - stored.keys()
        times = {one.commit: one.committed_at for one in (*stored.values(), *self._stored(sorted(outside)).values())}
        compared = dict(zip(pairs, self.differ.compare(pairs), strict=True))
        files = {pair[0]: found for pair, found in compared.items()}
        for one in some:
            known, differs = stored.get(one.commit), files.get(one.commit)
            if known is None:
                yield Gap(one.commit, "", _NO_COMMIT)
                continue
            yield from _gaps(one, stored)
            parent = known.parents[0] if known.parents else None
            if one.commit in self.shallow:
                yield Gap(one.commit, "", _SHALLOW)
            elif differs is None:
                yield Gap(one.commit, "", _NO_COMPARISON)
            merged = tuple(stored[oid] for oid in one.merged if oid in stored)
            skewed = any(times[each] > known.committed_at for each in known.parents if each in times)
            changed, links = differs or ((), frozenset())
            yield Step(known, parent, changed, merged, skewed, links)

    def _stored(self, oids: Sequence[str]) -> dict[str, StoredCommit]:
        found = zip(oids, self.objects.read(oids), strict=True)
        return {
            oid: commit_of(oid, one[1])
            for oid, one in found
            if one is not None and one[0] == "commit" and one[1] is not TOO_LARGE
        }


_NO_COMMIT: Final = "the commit is missing or broken: what it changed is not known"
_NO_COMPARISON: Final = "what the commit changed is not known: git could not compare it with its first parent"
_SHALLOW: Final = "what the commit changed is not known: the clone is shallow and ends here (`git fetch --unshallow`)"


def _gaps(one: Arrived, stored: Mapping[str, StoredCommit]) -> Iterator[Gap]:
    if one.cut:
        yield Gap(one.commit, "", f"it brings more than {MAX_MERGED:,} commits: who wrote the others is not told")
    lost = [oid for oid in one.merged if oid not in stored]
    if lost:
        yield Gap(one.commit, "", f"{len(lost):,} commits that it brings are missing or broken ({lost[0]})")


Differs = tuple[tuple[ChangedFile, ...], frozenset[str]]
"""The changed files, and the paths of those that are a link or submodule on a side."""


class Differ:
    """Compares commits with their first parents through one long program."""

    def __init__(self, place: Place) -> None:
        """Start nothing yet."""
        self._place = place
        self._running: Running | None = None
        self._mark = f"assay-{secrets.token_hex(16)}\n".encode("ascii")

    def compare(self, pairs: Sequence[tuple[str, str | None]]) -> Iterator[Differs | None]:
        """Yield what differs for each pair (commit, parent), renames paired; `None` for what cannot be compared."""
        left = list(pairs)
        while left:
            answers = self._answers(left, *_RENAMES)
            yield from answers
            left = left[len(answers) :]
            if left:
                # Similar files cannot be paired where a blob is missing; those that are alike need no content.
                yield self._alone(left[0])
                left = left[1:]

    def close(self) -> None:
        """End the program."""
        if self._running is not None and self._running.ours:
            self._running.end()
        self._running = None

    def _alone(self, pair: tuple[str, str | None]) -> Differs | None:
        commit, parent = pair
        sides = ("--root", commit) if parent is None else (parent, commit)
        code, output, _ = self._place.answer("diff-tree", *_RAW, "--no-commit-id", *_EXACT, *sides)
        return None if code else _files(output)

    def _answers(self, pairs: Sequence[tuple[str, str | None]], *renames: str) -> list[Differs]:
        if self._running is None or not self._running.ours:
            self._running = self._place.start("diff-tree", "--stdin", "--always", "--root", *_RAW, *renames)
        asked = "".join(f"{commit} {parent}\n" if parent else f"{commit}\n" for commit, parent in pairs)
        try:
            self._running.say(asked.encode("ascii", "replace") + self._mark)
            return list(_cut(self._running.until(self._mark), pairs))
        except Ended:
            # The last one that it began may not be whole.
            said = self._running.left()
            self.close()
            return list(_cut(said, pairs))[:-1]


_RAW: Final = ("-r", "-z", "--raw")


def _cut(output: bytes, pairs: Sequence[tuple[str, str | None]]) -> Iterator[Differs]:
    """Cut the answer at each commit's id; an entry of a change begins with a colon, and paths follow only that."""
    at = 0
    for commit, _ in pairs:
        head = commit.encode("ascii", "replace") + b"\0"
        if not output.startswith(head, at):
            return
        at += len(head)
        end = _end(output, at)
        yield _files(output[at:end])
        at = end


def _end(output: bytes, at: int) -> int:
    while output.startswith(b":", at):
        status = output.find(b"\0", at)
        names = 2 if output[at:status].rpartition(b" ")[2][:1] in (b"R", b"C") else 1
        at = status + 1
        for _ in range(names):
            at = output.find(b"\0", at) + 1
        if at == 0:
            return len(output)
    return at


def _files(output: bytes) -> Differs:
    found = sorted(changes(output), key=lambda change: change.file)
    links = {path for one in found if _LINKS.intersection((one.old_mode, one.file.mode)) for path in one.file.paths}
    return tuple(one.file for one in found), frozenset(links)


_LINKS: Final = frozenset({SYMLINK, SUBMODULE})
