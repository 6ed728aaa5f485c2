"""The side of the queue that runs work: one look a pull request at a time, none lost when its process is killed.

One job is three recorded steps; a killed process resumes at the step that it was in:
    1. is a newer look at this pull request queued? then this one is superseded;
    2. the handler looks;
    3. what the look left open is put back with a wait, in place of what waited before.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import open_engine, prepare_file
from app.adapters.work_queue.answers import SOONEST, Answer, again, later, next_attempt, no_place
from app.adapters.work_queue.fairness import SLOTS, Shares
from app.adapters.work_queue.identity import only_one
from app.adapters.work_queue.inbox import QUEUE, WORKFLOW, WorkInbox
from app.adapters.work_queue.items import (
    LONGEST_ASKED,
    Again,
    Done,
    Wire,
    Work,
    again_prefix,
    identifier,
    look_prefix,
    moved_wait,
    recheck_prefix,
    work_of,
)
from app.adapters.work_queue.keeping import PACE, Pace, Reaper, Turn, keep_house
from app.adapters.work_queue.opened import APPLICATION
from app.adapters.work_queue.sweeps import SWEEP, SWEEPS, SweepWire, sweep_of, sweep_prefix
from app.core.errors import Error, Moved, Unavailable
from app.core.sweep import Sweep

STEPS_VERSION = "1"
"""Raise by hand when the steps of a job change their order: rows of another version are left to its workers."""

ATTEMPTS = 48
"""Looks after which work is given up: with waits that end at an hour, two days."""

_PATIENCE = 30.0
_SWEEP_SLOTS = 4
_DEATHS = 5
_OUTAGE_TRIES = 10  # with waits that double from a second: a quarter of an hour
_CROWD = 200
_CROWD_WAIT = 30.0
_SWEEP_ATTEMPTS = 16  # with waits that end at an hour: six hours, and the timer has begun others by then
_DRAIN = 20
_OTHERS = "other looks of this installation go first"

_log = logging.getLogger(__name__)

Handler = Callable[[Work], Done | Again]
"""Looks at one pull request. May raise `Unavailable` or `Moved`, which mean again; anything else gives the work up."""


Sweeper = Callable[[Sweep, str], int]
"""Goes over open pull requests, by the sweep's name; returns how many looks it put in. May raise `Unavailable`."""


def no_sweeps(sweep: Sweep, name: str) -> int:  # noqa: ARG001 - the shape of a sweeper
    """Go over nothing."""
    return 0


class GivenUp(Error):
    """Work was tried as often as it may be; it lies with the given-up work until somebody replays it."""


_BUSY = "another look at it is running"


def prepare(url: str) -> None:
    """Create or migrate the queue's tables. Run before any process that puts work in; safe in several at once.

    Raises `Unavailable` when the database does not answer, a permanent one when its file cannot be made.
    """
    prepare_file(url)
    try:
        DBOS.migrate(url)
    except SQLAlchemyError as error:
        raise Unavailable("the database does not answer, or its tables could not be made") from error


