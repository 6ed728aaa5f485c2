"""What a look ended in, as the queue records it between two of its steps."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from app.adapters.work_queue.items import LONGEST_ASKED, Work, wait
from app.core.errors import NotYet, Unavailable

SOONEST = 1.0
"""Seconds that work waits at least that is put back."""


class Answer(TypedDict):
    """What a look ended in, as it is recorded.

    `early`: it was not its turn yet, which is no failed try. `unasked`: nobody was asked whether it is, for there was
    no place to run it.
    """

    over: bool
    looked: bool
    wait: float
    reason: str
    early: NotRequired[bool]
    unasked: NotRequired[bool]


def next_attempt(attempt: int, answer: Answer) -> int:
    """Count the look that ended; one that only comes later is counted once, however often that happens."""
    return max(attempt, 1) if answer.get("early") else attempt + 1


def no_place(work: Work, reason: str, seconds: float) -> Answer:
    """Put work back before anybody was asked about it."""
    return {**later(work, NotYet(reason, retry_after=seconds)), "unasked": True}


def later(work: Work, error: Unavailable) -> Answer:
    """Put work back whose turn comes later."""
    seconds = min(max(error.retry_after or 0.0, SOONEST), LONGEST_ASKED)
    return Answer(over=False, looked=work.recheck_by is None, wait=seconds, reason=error.sentence, early=True)


def again(work: Work, reason: str, asked: float | None, *, looked: bool) -> Answer:
    """Put work back that did not come to an end."""
    return Answer(over=False, looked=looked, wait=wait(work.attempt + 1, asked), reason=reason)
