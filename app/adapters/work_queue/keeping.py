"""Housekeeping of the queue's rows, by any worker: what dead workers left is taken up, what is old is forgotten."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from dbos import DBOS

from app.adapters.work_queue.inbox import GIVEN_UP, QUEUE, WORKFLOW
from app.adapters.work_queue.sweeps import SWEEP, SWEEPS

_REAP_AFTER = timedelta(minutes=15)
_KEEP_DONE = timedelta(days=8)
_KEEP_GIVEN_UP = timedelta(days=60)
_PRUNE = 1000

_log = logging.getLogger(__name__)


def reap(now: datetime) -> int:
    """Queue work anew whose worker has been silent too long; say how much.

    A wrong guess costs one repeated step: the library fences off the worker that lost the job.
    """
    before = (now - _REAP_AFTER).isoformat()
    count = 0
    for queue in (QUEUE, SWEEPS):
        rows = DBOS.list_workflows(
            status="PENDING", queue_name=queue, dequeued_before=before, load_input=False, load_output=False
        )
        names = [row.workflow_id for row in rows]
        if names:
            _log.warning("%d jobs of a silent worker are queued anew", len(names))
            DBOS.resume_workflows(names, queue_name=queue)
        count += len(names)
    return count


def forget(now: datetime) -> int:
    """Delete work that ended long ago; say how much. Until then its name keeps a redelivery from running twice."""
    deleted = 0
    ended = ["SUCCESS", "CANCELLED"]
    for kind, status, kept in (
        (WORKFLOW, ended, _KEEP_DONE),
        (WORKFLOW, list(GIVEN_UP), _KEEP_GIVEN_UP),
        (SWEEP, [*ended, *GIVEN_UP], _KEEP_DONE),
    ):
        rows = DBOS.list_workflows(
            status=status,
            name=kind,
            completed_before=(now - kept).isoformat(),
            limit=_PRUNE,
            load_input=False,
            load_output=False,
        )
        if rows:
            DBOS.delete_workflows([row.workflow_id for row in rows])
            deleted += len(rows)
    return deleted
