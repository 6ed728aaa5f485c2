"""One budget for all workers, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.adapters.pacing import Limits, Share, WriteBudget, prepare_budget
from app.core.errors import NotYet, Unavailable
from tests.adapters.conftest import Database

TEN = Limits(10, 100)


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    url: str
    clock: Clock
    opened: list[WriteBudget]

    def budget(self, limits: Limits | None = TEN) -> WriteBudget:
        """A budget as another process opens it."""
        self.opened.append(WriteBudget(self.url, limits, self.clock))
        return self.opened[-1]


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    url = database()
    prepare_budget(url)
    world = World(url, Clock(), [])
    yield world
    for budget in world.opened:
        budget.close()


def granted(budget: WriteBudget, installation: int = 1, share: Share = Share.BAD_NEWS) -> bool:
    try:
        return budget.book(installation, share) >= 0
    except NotYet:
        return False


def test_two_processes_share_one_budget(world: World) -> None:
    budgets = (world.budget(), world.budget())
    count = 0
    for _ in range(200):
        count += sum(granted(budget) for budget in budgets)
        world.clock.now += 0.1
    assert count == 9


def test_at_once_many_workers_take_no_more_than_there_is(world: World) -> None:
    budgets = [world.budget(Limits(1000, 20)) for _ in range(4)]
    start = threading.Barrier(8)

    def work(number: int) -> int:
        start.wait()
        return sum(granted(budgets[number % 4]) for _ in range(10))

    # Half of the hour is used after ten; from then on a second lies between two, and two seconds may be booked ahead.
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 12


def test_each_installation_has_its_own(world: World) -> None:
    budget = world.budget(Limits(1, 1))
    assert [granted(budget, number) for number in (1, 1, 2)] == [True, False, True]


def test_a_pause_that_one_process_was_told_holds_for_the_others(world: World) -> None:
    world.budget().pause(1, 90)
    with pytest.raises(NotYet) as raised:
        world.budget().book(1, Share.BAD_NEWS)
    assert raised.value.retry_after == pytest.approx(90)


def test_a_pause_holds_back_reads_where_it_is_known(world: World) -> None:
    budget = world.budget()
    budget.pause(1, 90)
    with pytest.raises(NotYet):
        budget.check(1)


def test_a_pause_ends(world: World) -> None:
    budget = world.budget()
    budget.pause(1, 90)
    world.clock.now += 91
    budget.check(1)
    assert granted(budget)


def test_a_look_is_told_its_turn_by_any_process(world: World) -> None:
    first = world.budget(Limits(4, 100))
    for _ in range(3):
        first.book(1, Share.STATUS)
        world.clock.now += 2
    with pytest.raises(NotYet):
        world.budget(Limits(4, 100)).admit(1, promised=None)


def test_a_look_begins_where_there_is_room(world: World) -> None:
    world.budget().admit(1, promised=None)


def test_making_the_table_twice_does_nothing(world: World) -> None:
    budget = world.budget(Limits(1, 1))
    granted(budget)
    prepare_budget(world.url)
    assert not granted(budget)


def test_it_is_told_how_much_is_left(database: Database) -> None:
    url, told = database(), list[tuple[int, float]]()
    prepare_budget(url)
    budget = WriteBudget(url, Limits(10, 100), Clock(), lambda *one: told.append(one))
    budget.book(1, Share.STATUS)
    budget.close()
    assert told == [(1, 0.9)]


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[WriteBudget]:
    """A budget whose database has no table."""
    prepare_budget(f"sqlite:///{tmp_path}/other.db")
    budget = WriteBudget(f"sqlite:///{tmp_path}/gone.db")
    yield budget
    budget.close()


def test_without_its_database_good_news_waits(gone: WriteBudget) -> None:
    with pytest.raises(Unavailable):
        gone.book(1, Share.STATUS)


def test_without_its_database_bad_news_is_still_told(gone: WriteBudget) -> None:
    assert gone.book(1, Share.BAD_NEWS) == 0.0


def test_without_its_database_a_pause_holds_in_this_process(gone: WriteBudget) -> None:
    gone.pause(1, 60)
    with pytest.raises(NotYet):
        gone.book(1, Share.BAD_NEWS)
