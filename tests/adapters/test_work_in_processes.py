"""Work in several processes answers as it would in one, in order."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest

from app.adapters.processes import Processes
from app.core.errors import Unavailable


def _double(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def _refuse(number: int) -> int:
    raise ValueError(number)


def _threshold(_number: int) -> int:
    return gc.get_threshold()[0]


def _die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("count", [1, 2, 3])
def test_answers_come_in_order(count: int) -> None:
    assert [answer for answer, _ in Processes(count).each(_double, range(20))] == list(range(0, 40, 2))


def test_one_process_is_this_one() -> None:
    assert {pid for _, pid in Processes(1).each(_double, range(5))} == {os.getpid()}


def test_a_single_part_is_done_here() -> None:
    assert {pid for _, pid in Processes(4).each(_double, [1])} == {os.getpid()}


def test_several_parts_are_done_elsewhere() -> None:
    assert os.getpid() not in {pid for _, pid in Processes(2).each(_double, range(5))}


def test_other_processes_look_for_rings_of_objects_seldom_and_this_one_as_ever() -> None:
    ours = gc.get_threshold()[0]
    assert all(theirs > ours for theirs in Processes(2).each(_threshold, range(3)))
    assert (gc.get_threshold()[0], gc.get_freeze_count()) == (ours, 0)


def test_nothing_is_nothing() -> None:
    assert list(Processes(2).each(_double, [])) == []


def test_only_a_few_parts_are_under_way() -> None:
    taken: list[int] = []

    def parts() -> Iterator[int]:
        for number in range(1_000):
            taken.append(number)
            yield number

    answers = Processes(2).each(_double, parts())
    next(answers)
    answers.close()  # type: ignore[attr-defined]  # a generator
    assert len(taken) < 20


def test_what_goes_wrong_elsewhere_is_raised_here() -> None:
    with pytest.raises(ValueError, match="0"):
        list(Processes(2).each(_refuse, range(3)))


def test_a_process_that_is_killed_is_no_answer() -> None:
    with pytest.raises(Unavailable, match="ended from outside"):
        list(Processes(2).each(_die, range(3)))


def test_a_machine_has_at_least_one() -> None:
    assert Processes.of_machine().count >= 1
