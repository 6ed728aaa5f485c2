"""Waivers through the whole main job: what lies in the base branch counts, until it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github import MergeRefused, symlink

PATH = ".github/assay/waivers/api.yml"


def waiver(world: World, days: int = 30, rules: str = "[signature]") -> str:
    """Write a waiver of our images that ends so many days from now."""
    ends = (world.desk.now + timedelta(days=days)).date()
    return (
        f"version: 1\nowner: platform\nreason: signed from next week on\nticket: SEC-7\nexpires: {ends}\n"
        f'scope:\n  images: ["{world.desk.registry.host}/**"]\n  rules: {rules}\n'
    )


def test_a_waiver_of_the_base_branch_lets_an_unsigned_image_pass_and_says_so(world: World) -> None:
    world.under_policy()
    world.repository.commit("main", {PATH: waiver(world)}, author="owner")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    ends = (world.desk.now + timedelta(days=30)).date()
    (comment,) = pull.comments
    assert f"waived until {ends} by platform: signed from next week on (SEC-7)" in comment.body.replace("`", "")
    assert "absent" in comment.body
    assert pull.merge("bob")


def test_at_141_a_waiver_that_the_pull_request_brings_changes_nothing_for_it(world: World) -> None:
    world.under_policy()
    image = world.image(signed=False)[0]
    world.repository.commit("bump", {"app.yaml": world.manifest(image), PATH: waiver(world)}, author="dana")
    pull = world.repository.open_pull_request("bump", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "failure", REVIEW: "pending"}


def test_a_waiver_that_is_over_changes_nothing_and_is_named(world: World) -> None:
    world.under_policy()
    world.repository.commit("main", {PATH: waiver(world, days=-2)}, author="owner")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert f"the waiver {PATH} ended on" in pull.comments[0].body.replace("`", "")


def test_a_pull_request_that_adds_a_waiver_waits_for_somebody_who_maintains_the_repository(world: World) -> None:
    world.under_policy()
    world.repository.commit("waive", {PATH: waiver(world)}, author="dana")
    pull = world.repository.open_pull_request("waive", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}
    assert pull.comments[0].body.startswith("### ⚠️ REVIEW")
    assert "a failure may pass until" in pull.comments[0].body.replace("`", "")
    with pytest.raises(MergeRefused):
        pull.merge("bob")


def test_a_broken_waiver_that_a_pull_request_brings_is_an_error_with_its_line(world: World) -> None:
    world.under_policy()
    world.repository.commit("waive", {PATH: waiver(world, rules="[everything]")}, author="dana")
    pull = world.repository.open_pull_request("waive", author="dana")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "error"
    assert f"{PATH}:8" in pull.comments[0].body


def test_a_broken_waiver_of_the_base_branch_waives_nothing_and_breaks_nothing(world: World) -> None:
    world.under_policy()
    world.repository.commit("main", {PATH: "version: 1\nexpires: never\n"}, author="owner")
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert f"{PATH}:2" in pull.comments[0].body


def test_a_link_in_place_of_the_folder_waives_nothing_and_is_named(world: World) -> None:
    world.under_policy()
    texts = {"elsewhere/api.yml": waiver(world), ".github/assay/waivers": symlink("../../elsewhere")}
    world.repository.commit("main", texts, author="owner")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert "a symbolic link" in pull.comments[0].body


def test_without_a_folder_of_waivers_nothing_more_is_read(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    assert [str(call) for call in world.desk.github.requests if "/git/trees/" in call.path] == []


def test_waivers_that_the_policy_does_not_allow_are_not_read(world: World) -> None:
    world.under_policy(policy(world.desk.registry.host, "waivers: {allow: false}\n"))
    world.repository.commit("main", {PATH: waiver(world)}, author="owner")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert [str(call) for call in world.desk.github.requests if "/git/trees/" in call.path] == []


def test_with_waivers_each_look_lists_them_once(world: World) -> None:
    world.under_policy()
    texts = {f".github/assay/waivers/{number}.yml": waiver(world) for number in range(20)}
    world.repository.commit("main", texts, author="owner")
    world.desk.skip()
    world.bump(world.image()[0])
    world.desk.github.requests.clear()
    world.desk.work()
    calls = [call.path for call in world.desk.github.requests]
    looks = [path for path in calls if "/compare/" in path]
    assert len([path for path in calls if "/git/trees/" in path]) == len(looks)
