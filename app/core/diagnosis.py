"""What is right with an installation, what is not, and what to do about it; and what GitHub says of the App."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_LEVELS: Final = ("", "read", "write", "admin")


class Health(enum.Enum):
    """How something stands. LOOK: it works, and a person should know of it."""

    FINE = "fine"
    LOOK = "look at it"
    UNKNOWN = "could not tell"
    WRONG = "wrong"


WORST_FIRST: Final = (Health.WRONG, Health.UNKNOWN, Health.LOOK, Health.FINE)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: `area` groups them, `what` names it, `remedy` says what to do, if anything."""

    area: str
    what: str
    health: Health
    sentence: str
    remedy: str = ""


def worst(found: Iterable[Diagnosis]) -> Health:
    """Return the worst of all; FINE for none."""
    present = {one.health for one in found}
    return next((health for health in WORST_FIRST if health in present), Health.FINE)


def until(found: Iterable[Diagnosis], is_over: Callable[[], bool]) -> Iterator[Diagnosis]:
    """Yield what is found until the time is over; what was not looked at by then could not be told, and is no pass."""
    for one in found:
        yield one
        if is_over():
            remedy = "Run `assay doctor`, which takes the time that it needs."
            yield Diagnosis("others", "the rest", Health.UNKNOWN, "there was no time to look at it", remedy)
            return


@dataclass(frozen=True, slots=True)
class Asked:
    """Permissions, each at a level (`read`, `write`), and events: what the App asks for, or what it was given."""

    permissions: Mapping[str, str]
    events: frozenset[str]

    def lacking(self, given: Asked) -> tuple[str, ...]:
        """Return what of this is not given: `checks: write`, `event push`; sorted."""
        permissions = (
            f"{name}: {level}"
            for name, level in self.permissions.items()
            if _rank(given.permissions.get(name, "")) < _rank(level)
        )
        events = (f"event {name}" for name in self.events - given.events)
        return tuple(sorted((*permissions, *events)))

    def beyond(self, given: Asked) -> tuple[str, ...]:
        """Return the permissions that are given and not asked for here, or at a higher level; sorted."""
        return tuple(
            sorted(
                f"{name}: {level}"
                for name, level in given.permissions.items()
                if _rank(level) > _rank(self.permissions.get(name, ""))
            )
        )


def _rank(level: str) -> int:
    # A level that we do not know is taken for none: better one question too many.
    return _LEVELS.index(level) if level in _LEVELS else 0


@dataclass(frozen=True, slots=True)
class AppSeen:
    """The App as GitHub shows it to itself. `skew` is how far GitHub's clock is ahead of ours, in seconds."""

    id: int
    slug: str
    asked: Asked
    skew: float


@dataclass(frozen=True, slots=True)
class InstallationSeen:
    """An installation as GitHub shows it; `whole`: on all repositories of the account."""

    id: int
    account: str
    given: Asked
    suspended: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class HookSeen:
    """Where GitHub delivers to."""

    url: str
    json: bool
    secret: bool
    verified_tls: bool
