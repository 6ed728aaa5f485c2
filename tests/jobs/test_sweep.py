"""Which open pull requests are owed a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.bootstrap.sweeping import SweepTimer
from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, PullRequestRef, StatusState
from app.core.sweep import LastLook, OpenPullRequest, RepositoryRef, Sweep, Undelivered
from app.jobs.ports import PullRequestPage
from app.jobs.sweep import SweepJob, owed

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REF = PullRequestRef(1, 7, "acme", "gitops", 3)
PULL = OpenPullRequest(REF, "main", "b" * 40, "a" * 40, has_policy=True, updated_at=NOW - timedelta(hours=2))
LAST = LastLook("main", "b" * 40, "a" * 40, NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("pull", "last", "why"),
    [
        (PULL, LAST, ""),
        (replace(PULL, head="c" * 40), LAST, "its head moved"),
        (replace(PULL, base_ref="stable"), LAST, "its base branch changed"),
        (PULL, replace(LAST, recheck_at=NOW), "its verdict was good until now"),
        (PULL, replace(LAST, recheck_at=NOW + timedelta(seconds=1)), ""),
        (replace(PULL, updated_at=LAST.at + timedelta(minutes=3)), LAST, "something was said on it"),
        (replace(PULL, updated_at=LAST.at + timedelta(minutes=1)), LAST, ""),
        (
            replace(PULL, updated_at=NOW - timedelta(hours=26)),
            replace(LAST, at=NOW - timedelta(hours=25)),
            "it was not looked at for a day",
        ),
    ],
)
def test_a_look_is_owed_when_the_last_one_does_not_speak_of_it_as_it_is(
    pull: OpenPullRequest, last: LastLook, why: str
) -> None:
    assert owed(pull, last, NOW) == why


REPOSITORY = RepositoryRef(1, 7, "acme", "gitops")
GREEN = CommitStatus("assay/images: main", StatusState.SUCCESS, "OK: 1 image change")
RED = CommitStatus("assay/images: main", StatusState.FAILURE, "BLOCKED")


@dataclass
class World:
    """A GitHub with one open pull request that was looked at, and what was put in."""

    newest: frozenset[CommitStatus] = frozenset()
    missed: tuple[Undelivered, ...] = ()
    failures: Mapping[int, Unavailable] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    put: list[str] = field(default_factory=list)

    def open(self, ref: PullRequestRef) -> PullRequestPage:
        raise Unavailable(f"nothing is read of {ref}")

    def installations(self) -> Sequence[int]:
        return ()

    def repositories(self, installation: int) -> Sequence[RepositoryRef]:
        raise AssertionError(f"a sweep of one repository asks nothing of installation {installation}")

    def open_pull_requests(self, repository: RepositoryRef) -> Sequence[OpenPullRequest]:
        assert repository == REPOSITORY
        return (PULL,)

    def undelivered(self, since: datetime) -> Sequence[Undelivered]:
        assert since < NOW
        return self.missed

    def redeliver(self, attempt: Undelivered) -> None:
        self.asked.append(attempt.id)
        if attempt.id in self.failures:
            raise self.failures[attempt.id]

    def looks(self, repository_id: int) -> Mapping[int, LastLook]:
        return {repository_id - 4: LAST}

    def judged(self, installation: int) -> frozenset[int]:
        raise AssertionError(f"a sweep of one repository asks nothing of installation {installation}")

    def floor_seen(self, installation: int) -> bool:
        return installation == 0

    def said(self, repository_id: int, head: str) -> frozenset[CommitStatus]:
        assert (repository_id, head) == (7, PULL.head)
        return self.newest

    @property
    def job(self) -> SweepJob:
        return SweepJob(self, self, self, lambda: NOW, lambda _, why: self.put.append(why), lambda _: None)


@pytest.mark.parametrize(
    ("newest", "looks"),
    [
        ({GREEN}, 0),
        ({GREEN, replace(GREEN, description="OK: 2 image changes")}, 0),
        ({GREEN, replace(RED, context="assay/images: stable")}, 0),
        ({RED}, 1),
        ({GREEN, RED}, 1),
        (set(), 1),
    ],
)
def test_at_153_a_success_is_ours_only_while_it_is_the_word_of_all_with_its_head(
    newest: set[CommitStatus], looks: int
) -> None:
    world = World(newest=frozenset(newest))
    assert world.job.run(Sweep(1, REPOSITORY, head=PULL.head, said=GREEN)) == looks


MISSED = (Undelivered(1, "a"), Undelivered(2, "b"), Undelivered(3, "c"))


def test_a_delivery_that_github_will_not_deliver_again_keeps_back_no_other() -> None:
    world = World(missed=MISSED, failures={2: Unavailable("no such delivery", permanent=True)})
    assert (world.job.redeliver(), world.asked) == (3, [1, 2, 3])


def test_deliveries_wait_while_github_does_not_answer() -> None:
    world = World(missed=MISSED, failures={2: Unavailable("GitHub does not answer")})
    with pytest.raises(Unavailable):
        world.job.redeliver()
    assert world.asked == [1, 2]


@dataclass
class Names:
    """Takes sweeps in and keeps their names."""

    names: list[str] = field(default_factory=list)

    def put(self, work: object) -> None:
        raise AssertionError(f"the timer puts in no look: {work}")

    def put_sweep(self, sweep: Sweep, name: str) -> None:
        assert sweep == Sweep()
        self.names.append(name)


def test_a_worker_of_a_long_name_begins_a_sweep_of_its_own_at_each_start() -> None:
    into = Names()
    SweepTimer(into, "assay-worker-in-a-very-long-named-cluster-0", 900).begin()
    assert into.names[0][:7] == "start-1"
