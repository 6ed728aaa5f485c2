"""The durable queue, run for real in this process on both databases: order, superseding, waits, given-up work."""

from __future__ import annotations

import dataclasses
import queue
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.adapters.database import is_sqlite, open_engine
from app.adapters.work_queue import Again, Done, Work, WorkInbox, WorkQueue, prepare
from app.adapters.work_queue.fairness import SHARE
from app.adapters.work_queue.identity import only_one
from app.adapters.work_queue.keeping import Pace, forget
from app.adapters.work_queue.queue import ATTEMPTS
from app.adapters.work_queue.sweeps import sweep_of, sweep_wire
from app.core.errors import Moved, NotYet, Unavailable
from app.core.pull_request import CommitStatus, StatusState
from app.core.sweep import Reach, RepositoryRef, Sweep
from tests.adapters.conftest import Database
from tests.serving import eventually, free_port, ref

LOOK = "pull_request.synchronize"
Answer = Callable[[Work], Done | Again]


@dataclass
class Running:
    """A queue at work: what it looks at is put into `looks`, and answered by what the test set for the number."""

    url: str
    inbox: WorkInbox
    engine: Engine
    answers: dict[int, Answer] = field(default_factory=dict)
    looks: dict[int, queue.Queue[Work]] = field(default_factory=dict)
    swept: list[tuple[Sweep, str]] = field(default_factory=list)
    hold: dict[int | None, threading.Event] = field(default_factory=dict)
    failures: dict[int | None, list[Unavailable]] = field(default_factory=dict)
    last: int = 0

    def number(self, answer: Answer = lambda _work: Done()) -> int:
        """A pull request that no other test uses."""
        self.last += 1
        self.looks[self.last] = queue.Queue()
        self.answers[self.last] = answer
        return self.last

    def handle(self, work: Work) -> Done | Again:
        self.looks[work.ref.number].put(work)
        return self.answers[work.ref.number](work)

    def sweep(self, sweep: Sweep, name: str) -> int:
        self.swept.append((sweep, name))
        if sweep.installation in self.hold:
            assert self.hold[sweep.installation].wait(60)
        if self.failures.get(sweep.installation):
            raise self.failures[sweep.installation].pop(0)
        return 0

    def put(self, number: int, delivery: str, by: str | None = None) -> None:
        self.inbox.put(Work(ref(number), LOOK, delivery, by))

    def look(self, number: int) -> Work:
        """The next look at a pull request."""
        return self.looks[number].get(timeout=60)

    def waiting(self, number: int) -> list[Work]:
        return [kept.work for kept in self.inbox.waiting() if kept.work.ref.number == number]

    def idle(self, number: int) -> bool:
        """Nothing of this pull request is queued or running."""
        return self.count(number, "ENQUEUED", "PENDING") == 0

    def change(self, number: int, what: str) -> None:
        """Leave a row as a worker that died left it."""
        with self.engine.begin() as connection:
            query = f"UPDATE {self.table} SET {what} WHERE workflow_uuid LIKE :name"  # noqa: S608
            connection.execute(text(query), {"name": f"7#{number}/%"})

    def change_one(self, name: str, what: str) -> None:
        with self.engine.begin() as connection:
            query = f"UPDATE {self.table} SET {what} WHERE workflow_uuid = :name"  # noqa: S608
            connection.execute(text(query), {"name": name})

    @property
    def table(self) -> str:
        return "workflow_status" if is_sqlite(self.url) else "dbos.workflow_status"

    def count(self, number: int, *states: str) -> int:
        query = f"SELECT count(*) FROM {self.table} WHERE workflow_uuid LIKE :name AND status IN {(*states, '')}"  # noqa: S608
        with self.engine.connect() as connection:
            return int(connection.execute(text(query), {"name": f"7#{number}/%"}).scalar_one())


def held(go: threading.Event) -> Answer:
    """A look that ends once it may."""

    def answer(_work: Work) -> Done | Again:
        assert go.wait(60)
        return Done()

    return answer


