"""Work in several processes answers as it would in one, in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.adapters.processes import Processes
from app.core.errors import Unavailable


def _double(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def _refuse(number: int) -> int:
    raise ValueError(number)


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


_PAUSING = """
import os, signal, sys
from app.adapters.processes import Processes
def work(number):
    if sys.argv[1] == "busy":
        os.write(1, b"at work\\n")
        signal.pause()
    return number
try:
    for _ in Processes(2).each(work, range(9)):
        os.write(1, b"answered\\n")
        signal.pause()
except KeyboardInterrupt:
    sys.exit(130)
"""


def _ended_by(number: signal.Signals, state: str) -> tuple[int, str]:
    """End a command that has other processes, and wait until the last that could write to its output is gone."""
    command = [sys.executable, "-c", _PAUSING, state]
    piped = subprocess.PIPE
    with subprocess.Popen(command, stdout=piped, stderr=piped, text=True, start_new_session=True) as first:
        assert first.stdout is not None
        for _ in range(2 if state == "busy" else 1):
            first.stdout.readline()
        try:
            (os.killpg if number is signal.SIGINT else os.kill)(first.pid, number)
            _, said = first.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(first.pid, signal.SIGKILL)
            raise
        return first.returncode, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("state", ["busy", "idle"])
def test_no_process_outlives_the_first(number: signal.Signals, state: str) -> None:
    assert _ended_by(number, state) == (-number, "")


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_an_interrupted_command_ends_without_a_word_of_the_others(state: str) -> None:
    assert _ended_by(signal.SIGINT, state) == (130, "")


def test_a_machine_has_at_least_one() -> None:
    assert Processes.of_machine().count >= 1
