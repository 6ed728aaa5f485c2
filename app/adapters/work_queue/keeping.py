"""Housekeeping of the queue's rows, by any worker: what dead workers left is taken up, what is old is forgotten."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dbos import DBOS, DBOSClient, WorkflowStatus
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.work_queue.identity import Identity
from app.adapters.work_queue.inbox import GIVEN_UP, QUEUE, WORKFLOW
from app.adapters.work_queue.sweeps import SWEEP, SWEEPS
from app.core.errors import Unavailable

LOOKS = 4
"""Looks in a row that must find the same before anything is taken up.

A database that restarts lets go of the ids of living workers, who hold them again within one beat.
"""

IDLE_LOOKS = 24
"""Looks in a row for a job of our own: on a machine that is very slow some time lies between claim and beginning."""

_ROUND = 60.0
_KEEP_DONE = timedelta(days=8)
_KEEP_GIVEN_UP = timedelta(days=60)
_PRUNE = 1000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two looks for work (`poll`), and between two looks for work that nobody is doing (`beat`).

    After a `gap` between two of the latter that no busy machine explains (a database that did not answer, a machine
    that slept) what was seen before says nothing any more.
    """

    poll: float = 0.2
    beat: float = 5.0
    gap: float = 15.0


PACE = Pace()


@dataclass(frozen=True, slots=True)
class Turn:
    """How long to work, and how fast."""

    stop: threading.Event
    pace: Pace


class Reaper:
    """Takes up jobs that nobody is doing, however long those take that somebody does.

    A wrong guess costs one repeated step: the library fences off the worker that lost the job.
    """

    def __init__(self, worker_id: str, identity: Identity, client: DBOSClient) -> None:
        """Remember who we are; `identity` tells who else is at work.

        `client` must not wait while the database is gone: that we are at work must be said as soon as it is back.
        """
        self.client = client
        self._worker_id = worker_id
        self._identity = identity
        self._lock = threading.Lock()
        self._running = Counter[str]()
        self._idle = Counter[str]()
        self._absent = Counter[str]()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Mark the job of this thread as being done here."""
        name = str(DBOS.workflow_id)
        with self._lock:
            self._running[name] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1
                self._running += Counter()  # drops what is zero

    def look(self) -> int:
        """Look once, take up what is due, say how much it was. Raises `Unavailable`, and begins to count anew then."""
        try:
            self._identity.keep()
            jobs = [job for queue in (QUEUE, SWEEPS) for job in self._begun(queue)]
            return self._take_own(jobs) + self._take_others(jobs)
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        """Begin to count anew: between the last look and the next one anything may have happened."""
        self._idle.clear()
        self._absent.clear()

    def _take_own(self, jobs: Sequence[WorkflowStatus]) -> int:
        """Queue anew what is ours by its row and not by what we do: its claim was stored, and its answer lost."""
        with self._lock:
            idle = {job.workflow_id for job in jobs if job.executor_id == self._worker_id} - set(self._running)
        due = _counted(self._idle, idle, IDLE_LOOKS)
        for job in jobs:
            if job.workflow_id in due:
                _log.warning("a job that was claimed and never begun is queued anew")
                self.client.resume_workflows([job.workflow_id], queue_name=job.queue_name)
        return len(due)

    def _take_others(self, jobs: Sequence[WorkflowStatus]) -> int:
        """Queue anew what workers left that are not at work; each death of a worker counts against its jobs."""
        count = 0
        absent = set[str]()
        for worker in sorted({job.executor_id or "" for job in jobs} - {self._worker_id}):
            with self._identity.absent(worker) as gone:
                if not gone:
                    continue
                absent.add(worker)
                if self._absent[worker] + 1 >= LOOKS:
                    # Not public, and the only way that neither forgets how many workers a job has killed nor takes
                    # one that its worker has begun again meanwhile.
                    taken = len(DBOS._recover_pending_workflows([worker]))  # noqa: SLF001
                    if taken:
                        _log.warning("%d jobs of the worker %s, which is gone, are queued anew", taken, worker)
                    count += taken
        _counted(self._absent, absent, LOOKS)
        return count

    def _begun(self, queue: str) -> Sequence[WorkflowStatus]:
        return self.client.list_workflows(status="PENDING", queue_name=queue, load_input=False, load_output=False)


def keep_house(reaper: Reaper, turn: Turn) -> None:
    """Hold our id, take up what dead workers left, forget what is old, until `stop`.

    Raises `Unavailable` (permanent) when another process has our id now.
    """
    pruned = looked = time.monotonic()
    while not turn.stop.wait(turn.pace.beat):
        began = time.monotonic()
        if began - looked > turn.pace.gap:
            reaper.forget()
        looked = began
        try:
            reaper.look()
            if began - pruned >= _ROUND:
                pruned = began
                forget(reaper.client, datetime.fromtimestamp(time.time(), UTC))
        except Unavailable as error:
            if error.permanent:
                raise
            _log.warning("housekeeping waits: %s", error)
        except SQLAlchemyError as error:
            _log.warning("housekeeping waits: the database answered %s", type(error).__name__)


def _counted(counts: Counter[str], found: set[str], enough: int) -> set[str]:
    """Count what was found in a row; return what was found often enough, whose count begins anew."""
    for name in set(counts) - found:
        del counts[name]
    counts.update(found)
    due = {name for name, count in counts.items() if count >= enough}
    for name in due:
        del counts[name]
    return due


def forget(client: DBOSClient, now: datetime) -> int:
    """Delete work that ended long ago; say how much. Until then its name keeps a redelivery from running twice."""
    deleted = 0
    ended = ["SUCCESS", "CANCELLED"]
    for kind, status, kept in (
        (WORKFLOW, ended, _KEEP_DONE),
        (WORKFLOW, list(GIVEN_UP), _KEEP_GIVEN_UP),
        (SWEEP, [*ended, *GIVEN_UP], _KEEP_DONE),
    ):
        rows = client.list_workflows(
            status=status,
            name=kind,
            completed_before=(now - kept).isoformat(),
            limit=_PRUNE,
            load_input=False,
            load_output=False,
        )
        if rows:
            client.delete_workflows([row.workflow_id for row in rows])
            deleted += len(rows)
    return deleted