@pytest.fixture(scope="module")
def running(database: Database) -> Iterator[Running]:
    url = database()
    prepare(url)
    state = Running(url, WorkInbox(url), open_engine(url, patience=5, size=1))
    stop = threading.Event()
    worker = threading.Thread(
        target=lambda: WorkQueue(url, "here", state.handle, state.sweep).run(stop, Pace(poll=0.05, beat=0.1))
    )
    worker.start()
    yield state
    stop.set()
    worker.join(60)
    state.inbox.close()
    state.engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/assay.db"


def test_work_is_looked_at_with_all_that_was_put_in(running: Running) -> None:
    number = running.number()
    running.put(number, "guid", by="alice")
    assert running.look(number) == Work(ref(number), LOOK, "guid", "alice")


def test_at_182_a_delivery_that_comes_twice_is_looked_at_once(running: Running) -> None:
    number = running.number()
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.idle(number))
    running.put(number, "guid")
    running.put(number, "guid")
    assert running.count(number, "ENQUEUED", "PENDING", "SUCCESS") == 1


def test_at_113_deliveries_that_arrive_during_a_look_are_one_more_look(running: Running) -> None:
    go = threading.Event()
    number = running.number(held(go))
    running.put(number, "first")
    running.look(number)
    for delivery in ("a", "b", "c", "d", "e"):
        running.put(number, delivery)
    go.set()
    running.look(number)
    eventually(lambda: running.idle(number))
    assert running.looks[number].empty()


def test_two_looks_at_one_pull_request_never_overlap(running: Running) -> None:
    go = threading.Event()
    number = running.number(held(go))
    other = running.number()
    running.put(number, "first")
    running.look(number)
    running.put(number, "second")
    running.put(other, "third")
    running.look(other)
    overlapped = not running.looks[number].empty()
    go.set()
    running.look(number)
    assert not overlapped


def test_a_recheck_does_not_make_a_queued_look_needless(running: Running) -> None:
    go = threading.Event()
    number = running.number(held(go))
    running.put(number, "first")
    running.look(number)
    running.put(number, "push")
    running.put(number, "comment", by="stranger")
    go.set()
    assert {running.look(number).delivery, running.look(number).delivery} == {"push", "comment"}


def test_at_166_rechecks_that_one_person_asks_for_in_a_row_are_one_look(running: Running) -> None:
    go = threading.Event()
    number = running.number(held(go))
    running.put(number, "first")
    running.look(number)
    for comment in ("a", "b", "c"):
        running.put(number, comment, by="dana")
    running.put(number, "d", by="stranger")
    go.set()
    eventually(lambda: running.idle(number))
    assert [running.look(number).delivery, running.look(number).delivery] == ["c", "d"]
    assert running.looks[number].empty()


def test_an_incomplete_look_waits_and_looks_again(running: Running) -> None:
    number = running.number(lambda work: Again(0, "the registry is down") if work.attempt == 0 else Done())
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.waiting(number))
    running.inbox.requeue_waiting()
    assert running.look(number).attempt == 1


def test_what_waits_is_one_look_a_pull_request(running: Running) -> None:
    number = running.number(lambda _work: Again(0, "the registry is down"))
    for delivery in ("a", "b"):
        running.put(number, delivery)
        running.look(number)
        eventually(lambda: running.idle(number))
    assert [work.delivery for work in running.waiting(number)] == ["b"]


def test_a_new_delivery_supersedes_the_look_that_waits(running: Running) -> None:
    number = running.number(lambda work: Again(0, "the registry is down") if work.delivery == "a" else Done())
    running.put(number, "a")
    eventually(lambda: running.waiting(number))
    running.put(number, "b")
    eventually(lambda: not running.waiting(number))
    assert running.count(number, "CANCELLED") == 1


