"""A database that is gone, frozen or full: nothing is taken that is not stored, and nothing is stored by half."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from app.adapters.database import open_engine
from app.adapters.ledger import DatabaseLedger, prepare_ledger
from app.adapters.work_queue import Work, WorkInbox, prepare
from app.adapters.work_queue.identity import only_one
from app.core.errors import Unavailable
from app.core.sweep import Sweep
from tests.fakes.postgres import PostgresServer
from tests.serving import eventually, ref

LOOK = "pull_request.synchronize"
PATIENCE = 1.0
ROOMY = 30.0
"""For a file that nobody locks: what is refused is refused at once."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of our own, which may be stopped."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def url(server: PostgresServer) -> str:
    url = server.database()
    prepare_ledger(url)
    prepare(url)
    return url


@pytest.fixture
def inbox(url: str) -> Iterator[WorkInbox]:
    """An inbox that has connections already."""
    opened = WorkInbox(url, patience=PATIENCE)
    opened.put(Work(ref(9), LOOK, "before"))
    yield opened
    opened.close()


def stored(url: str) -> list[str]:
    """Every row of work, whole ones only: each has its input beside it."""
    engine = open_engine(url, patience=5, size=1)
    table = "dbos.workflow_status" if url.startswith("postgresql") else "workflow_status"
    with engine.connect() as connection:
        names = connection.execute(text(f"SELECT workflow_uuid FROM {table} ORDER BY 1")).scalars().all()  # noqa: S608
    engine.dispose()
    return list(names)


def takes(inbox: WorkInbox, work: Work) -> bool:
    try:
        inbox.put(work)
    except Unavailable:
        return False
    return True


def test_a_server_that_was_stopped_takes_work_again_once_it_is_back(server: PostgresServer, inbox: WorkInbox) -> None:
    server.stop()
    try:
        refused = not takes(inbox, Work(ref(1), LOOK, "guid"))
    finally:
        server.start()
    eventually(lambda: takes(inbox, Work(ref(1), LOOK, "guid")))
    assert refused


def test_a_server_that_is_frozen_is_waited_for_no_longer_than_the_deadline(
    server: PostgresServer, inbox: WorkInbox
) -> None:
    server.freeze()
    try:
        began = time.monotonic()
        for ask in (
            inbox.check,
            lambda: inbox.put(Work(ref(1), LOOK, "guid")),
            lambda: inbox.put_sweep(Sweep(1), "guid"),
        ):
            with pytest.raises(Unavailable):
                ask()
        seconds = time.monotonic() - began
    finally:
        server.thaw()
    assert seconds < 3 * PATIENCE * 1.5 + 20


def test_what_a_frozen_server_stores_late_is_stored_once(server: PostgresServer, inbox: WorkInbox, url: str) -> None:
    server.freeze()
    try:
        refused = not takes(inbox, Work(ref(1), LOOK, "guid"))
    finally:
        server.thaw()
    eventually(lambda: takes(inbox, Work(ref(1), LOOK, "guid")))
    assert (refused, stored(url)) == (True, ["7#1/look/guid", "7#9/look/before"])


def test_a_ledger_goes_on_after_its_server_was_restarted(server: PostgresServer, url: str) -> None:
    ledger = DatabaseLedger(url)
    before = ledger.judged(1)
    server.stop()
    server.start()
    assert ledger.judged(1) == before
    ledger.close()


@contextmanager
def pages(count: int) -> Iterator[None]:
    """Let no SQLite file that is opened meanwhile grow beyond so many pages."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute(f"PRAGMA max_page_count={count}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_a_full_disk_takes_nothing_and_leaves_nothing_by_half(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare(url)
    taken = 0
    with pages(1):  # no file gets smaller by this: it may not grow any more
        inbox = WorkInbox(url, patience=ROOMY)
        while takes(inbox, Work(ref(taken + 1), LOOK, "x" * 80)):
            taken += 1
        inbox.close()
    assert stored(url) == sorted(f"7#{number + 1}/look/{'x' * 80}" for number in range(taken))


def test_who_could_store_nothing_a_moment_ago_is_not_ready(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare(url)
    with pages(1):
        inbox = WorkInbox(url, patience=ROOMY)
        inbox.check()
        while takes(inbox, Work(ref(1), LOOK, str(time.monotonic_ns()))):
            pass
        with pytest.raises(Unavailable):
            inbox.check()
        inbox.close()


def test_once_there_is_room_again_work_is_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare(url)
    with pages(1):
        inbox = WorkInbox(url, patience=ROOMY)
        for number in range(1000):
            if not takes(inbox, Work(ref(number + 1), LOOK, "guid")):
                break
        inbox.close()
    inbox = WorkInbox(url, patience=ROOMY)
    assert takes(inbox, Work(ref(number + 1), LOOK, "guid"))
    inbox.close()


def test_a_worker_holds_its_id_again_after_a_restart_of_the_server(server: PostgresServer, url: str) -> None:
    with only_one(url, "first") as first, only_one(url, "second") as second:
        server.stop()
        server.start()
        with second.absent("first") as lost:
            pass
        first.keep()
        second.keep()
        with second.absent("first") as gone:
            assert (lost, gone) == (True, False)


def test_while_the_server_is_gone_a_worker_keeps_its_work(server: PostgresServer, url: str) -> None:
    with only_one(url, "first") as first:
        server.stop()
        try:
            with pytest.raises(Unavailable) as said:
                first.keep()
        finally:
            server.start()
        first.keep()
        assert not said.value.permanent


def test_a_worker_whose_id_another_took_meanwhile_is_told_so_for_good(server: PostgresServer, url: str) -> None:
    with only_one(url, "first") as first:
        server.stop()
        server.start()
        with only_one(url, "first"), pytest.raises(Unavailable, match="ASSAY_WORKER_ID") as said:
            first.keep()
        assert said.value.permanent
