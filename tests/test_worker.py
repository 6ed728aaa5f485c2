"""The guard around a handler, and the supervisor."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path

import pytest

from app.adapters.log_lines import configure_logs
from app.adapters.work_queue import Again, Done, Work
from app.core.errors import Moved, Owed, Unavailable
from app.core.sweep import Sweep
from app.worker import Crashed, guarded, guarded_sweeps
from tests.serving import answers, child, children, eventually, free_port, kill, process, ref

WORK = Work(ref(3), "pull_request.opened", "guid")


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    configure_logs(["hunter2hunter2"], stream)
    return stream


def crash(_work: Work) -> Done | Again:
    raise KeyError("hunter2hunter2")


def nothing(_work: Work) -> None:
    pass


def test_an_answer_passes() -> None:
    assert guarded(lambda _work: Again(5, "why"), nothing)(WORK) == Again(5, "why")


def test_unavailable_is_no_crash(log: io.StringIO) -> None:
    shown: list[Work] = []

    def down(_work: Work) -> Done | Again:
        raise Unavailable("GitHub does not answer")

    with pytest.raises(Unavailable):
        guarded(down, shown.append)(WORK)
    assert shown == []


def test_what_is_owed_after_a_look_is_tried_again_and_no_crash(log: io.StringIO) -> None:
    shown: list[Work] = []

    def owed() -> None:
        raise Owed("GitHub does not answer")

    with pytest.raises(Owed):
        guarded(lambda _work: Done(owed), shown.append)(WORK)
    assert shown == []


def test_what_follows_a_look_is_done_after_it() -> None:
    done: list[str] = []
    answer = guarded(lambda _work: Done(lambda: done.append("after")), nothing)(WORK)
    assert (answer, done) == (Done(), ["after"])


@pytest.mark.parametrize(
    "error", [Moved("it moved"), Unavailable("GitHub does not answer"), KeyError("hunter2hunter2")]
)
def test_whatever_becomes_of_what_follows_the_answer_stands(log: io.StringIO, error: Exception) -> None:
    shown: list[Work] = []

    def fails() -> None:
        raise error

    assert guarded(lambda _work: Again(5, "why", fails), shown.append)(WORK) == Again(5, "why")
    assert shown == []
    assert "what follows the verdict" in log.getvalue()


def test_a_sweep_that_crashes_is_not_tried_again(log: io.StringIO) -> None:
    def broken(sweep: Sweep, name: str) -> int:
        raise KeyError(name)

    with pytest.raises(Unavailable) as error:
        guarded_sweeps(broken)(Sweep(), "hunter2hunter2")
    assert (error.value.permanent, "hunter2" in log.getvalue()) == (True, False)


def test_a_sweep_that_github_does_not_answer_is_tried_again(log: io.StringIO) -> None:
    def down(_sweep: Sweep, _name: str) -> int:
        raise Unavailable("GitHub does not answer")

    with pytest.raises(Unavailable) as error:
        guarded_sweeps(down)(Sweep(), "guid")
    assert not error.value.permanent


def test_a_crash_is_shown_on_its_pull_request(log: io.StringIO) -> None:
    shown: list[Work] = []
    with pytest.raises(Crashed):
        guarded(crash, shown.append)(WORK)
    assert shown == [WORK]


def test_a_crash_keeps_its_text_to_itself(log: io.StringIO) -> None:
    with pytest.raises(Crashed) as error:
        guarded(crash, nothing)(WORK)
    assert (str(error.value), "hunter2" in log.getvalue()) == ("crashed: KeyError", False)


def test_a_crash_that_cannot_be_shown_is_still_one_crash(log: io.StringIO) -> None:
    def down(_work: Work) -> None:
        raise Unavailable("GitHub does not answer")

    with pytest.raises(Crashed):
        guarded(crash, down)(WORK)


def test_what_is_logged_during_a_look_says_what_was_looked_at(log: io.StringIO) -> None:
    def look(_work: Work) -> Done | Again:
        logging.getLogger("somewhere").info("hello")
        return Done()

    guarded(look, nothing)(WORK)
    line = json.loads(log.getvalue())
    assert (line["message"], line["delivery"], line["repository"], line["number"]) == (
        "hello",
        "guid",
        "acme/gitops",
        3,
    )


def test_the_supervisor_starts_a_killed_worker_again(tmp_path: Path) -> None:
    port = free_port()
    with process("both", f"sqlite:///{tmp_path}/assay.db", port, tmp_path / "log") as parent:
        eventually(lambda: answers(port))
        before = set(children(parent.pid))
        kill([child(parent.pid, "worker")])
        eventually(lambda: set(children(parent.pid)) - before)
    assert parent.returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    port = free_port()
    with process("both", f"sqlite:///{tmp_path}/assay.db", port, tmp_path / "log") as parent:
        eventually(lambda: answers(port))
        below = [pid for child in children(parent.pid) for pid in (child, *children(child))]
        kill([parent.pid])
        parent.wait()
        eventually(lambda: not any(_alive(pid) for pid in below))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
