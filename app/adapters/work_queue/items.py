"""What waits in the queue and what a handler may answer; how both are written down."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from app.core.pull_request import PullRequestRef

LONGEST_WAIT = 3600.0
"""No wait grows beyond an hour by itself; only a server that asks for more gets more."""

LONGEST_ASKED = 6 * 3600.0
_FIRST_WAIT = 60.0
_GROWTH_STOPS = 10
_MOVED_WAIT = 2.0
_DELIVERY = re.compile(r"[A-Za-z0-9_.:-]{1,80}")


@dataclass(frozen=True, slots=True)
class Work:
    """A pull request to look at, and why.

    `delivery` is the delivery's GUID; the same GUID for the same pull request is done once. `recheck_by` is the login
    that asked in a comment, `None` when the world itself changed. `attempt` counts the looks that ended in `Again`.
    `command` is what was asked there besides a look, `comment` the node id of that comment.
    `due` is since when it could be begun, in seconds since 1970; `turn` the moment that the pull request waits for
    already, `None` when nobody said one.
    """

    ref: PullRequestRef
    reason: str
    delivery: str
    recheck_by: str | None = None
    attempt: int = 0
    command: str = ""
    comment: str = ""
    due: float | None = field(default=None, compare=False)
    turn: float | None = field(default=None, compare=False)


Then = Callable[[], None]
"""What follows a look, once its verdict is shown. May raise what it likes: nothing hangs on it."""


@dataclass(frozen=True, slots=True)
class Done:
    """The look is over: whatever it found is shown."""

    then: Then | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Again:
    """The look could not find everything out; look again after at least `after_seconds` (0: as the queue thinks)."""

    after_seconds: float
    reason: str
    then: Then | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """Work as it lies in the queue: waiting for its time, or given up (`problem` says why, in public words)."""

    identifier: str
    work: Work
    problem: str = ""


class Wire(TypedDict):
    """Work as JSON; also what an older or newer process of ours reads."""

    installation: int
    repository_id: int
    owner: str
    name: str
    number: int
    base_ref: str | None
    head: str | None
    reason: str
    delivery: str
    recheck_by: str | None
    attempt: int
    command: NotRequired[str]
    comment: NotRequired[str]
    due: NotRequired[float | None]
    turn: NotRequired[float | None]


def wire(work: Work) -> Wire:
    """Write work down."""
    ref = work.ref
    return Wire(
        installation=ref.installation,
        repository_id=ref.repository_id,
        owner=ref.owner,
        name=ref.name,
        number=ref.number,
        base_ref=ref.base_ref,
        head=ref.head,
        reason=work.reason,
        delivery=work.delivery,
        recheck_by=work.recheck_by,
        attempt=work.attempt,
        command=work.command,
        comment=work.comment,
        due=work.due,
        turn=work.turn,
    )


def work_of(written: Wire) -> Work:
    """Read what `wire` wrote."""
    ref = PullRequestRef(
        installation=written["installation"],
        repository_id=written["repository_id"],
        owner=written["owner"],
        name=written["name"],
        number=written["number"],
        base_ref=written["base_ref"],
        head=written["head"],
    )
    return Work(
        ref,
        written["reason"],
        written["delivery"],
        written["recheck_by"],
        written["attempt"],
        written.get("command", ""),
        written.get("comment", ""),
        written.get("due"),
        written.get("turn"),
    )


def identifier(work: Work) -> str:
    """Name work by pull request, kind and GUID: equal names are the same work.

    The kind stands in the name because only a *look* may make other work needless: a recheck that a stranger asks for
    ends without a look.
    """
    if work.command:
        # No look, and none makes it needless.
        return f"{work.ref.key}/command/{safe(work.delivery)}/{work.attempt}"
    if work.attempt:
        return f"{again_prefix(work.ref)}{safe(work.delivery)}/{work.attempt}"
    if work.recheck_by is not None:
        return f"{recheck_prefix(work.ref, work.recheck_by)}{safe(work.delivery)}"
    return f"{look_prefix(work.ref)}{safe(work.delivery)}"


def look_prefix(ref: PullRequestRef) -> str:
    """Say what the names of all looks at this pull request begin with."""
    return f"{ref.key}/look/"


def recheck_prefix(ref: PullRequestRef, login: str) -> str:
    """Say what the names of all rechecks begin with that one person asked for."""
    return f"{ref.key}/recheck/{safe(login)}/"


def again_prefix(ref: PullRequestRef) -> str:
    """Say what the names of all repeated looks at this pull request begin with."""
    return f"{ref.key}/again/"


def wait(attempt: int, asked: float | None) -> float:
    """Seconds to wait before attempt number `attempt` (1, 2, …): 60, doubled each time up to an hour.

    What the handler or a server asked for is a lower bound, up to six hours.
    """
    grown = min(_FIRST_WAIT * (1 << min(attempt - 1, _GROWTH_STOPS)), LONGEST_WAIT)
    return max(grown, min(asked or 0.0, LONGEST_ASKED))


def moved_wait(attempt: int) -> float:
    """Seconds to wait after something moved in look number `attempt` (0, 1, …): 2, doubled each time up to an hour.

    A base branch that never rests must not use up all attempts within minutes.
    """
    return min(_MOVED_WAIT * (1 << min(attempt, _GROWTH_STOPS + 1)), LONGEST_WAIT)


def safe(delivery: str) -> str:
    """Keep a well-formed GUID; anything else (the header is not signed) becomes its digest."""
    if _DELIVERY.fullmatch(delivery):
        return delivery
    return hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()
