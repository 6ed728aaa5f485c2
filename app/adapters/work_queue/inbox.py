"""The side of the queue that puts work in and looks at what waits; it runs nothing."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from dbos import DBOSClient, EnqueueOptions
from dbos import WorkflowStatus as Row
from dbos import error as dbos_errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import Deadline, begin_write, is_sqlite, open_engine
from app.adapters.work_queue.entrance import Entrance
from app.adapters.work_queue.items import Kept, Wire, Work, again_prefix, identifier, safe, wire, work_of
from app.adapters.work_queue.opened import Opened
from app.adapters.work_queue.sweeps import SWEEP, SWEEPS, SweepWire, partition, sweep_prefix, sweep_wire
from app.adapters.work_queue.together import Together
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.sweep import Sweep

QUEUE = "pull-requests"
WORKFLOW = "look"
GIVEN_UP = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

_PATIENCE = 5.0  # GitHub waits ten seconds for an answer
_CONNECTIONS = 8
_REMEMBERED = 15.0  # seconds
_EPOCH = 1_767_225_600  # 2026-01-01; ticks of 0.1 s then last until 2032, after which the row's time alone decides
_LAST_TICK = 2**31 - 1
_PAGE = 1000


class WorkInbox:
    """Puts work in durably. Connects on first use, one object a process, shared by its threads."""

    def __init__(
        self,
        url: str,
        *,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.time,
        entrance: Entrance | None = None,
    ) -> None:
        """Remember the database; `patience` bounds the seconds that a locked one is waited for.

        Whatever else holds it up, to store something takes at most half as long again. `entrance` spreads over time
        what one installation puts in at once; without it all is queued at once.
        """
        self._engine = open_engine(url, patience=patience, size=_CONNECTIONS)
        self._patience = patience
        self._together = Together(self._put)
        self._deadline = Deadline(patience * 1.5, _CONNECTIONS)
        # The table of the queue that its library documents for queries.
        table = "workflow_status" if is_sqlite(url) else "dbos.workflow_status"
        self._known = text(f"SELECT status FROM {table} WHERE workflow_uuid = :name")  # noqa: S608  one of two words
        self._clock = clock
        self._entrance = entrance
        self._refused: float | None = None
        self._opened = Opened(self._engine)

    def put(self, work: Work) -> None:
        """Store work; it is on disk when this returns, and the same delivery for the same pull request is kept once.

        Somebody who delivers it again wants work that was given up to be tried again. Raises `Unavailable` when the
        database is full, locked, missing or down: do not say then that it was taken.
        """
        self._stored(lambda: self._together.ask(work))

    def put_sweep(self, sweep: Sweep, name: str) -> None:
        """Store a sweep; it is on disk when this returns, and one `name` over the same pull requests is kept once.

        Raises `Unavailable` as `put` does.
        """
        identity = f"{sweep_prefix(sweep)}{safe(name)}"
        self._stored(lambda: self._store_sweep(sweep, identity, sweep_wire(sweep, name)))

    def put_sweep_again(self, sweep: Sweep, written: SweepWire) -> None:
        """Store a sweep anew that could not be done, under its name; raises `Unavailable` as `put` does."""
        # Never the row of before, which has ended. Two of a process that was killed in between wait as one.
        self._store_sweep(sweep, f"{sweep_prefix(sweep)}{safe(written['name'])}/{secrets.token_hex(4)}", written)

    def put_again(self, name: str, work: Work, *, delay: float) -> None:
        """Store work that becomes due in `delay` seconds; raises `Unavailable` as `put` does."""
        options = self._options(name, work)
        options["delay_seconds"] = delay
        self._enqueue(options, self._due(work, delay))

    def check(self) -> None:
        """Raise `Unavailable` when the database does not answer, lacks its tables, or just now took nothing."""
        refused = self._refused
        if refused is not None and time.monotonic() - refused < _REMEMBERED:
            # A full disk can be read. Who is not ready is sent nothing, so it must not last: only a try tells of room.
            raise Unavailable("the last work could not be stored")
        self._deadline.of(self._is_there)

    def waiting(self) -> tuple[Kept, ...]:
        """Return the work that waits for its time, oldest first (a thousand at most)."""
        return tuple(_kept(row) for row in self._rows(["DELAYED"]))

    def requeue_waiting(self) -> int:
        """Make all work due that waits for its time (credentials changed, a process started); say how much it was."""
        rows = self._rows(["DELAYED"], whole=False)
        for row in rows:
            self.client.set_workflow_delay(row.workflow_id, delay_seconds=0)
        return len(rows)

    def given_up(self) -> tuple[Kept, ...]:
        """Return the work that crashed, killed its worker, or was tried for two days, oldest first."""
        return tuple(_kept(row) for row in self._rows(list(GIVEN_UP)))

    def replay(self, name: str) -> bool:
        """Run work again that was given up; false when there is no such work, or somebody else just did so.

        It begins anew, and ends at once where a newer look at the same pull request waits already.
        """
        rows = self.client.list_workflows(
            workflow_ids=[name], name=WORKFLOW, status=list(GIVEN_UP), load_input=False, load_output=False
        )
        if not rows:
            return False
        key = rows[0].queue_partition_key
        try:
            self.client.rewind_workflow(name, start_step=1, queue_name=QUEUE, queue_partition_key=key)
        except dbos_errors.DBOSException:
            return False  # it is no more what it was a moment ago
        return True

    def queued(self, prefix: str, kind: str = WORKFLOW) -> tuple[str, ...]:
        """Return the names of work that begin so and could run at once."""
        return tuple(row.workflow_id for row in self._rows(["ENQUEUED"], prefix=prefix, whole=False, kind=kind))

    def promised(self, ref: PullRequestRef) -> float | None:
        """Return the earliest turn of the looks at a pull request that wait, `None` without one; `Unavailable`."""
        try:
            rows = self._rows(["ENQUEUED", "DELAYED"], prefix=again_prefix(ref))
        except SQLAlchemyError as error:
            raise Unavailable("the queue does not answer") from error
        turns = (_kept(row).work.turn for row in rows)
        return min((turn for turn in turns if turn is not None), default=None)

    def is_second(self, name: str) -> bool:
        """Say whether work of this name runs beside other work on the same pull request, which began before it.

        The queue picks the first of a pull request and claims it a moment later: where an earlier one has come of age
        and was claimed by another worker in between, both run.
        """
        rows = self.client.list_workflows(
            status=["PENDING"],
            name=WORKFLOW,
            workflow_id_prefix=f"{name.partition('/')[0]}/",
            load_input=False,
            load_output=False,
        )
        began = {row.workflow_id: (row.dequeued_at or 0, row.workflow_id) for row in rows}
        return name in began and min(began.values()) < began[name]

    def is_crowded(self, looks: int) -> bool:
        """Say whether at least so many looks could run at once and do not yet."""
        rows = self.client.list_workflows(
            status=["ENQUEUED"], name=WORKFLOW, limit=looks, load_input=False, load_output=False
        )
        return len(rows) >= looks

    def drop(self, prefix: str, *, keep: str | None) -> None:
        """Take out of the queue all work not yet begun whose name begins so, but `keep`."""
        rows = self._rows(["ENQUEUED", "DELAYED"], prefix=prefix, whole=False)
        names = [row.workflow_id for row in rows if row.workflow_id != keep]
        if names:
            self.client.cancel_workflows(names)

    def close(self) -> None:
        """Let go of every connection."""
        self._deadline.rest()
        self._opened.close()

    @property
    def client(self) -> DBOSClient:
        """The library's client, for this folder alone."""
        return self._opened.client()

    def _stored(self, store: Callable[[], None]) -> None:
        """Store within the deadline, and remember whether that succeeded."""
        try:
            self._deadline.of(store)
        except Unavailable:
            self._refused = time.monotonic()
            raise
        self._refused = None

    def _is_there(self) -> None:
        try:
            with self._engine.connect() as connection:
                connection.execute(self._known, {"name": ""}).scalar()
        except SQLAlchemyError as error:
            raise Unavailable("the database does not answer, or lacks its tables") from error

    def _put(self, works: Sequence[Work]) -> None:
        """Store what is new, replay what was given up, leave the rest alone: for most one visit to the database."""
        given_up = []
        try:
            with self._engine.begin() as connection:
                for work in works:
                    name = identifier(work)
                    status = connection.execute(self._known, {"name": name}).scalar()
                    if status is None:
                        begin_write(connection, self._patience)
                        self._put_new(connection, name, work)
                    elif status in GIVEN_UP:
                        given_up.append(name)
            for name in given_up:
                self.replay(name)
        except SQLAlchemyError as error:
            raise Unavailable("the work could not be stored") from error

    def _put_new(self, connection: Connection, name: str, work: Work) -> None:
        delay = self._delay(work)
        options = self._options(name, work)
        if delay:
            options["delay_seconds"] = delay
        self.client.enqueue_in_transaction(connection, options, self._due(work, delay))

    def _delay(self, work: Work) -> float:
        if self._entrance is None or work.recheck_by is not None:
            return 0.0  # somebody waits for an answer
        return self._entrance.wait(work.ref.installation)

    def _options(self, name: str, work: Work) -> EnqueueOptions:
        return EnqueueOptions(
            queue_name=QUEUE,
            workflow_name=WORKFLOW,
            workflow_id=name,
            queue_partition_key=work.ref.key,
            priority=self._tick(),
        )

    def _due(self, work: Work, delay: float = 0.0) -> Wire:
        return wire(replace(work, due=self._clock() + delay))

    def _store_sweep(self, sweep: Sweep, identity: str, written: SweepWire) -> None:
        options = EnqueueOptions(
            queue_name=SWEEPS,
            workflow_name=SWEEP,
            workflow_id=identity,
            queue_partition_key=partition(sweep),
            priority=self._tick(),
        )
        if sweep.after:
            options["delay_seconds"] = sweep.after
        self._enqueue(options, written)

    def _enqueue(self, options: EnqueueOptions, written: Wire | SweepWire) -> None:
        try:
            # The library's own enqueue waits for ever on a locked SQLite file, whatever it is told about retries; in
            # a transaction of ours it does not retry, and the lock is waited for as long as the engine's patience.
            with self._engine.begin() as connection:
                begin_write(connection, self._patience)
                self.client.enqueue_in_transaction(connection, options, written)
        except SQLAlchemyError as error:
            raise Unavailable("the work could not be stored") from error

    def _tick(self) -> int:
        """Order within a pull request: old SQLite keeps whole seconds only, so that a row's time does not order it."""
        return min(max(int((self._clock() - _EPOCH) * 10), 1), _LAST_TICK)

    def _rows(
        self, status: Sequence[str], *, prefix: str | None = None, whole: bool = True, kind: str = WORKFLOW
    ) -> list[Row]:
        return self.client.list_workflows(
            status=list(status),
            name=kind,
            workflow_id_prefix=prefix,
            limit=_PAGE if whole else None,  # a list of names is not shown to anybody, and must be complete
            load_input=whole,
            load_output=whole,
        )


def _kept(row: Row) -> Kept:
    """Read a row of the library; the problem's text is what the worker wrote, public by its making."""
    arguments = (row.input or {"args": ()})["args"]
    work = work_of(cast("Wire", arguments[0]))  # rows of this queue are written here alone
    problem = "" if row.status == "DELAYED" else "its worker died each time it was tried"
    return Kept(row.workflow_id, work, str(row.error) if row.error is not None else problem)
