"""A night with many pull requests of one installation, on a clock that jumps to whatever is due next."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from app.adapters.pacing import Limits, WriteBudget, prepare_budget
from app.adapters.work_queue import Again, Work
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import World, policy
from tests.fakes.desk import Desk
from tests.fakes.github import PullRequest
from tests.fakes.github.secondary import SecondaryLimits, secondary_limits

MANY = 12
CONTEXTS = {"assay/images: main", "assay/review: main"}


@dataclass
class Clock:
    """The time that the limits and the budget go by; nobody waits for it."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Night:
    """Work that is done when it is due; `ended` is when each pull request had its verdict."""

    desk: Desk
    clock: Clock
    limits: SecondaryLimits
    due: list[tuple[float, int, Work]] = field(default_factory=list)
    count: Iterator[int] = field(default_factory=itertools.count)
    ended: dict[tuple[int, int], float] = field(default_factory=dict)

    def put(self, ref: PullRequestRef, after: float = 0) -> None:
        number = next(self.count)
        heapq.heappush(self.due, (self.clock.now + after, number, Work(ref, "opened", f"guid-{number}")))

    def run(self) -> None:
        """Do what is due until nothing is left; what is put back comes when it asked to."""
        while self.due:
            moment, number, work = heapq.heappop(self.due)
            self.clock.now = max(self.clock.now, moment)
            try:
                answer = self.desk.program.handle(work)
            except Unavailable as error:
                if not error.is_early:
                    raise
                later = self.clock.now + max(1.0, error.retry_after or 0)
                heapq.heappush(self.due, (later, number, replace(work, attempt=1, turn=later)))
                continue
            assert not isinstance(answer, Again)
            self.ended[work.ref.installation, work.ref.number] = self.clock.now


class Sleepless(WriteBudget):
    """A budget whose short waits pass at once: the clock is set instead."""

    clock: Clock

    def book(self, installation: int, share: object) -> float:
        seconds = super().book(installation, share)  # type: ignore[arg-type]
        self.clock.now += seconds
        return 0.0


@pytest.fixture
def night() -> Iterator[tuple[Night, World]]:
    clock = Clock()
    desk = Desk()
    url = f"sqlite:///{desk.folder / 'assay.db'}"
    prepare_budget(url)
    budget = Sleepless(url, Limits(20, 40), clock)
    budget.clock = clock
    desk._budget = budget
    with desk:
        desk.github.organization("acme", members=["dana"])
        desk.github.organization("bravo", members=["dana"])
        limits = secondary_limits(clock, 20, 40)
        desk.github.faults.append(limits)
        yield Night(desk, clock, limits), World(desk, desk.github.repository("acme/gitops"))


def ref(night: Night, owner: str, pull: PullRequest) -> PullRequestRef:
    repository = pull.repository
    installation = night.desk.github.installation(owner).id
    return PullRequestRef(installation, repository.id, owner, repository.name, pull.number, "main", pull.head_sha)


def opened(night: Night, world: World, count: int) -> list[PullRequest]:
    world.under_policy(policy(night.desk.registry.host))
    image, _ = world.image()
    return [world.bump(image, branch=f"bump-{number}") for number in range(count)]


def test_a_night_of_many_pull_requests_passes_without_a_refused_write(night: tuple[Night, World]) -> None:
    night_, world = night
    pulls = opened(night_, world, MANY)
    for pull in pulls:
        night_.put(ref(night_, "acme", pull))
    night_.run()
    assert night_.limits.hits == 0
    assert [set(night_.desk.states(pull).values()) for pull in pulls] == [{"success"}] * MANY


def test_a_night_takes_no_longer_than_the_limits_ask_for(night: tuple[Night, World]) -> None:
    night_, world = night
    began = night_.clock.now
    for pull in opened(night_, world, MANY):
        night_.put(ref(night_, "acme", pull))
    night_.run()
    writes = sum(len(sent) for sent in night_.limits.sent.values())
    assert night_.clock.now - began < 1.5 * 3600 * writes / 40


def test_in_such_a_night_another_installation_does_not_wait(night: tuple[Night, World]) -> None:
    night_, world = night
    for pull in opened(night_, world, MANY):
        night_.put(ref(night_, "acme", pull))
    other = World(night_.desk, night_.desk.github.repository("bravo/gitops"), 100)
    (single,) = opened(night_, other, 1)
    wanted = ref(night_, "bravo", single)
    night_.put(wanted, after=600)
    began = night_.clock.now
    night_.run()
    assert night_.ended[wanted.installation, wanted.number] - began - 600 < 10


def test_bad_news_is_told_while_good_news_waits(night: tuple[Night, World]) -> None:
    night_, world = night
    pulls = opened(night_, world, MANY)
    for pull in pulls[:1]:
        night_.put(ref(night_, "acme", pull))
    night_.run()
    world.repository.commit(
        "main",
        {
            ".github/assay.yml": policy(
                night_.desk.registry.host, scope="    pinned: true\n    limits: {vulnerabilities.critical: 0}\n"
            )
        },
    )
    for pull in pulls[1:]:
        night_.put(ref(night_, "acme", pull))
    night_.put(ref(night_, "acme", pulls[0]), after=1)
    began = night_.clock.now
    night_.run()
    first = night_.ended[night_.desk.github.installation("acme").id, pulls[0].number]
    assert first - began < 120
    assert "failure" in night_.desk.states(pulls[0]).values() or "error" in night_.desk.states(pulls[0]).values()
