"""Who pushed what, and who was asked for a review, as GitHub tells it."""

from __future__ import annotations

import pytest

from tests.fakes.github import PullRequest, Repository
from tests.fakes_selftest.github.conftest import Client

FORCED = """timelineItems(last: 10, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT]) {
  totalCount nodes { ... on HeadRefForcePushedEvent { actor { login } } }
}"""


def activity(client: Client, **query: str) -> list[tuple[str, str, str]]:
    rows = client.get("/repos/acme/gitops/activity", params=query).json()
    return [(row["activity_type"], row["ref"], row["actor"]["login"]) for row in rows]


def test_the_latest_push_comes_first(client: Client, repo: Repository) -> None:
    repo.commit("topic", {"a": "1"}, author="mona")
    repo.commit("topic", {"a": "2"}, author="mona", pusher="hubert")
    repo.delete_branch("topic")
    assert [row[::2] for row in activity(client, ref="refs/heads/topic")] == [
        ("branch_deletion", "acme"),
        ("push", "hubert"),
        ("branch_creation", "mona"),
    ]


def test_a_branch_is_named_with_or_without_its_prefix(client: Client, repo: Repository) -> None:
    repo.commit("topic", {"a": "1"}, author="mona")
    assert activity(client, ref="topic") == activity(client, ref="refs/heads/topic") != []


@pytest.mark.parametrize(("onwards", "word"), [(True, "push"), (False, "force_push")])
def test_a_branch_that_does_not_go_on_was_forced(client: Client, repo: Repository, word: str, *, onwards: bool) -> None:
    first = repo.commit("topic", {"a": "1"}, author="mona")
    middle = repo.commit("far", {"a": "2"}, author="mona", parents=[first if onwards else "main"])
    repo.branch("topic", at=repo.commit("far", {"a": "3"}, author="mona", parents=[middle]), by="mona")
    assert activity(client, ref="topic")[0][0] == word


def test_the_next_page_is_reached_by_its_cursor_only(client: Client, repo: Repository) -> None:
    for number in range(3):
        repo.commit("topic", {"a": str(number)}, author="mona")
    answer = client.get("/repos/acme/gitops/activity", params={"ref": "topic", "per_page": "2"})
    assert (len(answer.json()), "page=2" in answer.headers["link"].replace("per_page=2", "")) == (2, False)
    assert len(client.get(answer.links["next"]["url"]).json()) == 1


def test_the_timeline_names_who_pushed_by_force(client: Client, repo: Repository, pull: PullRequest) -> None:
    pull.push({"a": "1"}, author="mona")
    pull.force_push("main", by="hubert")
    shown = client.repository(f"pullRequest(number: {pull.number}) {{{FORCED}}}")["pullRequest"]["timelineItems"]
    assert shown == {"totalCount": 1, "nodes": [{"actor": {"login": "hubert"}}]}


def test_the_timeline_remembers_who_was_asked(client: Client, repo: Repository, pull: PullRequest) -> None:
    user = repo.world.account
    pull.request([user("lee")], ["security"], user("mona"))
    pull.review("lee", "COMMENTED")
    rows = client.get(f"/repos/acme/gitops/issues/{pull.number}/timeline").json()
    asked = [(row.get("requested_reviewer") or {}).get("login") or row["requested_team"]["slug"] for row in rows]
    assert asked == ["lee", "security"]


def test_a_forgotten_commit_is_gone(client: Client, repo: Repository) -> None:
    gone = repo.commit("topic", {"a": "1"}, author="mona")
    repo.branch("topic", at="main")
    repo.forget(gone)
    assert client.get(f"/repos/acme/gitops/compare/main...{gone}").status_code == 404
    assert client.repository(f'object(oid: "{gone}") {{oid}}')["object"] is None