class WorkQueue:
    """Runs work with one handler. One object a process: the library keeps its state in the process."""

    def __init__(self, url: str, worker_id: str, handler: Handler, sweeper: Sweeper = no_sweeps) -> None:
        """Bind what to run; `worker_id` is unique among running workers and the same after a restart.

        A worker that starts takes up at once what the one of the same id left; what any other left that is not running
        any more is taken up within half a minute.
        """
        self._url = url
        self._worker_id = worker_id
        self._handler = handler
        self._sweeper = sweeper
        self._shares = Shares()
        self._inbox = WorkInbox(url, patience=_PATIENCE)

    def run(self, stop: threading.Event, pace: Pace = PACE) -> None:
        """Work until `stop` is set, then finish what is running (twenty seconds at most) and return.

        Raises `Unavailable` when the database cannot be opened, or another worker of the same id is running.
        """
        prepare(self._url)
        # Its own handler would print beside our structured lines; with one present it adds none.
        logging.getLogger("dbos").addHandler(logging.NullHandler())
        # Claims and steps: one that is lost with the machine's power is done again. What was asked for and what was
        # judged is stored by others, who wait for the disk.
        engine = open_engine(self._url, patience=_PATIENCE, size=20, repeats=True)
        config = DBOSConfig(
            name=APPLICATION,
            system_database_url=self._url,
            system_database_engine=engine,
            executor_id=self._worker_id,
            application_version=STEPS_VERSION,
            serializer=DBOSPortableJSONSerializer(),
            max_executor_threads=64,
            run_migrations=False,
            log_level="WARNING",
        )
        try:
            with only_one(self._url, self._worker_id) as identity:
                self._work(config, Reaper(self._worker_id, identity, self._inbox.client), Turn(stop, pace))
        finally:
            self._inbox.close()
            engine.dispose()

    def _work(self, config: DBOSConfig, reaper: Reaper, turn: Turn) -> None:
        DBOS(config=config)
        try:
            self._register_looks(reaper)
            self._register_sweeps(reaper)
            DBOS.launch()
            DBOS.register_queue(
                QUEUE,
                partition_concurrency=1,
                worker_concurrency=SLOTS,
                polling_interval_sec=turn.pace.poll,
                on_conflict="always_update",
            )
            DBOS.register_queue(
                SWEEPS,
                partition_concurrency=1,
                worker_concurrency=_SWEEP_SLOTS,
                polling_interval_sec=turn.pace.poll,
                on_conflict="always_update",
            )
            keep_house(reaper, turn)
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=_DRAIN, destroy_registry=True)

    def _register_looks(self, reaper: Reaper) -> None:
        # Functions, because the library writes its mark on what it decorates, which a bound method cannot carry. The
        # steps around the handler ask the database alone: they outlast an outage of it instead of giving the work up.
        @DBOS.step(retries_allowed=True, max_attempts=_OUTAGE_TRIES)
        def newer(written: Wire) -> bool | str:
            return self._newer(written) or (_BUSY if self._inbox.is_second(str(DBOS.workflow_id)) else False)

        @DBOS.step()
        def attempt(written: Wire) -> Answer:
            return self._attempt(written)

        @DBOS.step(retries_allowed=True, max_attempts=_OUTAGE_TRIES)
        def settle(written: Wire, answer: Answer) -> None:
            self._settle(written, answer)

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_DEATHS)
        def look(written: Wire) -> str:
            with reaper.at_work():
                found = newer(written)
                if found == _BUSY:
                    settle(written, no_place(work_of(written), _BUSY, SOONEST))
                    return _BUSY
                if found:
                    self._pass_on(written, settle)
                    return "superseded"
                answer = attempt(written)
                settle(written, answer)
                if not answer["over"] and next_attempt(written["attempt"], answer) >= ATTEMPTS:
                    raise GivenUp(answer["reason"])
                return answer["reason"]

    def _register_sweeps(self, reaper: Reaper) -> None:
        @DBOS.step(retries_allowed=True, max_attempts=_OUTAGE_TRIES)
        def go_over(written: SweepWire) -> str:
            return self._go_over(written)

        @DBOS.workflow(name=SWEEP, max_recovery_attempts=_DEATHS)
        def sweep(written: SweepWire) -> str:
            with reaper.at_work():
                return go_over(written)

    def _go_over(self, written: SweepWire) -> str:
        """Go over open pull requests, unless the same sweep waits again: that one will see all that this would.

        What GitHub does not answer now is put back with a wait: nobody else's sweeps wait for it.
        """
        found, attempt = sweep_of(written), written.get("attempt", 0)
        if self._inbox.queued(sweep_prefix(found), SWEEP):
            return "superseded"
        if found.is_wide and self._inbox.is_crowded(_CROWD):
            # What somebody has just asked for would wait behind thousands that nobody did.
            self._inbox.put_sweep_again(replace(found, after=_CROWD_WAIT), written)
            return "put off"
        try:
            count = self._sweeper(found, written["name"])
        except Unavailable as error:
            _log.warning("a sweep came to no end: %s", error)
            if error.permanent or attempt >= _SWEEP_ATTEMPTS:
                return "not possible"
            after = max(moved_wait(attempt), min(error.retry_after or 0.0, LONGEST_ASKED))
            self._inbox.put_sweep_again(replace(found, after=after), {**written, "attempt": attempt + 1})
            return "put back"
        _log.info("went over %s: %d", found.key, count)
        return f"{count}"

    def _newer(self, written: Wire) -> bool:
        """Say whether a look at the same pull request is queued: it will see all that this one would.

        For a recheck, another one of the same person will do too; somebody else may have no say.
        """
        work = work_of(written)
        if work.command:
            return False
        own = identifier(work)
        prefixes = [look_prefix(work.ref)]
        if work.recheck_by is not None:
            prefixes.append(recheck_prefix(work.ref, work.recheck_by))
        return any(name != own for prefix in prefixes for name in self._inbox.queued(prefix))

    def _attempt(self, written: Wire) -> Answer:
        work = work_of(written)
        with self._shares.place(work.ref.installation, at_once=work.recheck_by is not None) as seconds:
            if seconds:
                return no_place(work, _OTHERS, seconds)
            return self._looked(work)

    def _pass_on(self, written: Wire, settle: Callable[[Wire, Answer], None]) -> None:
        """Leave the turn of a look that ends here to the newer one, which takes it from what waits."""
        work = work_of(written)
        if work.turn is not None and work.recheck_by is None:
            settle(written, no_place(work, "a newer look takes its turn", SOONEST))

    def _turn(self, work: Work) -> float | None:
        """Return the turn that the pull request has: this look's own, or that of one which waits.

        Whoever is refused takes the place of what waits. Without its turn he would begin at the end of the line, and a
        pull request that is asked about again and again would never come to its front.
        """
        return self._inbox.promised(work.ref) if work.turn is None else work.turn

    def _looked(self, work: Work) -> Answer:
        try:
            answer = self._handler(replace(work, turn=self._turn(work)))
        except Unavailable as error:
            if error.is_early:
                return later(work, error)
            return again(work, error.sentence, error.retry_after, looked=work.recheck_by is None)
        except Moved as error:
            moved = str(error) or "moved"
            return Answer(over=False, looked=work.recheck_by is None, wait=moved_wait(work.attempt), reason=moved)
        match answer:
            case Done():
                return Answer(over=True, looked=work.recheck_by is None, wait=0, reason="done")
            case Again():
                return again(work, answer.reason, answer.after_seconds, looked=True)

    def _settle(self, written: Wire, answer: Answer) -> None:
        """Put back what is open, then drop what waited before: this look saw all that those would have.

        A recheck that ended without a look drops nothing: its asker may have had no say. Done twice (a process killed
        in between) the second time drops what the first put back.
        """
        work = work_of(written)
        name = None
        attempt = next_attempt(work.attempt, answer)
        if not answer["over"] and attempt < ATTEMPTS:
            # A recheck that led to a look is a look from now on; one that did not must be decided first.
            asked = None if answer["looked"] else work.recheck_by
            turn = self._turn(work) if answer.get("unasked") else time.time() + answer["wait"]
            open_work = replace(work, recheck_by=asked, attempt=attempt, turn=turn)
            # Never the name of earlier work: a replayed job would find its old, finished successor.
            name = f"{identifier(open_work)}/{secrets.token_hex(4)}"
            self._inbox.put_again(name, open_work, delay=answer["wait"])
            _log.info("looks again in %.0f s: %s", answer["wait"], answer["reason"])
        if answer["looked"]:
            self._inbox.drop(again_prefix(work.ref), keep=name)
