"""The last commits of one branch, held without their files; what is read of them is fetched when it is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.bounded_process import MEBIBYTE
from app.adapters.git_fetch import contents
from app.adapters.git_fetch.folder import size_of
from app.adapters.git_fetch.repository import COMPARE, Origin, Repository
from app.adapters.git_fetch.values import PastWish
from app.adapters.git_raw import RawChange, changes, changes_of_each, text
from app.core.errors import Unavailable
from app.core.tree import ChangedFile, File, Listing

MAX_DISK: Final = 512 * MEBIBYTE
"""Bytes that one branch's past may take on disk, trees and files together."""

MAX_COMPARED: Final = 32 * MEBIBYTE
"""Bytes in which git tells what all commits changed: some two hundred thousand files."""

_RENAMES: Final = "--find-renames=100%"
_MOST_TREES: Final = 4
_Entry = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Past:
    """Reads commits that were fetched, until the `deadline` (`time.monotonic`): then everything raises `Unavailable`.

    What could not be fetched raises too: a file that is not told is one that is not there.
    """

    repository: Repository
    wish: PastWish
    deadline: float
    held: set[str] = field(default_factory=set)
    compared: dict[tuple[str, str], Sequence[RawChange]] = field(default_factory=dict)
    known: dict[_Entry, File] = field(default_factory=dict)
    trees: dict[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)

    def begin(self) -> None:
        """Fetch the commits with their trees, compare each with its first parent, read what the newest changed.

        Each in one go, however many commits there are: to start a program takes longer than what it does here.
        """
        self._timed().begin()
        bounds = (f"--depth={self.wish.depth}", "--filter=blob:none")
        self._timed().fetch(self._origin, bounds, (self.wish.tip,))
        self._compare_all()
        ahead = list(self._ahead())
        self._hold({place.oid for place in ahead if place.has_content})
        self._know(ahead)

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        """Return a commit and its ancestors along first parents, the newest first, at most so many."""
        output = self._timed().ask(("rev-list", "--first-parent", f"--max-count={most}", commit, "--"))
        return output.decode("ascii").split()

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between the trees of two commits, files that only moved paired, sorted by path."""
        found = self.compared.get((base, head))
        if found is None:
            renames = ("--no-commit-id", _RENAMES)
            found = tuple(changes(self._timed().ask((*COMPARE, *renames, base, head, "--"))))
        return sorted(change.file for change in found)

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        tree = self._tree(commit)
        there = {path: (path, *tree[path]) for path in set(paths) if path in tree}
        unknown = [contents.Place(commit, *entry) for entry in there.values() if entry not in self.known]
        if unknown:
            self._hold({place.oid for place in unknown if place.has_content})
            self._know(unknown)
        if not self.known.keys() >= set(there.values()):
            raise Unavailable("more would have to be read than is read of the past")
        found = {path: self.known[entry] for path, entry in there.items()}
        if sum(len(file.text or "") for file in self.known.values()) > contents.MAX_BYTES:
            self.known.clear()
        return found

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository."""
        below = f"{folder.strip('/')}/".removeprefix("/")
        return Listing.of(path for path in self._tree(commit) if path.startswith(below))

    @property
    def _origin(self) -> Origin:
        return Origin(self.wish.url, self.wish.token)

    def _timed(self) -> Repository:
        return self.repository.until(self.deadline)

    def _compare_all(self) -> None:
        pairs = tuple(itertools.pairwise(self.first_parents(self.wish.tip, self.wish.depth)))
        lines = "".join(f"{commit} {parent}\n" for commit, parent in pairs).encode("ascii")
        output = self._timed().ask((*COMPARE, _RENAMES, "--stdin"), lines)
        if len(output) > MAX_COMPARED:
            raise Unavailable("the last commits of the base branch change too many files")
        found = changes_of_each(output)
        self.compared.update({(parent, commit): found.get(commit, ()) for commit, parent in pairs})

    def _ahead(self) -> Iterator[contents.Place]:
        """Yield both sides of the files that the newest changes will be read for."""
        found = 0
        for (parent, commit), compared in self.compared.items():
            if found == self.wish.ahead:
                return
            wanted = [one for one in compared if any(map(self.wish.reads, one.file.paths))]
            found += bool(wanted)
            yield from contents.places(wanted, parent, old=True)
            yield from contents.places(wanted, commit, old=False)

    def _tree(self, commit: str) -> Mapping[str, tuple[str, str]]:
        """Return mode and id by path; two commits are looked at together, and the next shares one of them."""
        if commit not in self.trees:
            output = self._timed().ask(("ls-tree", "-r", "-z", "--full-tree", commit))
            if len(output) > MAX_COMPARED:
                raise Unavailable("the base branch holds too many files")
            while len(self.trees) >= _MOST_TREES:
                del self.trees[next(iter(self.trees))]
            self.trees[commit] = dict(_entries(text(output)))
        return self.trees[commit]

    def _know(self, places: Sequence[contents.Place]) -> None:
        """Read what is held and keep it by path, mode and id: most files are the same at many commits."""
        entries = {(place.commit, place.path): (place.path, place.mode, place.oid) for place in places}
        for place, (file, _) in contents.read(self._timed(), places).items():
            self.known[entries[place]] = file

    def _hold(self, oids: set[str]) -> None:
        """Fetch what is not held yet."""
        missing = oids - self.held
        if not missing:
            return
        self._timed().fetch(self._origin, (), sorted(missing))
        self.held.update(missing)
        if size_of(self.repository.folder) > MAX_DISK:
            raise Unavailable(f"more than {MAX_DISK // MEBIBYTE} MiB would have to be fetched")


def _entries(output: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for entry in filter(None, output.split("\0")):
        about, _, path = entry.partition("\t")
        mode, _kind, oid = about.split()
        yield path, (mode, oid)
