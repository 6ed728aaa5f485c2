"""The last commits of one branch, held without their files; what is read of them is fetched when it is asked for."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.bounded_process import MEBIBYTE
from app.adapters.git_fetch import contents
from app.adapters.git_fetch.folder import size_of
from app.adapters.git_fetch.repository import COMPARE, Origin, Repository
from app.adapters.git_fetch.values import PastWish
from app.adapters.git_raw import RawChange, changes, may_exist, text
from app.core.errors import Unavailable
from app.core.tree import ChangedFile, File, Listing

MAX_DISK: Final = 512 * MEBIBYTE
"""Bytes that one branch's past may take on disk, trees and files together."""

_PATHS_A_CALL: Final = 200
_TREE: Final = "040000"


@dataclass(frozen=True, slots=True)
class Past:
    """Reads commits that were fetched, until the `deadline` (`time.monotonic`): then everything raises `Unavailable`.

    What could not be fetched raises too: a file that is not told is one that is not there.
    """

    repository: Repository
    wish: PastWish
    deadline: float
    held: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Fetch the commits with their trees, then what the newest changes will be read for, in one go."""
        self._timed().begin()
        bounds = (f"--depth={self.wish.depth}", "--filter=blob:none")
        self._timed().fetch(self._origin, bounds, (self.wish.tip,))
        self._hold({place.oid for place in self._ahead() if place.has_content})

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        """Return a commit and its ancestors along first parents, the newest first, at most so many."""
        output = self._timed().ask(("rev-list", "--first-parent", f"--max-count={most}", commit, "--"))
        return output.decode("ascii").split()

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between the trees of two commits, files that only moved paired, sorted by path."""
        return sorted(change.file for change in self._compare(base, head))

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        places = list(self._places(commit, paths))
        self._hold({place.oid for place in places if place.has_content})
        found = contents.read(self._timed(), places)
        if len(found) < len(places):
            raise Unavailable("more would have to be read than is read of the past")
        return {path: file for (_, path), (file, _) in found.items()}

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository."""
        below = f"{folder.strip('/')}/".removeprefix("/")
        within = ("--", os.fsencode(below)) if below else ()
        output = self._timed().ask(("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *within))
        return Listing.of(path for path in text(output).split("\0") if path.startswith(below) and path)

    @property
    def _origin(self) -> Origin:
        return Origin(self.wish.url, self.wish.token)

    def _timed(self) -> Repository:
        return self.repository.until(self.deadline)

    def _compare(self, base: str, head: str) -> Sequence[RawChange]:
        return tuple(changes(self._timed().ask((*COMPARE, "--find-renames=100%", base, head, "--"))))

    def _ahead(self) -> Iterator[contents.Place]:
        """Yield both sides of the files that the newest changes will be read for."""
        found = 0
        for commit, parent in itertools.pairwise(self.first_parents(self.wish.tip, self.wish.depth)):
            if found == self.wish.ahead:
                return
            wanted = [one for one in self._compare(parent, commit) if any(map(self.wish.reads, one.file.paths))]
            found += bool(wanted)
            yield from contents.places(wanted, parent, old=True)
            yield from contents.places(wanted, commit, old=False)

    def _places(self, commit: str, paths: Iterable[str]) -> Iterator[contents.Place]:
        wanted = sorted(path for path in set(paths) if may_exist(path))
        for start in range(0, len(wanted), _PATHS_A_CALL):
            some = tuple(map(os.fsencode, wanted[start : start + _PATHS_A_CALL]))
            output = self._timed().ask(("ls-tree", "-z", "--full-tree", commit, "--", *some))
            for entry in filter(None, text(output).split("\0")):
                about, _, path = entry.partition("\t")
                mode, _kind, oid = about.split()
                if mode != _TREE:
                    yield contents.Place(commit, path, mode, oid)

    def _hold(self, oids: set[str]) -> None:
        """Fetch what is not held yet."""
        missing = oids - self.held
        if not missing:
            return
        self._timed().fetch(self._origin, (), sorted(missing))
        self.held.update(missing)
        if size_of(self.repository.folder) > MAX_DISK:
            raise Unavailable(f"more than {MAX_DISK // MEBIBYTE} MiB would have to be fetched")
