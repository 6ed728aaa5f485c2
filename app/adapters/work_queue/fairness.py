"""No installation takes every slot of a worker: what another one asks for finds one free, however long its queue is.

The queue library picks at random among the pull requests that wait. Of an installation that has its share of a
worker's slots in use already, what is picked next is put back to the moment at which its turn can be expected; so
its many neither hold the slots nor stand in the way of the others' few.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SLOTS = 32
"""How many looks a worker picks up at a time, also to put them back: the library picks once in a fifth of a second."""

PLACES = 10
"""How many of them it runs."""

SHARE = 8
"""How many of the places one installation may have: the others need not wait for it."""

_FIRST_GUESS = 0.5
_EARLY = 0.8  # so that no place is free while somebody waits for it: who comes too early is put back once more
_WEIGHT = 0.2
_MAX_KEPT = 1000


@dataclass(slots=True)
class _Use:
    """What one installation has running here, how long its looks take, and the last turn that was given out."""

    running: int = 0
    mean: float = _FIRST_GUESS
    turn: float = 0.0


class Shares:
    """Counts the running looks of each installation in this worker; safe for threads."""

    def __init__(
        self, places: int = PLACES, share: int = SHARE, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Run `places` looks at a time, `share` of each installation."""
        self._free = places
        self._share = share
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._uses: dict[int, _Use] = {}

    @contextmanager
    def place(self, installation: int, *, at_once: bool) -> Iterator[float]:
        """Take a place while the context lasts and give 0, or take none and give the seconds until its turn.

        `at_once`: somebody waits for an answer, and gets a place in any case.
        """
        wait = self._enter(installation, at_once=at_once)
        if wait:
            yield wait
            return
        began = self._monotonic()
        try:
            yield 0.0
        finally:
            self._leave(installation, self._monotonic() - began)

    def _enter(self, installation: int, *, at_once: bool) -> float:
        now = self._monotonic()
        with self._lock:
            use = self._uses.setdefault(installation, _Use())
            if at_once or (self._free > 0 and use.running < self._share):
                use.running += 1
                self._free -= 1
                return 0.0
            use.turn = max(use.turn, now) + _EARLY * use.mean / self._share
            return use.turn - now

    def _leave(self, installation: int, seconds: float) -> None:
        with self._lock:
            use = self._uses[installation]
            use.running -= 1
            self._free += 1
            use.mean += _WEIGHT * (seconds - use.mean)
            if len(self._uses) > _MAX_KEPT:
                self._uses = {key: kept for key, kept in self._uses.items() if kept.running}
