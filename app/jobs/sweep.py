"""Going over open pull requests: which of them is owed a look, because a delivery was missed or the world changed.

Nothing is judged here. Lists are only hints too: a look that was not needed changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, FloorState, PullRequestRef
from app.core.sweep import LastLook, OpenPullRequest, Reach, RepositoryRef, Sweep
from app.jobs.policy_texts import Known, Range, read_policy_files
from app.jobs.ports import Clock, Forge, Looks, Roster
from app.render.status import contexts, unfinished

_log = logging.getLogger(__name__)

A_DAY = timedelta(days=1)
_OWN_WORDS = timedelta(minutes=2)
"""What a look itself says on a pull request is said within this time of it."""

_KEPT = timedelta(days=3)
"""How long GitHub can deliver again."""

MAX_REDELIVERED = 200
MAX_PENDING = timedelta(minutes=30)
"""How long a look may take, with whatever it waits for; after that nobody is at work on it any more."""


@dataclass(frozen=True, slots=True)
class SweepJob:
    """Goes over open pull requests; `put` stores a look with its reason, `begin` another sweep, both durably.

    `drop` takes back what waits for a repository, by its id; `forget` deletes the records of an installation.
    """

    forge: Forge
    roster: Roster
    looks: Looks
    clock: Clock
    put: Callable[[PullRequestRef, str], None]
    begin: Callable[[Sweep], None]
    operator_floor: str | None = None
    drop: Callable[[int], None] = lambda _: None
    forget: Callable[[int], object] | None = None

    def run(self, sweep: Sweep) -> int:
        """Put in the looks that are owed, or the sweeps that this one is made of; return how many.

        Raises `Unavailable` when GitHub or the database does not answer. What was put in by then stays.
        """
        if sweep.installation is None:
            return self._everything(sweep)
        if sweep.reach.is_end:
            return self._end(sweep, sweep.installation)
        if sweep.repository is None:
            return self._installation(sweep, sweep.installation)
        if sweep.said is not None and self._is_ours(sweep.said, sweep.repository, sweep.head or ""):
            return 0
        count = 0
        for pull, why in self._owed(sweep, sweep.repository):
            self.put(pull.ref, why)
            count += 1
        return count

    def _end(self, sweep: Sweep, installation: int) -> int:
        """Drop what waits, of a repository or of all that were judged; what was never looked at ends by itself."""
        ended = self.looks.judged(installation) if sweep.repository is None else frozenset({sweep.repository.id})
        for repository in sorted(ended):
            self.drop(repository)
        if sweep.reach is Reach.FORGOTTEN and self.forget is not None:
            self.forget(installation)
            _log.warning("the records of installation %d are deleted: the App was removed from it", installation)
        return len(ended)

    def redeliver(self) -> int:
        """Ask GitHub for the deliveries that it could not hand over; return how many. Raises `Unavailable`."""
        missed = self.roster.undelivered(self.clock() - _KEPT)[:MAX_REDELIVERED]
        for attempt in missed:
            try:
                self.roster.redeliver(attempt)
            except Unavailable as error:
                # One that GitHub will not deliver again must not keep back the others, now and each time after.
                if not error.permanent:
                    raise
                _log.warning("a delivery that failed is not to be had again: %s", error)
        if missed:
            _log.warning("%d deliveries that failed are asked for again", len(missed))
        return len(missed)

    def _everything(self, sweep: Sweep) -> int:
        installations = self.roster.installations()
        for installation in installations:
            self.begin(replace(sweep, installation=installation))
        self.redeliver()
        return len(installations)

    def _installation(self, sweep: Sweep, installation: int) -> int:
        repositories = self.roster.repositories(installation)
        judged = self.looks.judged(installation) if sweep.reach is Reach.PEOPLE else None
        wanted = [one for one in repositories if judged is None or one.id in judged]
        for repository in wanted:
            self.begin(replace(sweep, repository=repository))
        return len(wanted)

    def _owed(self, sweep: Sweep, repository: RepositoryRef) -> Iterator[tuple[OpenPullRequest, str]]:
        looks, now = self.looks.looks(repository.id), self.clock()
        judged = {last.base_ref for last in looks.values()}
        if sweep.base_ref is not None and not sweep.default_branch and sweep.base_ref not in judged:
            return
        policies = _Policies(self.forge, self.operator_floor, floor_seen=self._floor_seen(repository))
        for pull in _within(sweep, self.roster.open_pull_requests(repository)):
            last = looks.get(pull.ref.number)
            if overdue(pull, now) and self._given_up(pull):
                yield pull, "its verdict did not come in time"
                continue
            why = _asked(sweep, last) if last is not None else policies.unseen(pull)
            if last is not None and not why:
                why = owed(pull, last, now) or policies.changed(pull, last)
            if why:
                yield pull, why

    def _given_up(self, pull: OpenPullRequest) -> bool:
        try:
            return self.forge.open(pull.ref).give_up(pull.head, unfinished(pull.base_ref))
        except Unavailable as error:
            if not error.permanent:
                raise
            _log.warning("%s is pending for too long, and that cannot be said: %s", pull.ref, error)
            return False

    def _is_ours(self, said: CommitStatus, repository: RepositoryRef, head: str) -> bool:
        """Say whether we set it: it is a newest word of ours, and no pull request with this head has a worse one."""
        newest = self.looks.said(repository.id, head)
        return said in newest and all(one.state is said.state for one in newest if one.context == said.context)

    def _floor_seen(self, repository: RepositoryRef) -> bool:
        return self.operator_floor is not None or self.looks.floor_seen(repository.installation)


def overdue(pull: OpenPullRequest, now: datetime) -> bool:
    """Say whether its verdict on images has been on its way for too long: whoever judged it is dead."""
    images = contexts(pull.base_ref)[0].lower()
    return any(context == images and now - since > MAX_PENDING for context, since in pull.pending)


def owed(pull: OpenPullRequest, last: LastLook, now: datetime) -> str:
    """Say why a pull request needs a look that its last one does not spare; empty when it does not.

    Whatever is said on it (a review above all) changes `updated_at`; what a look itself says does so, too.
    """
    if pull.head != last.head:
        return "its head moved"
    if pull.base_ref != last.base_ref:
        return "its base branch changed"
    if last.recheck_at is not None and last.recheck_at <= now:
        return "its verdict was good until now"
    if pull.updated_at > last.at + _OWN_WORDS:
        return "something was said on it"
    return "it was not looked at for a day" if now - last.at > A_DAY else ""


def _asked(sweep: Sweep, last: LastLook) -> str:
    if sweep.reach is Reach.ALL:
        return "all are looked at again"
    if sweep.reach is Reach.PEOPLE and last.asks_people:
        return "people, teams or permissions changed"
    return "somebody set a status on its head" if sweep.said is not None else ""


def _within(sweep: Sweep, pulls: Iterable[OpenPullRequest]) -> Iterator[OpenPullRequest]:
    for pull in pulls:
        if sweep.base_ref in {None, pull.base_ref} and sweep.head in {None, pull.head}:
            yield pull


class _Policies:
    """Which texts judge on each base branch now; read once a branch, and only where its tip moved."""

    def __init__(self, forge: Forge, operator_floor: str | None, *, floor_seen: bool) -> None:
        self._forge = forge
        self._operator_floor = operator_floor
        self._floor_known = True if floor_seen else None
        self._states: dict[str, str] = {}

    def unseen(self, pull: OpenPullRequest) -> str:
        """Say why a pull request without a record needs a look: where nothing judges, it needs none."""
        return "it was never looked at" if pull.has_policy or self._has_floor(pull) else ""

    def changed(self, pull: OpenPullRequest, last: LastLook) -> str:
        """Say whether other texts judge now than at the last look; empty when they do not."""
        if pull.base_tip == last.base_tip and not self._has_floor(pull):
            return ""
        try:
            state = self._state(pull)
        except Unavailable as error:
            if not error.permanent:
                raise
            return "its policy cannot be read"
        return "" if state == last.policy_state else "the policy changed"

    def _has_floor(self, pull: OpenPullRequest) -> bool:
        """Say whether a floor judges here: one was seen before, or there is one now, maybe the first."""
        if self._floor_known is None:
            self._floor_known = self._forge.open(pull.ref).floor().state is FloorState.PRESENT
        return self._floor_known

    def _state(self, pull: OpenPullRequest) -> str:
        if pull.base_tip not in self._states:
            page = self._forge.open(pull.ref)
            known = Known(page.floor(), operator_floor=self._operator_floor)
            files = read_policy_files(page, Range(pull.base_tip, pull.base_tip, ()), known)
            self._states[pull.base_tip] = files.state
        return self._states[pull.base_tip]
