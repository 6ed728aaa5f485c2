"""What pages show of the queue: how much waits, runs and was given up, and when a sweep last went over something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from dbos import WorkflowStatus as Row
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import open_engine
from app.adapters.work_queue.inbox import GIVEN_UP, WORKFLOW
from app.adapters.work_queue.items import Wire, Work, work_of
from app.adapters.work_queue.opened import Opened
from app.adapters.work_queue.sweeps import SWEEP, sweep_prefix
from app.core.errors import Unavailable
from app.core.sweep import Reach, RepositoryRef, Sweep

LISTED: Final = 200
"""Rows of one kind that are shown; beyond them it is only said that there are more."""

OVER_ALL: Final = (Reach.OWED, Reach.NEW, Reach.PEOPLE, Reach.ALL)
"""What goes over every open pull request of a repository."""

_PATIENCE: Final = 5.0
_DIED: Final = "its worker died each time it was tried"


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of work: `name` is what it is replayed by, `since` when it came to this state, `due` when it begins.

    `work` is `None` where the row cannot be read any more. `problem` is why it was given up.
    """

    name: str
    work: Work | None
    since: datetime | None
    due: datetime | None = None
    problem: str = ""
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """The work that is not over, oldest first; each part holds `LISTED` at most, `more` names those with more."""

    ready: tuple[Line, ...]
    delayed: tuple[Line, ...]
    running: tuple[Line, ...]
    given_up: tuple[Line, ...]
    more: frozenset[str]


class Looking:
    """Reads the queue. Connects on first use; share one object a process."""

    def __init__(self, url: str) -> None:
        """Remember the database; `prepare` must have run."""
        self._opened = Opened(open_engine(url, patience=_PATIENCE, size=3))

    def queue(self) -> Queue:
        """Return what is not over; raises `Unavailable`."""
        parts = {
            "ready": self._rows(["ENQUEUED"]),
            "delayed": self._rows(["DELAYED"]),
            "running": self._rows(["PENDING"]),
            "given_up": self._rows(list(GIVEN_UP)),
        }
        lines = {name: tuple(_line(row) for row in rows[:LISTED]) for name, rows in parts.items()}
        more = frozenset(name for name, rows in parts.items() if len(rows) > LISTED)
        return Queue(lines["ready"], lines["delayed"], lines["running"], lines["given_up"], more)

    def last_sweep(self, repository: RepositoryRef) -> datetime | None:
        """Return when a sweep over all of a repository last ended, `None` for none lately; raises `Unavailable`."""
        sweeps = (Sweep(repository.installation, repository, reach=reach) for reach in OVER_ALL)
        rows = self._rows(["SUCCESS"], kind=SWEEP, prefix=[sweep_prefix(one) for one in sweeps])
        ended = [row.completed_at for row in rows if row.completed_at is not None and row.output != "superseded"]
        return _moment(max(ended, default=None))

    def close(self) -> None:
        """Let go of every connection."""
        self._opened.close()

    def _rows(self, status: Sequence[str], *, kind: str = WORKFLOW, prefix: list[str] | None = None) -> list[Row]:
        # The newest sweeps say when the last one was; of work, what waits longest is shown.
        newest = kind == SWEEP
        try:
            return self._opened.client().list_workflows(
                status=list(status), name=kind, workflow_id_prefix=prefix, limit=LISTED + 1, sort_desc=newest
            )
        except SQLAlchemyError as error:
            raise Unavailable("the queue does not answer") from error


def _line(row: Row) -> Line:
    arguments = (row.input or {"args": ()})["args"]
    try:
        work = work_of(cast("Wire", arguments[0]))  # rows of this queue are written by the inbox alone
    except (KeyError, IndexError, TypeError):
        work = None
    problem = _DIED if row.error is None else str(row.error) or "it failed, and did not say why"
    return Line(
        name=row.workflow_id,
        work=work,
        since=_moment(row.updated_at or row.created_at),
        due=_moment(row.delay_until_epoch_ms),
        problem=problem if row.status in GIVEN_UP else "",
        worker=row.executor_id or "" if row.status == "PENDING" else "",
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
