"""Merge groups: what a merge queue lands is judged as a whole, and each pull request in it as it is then."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github import Fault, MergeGroup, MergeRefused
from tests.fakes.github.pull_request import PullRequest

GOVERNED = """\
reviews:
  - name: cluster policies
    paths: ["/policies/**"]
    teams: [acme/security]
"""


def states(world: World, group: MergeGroup) -> dict[str, str]:
    """Return the newest state a context on the group's head."""
    return {one.context: one.state for one in world.repository.latest_statuses(group.head_sha)}


def said(world: World, group: MergeGroup, context: str) -> str:
    """Return what the newest status of a context says on the group's head."""
    latest = {one.context: one.description for one in world.repository.latest_statuses(group.head_sha)}
    return latest[context] or ""


def bump(world: World, name: str, *, signed: bool = True) -> PullRequest:
    """Open a pull request that adds a manifest of its own."""
    world.repository.commit(name, {f"{name}.yaml": world.manifest(world.image(signed=signed)[0])}, author="dana")
    return world.repository.open_pull_request(name, author="dana")


def guarded(world: World) -> PullRequest:
    """Open a pull request into a governed folder that was approved."""
    world.under_policy(policy(world.desk.registry.host, GOVERNED))
    world.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    pull = world.repository.open_pull_request("edit", author="dana")
    pull.review("alice", "APPROVED")
    world.desk.work()
    return pull


@pytest.mark.parametrize("squash", [False, True], ids=["merged", "squashed"])
def test_at_151_a_group_lands_when_all_in_it_passes(world: World, *, squash: bool) -> None:
    world.under_policy()
    pulls = bump(world, "one"), bump(world, "two")
    world.desk.work()
    group = world.repository.queue(*pulls, squash=squash)
    world.desk.work()
    assert said(world, group, IMAGES) == "judged together: 2 pull requests (#1, #2)"
    group.finish()
    assert [pull.merged for pull in pulls] == [True, True]


@pytest.mark.parametrize("squash", [False, True], ids=["merged", "squashed"])
def test_a_group_with_one_pull_request_that_is_blocked_does_not_land(world: World, *, squash: bool) -> None:
    world.under_policy()
    group = world.repository.queue(bump(world, "one"), bump(world, "two", signed=False), squash=squash)
    world.desk.work()
    assert states(world, group) == {IMAGES: "failure", REVIEW: "success"}
    with pytest.raises(MergeRefused):
        group.finish()


def test_a_group_with_a_governed_change_lands_on_its_members_approval(world: World) -> None:
    group = world.repository.queue(guarded(world))
    world.desk.work()
    assert states(world, group) == {IMAGES: "success", REVIEW: "success"}


def test_a_pull_request_that_lost_its_approval_before_fails_the_group(world: World) -> None:
    pull = guarded(world)
    pull.review("alice", "CHANGES_REQUESTED")
    group = world.repository.queue(pull)
    world.desk.work()
    assert states(world, group)[REVIEW] == "failure"
    assert said(world, group, REVIEW).startswith(f"pull request {pull.number}: waits for @alice")


def test_a_pull_request_that_loses_its_approval_in_the_queue_fails_the_group(world: World) -> None:
    pull = guarded(world)
    group = world.repository.queue(pull)
    world.desk.work()
    pull.review("alice", "CHANGES_REQUESTED")
    world.desk.work()
    assert states(world, group) == {IMAGES: "success", REVIEW: "failure"}
    with pytest.raises(MergeRefused):
        group.finish()


def test_an_approval_lost_while_the_group_is_judged_is_seen(world: World) -> None:
    pull = guarded(world)
    group = world.repository.queue(pull)

    def lost() -> None:
        pull.review("alice", "CHANGES_REQUESTED")

    world.desk.github.fault(Fault("POST", f"/repos/acme/gitops/statuses/{group.head_sha}", None, act=lost))
    world.desk.work()
    world.desk.work()
    assert states(world, group)[REVIEW] == "failure"


def test_a_sweep_finds_the_approval_that_was_lost_unseen(world: World) -> None:
    pull = guarded(world)
    group = world.repository.queue(pull)
    world.desk.work()
    world.desk.github.advance(200)
    pull.review("alice", "CHANGES_REQUESTED")
    world.desk.skip()
    world.desk.sweep()
    assert states(world, group)[REVIEW] == "failure"


def test_at_151_a_group_whose_delivery_was_lost_does_not_land(world: World) -> None:
    world.under_policy()
    pull = bump(world, "one")
    world.desk.work()
    group = world.repository.queue(pull)
    world.desk.skip()
    with pytest.raises(MergeRefused):
        group.finish()


def test_a_combination_of_which_each_half_passes_is_judged_as_a_whole(world: World) -> None:
    def values(name: str, digest: object) -> str:
        host = world.desk.registry.host
        return f"image:\n  repository: {host}/{name}\n  # a\n  # b\n  # c\n  # d\n  digest: {digest}\n"

    world.under_policy()
    old, new = world.image()[1], world.image()[1]
    world.desk.registry.put_image("acme/other", "1.2", seed="acme/api 2")
    world.sign(old, "acme/other")
    world.repository.commit("main", {"values.yaml": values("acme/api", old)}, author="owner")
    pulls = []
    for branch, text in (("place", values("acme/other", old)), ("digest", values("acme/api", new))):
        world.repository.commit(branch, {"values.yaml": text}, author="dana", parents=["main"])
        pulls.append(world.repository.open_pull_request(branch, author="dana"))
    world.desk.work()
    assert [world.desk.states(pull)[IMAGES] for pull in pulls] == ["success", "success"]
    group = world.repository.queue(*pulls)
    world.desk.work()
    assert states(world, group)[IMAGES] != "success"
    assert said(world, group, IMAGES).startswith("together: ")


def test_a_group_whose_contents_nobody_tells_is_an_error(world: World) -> None:
    world.under_policy()
    pull = bump(world, "one")
    world.desk.work()
    group = world.repository.queue(pull, squash=True)
    world.repository.queued.clear()
    world.desk.work()
    assert states(world, group) == {IMAGES: "error", REVIEW: "error"}
    assert "no pull request in the queue stands for" in said(world, group, REVIEW)


def test_a_member_that_was_pushed_to_since_is_not_what_is_in_the_group(world: World) -> None:
    world.under_policy()
    pull = bump(world, "one")
    world.desk.work()
    group = world.repository.queue(pull)
    pull.push({"one.yaml": world.manifest(world.image()[0])}, author="dana")
    world.desk.work()
    assert states(world, group) == {IMAGES: "error", REVIEW: "error"}


def test_a_group_where_no_policy_is_gets_no_status(world: World) -> None:
    group = world.repository.queue(bump(world, "one"))
    world.desk.work()
    assert states(world, group) == {}


def test_a_queue_that_the_app_may_not_see_keeps_what_is_merged_judged(world: World) -> None:
    world.under_policy()
    pull = bump(world, "one")
    world.desk.work()
    del world.desk.github.installation("acme").permissions["merge_queues"]
    group = world.repository.queue(pull)
    world.desk.work()
    assert states(world, group) == {IMAGES: "success", REVIEW: "success"}


def test_a_queue_that_the_app_may_not_see_holds_up_no_look(world: World) -> None:
    pull = guarded(world)
    del world.desk.github.installation("acme").permissions["merge_queues"]
    pull.review("alice", "CHANGES_REQUESTED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "pending"
