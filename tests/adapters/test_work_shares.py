"""No installation takes every place of a worker."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from app.adapters.work_queue.fairness import Shares


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(shares: Shares, stack: ExitStack, installation: int, *, at_once: bool = False) -> float:
    return stack.enter_context(shares.place(installation, at_once=at_once))


def test_a_look_gets_a_place_while_its_installation_has_not_its_share(clock: Clock) -> None:
    with ExitStack() as stack:
        assert [taken(Shares(4, 2, clock), stack, 1) for _ in range(2)] == [0.0, 0.0]


def test_a_look_beyond_the_share_is_told_when_its_turn_comes(clock: Clock) -> None:
    shares = Shares(4, 2, clock)
    with ExitStack() as stack:
        waits = [taken(shares, stack, 1) for _ in range(4)]
    assert waits == pytest.approx([0.0, 0.0, 0.2, 0.4])


def test_another_installation_finds_a_place_beside_one_that_has_its_share(clock: Clock) -> None:
    shares = Shares(4, 2, clock)
    with ExitStack() as stack:
        for _ in range(10):
            taken(shares, stack, 1)
        assert taken(shares, stack, 2) == 0.0


def test_no_more_run_than_there_are_places(clock: Clock) -> None:
    shares = Shares(2, 2, clock)
    with ExitStack() as stack:
        assert [taken(shares, stack, number) > 0 for number in range(4)] == [False, False, True, True]


def test_who_asked_gets_a_place_in_any_case(clock: Clock) -> None:
    shares = Shares(1, 1, clock)
    with ExitStack() as stack:
        taken(shares, stack, 1)
        assert taken(shares, stack, 1, at_once=True) == 0.0


def test_a_place_is_free_again_when_its_look_ended(clock: Clock) -> None:
    shares = Shares(1, 1, clock)
    with shares.place(1, at_once=False):
        clock.now += 5
    with shares.place(1, at_once=False) as wait:
        assert wait == 0.0


def test_a_place_is_free_again_when_its_look_crashed(clock: Clock) -> None:
    shares = Shares(1, 1, clock)
    with pytest.raises(ZeroDivisionError), shares.place(1, at_once=False):
        raise ZeroDivisionError
    with shares.place(1, at_once=False) as wait:
        assert wait == 0.0


def test_turns_are_as_far_apart_as_looks_have_taken(clock: Clock) -> None:
    shares = Shares(1, 1, clock)
    for _ in range(50):
        with shares.place(1, at_once=False):
            clock.now += 10
    with shares.place(1, at_once=False), shares.place(1, at_once=False) as wait:
        assert 7 < wait < 9


def test_installations_that_are_done_are_forgotten(clock: Clock) -> None:
    shares = Shares(1, 1, clock)
    for number in range(3000):
        with shares.place(number, at_once=False):
            pass
    assert len(shares._uses) <= 1001
