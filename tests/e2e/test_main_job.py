"""A signed webhook in, a comment and two statuses out: real HTTP, real git, real signatures."""

from __future__ import annotations

import pytest

from app.adapters.work_queue import Again, Done, Work
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github import MergeRefused
from tests.fakes.registry import Fault


def test_a_verified_image_gets_two_green_statuses_and_one_comment(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert [comment.body.splitlines()[0][:8] for comment in pull.comments] == ["### ✅ OK"]
    assert pull.merge("bob")


def test_an_unsigned_image_is_blocked_and_cannot_be_merged(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    with pytest.raises(MergeRefused):
        pull.merge("bob")


def test_a_pull_request_without_images_gets_two_green_statuses_and_no_comment(world: World) -> None:
    world.under_policy()
    world.repository.commit("docs", {"README.md": "# more\n"}, author="dana")
    pull = world.repository.open_pull_request("docs", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert pull.comments == []


def test_without_policy_and_floor_nothing_is_said(world: World) -> None:
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert (world.desk.states(pull), pull.comments) == ({}, [])


def test_a_pull_request_that_adds_a_valid_policy_gets_two_green_statuses(world: World) -> None:
    world.repository.commit("policy", {".github/assay.yml": policy("ghcr.io")}, author="dana")
    pull = world.repository.open_pull_request("policy", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert world.desk.said(pull, IMAGES) == "valid, in force once merged"


def test_a_pull_request_that_adds_a_broken_policy_gets_two_errors_with_the_line(world: World) -> None:
    world.repository.commit("policy", {".github/assay.yml": "version: 1\nimagez: []\n"}, author="dana")
    pull = world.repository.open_pull_request("policy", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
    assert ".github/assay.yml:2" in world.desk.said(pull, IMAGES)


def test_a_broken_policy_on_the_base_is_two_errors_with_sentence_and_line(world: World) -> None:
    world.under_policy("version: 1\nmode: perhaps\n")
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
    assert ".github/assay.yml:2" in world.desk.said(pull, REVIEW)


def test_at_141_a_policy_that_a_pull_request_brings_does_not_judge_it(world: World) -> None:
    world.under_policy()
    lax = "version: 1\nunmatched: allow\nsolo: true\n"
    files = {".github/assay.yml": lax, "app.yaml": world.manifest(world.image(signed=False)[0])}
    world.repository.commit("evil", files, author="dana")
    pull = world.repository.open_pull_request("evil", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "failure", REVIEW: "pending"}


def test_at_143_a_policy_that_was_recorded_and_is_gone_is_an_error(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0], branch="first")
    world.desk.work()
    world.repository.commit("main", {".github/assay.yml": None}, author="owner")
    pull = world.bump(world.image()[0], branch="second")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
    assert "gone" in world.desk.said(pull, IMAGES)


def test_a_policy_that_a_judged_pull_request_removed_is_no_error(world: World) -> None:
    world.under_policy()
    world.repository.commit("bye", {".github/assay.yml": None}, author="dana")
    removal = world.repository.open_pull_request("bye", author="dana")
    world.desk.work()
    removal.review("bob", "APPROVED")
    world.desk.work()
    removal.merge("bob")
    pull = world.bump(world.image(signed=False)[0], branch="after")
    world.desk.work()
    assert world.desk.states(pull) == {}


def test_with_a_floor_and_no_policy_the_floor_judges(world: World) -> None:
    floor = policy(world.desk.registry.host)
    world.desk.github.repository("acme/.github").commit("main", {"assay.yml": floor})
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_a_head_made_green_against_a_permissive_branch_is_judged_anew_against_main(world: World) -> None:
    world.under_policy()
    world.repository.commit("lax", {".github/assay.yml": "version: 1\nunmatched: allow\n"}, author="owner")
    world.desk.skip()
    bad, _ = world.image(signed=False)
    decoy = world.bump(bad, branch="evil", base="lax", author="dana")
    world.desk.work()
    assert world.desk.states(decoy)["assay/images: lax"] == "success"
    pull = world.repository.open_pull_request("evil", base="main", author="dana")
    with pytest.raises(MergeRefused):  # before Assay has looked: main's contexts are not there
        pull.merge("bob")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    with pytest.raises(MergeRefused):
        pull.merge("bob")


def test_at_158_a_retarget_needs_the_verdict_of_the_new_base(world: World) -> None:
    world.under_policy()
    world.repository.commit("lax", {".github/assay.yml": "version: 1\nunmatched: allow\n"}, author="owner")
    pull = world.bump(world.image(signed=False)[0], base="lax")
    world.desk.work()
    pull.retarget("main")
    with pytest.raises(MergeRefused):
        pull.merge("bob")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_the_comment_is_edited_in_place_and_not_at_all_when_nothing_changed(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    edits = world.desk.github.calls("PATCH", "*/issues/comments/*")
    own = [comment for comment in pull.comments if comment.body.startswith("###")]
    assert (len(own), len(edits)) == (1, 0)
    pull.push({"app.yaml": world.manifest(world.image()[0])}, author="dana")
    world.desk.work()
    own = [comment for comment in pull.comments if comment.body.startswith("###")]
    assert [comment.body[:8] for comment in own] == ["### ✅ OK"]


def test_an_unchanged_status_is_not_written_again(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    before = len(world.desk.github.statuses(world.repository, pull.head_sha))
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    written = world.desk.github.statuses(world.repository, pull.head_sha)[before:]
    assert [one.context for one in written if one.context == IMAGES] == []


def test_a_registry_that_is_down_is_incomplete_and_tried_again(world: World) -> None:
    world.under_policy()
    image, _ = world.image("acme/down")
    world.desk.registry.fail(Fault("/v2/acme/down/", status=503))
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "error"
    assert isinstance(world.desk.answers[-1], Again)
    assert "INCOMPLETE" in pull.comments[-1].body


def test_after_the_registry_is_back_the_same_look_ends_green(world: World) -> None:
    world.under_policy()
    image, _ = world.image("acme/back")
    world.desk.registry.fail(Fault("/v2/acme/back/", status=503))
    pull = world.bump(image)
    world.desk.work()
    world.desk.registry.heal()
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    assert (world.desk.states(pull)[IMAGES], world.desk.answers[-1]) == ("success", Done())


def test_a_fork_is_judged_like_others(world: World) -> None:
    world.under_policy()
    fork = world.repository.fork("mallory")
    fork.commit("bump", {"app.yaml": world.manifest(world.image(signed=False)[0])}, author="mallory")
    pull = world.repository.open_pull_request("bump", author="mallory", repository=fork)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_174_a_deleted_fork_is_judged_like_others(world: World) -> None:
    world.under_policy()
    fork = world.repository.fork("mallory")
    fork.commit("bump", {"app.yaml": world.manifest(world.image()[0])}, author="mallory")
    pull = world.repository.open_pull_request("bump", author="mallory", repository=fork)
    fork.delete()
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


def test_an_alias_bomb_is_named_as_unreadable_and_is_an_error(world: World) -> None:
    world.under_policy()
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(120)) + "image: x\n"
    world.repository.commit("bomb", {"bomb.yaml": bomb}, author="dana")
    pull = world.repository.open_pull_request("bomb", author="dana")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "error"
    assert "bomb.yaml" in pull.comments[-1].body


def test_a_stranger_cannot_ask_for_a_recheck(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    reads = len(world.desk.github.requests)
    pull.comment("stranger", "/assay recheck")
    world.desk.work()
    statuses = [
        call for call in world.desk.github.requests[reads:] if call.method == "POST" and "statuses" in call.path
    ]
    assert statuses == []


def test_a_governed_change_waits_and_an_approval_of_the_head_ends_it(world: World) -> None:
    reviews = 'reviews:\n  - name: policies\n    paths: ["/policies/**"]\n    teams: [acme/security]\n'
    world.under_policy(policy(world.desk.registry.host, reviews))
    world.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    pull = world.repository.open_pull_request("edit", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}
    pull.review("alice", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"


def test_at_157_an_approval_does_not_survive_a_push(world: World) -> None:
    reviews = 'reviews:\n  - name: policies\n    paths: ["/policies/**"]\n    teams: [acme/security]\n'
    world.under_policy(policy(world.desk.registry.host, reviews))
    world.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    pull = world.repository.open_pull_request("edit", author="dana")
    pull.review("alice", "APPROVED")
    pull.push({"policies/a.yaml": "a: evil\n"}, author="dana")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "pending"


def test_at_162_a_bot_and_a_contributor_do_not_help(world: World) -> None:
    world.under_policy()
    world.repository.commit("edit", {".github/CODEOWNERS": "* @dana\n"}, author="dana", co_authors=["bob"])
    pull = world.repository.open_pull_request("edit", author="dana")
    pull.review("bob", "APPROVED")
    pull.review("helper[bot]", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "pending"
    pull.review("owner", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"


def test_two_pull_requests_of_one_head_show_the_worst_of_both(world: World) -> None:
    world.under_policy()
    world.repository.commit("one", {".github/CODEOWNERS": "* @bob\n"}, author="dana")
    first = world.repository.open_pull_request("one", author="dana")
    world.repository.branch("two", at="one")
    second = world.repository.open_pull_request("two", author="dana")
    second.review("bob", "APPROVED")
    world.desk.work()
    assert first.head_sha == second.head_sha
    assert world.desk.states(first)[REVIEW] == "pending"
    first.review("bob", "APPROVED")
    world.desk.work()
    assert world.desk.states(first)[REVIEW] == "success"


def test_a_team_that_does_not_exist_is_an_error(world: World) -> None:
    reviews = 'reviews:\n  - name: policies\n    paths: ["/policies/**"]\n    teams: [acme/nobody]\n'
    world.under_policy(policy(world.desk.registry.host, reviews))
    world.repository.commit("edit", {"policies/a.yaml": "a: 1\n"}, author="dana")
    pull = world.repository.open_pull_request("edit", author="dana")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "error"


def test_a_repository_with_one_maintainer_says_so_and_does_not_wait(world: World) -> None:
    world.under_policy("solo: true\n" + policy(world.desk.registry.host))
    world.repository.commit("edit", {".github/CODEOWNERS": "* @owner\n"}, author="owner")
    pull = world.repository.open_pull_request("edit", author="owner")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"
    assert "solo" in pull.comments[-1].body


def test_observe_says_what_it_would_have_blocked(world: World) -> None:
    world.under_policy("mode: observe\n" + policy(world.desk.registry.host))
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"
    assert world.desk.said(pull, IMAGES).startswith("observe: would be BLOCKED")


def test_a_crash_is_shown_as_error_on_both(world: World) -> None:
    world.under_policy()
    pull = world.bump(world.image()[0])
    world.desk.work()
    ref = PullRequestRef(world.desk.github.installation("acme").id, world.repository.id, "acme", "gitops", pull.number)
    world.desk.program.show_crash(Work(ref, "pull_request.opened", "guid-1"))
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
    assert "guid-1" in world.desk.said(pull, IMAGES)


def test_a_recheck_sees_a_signature_that_was_added_a_moment_ago(world: World) -> None:
    world.under_policy()
    image, digest = world.image(signed=False)
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    world.sign(digest)
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


def test_at_143_a_broken_policy_that_is_gone_is_an_error_too(world: World) -> None:
    world.under_policy("version: 1\nmode: perhaps\n")
    world.bump(world.image()[0], branch="first")
    world.desk.work()
    world.repository.commit("main", {".github/assay.yml": None}, author="owner")
    pull = world.bump(world.image()[0], branch="second")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
