"""A sweep ends what stays pending for too long, and what is suspended, archived or removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, Floor, FloorState, PullRequestRef, StatusState
from app.core.sweep import LastLook, OpenPullRequest, Reach, RepositoryRef, Sweep, Undelivered
from app.jobs.ports import PullRequestPage
from app.jobs.sweep import MAX_PENDING, SweepJob, overdue

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REF = PullRequestRef(1, 7, "acme", "gitops", 3)
REPOSITORY = RepositoryRef(1, 7, "acme", "gitops")
LAST = LastLook("main", "b" * 40, "a" * 40, NOW - timedelta(minutes=10))
LONG_AGO = NOW - MAX_PENDING - timedelta(seconds=1)
PULL = OpenPullRequest(REF, "main", "b" * 40, "a" * 40, has_policy=True, updated_at=NOW - timedelta(hours=2))


def waits(since: datetime = LONG_AGO, context: str = "assay/images: main") -> OpenPullRequest:
    return replace(PULL, pending=((context, since),))


@dataclass
class World:
    """The ports of a sweep, with what was done through them; `still` is what a commit says when it is asked."""

    pulls: tuple[OpenPullRequest, ...] = ()
    still: bool = True
    fails: Unavailable | None = None
    given_up: list[tuple[str, CommitStatus]] = field(default_factory=list)
    done: list[object] = field(default_factory=list)

    def open(self, ref: PullRequestRef) -> PullRequestPage:
        return self  # type: ignore[return-value]  # only what is asked for here

    def floor(self) -> Floor:
        return Floor(FloorState.NONE)

    def give_up(self, head: str, status: CommitStatus) -> bool:
        self.given_up.append((head, status))
        if self.fails is not None:
            raise self.fails
        return self.still

    def installations(self) -> Sequence[int]:
        return (1,)

    def repositories(self, installation: int) -> Sequence[RepositoryRef]:
        return (replace(REPOSITORY, installation=installation),)

    def open_pull_requests(self, repository: RepositoryRef) -> Sequence[OpenPullRequest]:
        assert repository == REPOSITORY
        return self.pulls

    def undelivered(self, since: datetime) -> Sequence[Undelivered]:
        assert since < NOW
        return ()

    def redeliver(self, attempt: Undelivered) -> None:
        raise AssertionError(attempt)

    def looks(self, repository_id: int) -> Mapping[int, LastLook]:
        assert repository_id == REPOSITORY.id
        return {3: LAST}

    def judged(self, installation: int) -> frozenset[int]:
        return frozenset({7, 8}) if installation == 1 else frozenset()

    def floor_seen(self, installation: int) -> bool:
        assert installation
        return False

    def said(self, repository_id: int, head: str) -> frozenset[CommitStatus]:
        raise AssertionError(repository_id, head)

    def put(self, ref: PullRequestRef, why: str) -> None:
        self.done.append((ref.number, why))

    def job(self, *, forgets: bool = False) -> SweepJob:
        forget = (lambda number: self.done.append(f"forget {number}")) if forgets else None
        drop = lambda number: self.done.append(f"drop {number}")  # noqa: E731 - as the other
        return SweepJob(self, self, self, lambda: NOW, self.put, self.done.append, drop=drop, forget=forget)


# Pending for too long


@pytest.mark.parametrize(
    ("pull", "late"),
    [
        (waits(), True),
        (waits(NOW - MAX_PENDING), False),
        (waits(NOW), False),
        (waits(context="assay/images: stable"), False),
        (PULL, False),
        (replace(waits(context="assay/images: café #9d6b1eb5bbe4e2c0"), base_ref="café"), False),
    ],
    ids=["long ago", "just in time", "now", "another base", "nothing waits", "another name"],
)
def test_a_verdict_on_images_is_overdue_after_half_an_hour(pull: OpenPullRequest, *, late: bool) -> None:
    assert overdue(pull, NOW) is late


def test_reviews_may_be_waited_for_for_ever() -> None:
    assert not overdue(waits(context="assay/review: main"), NOW)


def test_what_is_overdue_becomes_an_error_with_the_reason_and_is_looked_at() -> None:
    world = World((waits(),))
    assert world.job().run(Sweep(1, REPOSITORY)) == 1
    ((head, status),) = world.given_up
    assert (head, status.context, status.state) == ("a" * 40, "assay/images: main", StatusState.ERROR)
    assert "`/assay recheck`" in status.description
    assert world.done == [(3, "its verdict did not come in time")]


def test_what_came_to_its_end_meanwhile_is_left_alone() -> None:
    world = World((waits(),), still=False)
    world.job().run(Sweep(1, REPOSITORY))
    assert world.done == []


def test_one_that_cannot_be_given_up_does_not_hold_up_the_others() -> None:
    world = World((waits(), waits()), fails=Unavailable("not to be had", permanent=True))
    assert world.job().run(Sweep(1, REPOSITORY)) == 0
    assert len(world.given_up) == 2


def test_where_github_does_not_answer_now_the_sweep_is_done_again() -> None:
    world = World((waits(),), fails=Unavailable("GitHub cannot be reached."))
    with pytest.raises(Unavailable):
        world.job().run(Sweep(1, REPOSITORY))


# The end of installations and repositories


def test_of_a_suspended_installation_all_that_waits_is_dropped() -> None:
    world = World()
    world.job(forgets=True).run(Sweep(1, reach=Reach.DROPPED))
    assert world.done == ["drop 7", "drop 8"]


def test_of_an_archived_repository_what_waits_is_dropped() -> None:
    world = World()
    world.job().run(Sweep(1, REPOSITORY, reach=Reach.DROPPED))
    assert world.done == ["drop 7"]


def test_records_of_an_installation_that_ended_are_kept() -> None:
    world = World()
    world.job().run(Sweep(1, reach=Reach.FORGOTTEN))
    assert world.done == ["drop 7", "drop 8"]


def test_they_are_deleted_where_the_operator_wants_that() -> None:
    world = World()
    world.job(forgets=True).run(Sweep(1, reach=Reach.FORGOTTEN))
    assert world.done == ["drop 7", "drop 8", "forget 1"]


def test_nothing_is_asked_of_github_for_an_end() -> None:
    world = World((waits(),))
    world.job().run(Sweep(1, REPOSITORY, reach=Reach.DROPPED))
    assert world.given_up == []
