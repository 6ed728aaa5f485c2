"""Seventeen known ways round a review bot, a to q, tried on the simulated GitHub: none leads to a merge."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import IMAGES, REVIEW, World
from tests.fakes.github import Fault, Identity, MergeRefused
from tests.fakes.github.pull_request import PullRequest

GOVERNED = """\
version: 1
unmatched: allow
reviews:
  - {name: rules, paths: ["/policies/"], teams: [acme/security]}
"""
OLD, NEW = "mode: Audit\n", "mode: Enforce\n"
EVENTS = ("pull_request", "pull_request_review", "push", "status", "issue_comment", "membership", "team", "member")


def governed(world: World, text: str = GOVERNED) -> None:
    """Put a policy on main that wants the security team for policies."""
    world.under_policy(text)
    world.repository.commit("main", {"policies/a.yaml": OLD, "docs.md": "one\n"}, author="owner")


def proposal(world: World, branch: str = "edit", **how: str) -> PullRequest:
    """Open a pull request of dana's that edits a policy."""
    world.repository.commit(branch, {"policies/a.yaml": NEW}, author="dana", parents=["main"], **how)
    return world.repository.open_pull_request(branch, author="dana")


def merges(world: World, pull: PullRequest) -> bool:
    """Let Assay catch up, and try to merge as a maintainer."""
    world.desk.work()
    try:
        pull.merge("bob")
    except MergeRefused:
        return False
    return True


def test_what_nobody_tampered_with_merges_when_it_is_approved(world: World) -> None:
    governed(world)
    pull = proposal(world)
    assert not merges(world, pull)
    pull.review("alice", "APPROVED")
    assert merges(world, pull)


def test_4_5_a_a_commit_behind_a_second_parent_is_its_authors(world: World) -> None:
    governed(world)
    pull = proposal(world)
    world.repository.commit("side", {"policies/b.yaml": "evil\n"}, author="alice", parents=["main"])
    merged = world.repository.git.merge("edit", "side", "Merge side")
    world.repository.branch("edit", at=merged, by="dana")
    pull.review("alice", "APPROVED")
    assert not merges(world, pull)


def test_4_5_b_an_approval_does_not_pass_to_a_commit_that_had_a_status_before(world: World) -> None:
    governed(world)
    pull = proposal(world)
    evil = world.repository.commit("evil", {"policies/a.yaml": "mode: Off\n"}, author="dana", parents=["main"])
    world.repository.set_status(evil, "anything", "success", by="dana")
    world.desk.github.advance(60)
    pull.review("alice", "APPROVED")
    world.desk.github.advance(60)
    pull.force_push(evil, by="dana")
    assert not merges(world, pull)


def test_4_5_c_who_asks_for_changes_after_approving_does_not_approve(world: World) -> None:
    governed(world)
    pull = proposal(world)
    pull.review("alice", "APPROVED")
    pull.review("alice", "CHANGES_REQUESTED", "No")
    assert not merges(world, pull)


def test_4_5_c_one_of_those_asked_who_asks_for_changes_holds_up_the_others(world: World) -> None:
    world.desk.github.join("acme/security", "bob")
    governed(world)
    pull = proposal(world)
    pull.review("alice", "APPROVED")
    pull.review("bob", "CHANGES_REQUESTED", "No")
    assert not merges(world, pull)
    assert world.desk.said(pull, REVIEW) == "waits for @bob, who asks for changes"


@pytest.mark.parametrize("words", ["> looks good :+1:\n\nNo, do NOT merge", ":+1:", "LGTM", "/assay approve"])
def test_4_5_d_no_words_approve(world: World, words: str) -> None:
    governed(world)
    pull = proposal(world)
    pull.comment("alice", words)
    pull.review("alice", "COMMENTED", words)
    assert not merges(world, pull)


