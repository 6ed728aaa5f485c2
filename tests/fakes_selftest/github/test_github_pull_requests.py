"""Pull requests over REST: what is frozen, what moves, who may be asked, what reviews say."""

from __future__ import annotations

import pytest

from tests.fakes.github import MergeRefused, PullRequest, Repository
from tests.fakes_selftest.github.conftest import Client, Json

PULL = "/repos/acme/gitops/pulls/1"


def rest(client: Client) -> Json:
    return client.get(PULL).json()


def test_base_sha_is_frozen_while_the_base_branch_moves(client: Client, repo: Repository, pull: PullRequest) -> None:
    before = repo.tip("main")
    repo.commit("main", {"other.yaml": "1"})
    assert rest(client)["base"]["sha"] == before


def test_base_sha_is_refreshed_by_a_push_to_the_head(client: Client, repo: Repository, pull: PullRequest) -> None:
    tip = repo.commit("main", {"other.yaml": "1"})
    pull.push({"app.yaml": "image: three\n"}, author="alice")
    assert rest(client)["base"]["sha"] == tip


def test_the_head_follows_a_push(client: Client, pull: PullRequest) -> None:
    sha = pull.push({"app.yaml": "image: three\n"}, author="alice")
    assert rest(client)["head"]["sha"] == sha


def test_the_head_follows_a_forced_push(client: Client, repo: Repository, pull: PullRequest) -> None:
    pull.force_push(repo.commit("elsewhere", {"app.yaml": "image: nine\n"}))
    assert rest(client)["head"]["sha"] == repo.tip("elsewhere")


def test_mergeable_is_null_until_it_is_known(client: Client, pull: PullRequest) -> None:
    assert rest(client)["mergeable"] is None


def test_a_fork_is_told_by_its_repository_number(client: Client, repo: Repository) -> None:
    fork = repo.fork("mallory")
    fork.commit("evil", {"app.yaml": "x"}, author="mallory")
    repo.open_pull_request("evil", author="mallory", repository=fork)
    body = rest(client)
    assert (body["head"]["repo"]["id"], body["base"]["repo"]["id"]) == (fork.id, repo.id)


def test_a_deleted_fork_leaves_a_null_repository_and_its_commits(client: Client, repo: Repository) -> None:
    fork = repo.fork("mallory")
    sha = fork.commit("evil", {"app.yaml": "image: evil\n"}, author="mallory")
    repo.open_pull_request("evil", author="mallory", repository=fork)
    fork.delete()
    body = rest(client)
    assert (body["head"]["repo"], body["head"]["sha"]) == (None, sha)
    assert [one["filename"] for one in client.get(f"{PULL}/files").json()] == ["app.yaml"]


