"""Fetch two commits without their files, compare them, and fetch the files that differ."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.adapters.bounded_process import MEBIBYTE, Bounds
from app.adapters.git_fetch import contents
from app.adapters.git_fetch.folder import CacheFolder
from app.adapters.git_fetch.past import Past
from app.adapters.git_fetch.repository import COMPARE, Origin, Repository
from app.adapters.git_fetch.values import Fetched, PastWish, Wish
from app.adapters.git_raw import RawChange, changes
from app.core.errors import Unavailable
from app.core.network import WayOut
from app.core.tree import ChangedFile, FileStatus

MAX_CHANGED = 100_000
"""Changed files of one pull request that are told; more is said, never cut."""

MAX_PAIRED = 2_000
"""Added or removed files among which renames with edits are looked for: git compares each with each."""

_MAX_ARGUMENTS = 512 * 1024


@dataclass(frozen=True, slots=True)
class GitFetch:
    """Fetches into `folder`, in at most `seconds` altogether; safe to share between threads.

    `disk` bounds the folder before a fetch begins; `search` is where the git program is looked for, `way` how GitHub is
    reached.
    """

    folder: Path
    seconds: float = 120.0
    bounds: Bounds = field(default=Bounds(120.0))
    disk: int = 2_048 * MEBIBYTE
    search: str = "/usr/local/bin:/usr/bin:/bin"
    way: WayOut = field(default_factory=WayOut)

    def fetch(self, wish: Wish) -> Fetched:
        """Return every changed file, and the wanted contents as far as they could be fetched.

        1. Both commits with their trees, none of their files.
        2. What differs: exact, for a tree is proved by the commit's id.
        3. The blobs of wanted paths, in one fetch; without them the list stands and contents are missing.
        4. Renames with edits among them, which need the blobs.

        Raises `Unavailable` with a reason for people when the list cannot be had. Nothing is left on disk.
        """
        with CacheFolder(self.folder, self.disk).claim() as lent:
            return _Fetching(
                Repository(lent, self.bounds, self.search, self.way), wish, time.monotonic() + self.seconds
            ).run()

    @contextmanager
    def past(self, wish: PastWish) -> Iterator[Past]:
        """Lend the last commits of a branch, in at most the seconds of the wish, reading included.

        Raises `Unavailable` with a reason for people, and so does whatever is lent. Nothing is left on disk.
        """
        with CacheFolder(self.folder, self.disk).claim() as lent:
            deadline = time.monotonic() + min(self.seconds, wish.seconds)
            past = Past(Repository(lent, self.bounds, self.search, self.way), wish, deadline)
            past.begin()
            yield past


@dataclass(frozen=True, slots=True)
class _Fetching:
    repository: Repository
    wish: Wish
    deadline: float

    def run(self) -> Fetched:
        wish, origin = self.wish, Origin(self.wish.url, self.wish.token)
        self._timed().begin()
        self._timed().fetch(origin, ("--depth=1", "--filter=blob:none"), (wish.base, wish.head))
        found = self._compare("--find-renames=100%")
        if len(found) > MAX_CHANGED:
            raise Unavailable(f"it changes {len(found):,} files, more than {MAX_CHANGED:,}", permanent=True)
        wanted = [change for change in found if any(wish.reads(path) for path in change.file.paths)]
        before = list(contents.places(wanted, wish.base, old=True))
        after = list(contents.places(wanted, wish.head, old=False))
        blobs = {place.oid for place in (*before, *after) if place.has_content}
        files = tuple(change.file for change in found)
        try:
            if blobs:
                self._timed().fetch(origin, (), sorted(blobs))
            held = contents.read(self._timed(), before) | contents.read(self._timed(), after)
        except Unavailable:
            return Fetched(tuple(sorted(files)), {})  # the files come one by one, from GitHub's API
        return Fetched(self._paired(files, wanted), held)

    def _timed(self) -> Repository:
        return self.repository.until(self.deadline)

    def _compare(self, renames: str, paths: Iterable[str] = ()) -> list[RawChange]:
        named = tuple(os.fsencode(path) for path in paths)
        arguments: tuple[str | bytes, ...] = (
            *COMPARE,
            "--no-commit-id",
            renames,
            self.wish.base,
            self.wish.head,
            "--",
            *named,
        )
        return list(changes(self._timed().ask(arguments)))

    def _paired(self, files: tuple[ChangedFile, ...], wanted: Iterable[RawChange]) -> tuple[ChangedFile, ...]:
        """Pair what was moved and edited in one, among the wanted files; where that is too much they stay as they are.

        Two paths then stand for one: nothing is lost by it.
        """
        paths = sorted(change.file.path for change in wanted if change.file.status in _ONE_SIDED)
        if not paths or len(paths) > 2 * MAX_PAIRED or sum(map(len, paths)) > _MAX_ARGUMENTS:
            return tuple(sorted(files))
        try:
            found = self._compare("--find-renames", paths)
        except Unavailable:
            return tuple(sorted(files))
        renamed = {change.file.path: change.file for change in found if change.file.previous_path is not None}
        gone = {file.previous_path for file in renamed.values()}
        kept = (file for file in files if not (file.path in gone and file.status is FileStatus.REMOVED))
        return tuple(sorted(renamed.get(file.path, file) if _added(file) else file for file in kept))


_ONE_SIDED: Final = frozenset({FileStatus.ADDED, FileStatus.REMOVED})


def _added(file: ChangedFile) -> bool:
    return file.status is FileStatus.ADDED
