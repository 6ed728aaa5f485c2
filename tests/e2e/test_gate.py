"""What must neither open the gate nor keep it open: names that collide, reviews withdrawn in between, lost answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.adapters.work_queue import Work
from app.core.errors import Moved, Unavailable
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github import Fault, MergeRefused
from tests.fakes.github.faults import graphql_error, secondary_limit
from tests.fakes.github.pull_request import PullRequest

LAX = "version: 1\nunmatched: allow\n"
OWNERS = ".github/CODEOWNERS"


def ref_of(world: World, pull: PullRequest, *, hints: bool = False) -> PullRequestRef:
    """Name a pull request as a delivery does; with `hints` where it stands."""
    installation = world.desk.github.installation("acme").id
    ref = PullRequestRef(installation, world.repository.id, "acme", "gitops", pull.number)
    return replace(ref, base_ref=pull.base_ref, head=pull.head_sha) if hints else ref


def governed(world: World, branch: str = "owners") -> PullRequest:
    """Open a pull request that needs the approval of a maintainer."""
    world.repository.commit(branch, {OWNERS: f"* @{branch}\n"}, author="dana")
    return world.repository.open_pull_request(branch, author="dana")


def look(world: World, pull: PullRequest) -> None:
    """Look at a pull request at once, whatever waits."""
    world.desk.program.handle(Work(ref_of(world, pull), "test", "guid"))


def test_a_branch_whose_name_differs_only_in_case_lends_main_no_green(world: World) -> None:
    world.under_policy()
    world.repository.commit("Main", {".github/assay.yml": LAX}, author="dana", parents=["main"])
    bad, _ = world.image(signed=False)
    decoy = world.bump(bad, branch="evil", base="Main")
    world.desk.work()
    pull = world.repository.open_pull_request("evil", base="main", author="dana")
    with pytest.raises(MergeRefused):  # before Assay has looked
        pull.merge("bob")
    world.desk.work()
    look(world, decoy)
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_158_an_approval_given_for_another_base_does_not_count(world: World) -> None:
    world.under_policy()
    world.repository.branch("scratch", at="main")
    world.repository.commit("owners", {OWNERS: "* @mallory\n"}, author="dana")
    pull = world.repository.open_pull_request("owners", base="scratch", author="dana")
    pull.review("bob", "APPROVED")
    world.desk.github.advance(5)
    pull.retarget("main")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "pending"
    world.desk.github.advance(5)
    pull.review("bob", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"


def test_a_sibling_that_loses_its_approval_meanwhile_stays_waiting(world: World) -> None:
    world.under_policy()
    first = governed(world, "one")
    world.repository.branch("two", at="one")
    second = world.repository.open_pull_request("two", author="dana")
    for pull in (first, second):
        pull.review("bob", "APPROVED")
    world.desk.work()
    assert world.desk.states(first)[REVIEW] == "success"

    def withdrawn() -> None:
        second.review("bob", "CHANGES_REQUESTED")
        look(world, second)

    # So that there is something to be set when the verdict comes.
    world.desk.program.show_crash(Work(ref_of(world, first), "a crash", "guid-1"))
    world.desk.github.fault(Fault("POST", f"/repos/acme/gitops/statuses/{first.head_sha}", None, act=withdrawn))
    first.comment("bob", "/assay recheck")
    world.desk.work()
    assert world.desk.states(first)[REVIEW] == "pending"


def test_a_sibling_that_was_opened_meanwhile_keeps_its_own_verdict(world: World) -> None:
    world.under_policy()
    first = governed(world, "one")
    first.review("bob", "APPROVED")
    world.repository.branch("two", at="one")
    world.desk.skip()

    def opened() -> None:
        look(world, world.repository.open_pull_request("two", author="dana"))

    world.desk.github.fault(Fault("GET", "/repos/acme/gitops/collaborators/bob/permission", None, act=opened))
    with pytest.raises(Moved):
        look(world, first)
    look(world, first)
    assert world.desk.states(first)[REVIEW] == "pending"


def test_at_196_a_comment_that_cannot_be_written_takes_nothing_from_the_statuses(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    body = {"message": "Unable to create comment because issue is locked."}
    world.desk.github.fault(Fault("POST", "*/comments", 403, times=None, body=body))
    with pytest.raises(Unavailable):
        world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}


def test_a_pull_request_whose_comment_cannot_be_written_does_not_hold_up_its_sibling(world: World) -> None:
    world.under_policy()
    first = world.bump(world.image()[0], branch="one")
    world.desk.github.fault(Fault("POST", f"*/issues/{first.number}/comments", 403, times=None))
    with pytest.raises(Unavailable):
        world.desk.work()
    world.repository.branch("two", at="one")
    second = world.repository.open_pull_request("two", author="dana")
    world.desk.work()
    assert world.desk.states(second)[IMAGES] == "success"


def test_at_143_a_removal_of_long_ago_excuses_no_later_one(world: World) -> None:
    world.under_policy()
    world.repository.commit("bye", {".github/assay.yml": None}, author="dana")
    removal = world.repository.open_pull_request("bye", author="dana")
    removal.review("bob", "APPROVED")
    world.desk.work()
    world.desk.github.advance(-86_400)
    removal.merge("bob")
    world.desk.github.advance(86_400)
    world.under_policy()
    world.bump(world.image()[0], branch="between")
    world.desk.work()
    world.repository.commit("main", {".github/assay.yml": None}, author="owner")
    pull = world.bump(world.image(signed=False)[0], branch="after")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}


def test_where_nothing_is_judged_an_answer_that_github_owes_is_no_error(world: World) -> None:
    pull = world.bump(world.image()[0])
    world.desk.github.fault(graphql_error("INTERNAL", "Something went wrong", times=9))
    with pytest.raises(Unavailable):
        world.desk.work()
    assert world.desk.states(pull) == {}


def test_where_a_policy_was_recorded_an_answer_that_github_owes_is_an_error(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    world.desk.github.fault(graphql_error("INTERNAL", "Something went wrong", times=9))
    pull.review("bob", "CHANGES_REQUESTED")
    with pytest.raises(Unavailable):
        world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}


def test_a_floor_that_github_owes_is_no_missing_floor(world: World) -> None:
    floor = policy(world.desk.registry.host)
    world.desk.github.repository("acme/.github").commit("main", {"assay.yml": floor})
    world.repository.commit("main", {".github/assay.yml": LAX}, author="owner")
    world.desk.skip()
    pull = world.bump(world.image(signed=False)[0])
    mint = secondary_limit("POST", "/app/installations/*", times=9)
    world.desk.github.fault(
        Fault("GET", "/repos/acme/gitops/compare/*", None, act=lambda: world.desk.github.fault(mint))
    )
    with pytest.raises(Unavailable):
        world.desk.work()
    assert "success" not in world.desk.states(pull).values()


def test_a_crash_while_reading_is_shown_where_the_delivery_said(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    work = Work(ref_of(world, pull, hints=True), "pull_request_review.submitted", "guid-1")
    world.desk.github.fault(Fault("POST", "/graphql", 502, times=None))
    with pytest.raises(Unavailable):
        world.desk.program.show_crash(work)
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}


@pytest.mark.parametrize(("looks", "most"), [(1, 15), (2, 8)], ids=["cold", "warm"])
def test_a_bump_of_one_image_costs_few_calls(world: World, looks: int, most: int) -> None:
    world.under_policy()
    before = 0
    for number in range(looks):
        before = len(world.desk.github.requests)
        world.bump(world.image()[0], branch=f"bump-{number}")
        world.desk.work()
    assert len(world.desk.github.requests) - before <= most


@pytest.mark.parametrize("path", ["*/statuses/*", "/graphql", "*/compare/*"])
def test_whatever_github_refuses_nothing_turns_green(world: World, path: str) -> None:
    world.under_policy()
    pull = governed(world)
    world.desk.work()
    pull.push({OWNERS: "* @mallory\n"}, author="dana")
    world.desk.github.fault(Fault("*", path, 403, times=None))
    with pytest.raises(Unavailable):
        world.desk.work()
    assert "success" not in world.desk.states(pull).values()
