"""Merges from before a repository was judged went around nothing, and have no record."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import World, policy
from tests.e2e.test_merge_records import merged, predicates, recorded
from tests.fakes.github.pull_request import PullRequest

__all__ = ["recorded"]

HOUR = 3600.0


def earlier(world: World, name: str = "early") -> PullRequest:
    """Merge a pull request an hour ago, of which no delivery told."""
    world.desk.github.advance(-HOUR)
    world.repository.commit(name, {f"{name}.yaml": world.manifest(world.image()[0])}, author="dana")
    pull = world.repository.open_pull_request(name, author="dana")
    protections = dict(world.repository.protections)
    world.repository.protections.clear()
    pull.merge(by="owner")
    world.repository.protections.update(protections)
    world.desk.skip()
    world.desk.github.advance(HOUR)
    return pull


def numbers(world: World) -> list[int]:
    return [one["pullRequest"]["number"] for one in predicates(world)]


def test_a_merge_from_before_the_first_policy_has_no_record(recorded: World) -> None:
    earlier(recorded)
    recorded.under_policy()
    judged = merged(recorded)
    assert recorded.desk.sweep() == []
    assert numbers(recorded) == [judged.number]


def test_a_merge_from_before_the_first_floor_has_no_record(recorded: World) -> None:
    earlier(recorded)
    floor = recorded.desk.github.repository("acme/.github")
    floor.commit("main", {"assay.yml": policy(recorded.desk.registry.host)}, author="owner")
    recorded.desk.skip()
    judged = merged(recorded)
    recorded.desk.sweep()
    assert numbers(recorded) == [judged.number]


def test_a_delivery_that_comes_late_of_such_a_merge_makes_no_record(recorded: World) -> None:
    early = earlier(recorded)
    recorded.under_policy()
    judged = merged(recorded)
    last = [one for one in recorded.desk.github.deliveries if one.event == "pull_request"]
    closed = next(one for one in last if one.payload["number"] == early.number and one.payload["action"] == "closed")
    recorded.desk.github.deliveries.append(closed)
    recorded.desk.work()
    assert numbers(recorded) == [judged.number]


@pytest.mark.parametrize("known", [False, True])
def test_one_that_was_judged_is_recorded_whenever_it_was_merged(recorded: World, *, known: bool) -> None:
    recorded.under_policy()
    pull = recorded.bump(recorded.image()[0])
    recorded.desk.work()
    recorded.desk.github.advance(-HOUR)
    pull.merge(by="owner")
    recorded.desk.github.advance(HOUR)
    if known:
        recorded.desk.work()
    recorded.desk.skip()
    recorded.desk.sweep()
    assert numbers(recorded) == [pull.number]
