"""Installed on a repository with a policy, Assay shows its contexts once, where they lend nothing to anybody."""

from __future__ import annotations

from app.core.sweep import Reach, Sweep
from tests.e2e.conftest import IMAGES, REVIEW, World

WAITING = {IMAGES: "pending", REVIEW: "pending"}


def installed(world: World) -> dict[str, str]:
    """Do what an installation leads to, and return the states on the tip of the default branch."""
    world.desk.sweep(Sweep(world.desk.github.installation("acme").id, reach=Reach.ALL), "installed")
    tip = world.repository.tip("main") or ""
    return {one.context: one.state for one in world.repository.latest_statuses(tip)}


def test_the_contexts_are_there_to_be_picked(world: World) -> None:
    world.under_policy()
    assert installed(world) == WAITING


def test_they_are_there_in_a_repository_that_is_added_later(world: World) -> None:
    world.under_policy()
    world.desk.skip()
    world.desk.sweep(Sweep(world.desk.github.installation("acme").id, reach=Reach.NEW), "added")
    assert len(world.repository.latest_statuses(world.repository.tip("main"))) == 2


def test_they_are_set_once(world: World) -> None:
    world.under_policy()
    installed(world)
    installed(world)
    tip = world.repository.tip("main") or ""
    assert len(world.repository.statuses[tip]) == len(WAITING)


def test_a_repository_without_a_policy_is_left_alone(world: World) -> None:
    world.repository.commit("main", {"app.yaml": "a: 1\n"}, author="owner")
    assert installed(world) == {}


def test_where_a_pull_request_was_judged_nothing_is_introduced(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    assert installed(world) == {}
