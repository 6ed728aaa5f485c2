"""Looks and sweeps as they are counted: by what they ended in, and which of them wait for their turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from app.adapters.metrics import Metrics
from app.adapters.pacing import Share
from app.adapters.work_queue import Again, Done, Work
from app.bootstrap.counting import watched_looks, watched_sweeps
from app.bootstrap.pacing import Turns
from app.bootstrap.watching import Watch
from app.core.errors import Moved, NotYet, Unavailable
from app.core.pull_request import CommitStatus, PullRequestRef, StatusState
from app.core.sweep import LastLook, Sweep
from app.web.server import Refused
from app.web.watching import counted
from app.worker import Crashed

HEAD = "a" * 40
REF = PullRequestRef(5, 7, "acme", "gitops", 12, "main", HEAD)
LOOK = Work(REF, "opened", "guid")


def ends(outcome: Done | Again | Exception) -> Callable[[Work], Done | Again]:
    def handler(_work: Work) -> Done | Again:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return handler


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Done(), "done"),
        (Again(60, "why"), "again"),
        (NotYet("later", retry_after=5), "later"),
        (Unavailable("GitHub"), "unavailable"),
        (Moved("moved"), "moved"),
        (Crashed("crashed: ValueError"), "crashed"),
        (RuntimeError("a bug above the guard"), "crashed"),
    ],
    ids=["done", "again", "later", "unavailable", "moved", "crashed", "bug"],
)
def test_a_look_is_counted_by_what_it_ended_in(outcome: Done | Again | Exception, word: str) -> None:
    metrics = Metrics()
    look = watched_looks(ends(outcome), Watch(metrics))
    if isinstance(outcome, Exception):
        with pytest.raises(type(outcome)):
            look(LOOK)
    else:
        assert look(LOOK) == outcome
    assert metrics.registry.get_sample_value("assay_jobs_total", {"kind": "look", "outcome": word}) == 1
    assert metrics.registry.get_sample_value("assay_jobs_running") == 0


@pytest.mark.parametrize(
    ("work", "kind"),
    [
        (LOOK, "look"),
        (replace(LOOK, attempt=2), "again"),
        (replace(LOOK, recheck_by="dana"), "recheck"),
        (replace(LOOK, recheck_by="dana", command="help"), "command"),
        (replace(LOOK, ref=replace(REF, number=0)), "merge group"),
    ],
    ids=["look", "again", "recheck", "command", "group"],
)
def test_a_look_is_counted_by_its_kind(work: Work, kind: str) -> None:
    metrics = Metrics()
    watched_looks(ends(Done()), Watch(metrics))(work)
    assert metrics.registry.get_sample_value("assay_jobs_total", {"kind": kind, "outcome": "done"}) == 1


def test_how_long_work_waited_is_measured_from_when_it_was_due() -> None:
    metrics = Metrics()
    watched_looks(ends(Done()), Watch(metrics))(replace(LOOK, due=time.time() - 30))
    waited = metrics.registry.get_sample_value("assay_wait_seconds_sum")
    assert waited == pytest.approx(30, abs=5)


def test_a_sweep_is_counted() -> None:
    metrics = Metrics()
    assert watched_sweeps(lambda _sweep, _name: 3, Watch(metrics))(Sweep(), "timer") == 3
    assert metrics.registry.get_sample_value("assay_jobs_total", {"kind": "sweep", "outcome": "done"}) == 1


def test_without_anybody_who_watches_a_look_is_the_same() -> None:
    assert watched_looks(ends(Done()), Watch())(LOOK) == Done()


@pytest.mark.parametrize(
    ("failure", "event", "outcome"),
    [(None, "push", "taken"), (Refused(401), "other", "refused"), (Unavailable("full"), "push", "unavailable")],
    ids=["taken", "refused", "unavailable"],
)
def test_a_delivery_is_counted_by_what_became_of_it(failure: Exception | None, event: str, outcome: str) -> None:
    def receive(_headers: object, _body: bytes) -> None:
        if failure is not None:
            raise failure

    metrics = Metrics()
    try:
        counted(receive, Watch(metrics))({"x-github-event": "push"}, b"")
    except (Refused, Unavailable):
        assert failure is not None
    labels = {"event": event, "outcome": outcome}
    assert metrics.registry.get_sample_value("assay_deliveries_total", labels) == 1


@dataclass
class Asked:
    """A budget, and what the ledger knows, that say what they were asked."""

    green: bool = False
    asked: list[str] = field(default_factory=list)

    def book(self, installation: int, share: Share) -> float:
        raise AssertionError("nobody asks for this")

    def admit(self, installation: int, *, promised: float | None) -> None:
        self.asked.append("admit" if promised is None else f"promised {promised:g}")

    def pause(self, installation: int, seconds: float) -> None:
        raise AssertionError("nobody asks for this")

    def check(self, installation: int) -> None:
        self.asked.append("check")

    def close(self) -> None:
        raise AssertionError("nobody asks for this")

    def looks(self, repository_id: int) -> dict[int, LastLook]:
        raise AssertionError("nobody asks for this")

    def judged(self, installation: int) -> frozenset[int]:
        raise AssertionError("nobody asks for this")

    def floor_seen(self, installation: int) -> bool:
        raise AssertionError("nobody asks for this")

    def said(self, repository_id: int, head: str) -> frozenset[CommitStatus]:
        return frozenset({CommitStatus("assay/images: main", StatusState.SUCCESS, "")} if self.green else ())


@pytest.mark.parametrize(
    ("work", "asked"),
    [
        (LOOK, "admit"),
        (replace(LOOK, turn=9.0), "promised 9"),
        (replace(LOOK, recheck_by="dana"), "check"),
        (replace(LOOK, ref=replace(REF, number=0)), "check"),
        (replace(LOOK, ref=replace(REF, head=None)), "check"),
    ],
    ids=["new", "promised", "asked for", "merge group", "unknown head"],
)
def test_only_what_nobody_waits_for_needs_a_turn(work: Work, asked: str) -> None:
    budget = Asked()
    Turns(budget, budget).wait(work)
    assert budget.asked == [asked]


def test_a_look_that_may_take_a_success_back_needs_no_turn() -> None:
    budget = Asked(green=True)
    Turns(budget, budget).wait(LOOK)
    assert budget.asked == ["check"]
