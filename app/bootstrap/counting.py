"""Looks and sweeps as they are counted and measured: what they ended in, and how long they took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from app.adapters.work_queue import Again, Done, Work
from app.bootstrap.watching import Watch
from app.core.errors import Error, Moved, Unavailable
from app.core.sweep import Sweep


def watched_looks(handler: Callable[[Work], Done | Again], watch: Watch) -> Callable[[Work], Done | Again]:
    """Count looks by what they ended in, one span each."""

    def look(work: Work) -> Done | Again:
        kind = _kind(work)
        attributes: Mapping[str, str | int] = {
            "delivery": work.delivery,
            "repository": f"{work.ref.owner}/{work.ref.name}",
            "number": work.ref.number,
        }
        with _counted(kind, None if work.due is None else time.time() - work.due, watch) as outcome:
            with watch.span(kind, **attributes):
                answer = handler(work)
            outcome.append("again" if isinstance(answer, Again) else "done")
            return answer

    return look


def watched_sweeps(sweeper: Callable[[Sweep, str], int], watch: Watch) -> Callable[[Sweep, str], int]:
    """Count sweeps by what they ended in, one span each."""

    def go_over(sweep: Sweep, name: str) -> int:
        with _counted("sweep", None, watch) as outcome, watch.span("sweep", delivery=name):
            count = sweeper(sweep, name)
            outcome.append("done")
            return count

    return go_over


@contextmanager
def _counted(kind: str, waited: float | None, watch: Watch) -> Iterator[list[str]]:
    outcome: list[str] = []
    began = time.monotonic()
    if watch.metrics is not None:
        watch.metrics.began(waited)
    try:
        yield outcome
    except Unavailable as error:
        outcome.append("later" if error.is_early else "unavailable")
        raise
    except Moved:
        outcome.append("moved")
        raise
    except Error:
        outcome.append("crashed")
        raise
    finally:
        if watch.metrics is not None:
            watch.metrics.ended(kind, outcome[-1] if outcome else "crashed", time.monotonic() - began)


def _kind(work: Work) -> str:
    if work.ref.is_group:
        return "merge group"
    if work.command:
        return "command"
    if work.recheck_by is not None:
        return "recheck"
    return "again" if work.attempt else "look"
