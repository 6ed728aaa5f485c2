"""Nobody waits for a call longer than he may, and nothing piles up behind calls that do not end."""

from __future__ import annotations

import threading

import pytest

from app.adapters.database import Deadline
from app.core.errors import Unavailable
from tests.serving import eventually


def raises(error: Exception) -> None:
    raise error


def test_a_call_in_time_returns_what_it_returns() -> None:
    assert Deadline(60, 1).of(lambda: 7) == 7


def test_a_call_that_raises_raises_where_it_is_waited_for() -> None:
    with pytest.raises(KeyError):
        Deadline(60, 1).of(lambda: raises(KeyError("x")))


def test_a_call_that_does_not_end_is_unavailable() -> None:
    go = threading.Event()
    with pytest.raises(Unavailable):
        Deadline(0.05, 1).of(go.wait)
    go.set()


def test_while_calls_do_not_end_no_more_are_begun() -> None:
    go, begun = threading.Event(), []
    deadline = Deadline(0.05, 2)
    for _ in range(4):
        with pytest.raises(Unavailable):
            deadline.of(lambda: (begun.append(1), go.wait()))
    eventually(lambda: len(begun) == 2)
    go.set()
    assert len(begun) == 2


def test_once_they_end_calls_are_begun_again() -> None:
    go = threading.Event()
    deadline = Deadline(0.05, 1)
    with pytest.raises(Unavailable):
        deadline.of(go.wait)
    go.set()

    def answered() -> bool:
        try:
            return deadline.of(lambda: True)
        except Unavailable:
            return False

    eventually(answered)