def test_a_recheck_that_nobody_granted_leaves_the_waiting_look(running: Running) -> None:
    number = running.number(lambda work: Done() if work.recheck_by else Again(0, "the registry is down"))
    running.put(number, "a")
    eventually(lambda: running.waiting(number))
    running.put(number, "comment", by="stranger")
    running.look(number)
    running.look(number)
    eventually(lambda: running.idle(number))
    assert [work.delivery for work in running.waiting(number)] == ["a"]


def test_a_recheck_that_could_not_be_decided_is_decided_again(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        raise Unavailable("GitHub does not answer")

    number = running.number(answer)
    running.put(number, "comment", by="alice")
    eventually(lambda: running.waiting(number))
    assert [work.recheck_by for work in running.waiting(number)] == ["alice"]


def test_unavailable_and_moved_are_tried_again(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        raise Moved("the head moved")

    number = running.number(answer)
    running.put(number, "guid")
    # Without anybody's help: what moved is looked at again after two seconds.
    assert [running.look(number).attempt, running.look(number).attempt] == [0, 1]


def test_a_crash_is_kept_and_can_be_replayed(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        raise KeyError(work.delivery)

    number = running.number(answer)
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.idle(number))
    (kept,) = [kept for kept in running.inbox.given_up() if kept.work.ref.number == number]
    running.answers[number] = lambda _work: Done()
    assert running.inbox.replay(kept.identifier)
    assert running.look(number) == kept.work
    eventually(lambda: running.idle(number))
    assert not [kept for kept in running.inbox.given_up() if kept.work.ref.number == number]


def test_of_two_that_replay_the_same_work_at_once_one_does(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        raise KeyError(work.delivery)

    number = running.number(answer)
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.idle(number))
    running.answers[number] = lambda _work: Done()
    with ThreadPoolExecutor(4) as pool:
        replayed = list(pool.map(lambda _: running.inbox.replay(f"7#{number}/look/guid"), range(4)))
    eventually(lambda: running.idle(number))
    assert (sum(replayed), running.looks[number].qsize()) == (1, 1)


SWEEP = Sweep(
    5,
    RepositoryRef(5, 7, "acme", "gitops"),
    Reach.PEOPLE,
    "main",
    "a" * 40,
    CommitStatus("assay/images: main", StatusState.SUCCESS, "fine"),
)


def test_a_sweep_is_done_with_all_that_was_put_in(running: Running) -> None:
    running.inbox.put_sweep(SWEEP, "guid")
    eventually(lambda: (SWEEP, "guid") in running.swept)


def test_at_182_a_delivery_that_comes_twice_is_one_sweep(running: Running) -> None:
    running.inbox.put_sweep(Sweep(6), "twice")
    eventually(lambda: (Sweep(6), "twice") in running.swept)
    running.inbox.put_sweep(Sweep(6), "twice")
    running.inbox.put_sweep(Sweep(6), "last")
    eventually(lambda: (Sweep(6), "last") in running.swept)
    assert running.swept.count((Sweep(6), "twice")) == 1


def test_sweeps_over_the_same_that_wait_are_one(running: Running) -> None:
    go = threading.Event()
    running.hold[7] = go
    running.inbox.put_sweep(Sweep(7), "first")
    eventually(lambda: (Sweep(7), "first") in running.swept)
    for name in ("a", "b", "c"):
        running.inbox.put_sweep(Sweep(7), name)
    go.set()
    eventually(lambda: running.inbox.queued("sweep/", "sweep") == ())
    running.inbox.put_sweep(Sweep(7, reach=Reach.ALL), "end")
    eventually(lambda: (Sweep(7, reach=Reach.ALL), "end") in running.swept)
    assert len([name for sweep, name in running.swept if sweep == Sweep(7)]) == 2


def test_a_sweep_that_cannot_be_done_now_is_tried_again(running: Running) -> None:
    running.failures[8] = [Unavailable("GitHub does not answer"), Unavailable("not installed", permanent=True)]
    running.inbox.put_sweep(Sweep(8), "guid")
    eventually(lambda: running.swept.count((Sweep(8), "guid")) == 2)
    assert running.failures[8] == []


def test_sweeps_of_the_same_installation_do_not_wait_for_one_that_github_does_not_answer(running: Running) -> None:
    running.failures[9] = [Unavailable("GitHub limits how fast", retry_after=3600.0)]
    running.inbox.put_sweep(Sweep(9), "limited")
    eventually(lambda: (Sweep(9), "limited") in running.swept)
    running.inbox.put_sweep(Sweep(9, reach=Reach.ALL), "next")
    eventually(lambda: (Sweep(9, reach=Reach.ALL), "next") in running.swept)
    assert running.swept.count((Sweep(9), "limited")) == 1


def test_a_sweep_begins_when_it_may(running: Running) -> None:
    running.inbox.put_sweep(Sweep(10, after=3600.0), "later")
    running.inbox.put_sweep(Sweep(10), "now")
    eventually(lambda: (Sweep(10), "now") in running.swept)
    assert (Sweep(10), "later") not in running.swept


def test_a_sweep_that_an_older_version_put_in_is_read() -> None:
    written = sweep_wire(SWEEP, "guid")
    del written["default_branch"]
    assert sweep_of(written) == dataclasses.replace(SWEEP, default_branch=True)


def test_looks_that_wait_are_counted_up_to_what_is_asked(database_url: str) -> None:
    prepare(database_url)
    inbox = WorkInbox(database_url)
    inbox.put(Work(ref(1), LOOK, "one"))
    inbox.put_sweep(Sweep(), "one")
    crowded = [inbox.is_crowded(count) for count in (1, 2)]
    inbox.close()
    assert crowded == [True, False]


@pytest.mark.parametrize(
    ("sweep", "wide"),
    [
        (dataclasses.replace(SWEEP, base_ref=None, head=None), True),
        (dataclasses.replace(SWEEP, base_ref=None), False),
        (dataclasses.replace(SWEEP, head=None), False),
        (Sweep(5), False),
        (Sweep(), False),
    ],
)
def test_what_leads_to_a_look_at_a_whole_repository_waits_for_others(sweep: Sweep, *, wide: bool) -> None:
    assert sweep.is_wide is wide


def test_a_delivery_that_is_delivered_again_after_a_crash_is_looked_at_again(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        raise KeyError(work.delivery)

    number = running.number(answer)
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.idle(number))
    running.answers[number] = lambda _work: Done()
    running.put(number, "guid")
    assert running.look(number).delivery == "guid"


def test_work_that_never_comes_to_an_end_is_given_up(running: Running) -> None:
    number = running.number(lambda _work: Again(0, "the registry is down"))
    last = Work(ref(number), LOOK, "guid", attempt=ATTEMPTS - 1)
    running.inbox.put_again(f"7#{number}/again/guid/last", last, delay=0)
    running.look(number)
    eventually(lambda: running.idle(number))
    (kept,) = [kept for kept in running.inbox.given_up() if kept.work.ref.number == number]
    assert (kept.work, kept.problem, running.waiting(number)) == (last, "the registry is down", [])


def test_the_next_look_goes_on_after_a_crash(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        if work.delivery == "bad":
            raise KeyError(work.delivery)
        return Done()

    number = running.number(answer)
    running.put(number, "bad")
    running.look(number)
    running.put(number, "good")
    assert running.look(number).delivery == "good"


def test_what_was_not_given_up_is_not_replayed(running: Running) -> None:
    assert not running.inbox.replay("7#0/look/none")


def left(running: Running, worker: str, deaths: int = 1) -> int:
    """Work that a worker was doing when it ended."""
    number = running.number()
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.idle(number))
    running.change(number, f"status = 'PENDING', executor_id = '{worker}', recovery_attempts = {deaths}")
    return number


def test_a_long_look_of_a_living_worker_is_left_to_it(running: Running) -> None:
    go = threading.Event()
    number = running.number(held(go))
    running.put(number, "guid")
    running.look(number)
    # Everything that nobody does is taken up meanwhile.
    for worker in ("gone", "here"):
        other = left(running, worker)
        eventually(lambda other=other: running.idle(other))
    repeated = not running.looks[number].empty()
    go.set()
    eventually(lambda: running.idle(number))
    assert (repeated, running.looks[number].empty()) == (False, True)


def test_what_a_worker_left_that_is_gone_is_taken_up_by_another(running: Running) -> None:
    number = left(running, "gone")
    eventually(lambda: running.idle(number))
    assert running.count(number, "SUCCESS") == 1


def test_what_was_claimed_and_never_begun_is_taken_up(running: Running) -> None:
    number = left(running, "here")
    eventually(lambda: running.idle(number))
    assert running.count(number, "SUCCESS") == 1


def test_what_a_worker_does_that_is_at_work_is_left_to_it(running: Running) -> None:
    with only_one(running.url, "other"):
        theirs = left(running, "other")
        nobodys = left(running, "gone")
        eventually(lambda: running.idle(nobodys))
        kept = running.count(theirs, "PENDING")
    eventually(lambda: running.idle(theirs))
    assert kept == 1


def test_of_two_looks_at_one_pull_request_that_were_claimed_at_once_one_is_the_second(running: Running) -> None:
    number = running.number()
    for delivery in ("a", "b"):
        running.put(number, delivery)
        running.look(number)
        eventually(lambda: running.idle(number))
    names = [f"7#{number}/look/{delivery}" for delivery in ("a", "b")]
    with only_one(running.url, "other"):
        running.change(number, "status = 'PENDING', executor_id = 'other', started_at_epoch_ms = 1")
        both = [running.inbox.is_second(name) for name in names]
        running.change_one(names[0], "status = 'SUCCESS'")
        alone = running.inbox.is_second(names[1])
        running.change_one(names[1], "status = 'SUCCESS'")
    assert (both, alone) == ([False, True], False)


def test_a_job_that_has_killed_many_workers_is_given_up(running: Running) -> None:
    number = left(running, "gone", deaths=6)
    eventually(lambda: running.idle(number))
    assert running.count(number, "MAX_RECOVERY_ATTEMPTS_EXCEEDED") == 1


def test_work_that_ended_long_ago_is_forgotten(running: Running) -> None:
    number = running.number()
    running.put(number, "guid")
    running.look(number)
    eventually(lambda: running.idle(number))
    before = forget(running.inbox.client, datetime.now(UTC) + timedelta(days=7))  # noqa: TID251  likewise
    after = forget(running.inbox.client, datetime.now(UTC) + timedelta(days=9))  # noqa: TID251  likewise
    assert (before, after >= 1, running.count(number, "SUCCESS")) == (0, True, 0)


def test_a_locked_database_is_unavailable_within_the_patience(url: str) -> None:
    prepare(url)
    inbox = WorkInbox(url, patience=0.1)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            inbox.put(Work(ref(1), LOOK, "guid"))
        other.execute("ROLLBACK")
    inbox.put(Work(ref(1), LOOK, "guid"))
    inbox.close()


def test_a_database_without_tables_is_unavailable(url: str, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    inbox = WorkInbox(url)
    with pytest.raises(Unavailable):
        inbox.put(Work(ref(1), LOOK, "guid"))
    inbox.close()


def test_a_missing_database_does_not_answer(url: str) -> None:
    inbox = WorkInbox(url)
    with pytest.raises(Unavailable):
        inbox.check()
    inbox.close()


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        prepare(f"postgresql://assay@127.0.0.1:{free_port()}/assay")


def test_the_database_file_and_its_logs_are_private(url: str, tmp_path: Path) -> None:
    prepare(url)
    inbox = WorkInbox(url)
    inbox.put(Work(ref(1), LOOK, "guid"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "var").iterdir()}
    inbox.close()
    assert modes == {0o600}


def test_a_database_file_that_others_may_read_is_made_private(url: str, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    file = tmp_path / "var" / "assay.db"
    file.touch(mode=0o644)
    prepare(url)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_said_with_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="ASSAY_DATABASE_URL"):
        prepare(f"sqlite:///{tmp_path}/file/assay.db")


def test_write_ahead_logging_stays_with_the_file(url: str) -> None:
    prepare(url)
    prepare(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_old_sqlite_gets_the_clock_that_a_newer_python_asks_of_it(url: str) -> None:
    """A file made under Python 3.12 has this default, which is NULL before SQLite 3.42."""
    prepare(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'strftime(''%s'',''now'')', 'unixepoch(''subsec'')')"
        )
        connection.commit()
    inbox = WorkInbox(url)
    inbox.put(Work(ref(1), LOOK, "guid"))
    inbox.close()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        kind, moment = connection.execute("SELECT typeof(created_at), created_at FROM workflow_status").fetchone()
    assert (kind, moment > 1_700_000_000_000) == ("integer", True)


def test_a_look_whose_turn_comes_later_waits_that_long_and_is_no_failed_try(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        if len(seen) < 2:
            seen.append(work.attempt)
            raise NotYet("later", retry_after=0.01)
        return Done()

    seen = list[int]()
    number = running.number(answer)
    running.put(number, "early")
    for _ in range(3):
        last = running.look(number)
    assert (seen, last.attempt) == ([0, 1], 1)


def test_a_newer_look_takes_the_turn_of_the_one_that_waits(running: Running) -> None:
    def answer(work: Work) -> Done | Again:
        if work.delivery == "last":
            return Done()
        raise NotYet("later", retry_after=7000 if work.turn is None else work.turn - began)

    number, began = running.number(answer), time.time()
    for delivery in ("first", "second"):
        running.put(number, delivery)
        running.look(number)
        eventually(lambda: running.idle(number))
    (waits,) = running.waiting(number)
    running.put(number, "last")
    given = running.look(number).turn or 0.0
    assert (waits.delivery, waits.turn) == ("second", pytest.approx(began + 7000, abs=60))
    assert given == pytest.approx(began + 7000, abs=60)


def test_a_look_that_comes_of_age_behind_a_newer_one_leaves_it_its_turn(running: Running) -> None:
    go = threading.Event()

    def answer(work: Work) -> Done | Again:
        if work.delivery == "first":
            raise NotYet("later", retry_after=7000)
        return held(go)(work)

    number, began = running.number(answer), time.time()
    running.put(number, "first")
    running.look(number)
    eventually(lambda: running.waiting(number))
    # Whoever asks in a comment leaves what waits as it is.
    running.put(number, "busy", by="dana")
    running.look(number)
    running.inbox.requeue_waiting()
    running.put(number, "newer")
    go.set()
    assert running.look(number).turn == pytest.approx(began + 7000, abs=60)


def test_what_finds_no_place_keeps_the_turn_of_what_waits(running: Running) -> None:
    go, others, began = threading.Event(), [], time.time()
    for _ in range(SHARE):
        others.append(running.number(held(go)))
        running.put(others[-1], "long")
        running.look(others[-1])
    number = running.number()
    waits = Work(ref(number), LOOK, "first", attempt=1, turn=began + 7000)
    running.inbox.put_again(f"7#{number}/again/first/1/x", waits, delay=7000)
    running.put(number, "second")
    eventually(lambda: running.count(number, "CANCELLED"))
    go.set()
    assert running.look(number).turn == began + 7000


def test_a_look_whose_turn_comes_in_hours_waits_for_hours(running: Running) -> None:
    def answer(_work: Work) -> Done | Again:
        raise NotYet("later", retry_after=7000)

    number = running.number(answer)
    running.put(number, "late")
    running.look(number)
    eventually(lambda: running.waiting(number))
    assert [work.attempt for work in running.waiting(number)] == [1]
