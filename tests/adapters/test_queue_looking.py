"""What pages see of the queue, on both databases, run for real."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.work_queue import Done, Work, WorkInbox, WorkQueue, prepare
from app.adapters.work_queue.keeping import Pace
from app.adapters.work_queue.looking import OVER_ALL, Line, Looking
from app.core.errors import Unavailable
from app.core.sweep import Reach, RepositoryRef, Sweep
from tests.adapters.conftest import Database
from tests.serving import eventually, ref

HERE = RepositoryRef(1, 7, "acme", "gitops")


@dataclasses.dataclass
class Stand:
    """A queue, what pages see of it, and a worker that crashes on every look but those that it may hold."""

    inbox: WorkInbox
    looking: Looking
    begun: threading.Event
    go: threading.Event

    def put(self, number: int, delay: float | None = None) -> None:
        work = Work(ref(number), "pull_request.opened", f"guid-{number}")
        if delay is None:
            self.inbox.put(work)
        else:
            self.inbox.put_again(f"again-{number}", work, delay=delay)


def _numbers(lines: tuple[Line, ...]) -> list[int]:
    return [line.work.ref.number for line in lines if line.work is not None]


@pytest.fixture(scope="module")
def stand(database: Database) -> Iterator[Stand]:
    url = database()
    prepare(url)
    opened = Stand(WorkInbox(url), Looking(url), threading.Event(), threading.Event())
    yield opened
    opened.inbox.close()
    opened.looking.close()


@pytest.fixture(scope="module")
def working(database: Database) -> Iterator[Stand]:
    url = database()
    prepare(url)
    opened = Stand(WorkInbox(url), Looking(url), threading.Event(), threading.Event())

    def handle(work: Work) -> Done:
        if work.ref.number == 1:
            raise ValueError
        opened.begun.set()
        assert opened.go.wait(60)
        return Done()

    stop = threading.Event()
    pace = Pace(poll=0.05, beat=0.1)
    worker = threading.Thread(target=lambda: WorkQueue(url, "here", handle, lambda _s, _n: 0).run(stop, pace))
    worker.start()
    yield opened
    opened.go.set()
    stop.set()
    worker.join(60)
    opened.inbox.close()
    opened.looking.close()


def test_what_could_run_is_ready(stand: Stand) -> None:
    stand.put(3)
    assert _numbers(stand.looking.queue().ready) == [3]


def test_what_waits_for_its_time_says_when_it_is_due(stand: Stand) -> None:
    stand.put(4, delay=600)
    (line,) = stand.looking.queue().delayed
    assert line.due is not None
    assert line.since is not None
    assert line.due > line.since


def test_nothing_was_given_up_where_nothing_ran(stand: Stand) -> None:
    queue = stand.looking.queue()
    assert (queue.given_up, queue.running, queue.more) == ((), (), frozenset())


def test_without_sweeps_there_is_no_last_one(stand: Stand) -> None:
    assert stand.looking.last_sweep(HERE) is None


def test_what_runs_says_where(working: Stand) -> None:
    working.put(2)
    assert working.begun.wait(60)
    assert [line.worker for line in working.looking.queue().running if line.work and line.work.ref.number == 2] == [
        "here"
    ]


def test_what_crashed_was_given_up_with_a_reason_and_can_be_run_again(working: Stand) -> None:
    working.put(1)
    eventually(lambda: working.looking.queue().given_up)
    (line,) = working.looking.queue().given_up
    assert (line.work is not None, bool(line.problem), working.inbox.replay(line.name)) == (True, True, True)


@pytest.mark.parametrize("reach", OVER_ALL)
def test_the_last_sweep_over_a_repository_is_known(working: Stand, reach: Reach) -> None:
    there = dataclasses.replace(HERE, id=100 + OVER_ALL.index(reach))
    working.inbox.put_sweep(Sweep(1, there, reach=reach), "timer-1")
    eventually(lambda: working.looking.last_sweep(there))


def test_a_sweep_over_one_branch_is_no_sweep_over_the_repository(working: Stand) -> None:
    there = dataclasses.replace(HERE, id=200)
    working.inbox.put_sweep(Sweep(1, there, base_ref="main"), "push")
    working.inbox.put_sweep(Sweep(1, dataclasses.replace(HERE, id=201)), "timer")
    eventually(lambda: working.looking.last_sweep(dataclasses.replace(HERE, id=201)))
    assert working.looking.last_sweep(there) is None


def test_a_database_that_is_gone_is_unavailable(tmp_path: Path) -> None:
    looking = Looking(f"sqlite:///{tmp_path / 'nothing' / 'here.db'}")
    with pytest.raises(Unavailable):
        looking.queue()
    looking.close()