def test_a_draft_says_so(client: Client, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"})
    repo.open_pull_request("bump", draft=True)
    assert rest(client)["draft"] is True


def test_files_come_thirty_a_page_with_links(client: Client, repo: Repository) -> None:
    repo.commit("many", {f"f/{number:03}.yaml": "x" for number in range(70)})
    repo.open_pull_request("many")
    answer = client.get(f"{PULL}/files")
    assert (len(answer.json()), answer.links["next"]["url"]) == (30, f"{client.gh.url}{PULL}/files?page=2")
    assert "next" not in client.get(f"{PULL}/files", params={"page": 3}).links


def test_a_page_holds_a_hundred_at_most(client: Client, pull: PullRequest) -> None:
    assert client.get(f"{PULL}/files", params={"per_page": 101}).status_code == 422
    client.gh.violations.clear()


def test_commits_end_at_two_hundred_and_fifty(client: Client, repo: Repository, pull: PullRequest) -> None:
    for number in range(251):
        repo.commit("long", {"n": str(number)})
    repo.open_pull_request("long")
    found = [
        one
        for page in (1, 2, 3)
        for one in client.get("/repos/acme/gitops/pulls/2/commits", params={"per_page": 100, "page": page}).json()
    ]
    assert len(found) == 250


def test_commits_hold_those_of_every_parent(client: Client, repo: Repository) -> None:
    side = repo.commit("side", {"s": "1"}, author="zoe")
    repo.commit("bump", {"a": "1"}, author="alice")
    merge = repo.commit("bump", {"a": "2"}, author="alice", parents=["bump", side])
    repo.open_pull_request("bump", author="alice")
    shas = [one["sha"] for one in client.get(f"{PULL}/commits").json()]
    assert {side, merge} <= set(shas)


def test_pull_requests_are_filtered_by_head_and_base(client: Client, repo: Repository, pull: PullRequest) -> None:
    repo.branch("stable")
    other = repo.open_pull_request("bump", base="stable")
    query = {"head": "acme:bump", "base": "stable"}
    assert [one["number"] for one in client.get("/repos/acme/gitops/pulls", params=query).json()] == [other.number]


def test_a_closed_one_is_not_listed_as_open(client: Client, pull: PullRequest) -> None:
    pull.close()
    assert client.get("/repos/acme/gitops/pulls").json() == []


def test_the_pull_requests_of_a_commit_are_found(client: Client, pull: PullRequest) -> None:
    body = client.get(f"/repos/acme/gitops/commits/{pull.head_sha}/pulls").json()
    assert [one["number"] for one in body] == [1]


# Reviews


def test_reviews_are_one_row_each_in_order(client: Client, pull: PullRequest) -> None:
    pull.review("bob", "CHANGES_REQUESTED")
    pull.review("bob", "APPROVED")
    states = [one["state"] for one in client.get(f"{PULL}/reviews").json()]
    assert states == ["CHANGES_REQUESTED", "APPROVED"]


def test_an_approval_stays_with_its_old_commit_after_a_push(client: Client, pull: PullRequest) -> None:
    before = pull.head_sha
    pull.review("bob", "APPROVED")
    pull.push({"app.yaml": "image: evil\n"}, author="alice")
    (one,) = client.get(f"{PULL}/reviews").json()
    assert (one["state"], one["commit_id"]) == ("APPROVED", before)


def test_stale_approvals_are_dismissed_where_the_branch_says_so(
    client: Client, repo: Repository, pull: PullRequest
) -> None:
    repo.protect("main", dismiss_stale=True)
    pull.review("bob", "APPROVED")
    pull.push({"app.yaml": "image: evil\n"}, author="alice")
    assert client.get(f"{PULL}/reviews").json()[0]["state"] == "DISMISSED"


def test_a_pending_review_is_seen_by_its_author_only(client: Client, pull: PullRequest) -> None:
    pull.review("bob", "PENDING")
    assert client.get(f"{PULL}/reviews").json() == []


def test_a_review_of_a_deleted_account_has_no_user(client: Client, pull: PullRequest) -> None:
    pull.review("bob", "APPROVED")
    client.gh.delete_user("bob")
    assert client.get(f"{PULL}/reviews").json()[0]["user"] is None


def test_nobody_approves_their_own_pull_request(pull: PullRequest) -> None:
    with pytest.raises(MergeRefused):
        pull.review("alice", "APPROVED")


def test_a_dismissed_review_turns_its_row(client: Client, pull: PullRequest) -> None:
    review = pull.review("bob", "APPROVED")
    answer = client.ask("PUT", f"{PULL}/reviews/{review.id}/dismissals", json={"message": "stale"})
    assert answer.json()["state"] == "DISMISSED"


def test_the_app_may_review(client: Client, pull: PullRequest) -> None:
    body = client.post(f"{PULL}/reviews", {"event": "COMMENT", "body": "seen"}).json()
    assert (body["state"], body["user"]["login"]) == ("COMMENTED", "assay[bot]")


# Requested reviewers


def test_people_and_teams_are_asked(client: Client, pull: PullRequest) -> None:
    answer = client.post(f"{PULL}/requested_reviewers", {"reviewers": ["bob"], "team_reviewers": ["security"]})
    assert answer.status_code == 201
    asked = client.get(f"{PULL}/requested_reviewers").json()
    assert ([u["login"] for u in asked["users"]], [t["slug"] for t in asked["teams"]]) == (["bob"], ["security"])


def test_who_reviews_vanishes_from_the_requested(client: Client, pull: PullRequest) -> None:
    client.post(f"{PULL}/requested_reviewers", {"reviewers": ["bob"]})
    pull.review("bob", "COMMENTED")
    assert client.get(f"{PULL}/requested_reviewers").json()["users"] == []


@pytest.mark.parametrize("names", [["alice"], ["stranger"], ["bob", "stranger"]])
def test_an_author_or_a_stranger_fails_the_whole_request(client: Client, pull: PullRequest, names: list[str]) -> None:
    answer = client.post(f"{PULL}/requested_reviewers", {"reviewers": names})
    assert (answer.status_code, pull.requested_users) == (422, [])


def test_a_team_without_access_cannot_be_asked(client: Client, pull: PullRequest) -> None:
    client.gh.team("acme/guests", ["gus"])
    assert client.post(f"{PULL}/requested_reviewers", {"team_reviewers": ["guests"]}).status_code == 422


def test_a_request_is_taken_back(client: Client, pull: PullRequest) -> None:
    client.post(f"{PULL}/requested_reviewers", {"reviewers": ["bob"]})
    answer = client.ask("DELETE", f"{PULL}/requested_reviewers", json={"reviewers": ["bob"]})
    assert (answer.status_code, pull.requested_users) == (200, [])
