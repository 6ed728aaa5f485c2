"""An end to looks that do not end: nothing waits for ever behind one that hangs.

A thread cannot be ended from outside, but its process can: what it was doing begins anew as after any other death of a
worker, is counted, and after six of them is given up.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import threading
import time
from collections.abc import Callable

from app.adapters.work_queue import Again, Done, Handler, Work
from app.worker.running import ShowCrash, said_of

BEAT = 5.0
"""Seconds between two looks at what runs."""

GRACE = 30.0
"""Seconds in which it is to be said on the pull request; then the process ends in any case."""

_SOFTWARE = 70  # "internal software error" among the exit codes of sysexits.h

_log = logging.getLogger(__name__)


def end_process() -> None:
    """End at once: an orderly end would wait for the thread that hangs."""
    os._exit(_SOFTWARE)


class Overdue:
    """Ends the process once a look took longer than it may, and says so on its pull request before."""

    def __init__(
        self, seconds: float, show: ShowCrash, end: Callable[[], None] = end_process, grace: float = GRACE
    ) -> None:
        """Keep how long a look may take; `show` says on the pull request that it failed, and has `grace` seconds."""
        self._seconds = seconds
        self._show = show
        self._end = end
        self._grace = grace
        self._lock = threading.Lock()
        self._running: dict[object, tuple[float, Work]] = {}
        self._overdue = set[object]()
        self._ended = threading.Event()

    def watched(self, handler: Handler) -> Handler:
        """Wrap a handler so that what it does is watched."""

        def look(work: Work) -> Done | Again:
            key = object()
            with self._lock:
                self._running[key] = (time.monotonic(), work)
            try:
                return handler(work)
            finally:
                with self._lock:
                    del self._running[key]
                    too_late = key in self._overdue
                if too_late:
                    # It has been said that it failed: were this its end, that would stand. It begins anew.
                    self._ended.wait()

        return look

    def check(self) -> bool:
        """Look once; say whether there was anything to end."""
        oldest = time.monotonic() - self._seconds
        with self._lock:
            found = {key: work for key, (began, work) in self._running.items() if began < oldest}
            self._overdue |= found.keys()
        threads = [threading.Thread(target=self._say, args=(work,), daemon=True) for work in found.values()]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + self._grace
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if found:
            self._end()
            self._ended.set()
        return bool(found)

    def start(self, beat: float = BEAT) -> None:
        """Look now and then until the process ends."""
        threading.Thread(target=self._run, args=(beat,), name="overdue", daemon=True).start()

    def _run(self, beat: float) -> None:
        while not threading.Event().wait(beat):
            # What never lets another thread run, an expression that backtracks for ever, stops this one as well; the
            # timer that is set anew here needs no Python to end the process.
            faulthandler.dump_traceback_later(self._seconds + 2 * self._grace, exit=True)
            self.check()

    def _say(self, work: Work) -> None:
        with said_of(work):
            minutes = self._seconds / 60
            _log.error("took longer than %g minutes: the worker ends, and what it was doing begins anew", minutes)
            try:
                self._show(work)
            except Exception:  # noqa: BLE001  whatever it is, the process ends
                _log.exception("that it took too long could not be shown")