@pytest.mark.parametrize("whom", ["users: [ALICE]", "teams: [ACME/Security]"])
def test_4_5_e_names_are_compared_without_regard_to_case(world: World, whom: str) -> None:
    governed(world, GOVERNED.replace("teams: [acme/security]", whom))
    pull = proposal(world)
    assert not merges(world, pull)
    pull.review("alice", "APPROVED")
    assert merges(world, pull)


def test_4_5_f_twelve_approvers_fit_into_the_status(world: World) -> None:
    people = [f"approver-with-a-long-name-{number}" for number in range(12)]
    for login in people:
        world.repository.grant(login, "write")
    governed(world, GOVERNED.replace("teams: [acme/security]", f"users: [{', '.join(people)}], count: 12"))
    pull = proposal(world)
    for login in people[:11]:
        pull.review(login, "APPROVED")
    assert not merges(world, pull)
    assert world.desk.said(pull, REVIEW).startswith("waits for 1 approval from @approver")
    pull.review(people[11], "APPROVED")
    assert merges(world, pull)
    assert all(len(one.description or "") <= 140 for one in world.repository.latest_statuses(pull.head_sha))


def test_4_5_g_a_merge_group_is_not_green_because_it_exists(world: World) -> None:
    governed(world)
    pull = proposal(world)
    world.desk.work()
    group = world.repository.queue(pull, by="bob")
    world.desk.work()
    with pytest.raises(MergeRefused):
        group.finish()


