"""Commits that a client has GitHub make on a branch, and what the branch then shows."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.fakes.github import GitHub, PullRequest, Repository
from tests.fakes_selftest.github.conftest import Client

MAKE = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid author { user { login } } committer { name } committedViaWeb } }
}"""


@pytest.fixture
def writer(gh: GitHub, client: Client) -> Client:
    """A client that may write."""
    installation = gh.installation("acme")
    installation.permissions = {**installation.permissions, "contents": "write"}
    return client


def make(writer: Client, head: str, **message: str) -> dict[str, Any]:
    addition = {"path": "a.json", "contents": base64.b64encode(b"{}\n").decode()}
    wanted = {
        "branch": {"repositoryNameWithOwner": "acme/gitops", "branchName": "bump"},
        "expectedHeadOid": head,
        "message": {"headline": "Headline", **message},
        "fileChanges": {"additions": [addition]},
    }
    return writer.graphql(MAKE, input=wanted)


def test_a_commit_is_the_apps_and_github_signs_it(writer: Client, pull: PullRequest) -> None:
    made = make(writer, pull.head_sha)["data"]["createCommitOnBranch"]["commit"]
    assert (made["author"]["user"]["login"], made["committer"]["name"], made["committedViaWeb"]) == (
        "assay[bot]",
        "GitHub",
        True,
    )


def test_a_commit_holds_the_files_and_the_message(writer: Client, pull: PullRequest, repo: Repository) -> None:
    sha = make(writer, pull.head_sha, body="Body")["data"]["createCommitOnBranch"]["commit"]["oid"]
    assert repo.git.git("show", f"{sha}:a.json") == b"{}\n"
    commit = repo.git.commit(sha)
    assert commit
    assert commit.message == "Headline\n\nBody"


def test_the_pull_request_has_the_new_head_and_it_is_delivered(gh: GitHub, writer: Client, pull: PullRequest) -> None:
    sha = make(writer, pull.head_sha)["data"]["createCommitOnBranch"]["commit"]["oid"]
    assert pull.head_sha == sha
    last = [one for one in gh.deliveries if one.event == "pull_request"][-1]
    assert (last.payload["action"], last.payload["sender"]["login"]) == ("synchronize", "assay[bot]")


def test_the_push_is_the_apps(writer: Client, pull: PullRequest) -> None:
    make(writer, pull.head_sha)
    latest = writer.get("/repos/acme/gitops/activity", params={"ref": "refs/heads/bump"}).json()[0]
    assert (latest["actor"]["login"], latest["after"]) == ("assay[bot]", pull.head_sha)


def test_a_commit_on_another_head_is_refused(writer: Client, pull: PullRequest) -> None:
    before = pull.head_sha
    pull.push({"x": "1"}, author="alice")
    assert make(writer, before)["errors"][0]["type"] == "STALE_DATA"


def test_without_the_permission_it_is_refused(client: Client, pull: PullRequest) -> None:
    assert make(client, pull.head_sha)["errors"][0]["type"] == "FORBIDDEN"


def test_a_branch_shows_the_pull_requests_that_come_from_it(client: Client, pull: PullRequest) -> None:
    wanted = "headRef { name target { oid } associatedPullRequests(first: 2, states: [OPEN]) { totalCount } }"
    shown = client.pull(wanted)["headRef"]
    assert (shown["name"], shown["target"]["oid"], shown["associatedPullRequests"]["totalCount"]) == (
        "bump",
        pull.head_sha,
        1,
    )
    pull.close()
    assert client.pull(wanted)["headRef"]["associatedPullRequests"]["totalCount"] == 0


def test_a_pull_request_says_whether_it_is_queued(client: Client, pull: PullRequest, repo: Repository) -> None:
    assert client.pull("isInMergeQueue")["isInMergeQueue"] is False
    repo.queue(pull)
    assert client.pull("isInMergeQueue")["isInMergeQueue"] is True
