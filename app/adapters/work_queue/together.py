"""What several threads ask for at the same moment, done in one go: a disk confirms many as fast as one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Together(Generic[_T]):
    """Does one go at a time. Whoever's turn it is does all that has come by then, his own among it."""

    def __init__(self, do: Callable[[Sequence[_T]], None]) -> None:
        """Keep what does several at once: wholly, or it raises."""
        self._do = do
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._waiting: list[_Asked[_T]] = []

    def ask(self, one: _T) -> None:
        """Have it done before this returns; raises what the go raised that it was part of."""
        asked = _Asked(one)
        with self._lock:
            self._waiting.append(asked)
        with self._turn:
            if not asked.done:
                self._go()
        if asked.error is not None:
            raise asked.error

    def _go(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        error: BaseException | None = None
        try:
            self._do([asked.one for asked in batch])
        except BaseException as raised:  # noqa: BLE001  raised in the thread of each that asked
            error = raised
        for asked in batch:
            asked.done, asked.error = True, error


class _Asked(Generic[_T]):
    """One thing that was asked for, and what became of it."""

    def __init__(self, one: _T) -> None:
        self.one = one
        self.done = False
        self.error: BaseException | None = None
