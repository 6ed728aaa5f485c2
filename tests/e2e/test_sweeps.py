"""What no delivery told: lost ones, changed policies and teams, forged statuses; all ends as if they had arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.adapters.work_queue import Work
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef
from app.core.sweep import Reach, Sweep
from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.e2e.test_waivers_in_force import PATH, waiver
from tests.fakes.github import Fault, MergeRefused

POLICY = ".github/assay.yml"


def test_at_172_a_pull_request_whose_delivery_was_lost_is_looked_at(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.skip()
    assert world.desk.sweep() == ["sweep: it was never looked at"]
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}


def test_at_156_a_push_that_was_not_delivered_is_found_by_its_head(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    bad, _ = world.image(signed=False)
    pull.push({"app.yaml": world.manifest(bad)})
    world.desk.skip()
    assert world.desk.sweep() == ["sweep: its head moved"]
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_a_review_that_was_not_delivered_is_found(world: World) -> None:
    world.under_policy()
    world.repository.commit("owners", {"CODEOWNERS": "* @acme/security\n"}, author="dana")
    pull = world.repository.open_pull_request("owners", author="dana")
    world.desk.work()
    world.desk.github.advance(200)
    pull.review("bob", "APPROVED")
    world.desk.skip()
    assert world.desk.sweep() == ["sweep: something was said on it"]
    assert world.desk.states(pull)[REVIEW] == "success"


def test_nothing_is_looked_at_that_was_looked_at_as_it_is(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.sweep() == []


def test_a_repository_without_a_policy_costs_no_look(world: World) -> None:
    world.repository.commit("main", {"app.yaml": "a: 1\n"}, author="owner")
    world.bump(world.image()[0])
    world.desk.skip()
    assert world.desk.sweep() == []


def test_at_150_a_stricter_policy_on_the_base_turns_an_open_pull_request_red(world: World) -> None:
    world.under_policy("version: 1\nunmatched: allow\n")
    bad, _ = world.image(signed=False)
    pull = world.bump(bad)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"
    world.repository.commit("main", {POLICY: policy(world.desk.registry.host)}, author="owner")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert world.desk.reasons[-1] == "sweep: the policy changed"


def test_a_push_that_leaves_the_policy_as_it_is_leads_to_no_look(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    looks = len(world.desk.reasons)
    world.repository.commit("main", {"README.md": "# ours\n"}, author="owner")
    world.desk.work()
    assert len(world.desk.reasons) == looks


def test_a_push_to_a_branch_that_nothing_is_merged_into_asks_github_nothing(world: World) -> None:
    world.under_policy()
    world.desk.github.requests.clear()
    world.repository.commit("feature", {"README.md": "# ours\n"}, author="dana")
    world.desk.work()
    assert world.desk.github.requests == []


def test_the_first_policy_of_a_branch_judges_what_is_open(world: World) -> None:
    world.repository.commit("main", {"app.yaml": world.manifest(world.image()[0])}, author="owner")
    bad, _ = world.image(signed=False)
    pull = world.bump(bad)
    world.desk.work()
    assert world.desk.states(pull) == {}
    world.repository.commit("main", {POLICY: policy(world.desk.registry.host)}, author="owner")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_a_new_floor_judges_what_is_open(world: World) -> None:
    world.under_policy("version: 1\nunmatched: allow\n")
    bad, _ = world.image(signed=False)
    pull = world.bump(bad)
    world.desk.work()
    world.desk.github.advance(120)
    floor = world.desk.github.world.repository("acme/.github")
    assert floor is not None
    floor.commit("main", {"assay.yml": policy(world.desk.registry.host)}, author="owner")
    # The floor that was read is kept for a minute; a program that starts anew reads it.
    world.desk.open()
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_who_leaves_a_team_takes_the_approval_along(world: World) -> None:
    reviews = "reviews:\n  - paths: [/app.yaml]\n    teams: [acme/security]\n"
    world.under_policy(policy(world.desk.registry.host, reviews))
    pull = world.bump(world.image()[0])
    pull.review("alice", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"
    world.desk.github.leave("acme/security", "alice")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "pending"
    with pytest.raises(MergeRefused):
        pull.merge("bob")


def test_a_change_of_people_leaves_pull_requests_alone_that_wait_for_nobody(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    looks = len(world.desk.reasons)
    world.desk.github.leave("acme/security", "alice")
    world.desk.work()
    assert len(world.desk.reasons) == looks


def test_at_153_a_status_that_somebody_else_sets_is_put_right(world: World) -> None:
    world.under_policy()
    bad, _ = world.image(signed=False)
    pull = world.bump(bad)
    world.desk.work()
    world.repository.set_status(pull.head_sha, IMAGES, "success", by="dana")
    assert world.desk.states(pull)[IMAGES] == "success"
    world.desk.work()
    assert (world.desk.states(pull)[IMAGES], world.desk.reasons[-1]) == (
        "failure",
        "sweep: somebody set a status on its head",
    )


def test_our_own_statuses_lead_to_no_look(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    world.desk.work()
    assert world.desk.reasons == ["pull_request.opened"]


def test_deliveries_that_failed_are_asked_for_again(world: World) -> None:
    github = world.desk.github
    world.under_policy()
    github.hook_url = "http://127.0.0.1:9/webhook"
    world.bump(world.image()[0])
    failed = [one for one in github.deliveries if one.attempted]
    world.desk.skip()
    world.desk.program.sweeping.run(Sweep(), "start", world.desk)
    again = [one.guid for one in github.deliveries if one.redelivery]
    assert sorted(again) == sorted(one.guid for one in failed)
    github.hook_url = None


def test_after_an_installation_everything_open_is_judged(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.skip()
    world.desk.github.install("acme")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


def test_a_verdict_that_was_good_until_now_is_looked_at_again(world: World) -> None:
    world.under_policy()
    world.repository.commit("main", {PATH: waiver(world)}, author="owner")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"
    sweeping = replace(world.desk.program.sweeping, clock=lambda: world.desk.now + timedelta(days=40))
    world.desk.program = replace(world.desk.program, sweeping=sweeping)
    assert world.desk.sweep() == ["sweep: its verdict was good until now"]


def test_a_sweep_whose_lists_cannot_be_read_is_said_and_loses_nothing(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.skip()
    world.desk.github.fault(Fault("GET", "/installation/repositories", status=502, times=3))
    with pytest.raises(Unavailable):
        world.desk.sweep()
    assert world.desk.sweep(Sweep(world.desk.github.installation("acme").id, reach=Reach.ALL))
    assert world.desk.states(pull)[IMAGES] == "success"


def test_at_153_an_old_success_of_ours_that_somebody_sets_again_is_put_right(world: World) -> None:
    world.under_policy("version: 1\nunmatched: allow\n")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    once = world.desk.said(pull, IMAGES)
    world.repository.commit("main", {POLICY: policy(world.desk.registry.host)}, author="owner")
    world.desk.work()
    world.repository.set_status(pull.head_sha, IMAGES, "success", by="dana", description=once)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_a_crash_that_is_shown_leads_to_no_other_look(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    looks = len(world.desk.reasons)
    installation = world.desk.github.installation("acme").id
    ref = PullRequestRef(installation, world.repository.id, "acme", world.repository.name, pull.number)
    world.desk.program.show_crash(Work(ref, "pull_request.opened", "guid-1"))
    world.desk.work()
    assert (world.desk.states(pull)[IMAGES], len(world.desk.reasons)) == ("error", looks)


def test_the_first_floor_of_an_owner_judges_repositories_without_a_policy(world: World) -> None:
    world.repository.commit("main", {"app.yaml": world.manifest(world.image()[0])}, author="owner")
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull) == {}
    floor = world.desk.github.world.repository("acme/.github")
    assert floor is not None
    floor.commit("main", {"assay.yml": policy(world.desk.registry.host)}, author="owner")
    world.desk.open()
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_a_push_beside_the_floor_file_leads_to_no_look(world: World) -> None:
    floor = world.desk.github.world.repository("acme/.github")
    assert floor is not None
    floor.commit("main", {"assay.yml": policy(world.desk.registry.host)}, author="owner")
    world.repository.commit("main", {"app.yaml": world.manifest(world.image()[0])}, author="owner")
    world.bump(world.image()[0])
    world.desk.open()
    world.desk.work()
    looks = len(world.desk.reasons)
    floor.commit("main", {"profile/README.md": "# acme\n"}, author="owner")
    world.desk.open()
    world.desk.work()
    assert len(world.desk.reasons) == looks


def test_what_is_open_where_the_policy_was_removed_is_looked_at_once(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.repository.commit("bye", {POLICY: None}, author="dana", parents=["main"])
    removal = world.repository.open_pull_request("bye", author="dana")
    world.desk.work()
    removal.review("bob", "APPROVED")
    world.desk.work()
    removal.merge("bob")
    world.desk.work()
    assert world.desk.sweep() == []
