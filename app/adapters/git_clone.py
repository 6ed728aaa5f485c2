"""A local git repository behind the `Source` and `Clone` ports, read through the git program.

Nothing is checked out; no hook, filter, external diff or configuration of the machine takes part; every child process
is bounded in time and memory and starts with an environment of our own (AT-170, AT-205). Nothing is fetched: a partial
clone would say itself from where, and by which programs. Revisions are resolved once, behind `--end-of-options`; after
that only object ids are passed (AT-171).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from app.adapters.git_history.differing import NOT_COMPARED, Differ
from app.adapters.git_history.objects import Entry, Objects
from app.adapters.git_history.process import Limits, Place, Running
from app.adapters.git_raw import may_exist, text
from app.core.errors import Unavailable
from app.core.history import MISSING
from app.core.tree import MAX_LISTED, SUBMODULE, ChangedFile, File, Listing, file_of

_PATHS_A_CALL = 200
_NO_REPOSITORY: Final = ("fatal: not a git repository", "fatal: cannot change to ")
_FETCH: Final = "in a partial clone `git fetch --refetch --no-filter` brings every file"
_MISSING: Final = f"{MISSING} ({_FETCH})"
_BROKEN: Final = f"git could not read the repository; {_FETCH}"


@dataclass(frozen=True, slots=True)
class GitClone:
    """The repository that holds `folder`; `limits` bound each git process."""

    folder: str
    limits: Limits = field(default_factory=Limits)

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names; raises `Unavailable` (permanent) when there is none."""
        output = self._git(
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{revision}^{{commit}}",
            what=f"no commit {revision!r} in this repository: name a branch, tag or commit that it holds (`git fetch`)",
        )
        return output.decode("ascii").strip()

    def merge_base(self, base: str, head: str) -> str:
        """Return the best common ancestor of two commits; raises `Unavailable` (permanent) when they share none."""
        output = self._git("merge-base", base, head, what="the two commits share no history")
        return output.decode("ascii").strip()

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        """Return a commit and its ancestors along first parents, the newest first, at most so many."""
        output = self._git("rev-list", "--first-parent", f"--max-count={most}", commit)
        return output.decode("ascii").split()

    def top(self) -> str:
        """Return the folder of the working tree; raises `Unavailable` (permanent) when there is none."""
        what = "this repository has no working tree: name a policy file that lies in a .github folder"
        return os.fsdecode(self._git("rev-parse", "--show-toplevel", what=what)).removesuffix("\n")

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between the trees of two commits, renames paired, sorted by path.

        Where a content is missing or huge, only files that are alike are paired.
        """
        differ = Differ(Place.of(self.folder, self.limits))
        try:
            (found,) = differ.compare(((head, base),))
        finally:
            differ.close()
        if isinstance(found, str):
            reason = found.partition(": ")[2]
            what_to_do = f"; {_FETCH}" if reason == NOT_COMPARED else ""
            raise Unavailable(f"the two commits cannot be compared: {reason}{what_to_do}")
        return list(found[0])

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at `commit`; a path that does not exist there is not in the answer."""
        wanted = sorted(path for path in set(paths) if may_exist(path))
        entries: dict[str, Entry] = {}
        for start in range(0, len(wanted), _PATHS_A_CALL):
            chunk = wanted[start : start + _PATHS_A_CALL]
            output = self._git("ls-tree", "-z", "--full-tree", commit, "--", *chunk)
            entries.update(_entries(text(output)))
        kept = {path: entries[path] for path in wanted if path in entries and entries[path][0] != _TREE}
        blobs = self._blobs({oid for mode, oid in kept.values() if mode != SUBMODULE})
        return {path: _file(path, entry, blobs) for path, entry in kept.items()}

    def list(self, commit: str, folder: str) -> Listing:
        """Return every path below a folder at `commit`; the empty name is the root of the repository."""
        below = f"{folder.strip('/')}/".removeprefix("/")
        within = ("--", below) if below else ()
        with self._started("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *within) as running:
            paths = (text(one) for one in running.parts(b"\0"))
            found = tuple(itertools.islice((path for path in paths if path.startswith(below) and path), MAX_LISTED + 1))
            if len(found) <= MAX_LISTED:
                self._ended(running, _BROKEN)
        return Listing.of(found)

    def _blobs(self, oids: set[str]) -> dict[str, bytes]:
        objects = Objects(Place.of(self.folder, self.limits))
        try:
            return objects.blobs(oids)
        finally:
            objects.close()

    def _git(self, *arguments: str, what: str = _BROKEN) -> bytes:
        with self._started(*arguments) as running:
            output = running.rest()
            self._ended(running, what)
        return output

    @contextmanager
    def _started(self, *arguments: str) -> Iterator[Running]:
        running = Place.of(self.folder, self.limits).start(*arguments)
        try:
            running.close_input()
            yield running
        finally:
            running.end()

    def _ended(self, running: Running, what: str) -> None:
        """Raise `Unavailable` when git did not end well; what it could not read, another time may bring."""
        said = running.complaint()
        if running.child.returncode == 0:
            return
        if said.startswith(_NO_REPOSITORY):
            raise Unavailable(f"{self.folder!r} is no git repository", permanent=True)
        raise Unavailable(f"{what}{': ' + said if said else ''}", permanent=what != _BROKEN)


_TREE: Final = "040000"


def _file(path: str, entry: Entry, blobs: Mapping[str, bytes]) -> File:
    mode, oid = entry
    content = b"" if mode == SUBMODULE else blobs.get(oid)
    return File(path, None, _MISSING) if content is None else file_of(path, mode, content)


def _entries(output: str) -> Iterator[tuple[str, Entry]]:
    for entry in output.split("\0"):
        if entry:
            about, _, path = entry.partition("\t")
            mode, _kind, oid = about.split()
            yield path, (mode, oid)
