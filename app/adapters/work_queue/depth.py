"""How much lies in the queue, and for how long the oldest that could run has waited."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from dbos import WorkflowStatus as Row
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.work_queue.inbox import GIVEN_UP, WORKFLOW, WorkInbox
from app.core.errors import Unavailable

MOST = 5000
"""Rows that are counted of each state: more is not told apart."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Looks that could run, that wait for their time, and that were given up; `oldest` is in seconds."""

    ready: int
    waiting: int
    given_up: int
    oldest: float


def depth(inbox: WorkInbox) -> Depth:
    """Count; raises `Unavailable` when the database does not answer."""
    try:
        ready = _rows(inbox, ["ENQUEUED"])
        waiting, given_up = len(_rows(inbox, ["DELAYED"])), len(_rows(inbox, list(GIVEN_UP)))
    except SQLAlchemyError as error:
        raise Unavailable("the queue does not answer") from error
    # A row that waited for its time is changed when it becomes ready.
    since = [(row.updated_at or row.created_at or 0) / 1000 for row in ready]
    return Depth(len(ready), waiting, given_up, max(0.0, time.time() - min(since)) if since else 0.0)


def _rows(inbox: WorkInbox, states: list[str]) -> Sequence[Row]:
    return inbox.client.list_workflows(status=states, name=WORKFLOW, limit=MOST, load_input=False, load_output=False)
