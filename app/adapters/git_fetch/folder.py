"""The folder in which repositories lie while they are fetched: of this user only, bounded, and empty afterwards."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Unavailable

_PREFIX = "fetch-"
_LEFT_BEHIND = 3_600.0
"""Seconds after which a repository is nobody's any more: its worker was killed."""


@dataclass(frozen=True, slots=True)
class CacheFolder:
    """A folder that holds at most about `most` bytes: a fetch does not begin while it holds more."""

    path: Path
    most: int

    @contextmanager
    def claim(self) -> Iterator[Path]:
        """Lend a new folder and remove it afterwards; raises `Unavailable` when there is no room, or none can be made.

        What a killed worker left behind goes first.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sweep()
            if size_of(self.path) > self.most:
                raise Unavailable("the folder for git fetches is full")
            lent = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self.path))
        except OSError as error:
            raise Unavailable("the folder for git fetches cannot be written to") from error
        try:
            yield lent
        finally:
            shutil.rmtree(lent, ignore_errors=True)

    def _sweep(self) -> None:
        oldest = time.time() - _LEFT_BEHIND
        for left in self.path.glob(f"{_PREFIX}*"):
            try:
                old = left.lstat().st_mtime < oldest
            except FileNotFoundError:
                continue  # another worker was quicker
            if old:
                shutil.rmtree(left, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Return how many bytes lie in a folder; what vanishes meanwhile counts as nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            continue
    return total
