"""A look that hangs ends its worker, which begins anew; nobody waits for it for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from app.adapters.work_queue import Done, Work, WorkInbox, prepare
from app.settings import SettingsError, read
from app.worker import Overdue
from tests.serving import ROOT, ref

WORK = Work(ref(3), "pull_request.opened", "guid")


class Watched:
    """A look that hangs until the test ends, and what was said and ended meanwhile."""

    def __init__(self, seconds: float = -1.0, show: Callable[[Work], None] | None = None, grace: float = 5) -> None:
        self.go, self.begun = threading.Event(), threading.Event()
        self.shown: list[Work] = []
        self.ended: list[str] = []
        self.overdue = Overdue(seconds, show or self.shown.append, lambda: self.ended.append("ended"), grace)
        self.thread = threading.Thread(target=lambda: self.overdue.watched(self.look)(WORK))

    def __enter__(self) -> Self:
        self.thread.start()
        assert self.begun.wait(30)
        return self

    def __exit__(self, *_error: object) -> None:
        self.go.set()
        self.thread.join(30)

    def look(self, _work: Work) -> Done:
        self.begun.set()
        assert self.go.wait(60)
        return Done()


def test_a_look_that_takes_too_long_is_said_and_ends_the_process() -> None:
    with Watched() as watched:
        assert watched.overdue.check()
    assert (watched.shown, watched.ended) == ([WORK], ["ended"])


def test_a_look_that_ends_after_that_was_said_does_not_count() -> None:
    ends: list[bool] = []

    def show(_work: Work) -> None:
        watched.go.set()
        watched.thread.join(0.2)
        ends.append(not watched.thread.is_alive())

    with Watched(show=show) as watched:
        watched.overdue.check()
    assert ends == [False]


def test_a_look_within_its_time_ends_nothing() -> None:
    with Watched(3600) as watched:
        assert not watched.overdue.check()
    assert (watched.shown, watched.ended) == ([], [])


def test_a_look_that_ended_is_not_watched_any_more() -> None:
    with Watched() as watched:
        pass
    assert not watched.overdue.check()


def test_a_look_that_failed_is_not_watched_any_more() -> None:
    def broken(work: Work) -> Done:
        raise KeyError(work.delivery)

    overdue = Overdue(-1.0, lambda _work: None, lambda: None)
    with pytest.raises(KeyError):
        overdue.watched(broken)(WORK)
    assert not overdue.check()


def test_that_it_cannot_be_said_keeps_nothing_from_ending(caplog: pytest.LogCaptureFixture) -> None:
    def show(_work: Work) -> None:
        raise OSError("GitHub is gone")

    with Watched(show=show) as watched:
        watched.overdue.check()
    assert watched.ended == ["ended"]
    assert "could not be shown" in caplog.text


def test_that_it_hangs_where_it_is_said_keeps_nothing_from_ending() -> None:
    go = threading.Event()

    def show(_work: Work) -> None:
        go.wait(60)

    with Watched(show=show, grace=0.01) as watched:
        watched.overdue.check()
    go.set()
    assert watched.ended == ["ended"]


WORKER = """
import sys, threading
from pathlib import Path
from app.adapters.work_queue import Done
from app.worker import Overdue, run_worker
url, folder, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
def look(work):
    if not (folder / "tried").exists():
        (folder / "tried").touch()
        threading.Event().wait()
    (folder / "done").touch()
    (folder / "tried").rename(folder / "over")
    return Done()
overdue = Overdue(seconds, lambda work: (folder / "shown").write_text(work.delivery))
overdue.start(beat=0.2)
run_worker(url, "worker-1", overdue.watched(look), lambda _sweep, _name: 0)
"""
DEAF = """
import re, threading
from app.worker import Overdue
Overdue(0.5, lambda work: None, grace=0.1).start(beat=0.1)
threading.Event().wait(1)
re.match("(a+)+$", "a" * 60 + "b")
"""


def _process(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    )


def test_what_hung_is_done_by_the_next_process_of_the_worker(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/assay.db"
    prepare(url)
    inbox = WorkInbox(url)
    inbox.put(WORK)
    inbox.close()
    with _process(WORKER, url, tmp_path, 1) as first:
        first.communicate(timeout=60)
    assert (first.returncode, (tmp_path / "shown").read_text(), (tmp_path / "done").exists()) == (70, "guid", False)
    with _process(WORKER, url, tmp_path, 3600) as second:
        _wait_for(tmp_path / "over", second)
        second.terminate()
        second.communicate(timeout=60)
    assert (second.returncode, (tmp_path / "done").exists()) == (0, True)


def test_a_process_that_cannot_run_its_own_watch_ends_too() -> None:
    with _process(DEAF) as process:
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, "Timeout" in said) == (1, True)


def _wait_for(file: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(6000):
        if file.exists() or process.poll() is not None:
            return
        threading.Event().wait(0.01)


@pytest.mark.parametrize(("text", "seconds"), [("", 1800.0), ("0", 0.0), ("90", 5400.0)])
def test_how_long_a_look_may_take_is_a_setting(text: str, seconds: float) -> None:
    assert read({"ASSAY_LOOK_MINUTES": text}).look_seconds == seconds


def test_a_look_cannot_be_given_a_time_that_is_none() -> None:
    with pytest.raises(SettingsError, match="ASSAY_LOOK_MINUTES"):
        read({"ASSAY_LOOK_MINUTES": "soon"})
