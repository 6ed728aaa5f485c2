"""Work that comes in all at once is spread over time, each installation's for itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.adapters.work_queue import Work, WorkInbox, prepare
from app.adapters.work_queue.entrance import BURST, Entrance
from app.core.errors import Unavailable
from tests.adapters.conftest import Database
from tests.serving import ref


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_in_at_once() -> None:
    entrance = Entrance(Clock())
    assert {entrance.wait(1) for _ in range(BURST)} == {0.0}


def test_what_follows_a_burst_comes_in_second_by_second() -> None:
    entrance = Entrance(Clock())
    waits = [entrance.wait(1) for _ in range(BURST + 5)]
    assert waits[-4:] == pytest.approx([1.0, 2.0, 3.0, 4.0])


def test_another_installation_does_not_wait_for_it() -> None:
    entrance = Entrance(Clock())
    for _ in range(300):
        entrance.wait(1)
    assert entrance.wait(2) == 0.0


def test_time_makes_room_again() -> None:
    clock = Clock()
    entrance = Entrance(clock)
    for _ in range(BURST + 10):
        entrance.wait(1)
    clock.now += 60
    assert entrance.wait(1) == 0.0


def test_installations_of_long_ago_are_forgotten() -> None:
    clock = Clock()
    entrance = Entrance(clock)
    for number in range(10_002):
        entrance.wait(number)
    clock.now += 60
    entrance.wait(1)
    assert len(entrance._filled) == 1


def test_spread_work_waits_in_the_queue_and_what_somebody_asked_for_does_not(database: Database) -> None:
    url = database()
    prepare(url)
    entrance = Entrance(Clock())
    for _ in range(BURST + 3600):
        entrance.wait(ref(1).installation)  # so much came in before that what comes now waits an hour
    inbox = WorkInbox(url, entrance=entrance)
    inbox.put(Work(ref(1), "opened", "guid-1"))
    inbox.put(Work(ref(2), "recheck", "asked", "dana"))
    waiting = [kept.work.ref.number for kept in inbox.waiting()]
    inbox.close()
    assert waiting == [1]


def test_a_database_without_tables_is_not_ready(database: Database) -> None:
    inbox = WorkInbox(database())
    with pytest.raises(Unavailable):
        inbox.check()
    inbox.close()


def test_a_database_with_tables_is_ready(database: Database) -> None:
    url = database()
    prepare(url)
    inbox = WorkInbox(url)
    inbox.check()
    inbox.close()
