"""Deliveries survive kill -9 of the worker and of the web process."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from app.adapters.work_queue import Work, WorkInbox, prepare
from tests.serving import answers, child, children, eventually, free_port, kill, lines, post, process, ref

NUMBERS = range(1, 51)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/var/assay.db"


def test_a_worker_killed_amid_fifty_deliveries_loses_none_and_repeats_only_what_it_was_doing(tmp_path: Path) -> None:
    url, log = _url(tmp_path), tmp_path / "log"
    prepare(url)
    inbox = WorkInbox(url)
    for number in NUMBERS:
        inbox.put(Work(ref(number), "pull_request.opened", f"guid-{number}"))
    inbox.close()
    with process("worker", url, log, 20) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == "blocked\n"
        worker.kill()
        worker.wait()
    interrupted = _running(tmp_path / "var" / "assay.db")
    with process("worker", url, log):
        eventually(lambda: len(set(lines(log, "end"))) == len(NUMBERS))
    repeated = {number for number, count in Counter(lines(log, "begin")).items() if count > 1}
    assert set(lines(log, "end")) == set(NUMBERS)
    assert interrupted
    assert repeated <= interrupted


def test_a_web_process_killed_amid_fifty_deliveries_loses_none_that_it_took(tmp_path: Path) -> None:
    url, log, port = _url(tmp_path), tmp_path / "log", free_port()
    half = threading.Barrier(2, timeout=60)
    taken: list[int] = []
    with process("both", url, port, log) as parent:
        eventually(lambda: answers(port))
        web = child(parent.pid, "web")

        def deliver(number: int) -> None:
            if number == 26:
                half.wait()
            # GitHub delivers again, with the same GUID, what was not answered 202.
            eventually(lambda: _taken(port, number))
            taken.append(number)

        with ThreadPoolExecutor(4) as pool:
            deliveries = pool.map(deliver, NUMBERS)
            half.wait()
            kill([*children(web), web])
            assert len(list(deliveries)) == len(NUMBERS)
        eventually(lambda: len(set(lines(log, "end"))) == len(NUMBERS))
    assert sorted(taken) == list(NUMBERS)
    assert sorted(lines(log, "end")) == list(NUMBERS)
    assert parent.returncode == 0


def _running(database: Path) -> set[int]:
    """What the killed worker had begun and not recorded as ended."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT queue_partition_key FROM workflow_status WHERE status = 'PENDING'")
        return {int(key.partition("#")[2]) for (key,) in rows}


def _taken(port: int, number: int) -> bool:
    try:
        return post(port, number, f"guid-{number}") == 202
    except OSError:
        return False


def test_a_worker_asked_to_end_finishes_what_it_is_doing(tmp_path: Path) -> None:
    url, log = _url(tmp_path), tmp_path / "log"
    prepare(url)
    inbox = WorkInbox(url)
    with process("worker", url, log) as worker:
        for number in NUMBERS:
            inbox.put(Work(ref(number), "pull_request.opened", f"guid-{number}"))
        eventually(lambda: lines(log, "end"))
        worker.terminate()
        assert worker.wait(60) == 0
    inbox.close()
    assert sorted(lines(log, "begin")) == sorted(lines(log, "end"))


def test_a_second_worker_of_the_same_id_does_not_start(tmp_path: Path) -> None:
    url, log = _url(tmp_path), tmp_path / "log"
    prepare(url)
    inbox = WorkInbox(url)
    inbox.put(Work(ref(1), "pull_request.opened", "guid"))
    with process("worker", url, log):
        eventually(lambda: lines(log, "end"))
        with process("worker", url, log) as second:
            assert second.wait(90) != 0
    inbox.close()
