"""Comments, roles and teams: whose word it is, and what is hidden."""

from __future__ import annotations

import pytest

from tests.fakes.github import GitHub, PullRequest, Repository
from tests.fakes_selftest.github.conftest import Client

COMMENTS = "/repos/acme/gitops/issues/1/comments"
ROLE = "/repos/acme/gitops/collaborators/{}/permission"
TEAM = "/orgs/acme/teams/security"


def test_a_comment_is_the_bots(client: Client, pull: PullRequest) -> None:
    body = client.post(COMMENTS, {"body": "posture"}).json()
    assert (body["user"]["login"], body["user"]["type"], body["body"]) == ("assay[bot]", "Bot", "posture")


def test_a_comment_of_65536_characters_is_taken(client: Client, pull: PullRequest) -> None:
    assert client.post(COMMENTS, {"body": "x" * 65_536}).status_code == 201


def test_a_longer_comment_is_refused_in_githubs_words(client: Client, pull: PullRequest) -> None:
    (error,) = client.post(COMMENTS, {"body": "x" * 65_537}).json()["errors"]
    message = "Body is too long (maximum is 65536 characters)"
    assert error == {"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": message}


def test_comments_are_listed_ascending_by_id(client: Client, pull: PullRequest) -> None:
    for number in range(31):
        pull.comment("bob", str(number))
    first = client.get(COMMENTS).json()
    assert [one["body"] for one in first] == [str(number) for number in range(30)]


def test_anybody_can_paste_a_marker_and_the_author_tells(client: Client, pull: PullRequest) -> None:
    pull.comment("mallory", "<!-- assay -->")
    assert client.get(COMMENTS).json()[0]["user"]["login"] == "mallory"


def test_a_comment_is_edited_in_place(client: Client, pull: PullRequest) -> None:
    number = client.post(COMMENTS, {"body": "old"}).json()["id"]
    client.ask("PATCH", f"/repos/acme/gitops/issues/comments/{number}", json={"body": "new"})
    assert [one.body for one in pull.comments] == ["new"]


def test_a_comment_is_deleted(client: Client, pull: PullRequest) -> None:
    number = client.post(COMMENTS, {"body": "old"}).json()["id"]
    answer = client.ask("DELETE", f"/repos/acme/gitops/issues/comments/{number}")
    assert (answer.status_code, pull.comments) == (204, [])


def test_a_comment_that_is_gone_is_not_found(client: Client, pull: PullRequest) -> None:
    assert client.ask("PATCH", "/repos/acme/gitops/issues/comments/1", json={"body": "new"}).status_code == 404


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("olga", ("admin", "admin")),
        ("bob", ("write", "maintain")),
        ("alice", ("write", "write")),
        ("tom", ("read", "triage")),
        ("rita", ("read", "read")),
        ("sam", ("write", "write")),
        ("stranger", ("none", "none")),
    ],
)
def test_the_role_name_tells_what_the_old_word_folds(
    client: Client, repo: Repository, login: str, words: tuple[str, str]
) -> None:
    repo.grant("tom", "triage")
    client.gh.user(login)
    body = client.get(ROLE.format(login)).json()
    assert (body["permission"], body["role_name"]) == words


def test_everybody_may_read_a_public_repository(client: Client) -> None:
    client.gh.repository("acme/open")
    client.gh.user("stranger")
    assert client.get("/repos/acme/open/collaborators/stranger/permission").json()["permission"] == "read"


def test_who_does_not_exist_is_not_found(client: Client, repo: Repository) -> None:
    assert client.get(ROLE.format("nobody-at-all")).status_code == 404


def test_team_members_include_those_of_child_teams(client: Client) -> None:
    client.gh.team("acme/redteam", ["rex"], parent="security")
    assert [one["login"] for one in client.get(f"{TEAM}/members").json()] == ["rex", "sam", "tess"]


def test_a_pending_member_is_not_a_member(client: Client) -> None:
    client.gh.team("acme/security", ["sam"], pending=["peter"])
    assert [one["login"] for one in client.get(f"{TEAM}/members").json()] == ["sam"]
    assert client.get(f"{TEAM}/memberships/peter").json()["state"] == "pending"


def test_without_members_permission_a_team_is_not_found_rather_than_forbidden(client: Client, repo: Repository) -> None:
    narrow = client.narrowed(permissions={"contents": "read"})
    assert narrow.get(f"{TEAM}/members").status_code == 404


def test_a_team_of_another_organization_is_not_found(client: Client, gh: GitHub) -> None:
    gh.organization("umbrella", teams={"security": ["eve"]})
    assert client.get("/orgs/umbrella/teams/security/members").status_code == 404


def test_a_team_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.get("/orgs/acme/teams/nobody/members").status_code == 404


def test_membership_of_the_organization_is_told(client: Client) -> None:
    client.gh.user("stranger")
    found = [client.get(f"/orgs/acme/members/{login}").status_code for login in ("alice", "olga", "stranger")]
    assert found == [204, 204, 404]


def test_who_may_not_see_members_is_sent_to_the_public_ones(client: Client, repo: Repository) -> None:
    narrow = client.narrowed(permissions={"contents": "read"})
    assert narrow.get("/orgs/acme/members/alice").status_code == 302
