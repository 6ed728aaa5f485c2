"""Work that a process does now and then beside its jobs, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

INTERVAL = 12 * 3600.0
"""Seconds from one refresh that succeeded to the next."""

AGAIN = 3600.0
"""Seconds from one that failed to the next."""


class Refreshing:
    """Refreshes something at once, and then again and again until the process ends; never in a job's thread."""

    def __init__(self, refresh: Callable[[], bool], interval: float = INTERVAL, again: float = AGAIN) -> None:
        """Keep what to call; it never raises and says whether it succeeded. The seconds are those between two calls."""
        self._refresh = refresh
        self._interval = interval
        self._again = again

    def once(self) -> float:
        """Refresh, and return the seconds until the next time."""
        return self._interval if self._refresh() else self._again

    def start(self) -> None:
        """Start the thread; it does not keep the process alive."""
        threading.Thread(target=self._run, name="refresh", daemon=True).start()

    def _run(self) -> None:
        while not threading.Event().wait(self.once()):
            pass