def approved(world: World) -> PullRequest:
    """Open a pull request that is approved and green, where GitHub delivers what app.yml subscribes to."""
    world.desk.github.subscribe(*EVENTS)
    governed(world)
    pull = proposal(world)
    pull.review("alice", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "success"
    return pull


def test_4_5_h_a_policy_that_changed_meanwhile_judges_what_was_green(world: World) -> None:
    pull = approved(world)
    stricter = GOVERNED.replace("teams: [acme/security]", "teams: [acme/security], count: 2")
    world.repository.commit("main", {".github/assay.yml": stricter}, author="owner")
    assert not merges(world, pull)


def test_4_5_h_who_left_the_team_meanwhile_counts_no_more(world: World) -> None:
    pull = approved(world)
    world.desk.github.leave("acme/security", "alice")
    assert not merges(world, pull)


def test_4_5_h_a_status_of_ours_that_was_turned_red_and_green_again_is_put_right(world: World) -> None:
    world.desk.github.subscribe(*EVENTS)
    governed(world)
    pull = proposal(world)
    world.desk.work()
    world.repository.set_status(pull.head_sha, REVIEW, "success", by="dana")
    world.desk.work()
    assert world.desk.states(pull)[REVIEW] == "pending"


def test_4_5_i_a_status_of_our_name_by_somebody_else_opens_nothing(world: World) -> None:
    governed(world)
    pull = proposal(world)
    world.desk.work()
    for context in (IMAGES, REVIEW):
        world.repository.set_status(pull.head_sha, context, "success", by="dana")
    with pytest.raises(MergeRefused):
        pull.merge("bob")
    pull.comment("dana", "/assay recheck")
    assert not merges(world, pull)


def test_4_5_j_a_commit_of_an_address_that_github_does_not_know_asks_for_one_more(world: World) -> None:
    governed(world)
    pull = proposal(world)
    pull.push({"policies/a.yaml": "mode: Off\n"}, author=Identity("Alice", "alice@home.test"))
    pull.review("alice", "APPROVED")
    assert not merges(world, pull)


def test_4_5_j_who_pushed_a_commit_in_somebody_elses_name_does_not_count(world: World) -> None:
    governed(world)
    pull = proposal(world)
    pull.push({"policies/a.yaml": "mode: Off\n"}, author="dana", pusher="alice")
    pull.review("alice", "APPROVED")
    assert not merges(world, pull)
    assert "`@alice` does not count: pushed to this pull request" in pull.comments[-1].body


def test_4_5_j_who_pushed_by_force_to_a_fork_does_not_count(world: World) -> None:
    governed(world)
    fork = world.repository.fork("dana")
    fork.commit("edit", {"policies/a.yaml": NEW}, author="dana")
    evil = fork.commit("evil", {"policies/a.yaml": "mode: Off\n"}, author="dana")
    pull = world.repository.open_pull_request("edit", author="dana", repository=fork)
    pull.force_push(evil, by="alice")
    pull.review("alice", "APPROVED")
    world.desk.github.fault(Fault("GET", "*/activity", status=404, times=None))
    assert not merges(world, pull)
    assert "Not everybody who pushed is known" in pull.comments[-1].body


def test_4_5_j_a_co_author_does_not_count(world: World) -> None:
    governed(world)
    pull = proposal(world)
    pull.push({"policies/a.yaml": "mode: Off\n"}, author="dana", co_authors=["alice"])
    pull.review("alice", "APPROVED")
    assert not merges(world, pull)


@pytest.mark.parametrize("own", ["mode: observe", "solo: true", 'reviews: [{paths: ["/policies/"], users: [dana]}]'])
def test_4_5_k_a_policy_of_the_repository_takes_nothing_from_the_floor(world: World, own: str) -> None:
    floor = world.desk.github.repository("acme/.github")
    floor.commit("main", {"assay.yml": f"{GOVERNED}allow-solo: false\n"})
    governed(world, f"version: 1\nunmatched: allow\n{own}\n")
    assert not merges(world, proposal(world))


def test_4_5_l_a_merge_that_changes_what_was_approved_drops_the_approval(world: World) -> None:
    governed(world)
    pull = proposal(world)
    pull.review("alice", "APPROVED")
    world.repository.commit("main", {"docs.md": "two\n"}, author="owner")
    # As GitHub's editor of conflicts does: a merge with two parents, committed in the browser, that holds more.
    files = {"docs.md": "two\n", "policies/a.yaml": "mode: Off\n"}
    parents = [pull.head_sha, "main"]
    pull.push(files, author="dana", committer="web-flow", parents=parents, message="Merge branch 'main' into edit")
    assert not merges(world, pull)


def test_4_5_m_more_commits_than_github_lists_are_never_judged_green(world: World) -> None:
    governed(world)
    pull = proposal(world)
    world.desk.skip()
    tip = pull.head_sha
    for number in range(251):
        tip = world.repository.commit("long", {"docs.md": f"{number}\n"}, author="dana", parents=[tip])
    pull.force_push(tip, by="dana")
    pull.review("alice", "APPROVED")
    assert not merges(world, pull)
    assert world.desk.states(pull)[REVIEW] == "error"


def test_4_5_n_a_removed_file_is_a_change(world: World) -> None:
    governed(world)
    world.repository.commit("edit", {"policies/a.yaml": None}, author="dana")
    assert not merges(world, world.repository.open_pull_request("edit", author="dana"))


def test_4_5_o_a_delivery_that_nobody_took_leaves_the_gate_closed(world: World) -> None:
    governed(world)
    pull = proposal(world)
    pull.review("alice", "APPROVED")
    world.desk.skip()
    assert not merges(world, pull)


def test_4_5_p_what_is_unchanged_is_not_posted_again(world: World) -> None:
    governed(world)
    pull = proposal(world)
    world.desk.work()
    for _ in range(5):
        pull.comment("dana", "/assay recheck")
        world.desk.work()
    posted = [one for one in world.desk.github.statuses(world.repository, pull.head_sha) if one.context == REVIEW]
    assert [one.description for one in posted] == ["waits for 1 approval from @acme/security"]


def test_4_5_q_two_pull_requests_with_one_head_wait_for_each_other(world: World) -> None:
    governed(world)
    first = proposal(world)
    first.review("alice", "APPROVED")
    world.desk.work()
    assert world.desk.states(first)[REVIEW] == "success"
    second = world.repository.open_pull_request("edit", author="alice")
    assert not merges(world, second)
    assert world.desk.states(first)[REVIEW] == "pending"
