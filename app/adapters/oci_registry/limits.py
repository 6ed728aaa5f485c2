"""How much a registry may cost: seconds, bytes, requests at a time. Every read from outside has one of these."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.adapters.oci_registry.failure import Failure

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force; seconds, bytes and counts. The defaults are the documented ones."""

    connect: float = 3.0
    read: float = 10.0
    request: float = 15.0
    image: float = 60.0
    job: float = 300.0
    longest_retry: float = 5.0
    manifest_bytes: int = 4 * MIB
    blob_bytes: int = 10 * MIB
    image_bytes: int = 32 * MIB
    job_bytes: int = 256 * MIB
    token_bytes: int = 64 * 1024
    error_bytes: int = 8 * 1024
    header_bytes: int = 32 * 1024
    attached: int = 50
    referrers: int = 200
    referrer_pages: int = 5
    blob_redirects: int = 3
    platforms: int = 8
    at_a_time: int = 4
    at_a_time_per_host: int = 2


class Deadline:
    """A moment after which nothing is waited for any more."""

    def __init__(self, seconds: float, *, within: Deadline | None = None) -> None:
        """Begin now; never later than the deadline that this one lies `within`."""
        end = time.monotonic() + seconds
        self.end: float = end if within is None else min(end, within.end)

    def left(self) -> float:
        """Return the seconds that are left; raises `Failure` (`timeout`) when none are."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise Failure("timeout")
        return left


class Budget:
    """Bytes that may still be read; what is taken is taken from the budget `within` which it lies, too."""

    def __init__(self, size: int, *, within: Budget | None = None) -> None:
        """Start with `size` bytes."""
        self._left = size
        self._within = within
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Take some bytes; raises `Failure` (`too-large`) when they are not there."""
        if self._within is not None:
            self._within.take(size)
        with self._lock:
            self._left -= size
            if self._left < 0:
                raise Failure("too-large")


@dataclass(frozen=True, slots=True)
class Share:
    """What one image may cost."""

    deadline: Deadline
    budget: Budget


@dataclass(slots=True)
class Gate:
    """Lets so many requests pass at a time, and fewer to one host, so that a slow host does not hold up the others."""

    limits: Limits
    _all: threading.Semaphore = field(init=False)
    _hosts: dict[str, threading.Semaphore] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Open the gate."""
        self._all = threading.Semaphore(self.limits.at_a_time)

    @contextlib.contextmanager
    def passing(self, host: str, deadline: Deadline) -> Iterator[None]:
        """Wait for a turn, then hold it; raises `Failure` (`timeout`) when the deadline comes first."""
        with self._lock:
            per_host = self._hosts.setdefault(host, threading.Semaphore(self.limits.at_a_time_per_host))
        # The host's turn first: who waits for a slow host must not hold one of the turns that all share.
        with _held(per_host, deadline), _held(self._all, deadline):
            yield


@contextlib.contextmanager
def _held(semaphore: threading.Semaphore, deadline: Deadline) -> Iterator[None]:
    if not semaphore.acquire(timeout=deadline.left()):
        raise Failure("timeout")
    try:
        yield
    finally:
        semaphore.release()
