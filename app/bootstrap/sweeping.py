"""Sweeps wired to the queue: what a sweep finds is put back as work."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.adapters.work_queue import Work
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.sweep import Reach, Sweep
from app.jobs.introduction import Introduction
from app.jobs.merges import MergeJob
from app.jobs.ports import Clock, Forge, Looks, Roster
from app.jobs.sweep import SweepJob

_log = logging.getLogger(__name__)


class Into(Protocol):
    """Where work and sweeps are put; both are on disk when it returns, or it raises `Unavailable`."""

    def put(self, work: Work) -> None:
        """Store a look."""
        ...

    def put_sweep(self, sweep: Sweep, name: str) -> None:
        """Store a sweep."""
        ...

    def drop(self, prefix: str, *, keep: str | None) -> None:
        """Take out all looks not yet begun whose name begins so, but `keep`."""
        ...


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Goes over open pull requests of one GitHub."""

    forge: Forge
    roster: Roster
    looks: Looks
    clock: Clock
    operator_floor: str | None = None
    introduction: Introduction | None = None
    merges: MergeJob | None = None
    forget: Callable[[int], object] | None = None

    def run(self, sweep: Sweep, name: str, into: Into) -> int:
        """Do a sweep; what it puts in carries its name, so that a sweep that is done twice puts it in once."""

        def put(ref: PullRequestRef, why: str) -> None:
            into.put(Work(ref, f"sweep: {why}", name))

        def begin(part: Sweep) -> None:
            place = part.installation if part.repository is None else part.repository.id
            into.put_sweep(part, f"{name}.{place}")

        def drop(repository: int) -> None:
            for mark in ("#", "@"):  # what names of looks begin with: a pull request's, a merge group's
                into.drop(f"{repository}{mark}", keep=None)

        job = SweepJob(
            forge=self.forge,
            roster=self.roster,
            looks=self.looks,
            clock=self.clock,
            put=put,
            begin=begin,
            operator_floor=self.operator_floor,
            drop=drop,
            forget=self.forget,
        )
        if self.introduction is not None:
            self.introduction.run(sweep)
        count = job.run(sweep)
        for ref in self._unrecorded(sweep):
            put(ref, "its merge has no record")
            count += 1
        return count

    def _unrecorded(self, sweep: Sweep) -> Iterable[PullRequestRef]:
        """Return merges without a record; nobody is asked about a repository where nothing was ever judged."""
        place = sweep.repository
        if self.merges is None or place is None or sweep.reach is not Reach.OWED or not sweep.is_wide:
            return ()
        if not (self.looks.looks(place.id) or self.looks.floor_seen(place.installation)):
            return ()
        self.merges.copy_left(place)
        return self.merges.missed(place)


@dataclass(slots=True)
class SweepTimer:
    """Begins a sweep over everything: at the start, and then once an interval whatever number of workers there are."""

    into: Into
    worker_id: str
    interval: float
    started: bool = False

    def begin(self) -> bool:
        """Put it in; false when the database did not take it."""
        seconds = time.time()
        name = f"timer-{int(seconds // self.interval)}" if self.started else f"start-{int(seconds)}-{self.worker_id}"
        try:
            self.into.put_sweep(Sweep(), name[:40])
        except Unavailable as error:
            _log.warning("a sweep could not be begun: %s", error)
            return False
        self.started = True
        return True
