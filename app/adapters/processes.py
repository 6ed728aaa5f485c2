"""Work on several processors: parts go out to other processes, and answers come back in order."""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from app.core.errors import Unavailable

_P = TypeVar("_P")
_A = TypeVar("_A")
_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class Processes:
    """Does each part in one of `count` processes; a single part, or with one process everything, is done here."""

    count: int = 1

    @classmethod
    def of_machine(cls) -> Processes:
        """One for each processor that this process may use."""
        return cls(len(os.sched_getaffinity(0)))

    def each(self, work: Callable[[_P], _A], parts: Iterable[_P]) -> Iterator[_A]:
        """Yield what the work returns for each part, in their order; only a few parts are under way at a time."""
        waiting = iter(parts)
        first = list(itertools.islice(waiting, 2))
        if self.count == 1 or len(first) == 1:
            yield from map(work, itertools.chain(first, waiting))
        elif first:
            yield from self._apart(work, itertools.chain(first, waiting))

    def _apart(self, work: Callable[[_P], _A], parts: Iterator[_P]) -> Iterator[_A]:
        # Forked, so that nothing need be sent but parts and answers; no thread of ours runs yet.
        forked = multiprocessing.get_context("fork")
        _WORK[:] = [cast("Callable[[object], object]", work)]  # what it takes is what it is given
        with ProcessPoolExecutor(self.count, mp_context=forked, initializer=_begin) as pool:
            under_way: deque[Future[object]] = deque()
            try:
                for part in parts:
                    with _undisturbed():
                        under_way.append(pool.submit(_do, part))
                    if len(under_way) > self.count * _AHEAD:
                        yield cast("_A", under_way.popleft().result())  # what the work returned
                while under_way:
                    yield cast("_A", under_way.popleft().result())  # likewise
            except BrokenProcessPool as error:
                raise Unavailable("a process of this command was ended from outside: is memory short?") from error
            finally:
                pool.shutdown(cancel_futures=True)
                _WORK.clear()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold Ctrl-C back: the first part forks the others, which would tell of it in words until they have begun."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Look for no rings of objects in what the process was born with.

    And end with the first process: at Ctrl-C without a word, and also when that one was killed.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    gc.freeze()


def _end_with_the_first() -> None:
    # One that was killed tells nobody, and who waits for its next part would wait for ever.
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
    os._exit(1)


_WORK: list[Callable[[object], object]] = []


def _do(part: object) -> object:
    return _WORK[0](part)
