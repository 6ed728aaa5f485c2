"""Who may see a page: asked of GitHub at that moment, and remembered for a minute.

What is refused, unknown or gone looks the same from outside: not found. Where GitHub does not answer nothing is shown,
neither a page nor that there is none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from app.adapters.github.readers import Seen, Standing
from app.core.errors import Error, Unavailable
from app.core.pull_request import Person
from app.core.sweep import RepositoryRef

KEPT_SECONDS: Final = 60.0
MOST_KEPT: Final = 10_000
MOST_AT_ONCE: Final = 24
"""Requests that may wait for GitHub at one time: the web's other threads stay free for deliveries."""

A_MINUTE: Final = 60.0
PER_MINUTE: Final = 120


_Asked: TypeAlias = tuple[int, str, int, RepositoryRef | None]


class NotShown(Error):
    """There is nothing to see for this person."""


class SignedOut(Error):
    """The login that somebody signed in with is no longer theirs."""


class TooMany(Error):
    """Somebody asks for more pages than a person reads."""


class Asking(Protocol):
    """Asks GitHub who may read what."""

    def standing(self, place: RepositoryRef, person: Person) -> tuple[Standing, Seen | None]:
        """Say whether somebody may read a repository; raises `Unavailable`."""
        ...

    def answers(self) -> None:
        """Raise `Unavailable` when GitHub does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """A repository that this visitor may read: as it was recorded, and as GitHub names it now."""

    known: RepositoryRef
    seen: Seen

    def __str__(self) -> str:
        """`owner/name`, as it is called now."""
        return f"{self.seen.owner}/{self.seen.name}"


class Room:
    """The few places of requests that may wait for GitHub at one time."""

    def __init__(self, places: int) -> None:
        """Make it empty."""
        self._places = threading.BoundedSemaphore(places)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Hold a place; raises `Unavailable` when all are taken."""
        if not self._places.acquire(blocking=False):
            raise Unavailable("too many pages wait for GitHub")
        try:
            yield
        finally:
            self._places.release()


class Visitors:
    """Lets people in; safe to share between threads."""

    def __init__(
        self,
        find: Callable[[int], RepositoryRef | None],
        github: Asking,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Bind the ledger's `find` and GitHub."""
        self._find = find
        self._github = github
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[_Asked, tuple[float, Standing, Seen | None]] = {}
        self._visits: dict[int, tuple[float, int]] = {}
        self._room = Room(MOST_AT_ONCE)

    def count(self, person: Person) -> None:
        """Count a request of somebody; raises `TooMany`."""
        now = self._clock()
        with self._lock:
            began, number = self._visits.get(person.id, (now, 0))
            if now - began >= A_MINUTE:
                began, number = now, 0
            if len(self._visits) > MOST_KEPT:
                self._visits.clear()
            self._visits[person.id] = (began, number + 1)
        if number >= PER_MINUTE:
            raise TooMany

    def let_in(self, person: Person, repository_id: int) -> Place:
        """Return a repository that somebody may read.

        Raises `NotShown`, `SignedOut`, or `Unavailable` when the database or GitHub does not answer.
        """
        place = self._find(repository_id)
        standing, seen = self._standing(place, (person, repository_id))
        if standing is Standing.SOMEBODY_ELSE:
            raise SignedOut
        if place is None or standing is not Standing.MAY or seen is None:
            raise NotShown
        return Place(place, seen)

    def _standing(self, place: RepositoryRef | None, asked: tuple[Person, int]) -> tuple[Standing, Seen | None]:
        person, repository_id = asked
        # With what is known of it: a repository that is judged for the first time is not kept for unknown.
        key = (person.id, person.login, repository_id, place)
        now = self._clock()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] > now:
            return kept[1], kept[2]
        with self.waiting():
            standing, seen = self._ask(place, person)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (now + KEPT_SECONDS, standing, seen)
        return standing, seen

    def _ask(self, place: RepositoryRef | None, person: Person) -> tuple[Standing, Seen | None]:
        if place is None:
            # Asked in this case too: else GitHub's silence would tell which repositories are known here.
            self._github.answers()
            return Standing.MAY_NOT, None
        return self._github.standing(place, person)

    def waiting(self) -> AbstractContextManager[None]:
        """Hold one of the places of requests that wait for GitHub; raises `Unavailable` when all are taken."""
        return self._room.waiting()
