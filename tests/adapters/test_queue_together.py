"""What is asked for at the same moment is done in one go, each thing once, and each asker hears what became of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.adapters.work_queue import Work, WorkInbox, prepare
from app.adapters.work_queue.together import Together
from tests.serving import eventually, ref


def test_what_is_asked_for_is_done_when_it_returns() -> None:
    done: list[int] = []
    Together[int](done.extend).ask(7)
    assert done == [7]


def test_what_comes_during_a_go_is_done_in_the_next_one() -> None:
    go, begun, goes = threading.Event(), threading.Event(), list[list[int]]()

    def do(batch: Sequence[int]) -> None:
        goes.append(list(batch))
        begun.set()
        assert go.wait(60)

    together = Together(do)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(together.ask, 0)]
        assert begun.wait(60)
        asked += [pool.submit(together.ask, number) for number in (1, 2, 3)]
        eventually(lambda: len(together._waiting) == 3)
        go.set()
        for one in asked:
            one.result()
    assert [sorted(batch) for batch in goes] == [[0], [1, 2, 3]]


def test_each_asker_of_a_go_that_failed_is_told_so_and_no_other() -> None:
    def do(batch: Sequence[int]) -> None:
        if 1 in batch:
            raise KeyError(1)

    together = Together(do)
    with pytest.raises(KeyError):
        together.ask(1)
    together.ask(2)


def test_deliveries_that_come_at_once_are_all_stored(database_url: str) -> None:
    prepare(database_url)
    inbox = WorkInbox(database_url)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: inbox.put(Work(ref(1 + number), "pull_request.opened", "guid")), range(60)))
    stored = inbox.queued("7#")
    inbox.close()
    assert len(stored) == 60
