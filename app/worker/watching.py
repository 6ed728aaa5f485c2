"""A file of the operator's that may change while the worker runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

INTERVAL = 5.0
"""Seconds between two looks at the file: nothing tells a process that runs on any system that a file was replaced."""


class Watch:
    """Calls `changed` when the file's content may be another: replaced, written to, made or removed."""

    def __init__(self, path: Path, changed: Callable[[], None]) -> None:
        """Remember how the file stands now."""
        self._path = path
        self._changed = changed
        self._seen = self._stamp()

    def look(self) -> bool:
        """Compare once; say whether `changed` was called."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        self._changed()
        return True

    def start(self) -> None:
        """Look now and then until the process ends."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        while not threading.Event().wait(INTERVAL):
            self.look()

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)
