"""Work that comes in faster than it can be shown is spread over time before it is queued.

What GitHub lets an installation write is far less than what it can ask for at once: 300 new pull requests are an hour's
writes. Queued all at once they would be picked up and put back one by one, and the work of others would wait for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

BURST = 40
"""Looks of an installation that are queued at once."""

APART = 1.0
"""Seconds between those that follow: still several times what can be shown."""

_SHORTEST = 1.0
_MAX_KEPT = 10_000


class Entrance:
    """Says how long each look of an installation is to wait before it is queued; safe for threads.

    It knows what came in through this process alone: more of them let in as many times more.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing that came in."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._filled: dict[int, float] = {}

    def wait(self, installation: int) -> float:
        """Return the seconds to wait, 0 for none."""
        now = self._monotonic()
        with self._lock:
            if len(self._filled) > _MAX_KEPT:
                self._filled = {key: until for key, until in self._filled.items() if until > now}
            filled = max(self._filled.get(installation, 0.0), now)
            self._filled[installation] = filled + APART
        wait = filled - now - BURST * APART
        return wait if wait >= _SHORTEST else 0.0
