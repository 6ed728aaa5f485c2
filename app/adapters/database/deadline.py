"""An end to every call, whatever the database does.

A driver waits for an answer as long as the connection stands, and a server that is frozen keeps it standing. Somebody
is waiting for ours, and no longer than ten seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from app.core.errors import Unavailable

_T = TypeVar("_T")


class Deadline:
    """Lets at most `calls` go on at one time, and nobody wait for one longer than `seconds`."""

    def __init__(self, seconds: float, calls: int) -> None:
        """Bind both bounds."""
        self._seconds = seconds
        self._calls = calls
        self._free = threading.BoundedSemaphore(calls)

    def of(self, call: Callable[[], _T]) -> _T:
        """Return what a call returns, or raise what it raises; raises `Unavailable` when the time is up.

        A call that comes too late still ends as it ends: what it stores may be there although nobody heard so.
        """
        end = time.monotonic() + self._seconds
        if not self._free.acquire(timeout=self._seconds):
            raise Unavailable("the database is slow: earlier calls have not come to an end")
        running = _Running(call, self._free)
        # A daemon, so that one which never ends does not keep the process from ending.
        threading.Thread(target=running.run, name="database", daemon=True).start()
        if not running.ended.wait(max(0.0, end - time.monotonic())):
            raise Unavailable("the database does not answer in time")
        return running.result()

    def rest(self) -> None:
        """Wait until no call goes on, but no longer than for one; to be called when none is begun any more."""
        end = time.monotonic() + self._seconds
        free = sum(self._free.acquire(timeout=max(0.0, end - time.monotonic())) for _ in range(self._calls))
        if free:
            self._free.release(free)


class _Running(Generic[_T]):
    """One call, its end, and what it led to."""

    def __init__(self, call: Callable[[], _T], free: threading.BoundedSemaphore) -> None:
        self._call = call
        self._free = free
        self._returned: list[_T] = []
        self._raised: BaseException | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            self._returned.append(self._call())
        except BaseException as error:  # noqa: BLE001  raised where it is waited for
            self._raised = error
        finally:
            self._free.release()
            self.ended.set()

    def result(self) -> _T:
        if self._raised is not None:
            raise self._raised
        return self._returned[0]
