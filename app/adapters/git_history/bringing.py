"""Which objects a range of commits needs that a partial clone has not: found by trees alone, fetched many at a time."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.git_history.commits import MAX_COMMIT, is_commit, tree_of
from app.adapters.git_history.differing import MAX_RENAMES, NO_RENAMES, Differ, Differs
from app.adapters.git_history.fetching import Fetcher
from app.adapters.git_history.objects import Objects
from app.adapters.git_history.process import Place
from app.core.history import Arrived
from app.core.tree import SUBMODULE, FileStatus

_TREE: Final = "040000"
_PLAIN: Final = frozenset({"100644", "100755"})
_CHECKED: Final = 50_000
_MOST_FAILED: Final = 20
_MAX_DEPTH: Final = 200
_TOGETHER: Final = 200
_MOST_LISTED: Final = 1_000_000
_MOST_STARTS: Final = 50

Pair = tuple[str, str | None]


@dataclass(slots=True)
class Bringer:
    """Brings what is needed to read commits; `reads` says of which paths the content is looked at. To be closed.

    What cannot be brought stays missing, and whoever reads it says so.
    """

    place: Place
    objects: Objects
    fetcher: Fetcher
    reads: Callable[[str], bool]
    shallow: frozenset[str] = frozenset()
    _differ: Differ | None = field(default=None, init=False)

    def changes(self, arrived: Sequence[Arrived]) -> None:
        """Bring what these commits changed, and what stood beside it before the first of them."""
        heads = self._heads([one.commit for one in arrived])
        pairs: list[Pair] = [(commit, parent) for commit, (_, parent) in heads.items() if commit not in self.shallow]
        if not pairs:
            return
        starts = _starts(pairs)
        roots = {tree for tree, _ in (*heads.values(), *self._heads(starts).values())}
        self.fetcher.fetch(self._missing(roots))
        wanted = {oid for start in starts for oid in self._below(start, self.reads)}
        left = self._compared(pairs, wanted)
        if left:
            # Their trees are not all there: those of all that are left, at once.
            self.fetcher.fetch({tree for commit, _ in left for tree in self._trees(commit)})
            self._compared(left, wanted)
        self.fetcher.fetch(self._missing(wanted))

    def whole(self, commit: str, among: Callable[[str], bool] | None = None) -> None:
        """Bring every file of a commit whose content is looked at, or those of them that `among` says."""
        self.fetcher.fetch(self._missing(self._trees(commit)))
        self.fetcher.fetch(self._missing(self._below(commit, self.reads if among is None else among)))

    def close(self) -> None:
        """End what was started."""
        if self._differ is not None:
            self._differ.close()

    def _heads(self, commits: Sequence[str]) -> dict[str, tuple[str, str | None]]:
        """Return the tree and the first parent of each commit that can be read."""
        found = zip(commits, self.objects.read(commits, MAX_COMMIT, cut=True), strict=True)
        return {
            commit: (tree_of(one[1]), _first_parent(one[1]))
            for commit, one in found
            if one is not None and one[0] == "commit" and is_commit(one[1])
        }

    def _trees(self, commit: str) -> set[str]:
        """Return the tree of a commit and that of its first parent."""
        heads = self._heads((commit,))
        parents = [parent for _, parent in heads.values() if parent is not None]
        return {tree for tree, _ in (*heads.values(), *self._heads(parents).values())}

    def _compared(self, pairs: Sequence[Pair], wanted: set[str]) -> list[Pair]:
        """Add what these commits need; return those that cannot be compared, and the rest when they are many."""
        if self._differ is None:
            self._differ = Differ(self.place, NO_RENAMES)
        failed: list[Pair] = []
        for start in range(0, len(pairs), _TOGETHER):
            some = pairs[start : start + _TOGETHER]
            for pair, differs in zip(some, self._differ.compare(some), strict=True):
                if isinstance(differs, str):
                    failed.append(pair)
                else:
                    wanted.update(_needed(differs, self.reads))
            if len(failed) > _MOST_FAILED:
                return [*failed, *pairs[start + _TOGETHER :]]
        return failed

    def _below(self, commit: str, reads: Callable[[str], bool]) -> set[str]:
        """Return the blobs of a commit that are looked at, as far as its trees are there."""
        trees = [tree for tree, _ in self._heads((commit,)).values()]
        # A folder may stand in itself many times over.
        found = (one for tree in trees for one in self._files("", tree, set(), 0))
        paths = itertools.islice(found, _MOST_LISTED)
        return {oid for path, oid in paths if reads(path)}

    def _files(self, prefix: str, oid: str, empty: set[str], depth: int) -> Iterator[tuple[str, str]]:
        """Yield paths and blobs; a folder without any is walked through once, however often it stands in others."""
        tree = self.objects.tree(oid) if depth <= _MAX_DEPTH else None
        nothing = True
        for name, (mode, below) in (tree or {}).items():
            if mode == _TREE and below not in empty:
                for one in self._files(f"{prefix}{name}/", below, empty, depth + 1):
                    nothing = False
                    yield one
            elif mode not in {_TREE, SUBMODULE}:
                nothing = False
                yield f"{prefix}{name}", below
        if nothing:
            empty.add(oid)

    def _missing(self, oids: Iterable[str]) -> list[str]:
        """Return those that the clone has not."""
        wanted = sorted(oids)
        found: list[str] = []
        for start in range(0, len(wanted), _CHECKED):
            asked = "".join(f"{oid}\n" for oid in wanted[start : start + _CHECKED]).encode("ascii")
            _, output, _ = self.place.answer("cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked)
            lines = output.decode("ascii", "replace").splitlines()
            found += (line.partition(" ")[0] for line in lines if line.endswith(" missing"))
        return found


def _starts(pairs: Sequence[Pair]) -> list[str]:
    """Return what stood before the first of these commits, and before those whose own one is left out."""
    befores = [None, *(commit for commit, _ in pairs)]
    together = zip(pairs, befores, strict=False)
    found = (parent for (_, parent), before in together if parent is not None and parent != before)
    return list(dict.fromkeys(found))[:_MOST_STARTS]


def _needed(differs: Differs, reads: Callable[[str], bool]) -> Iterator[str]:
    """Yield the blobs of changed files that are looked at, and of those among which git looks for similar ones."""
    files, links = differs
    plain = [one for one in files if links.isdisjoint(one.paths)]
    gone = Counter(one.before for one in plain if one.status is FileStatus.REMOVED)
    new = Counter(one.after for one in plain if one.status is FileStatus.ADDED)
    # Equal ones are paired by their ids; the others by what is in them, unless they are too many.
    apart = (gone - new).total() * (new - gone).total()
    if 0 < apart <= MAX_RENAMES**2:
        yield from (oid for oid in (*gone, *new) if oid is not None)
    for file in files:
        if any(map(reads, file.paths)):
            # Of a link or submodule only the new side is known to be a file now.
            sides = (
                (file.before, file.after)
                if links.isdisjoint(file.paths)
                else (file.after,)
                if file.mode in _PLAIN
                else ()
            )
            yield from (oid for oid in sides if oid is not None)


def _first_parent(content: bytes) -> str | None:
    line = content[content.find(b"\n") + 1 :].partition(b"\n")[0]
    return line[7:].decode("ascii", "replace") if line.startswith(b"parent ") else None
