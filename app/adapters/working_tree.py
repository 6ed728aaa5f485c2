"""Files of a folder on this machine as they are now, committed or not, behind the `Source` port."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.tree import MAX_FILE, SYMLINK, File, Listing, file_of


@dataclass(frozen=True, slots=True)
class WorkingTree:
    """The folder `root`, at whatever commit is asked for; `instead` says which file stands for a path.

    As in a git tree, links are not followed, and nothing lies behind one.
    """

    root: Path
    instead: Mapping[str, Path] = field(default_factory=dict)

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:  # noqa: ARG002 - the port's shape
        """Return each path's content now; a path that does not exist is not in the answer."""
        found = ((path, self._file(path)) for path in sorted(set(paths)))
        return {path: file for path, file in found if file is not None}

    def list(self, commit: str, folder: str) -> Listing:  # noqa: ARG002 - the port's shape
        """Return every path below a folder; the empty name is the whole working tree, without git's own folder."""
        return Listing.of(self._below(self.root / folder) if not self._behind_link(Path(folder) / "any") else ())

    def _below(self, folder: Path) -> Iterator[str]:
        for where, folders, names in os.walk(folder):
            links = [one for one in folders if Path(where, one).is_symlink()]
            folders[:] = [one for one in folders if one != ".git"]
            yield from (Path(where, one).relative_to(self.root).as_posix() for one in (*names, *links))

    def _file(self, path: str) -> File | None:
        place = self.instead.get(path, self.root / path)
        if path not in self.instead and self._behind_link(Path(path)):
            return None
        if place.is_symlink():
            return file_of(path, SYMLINK, b"")
        if not place.is_file():
            return None
        try:
            with place.open("rb") as opened:
                return file_of(path, "100644", opened.read(MAX_FILE + 1))
        except OSError as error:
            return File(path, None, f"not readable: {error.strerror}")

    def _behind_link(self, path: Path) -> bool:
        return any((self.root / parent).is_symlink() for parent in path.parents if parent != Path())
