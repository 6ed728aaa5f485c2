"""A judgement under way is announced only when it takes long, and never after its end."""

from __future__ import annotations

import contextvars
import threading

import pytest

from app.core.errors import Unavailable
from app.jobs.opening import Opening

NEVER = 3600.0
NAME: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


def test_a_judgement_that_is_over_in_time_is_not_announced() -> None:
    said: list[str] = []
    with Opening(lambda: said.append("pending"), NEVER):
        pass
    assert said == []


def test_a_judgement_that_takes_longer_is_announced_once() -> None:
    said: list[str] = []
    announced = threading.Event()

    def say() -> None:
        said.append("pending")
        announced.set()

    with Opening(say, 0.0):
        assert announced.wait(60)
    assert said == ["pending"]


def test_what_comes_after_never_comes_before_the_end_of_the_announcement() -> None:
    order: list[str] = []
    for number in range(300):
        begun = threading.Event()

        def say(begun: threading.Event = begun) -> None:
            begun.set()
            order.append("pending")

        with Opening(say, 0.0):
            if number % 3 == 0:
                begun.wait(60)  # a third are announced for certain, the others race
        order.append("verdict")
    assert order.count("verdict") == 300
    assert ["pending", "pending"] not in [order[at : at + 2] for at in range(len(order))]
    assert order[-1] == "verdict"


def test_a_crash_of_the_judgement_is_the_callers_and_ends_the_waiting() -> None:
    said: list[str] = []
    with pytest.raises(ValueError, match="bug"), Opening(lambda: said.append("pending"), NEVER):
        raise ValueError("bug")
    assert said == []


def test_that_it_could_not_be_announced_does_not_end_the_judgement() -> None:
    tried = threading.Event()

    def say() -> None:
        tried.set()
        raise Unavailable("GitHub cannot be reached.")

    with Opening(say, 0.0):
        assert tried.wait(60)


def test_the_announcement_is_made_under_the_names_of_the_judgement() -> None:
    seen: list[str] = []
    done = threading.Event()

    def say() -> None:
        seen.append(NAME.get())
        done.set()

    token = NAME.set("acme/gitops")
    with Opening(say, 0.0):
        assert done.wait(60)
    NAME.reset(token)
    assert seen == ["acme/gitops"]
