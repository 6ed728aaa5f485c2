"""What one look writes on GitHub: five things at most, and nothing where everything stands already."""

from __future__ import annotations

import threading

from tests.e2e.conftest import IMAGES, REVIEW, Held, World
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.state import Call

REPOSITORY = "/repos/acme/gitops/"


def writes(world: World, since: int = 0) -> list[str]:
    """What was written to the repository, by kind."""
    made = [call for call in world.desk.github.requests[since:] if call.method != "GET" and call.status < 300]
    return [kind(call) for call in made if call.path.startswith(REPOSITORY)]


def kind(call: Call) -> str:
    part = call.path.removeprefix(REPOSITORY).split("/")[0]
    return f"{part} {call.body['state']}" if part == "statuses" else part


def slow(world: World, pull: PullRequest) -> Held:
    """Let no registry answer before it was said that the judgement is under way."""
    world.desk.patience(0.0)
    held = world.desk.registry.requests = Held(lambda: world.desk.states(pull).get(IMAGES) == "pending")
    return held


def test_a_new_bump_takes_four_writes(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    assert writes(world) == ["statuses success", "statuses success", "issues", "check-runs"]


def test_a_slow_bump_takes_five_writes_and_begins_with_one_pending(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    slow(world, pull)
    world.desk.work()
    assert writes(world) == ["statuses pending", "statuses success", "statuses success", "issues", "check-runs"]


def test_a_look_that_finds_everything_as_it_stands_writes_nothing(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    before = len(world.desk.github.requests)
    pull.review("alice", "COMMENTED")
    world.desk.work()
    assert (writes(world, before), len(world.desk.answers)) == ([], 2)


def test_a_push_with_the_same_verdict_takes_two_statuses_and_a_report(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    before = len(world.desk.github.requests)
    pull.push({"README.md": "# more\n"}, author="dana")
    world.desk.work()
    assert writes(world, before) == ["statuses success", "statuses success", "check-runs"]


def test_a_success_that_is_judged_anew_for_long_is_taken_back_by_one_context(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    before = len(world.desk.github.requests)
    pull.comment("dana", "/assay recheck")
    slow(world, pull)
    world.desk.work()
    assert writes(world, before) == ["statuses pending", "statuses success"]


class _Door(threading.Event):
    """Holds a request; `knocked` tells that one stands before it."""

    def __init__(self) -> None:
        super().__init__()
        self.knocked = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Stand before the door."""
        self.knocked.set()
        return super().wait(timeout or 20)


def test_the_verdict_does_not_overtake_a_pending_that_is_on_its_way(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.patience(0.0)
    door = _Door()
    world.desk.github.fault(Fault("POST", "*/statuses/*", None, wait=door))
    world.desk.registry.requests = Held(door.knocked.is_set)
    # Nothing is read after this: the judgement is over while the status still stands before the door.
    late = threading.Timer(0.3, door.set)
    world.desk.github.fault(Fault("GET", "*/rules/branches/*", None, act=late.start))
    world.desk.work()
    states = [one.state for one in world.desk.github.statuses(world.repository, pull.head_sha) if one.context == IMAGES]
    assert states == ["pending", "success"]


def test_with_many_remarks_the_report_takes_what_is_left_of_five_writes(world: World) -> None:
    world.under_policy()
    image, _ = world.image(signed=False)
    files = {f"app-{number}.yaml": world.manifest(image) for number in range(130)}
    world.repository.commit("many", files, author="dana")
    pull = world.repository.open_pull_request("many", author="dana")
    world.desk.work()
    (run,) = world.repository.check_runs.values()
    assert writes(world) == [*["statuses failure", "statuses success", "issues"], "check-runs", "check-runs"]
    assert (len(run.annotations), run.values["output"]["text"].splitlines()[-1]) == (
        100,
        "*Remarks not shown at their lines: 30.*",
    )
    assert world.desk.states(pull) == {IMAGES: "failure", REVIEW: "success"}
