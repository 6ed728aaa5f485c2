"""Objects and refs that a client makes one by one, read back by git."""

from __future__ import annotations

import base64

import pytest

from tests.fakes.github import GitHub, Repository
from tests.fakes_selftest.github.conftest import Client

GIT = "/repos/acme/gitops/git"
NOTES = "refs/notes/assay"


@pytest.fixture
def writer(gh: GitHub, repo: Repository, client: Client) -> Client:
    """A client that may write."""
    installation = gh.installation("acme")
    installation.permissions = {**installation.permissions, "contents": "write"}
    return client


def committed(
    writer: Client, text: bytes = b"words\n", *parents: str, base: str | None = None, path: str = "a/b"
) -> str:
    blob = writer.post(f"{GIT}/blobs", {"content": base64.b64encode(text).decode(), "encoding": "base64"}).json()["sha"]
    entry = {"path": path, "mode": "100644", "type": "blob", "sha": blob}
    tree = writer.post(f"{GIT}/trees", {"tree": [entry], **({"base_tree": base} if base else {})}).json()["sha"]
    body = {"message": "Note", "tree": tree, "parents": list(parents)}
    sha: str = writer.post(f"{GIT}/commits", body).json()["sha"]
    return sha


def test_what_was_made_is_read_by_git(writer: Client, repo: Repository) -> None:
    commit = committed(writer)
    assert writer.post(f"{GIT}/refs", {"ref": NOTES, "sha": commit}).status_code == 201
    assert repo.git.git("show", f"{NOTES}:a/b") == b"words\n"
    assert writer.get(f"{GIT}/ref/notes/assay").json()["object"]["sha"] == commit


def test_a_tree_keeps_what_its_base_holds(writer: Client, repo: Repository) -> None:
    first = committed(writer)
    tree = repo.git.commit(first)
    assert tree
    second = committed(writer, b"more\n", first, base=tree.tree, path="a/c")
    assert repo.git.git("ls-tree", "-r", "--name-only", second) == b"a/b\na/c\n"


def test_a_commit_is_the_apps(writer: Client, repo: Repository) -> None:
    commit = repo.git.commit(committed(writer))
    assert commit
    assert (commit.author.name, commit.message) == ("assay", "Note")


def test_a_ref_moves_forward_only(writer: Client, repo: Repository) -> None:
    first, other = committed(writer), committed(writer, b"other\n")
    writer.post(f"{GIT}/refs", {"ref": NOTES, "sha": first})
    answer = writer.ask("PATCH", f"{GIT}/refs/notes/assay", json={"sha": other, "force": False})
    assert (answer.status_code, answer.json()["message"]) == (422, "Update is not a fast forward")
    later = committed(writer, b"later\n", first)
    assert writer.ask("PATCH", f"{GIT}/refs/notes/assay", json={"sha": later}).status_code == 200
    assert repo.git.tip(NOTES) == later


def test_a_ref_is_made_once(writer: Client) -> None:
    commit = committed(writer)
    writer.post(f"{GIT}/refs", {"ref": NOTES, "sha": commit})
    answer = writer.post(f"{GIT}/refs", {"ref": NOTES, "sha": commit})
    assert (answer.status_code, answer.json()["message"]) == (422, "Reference already exists")


def test_a_ref_that_is_not_there_does_not_move(writer: Client) -> None:
    answer = writer.ask("PATCH", f"{GIT}/refs/notes/assay", json={"sha": committed(writer)})
    assert (answer.status_code, answer.json()["message"]) == (422, "Reference does not exist")


@pytest.mark.parametrize("name", ["notes/assay", "refs/assay"])
def test_a_ref_has_a_whole_name(writer: Client, name: str) -> None:
    assert writer.post(f"{GIT}/refs", {"ref": name, "sha": committed(writer)}).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("trees", {"tree": [], "base_tree": "0" * 40}),
        ("trees", {"tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": "0" * 40}]}),
        ("commits", {"message": "m", "tree": "0" * 40}),
        ("refs", {"ref": NOTES, "sha": "0" * 40}),
    ],
)
def test_what_does_not_exist_is_refused(writer: Client, path: str, body: object) -> None:
    assert writer.post(f"{GIT}/{path}", body).status_code == 422


def test_who_may_only_read_makes_nothing(client: Client, repo: Repository) -> None:
    assert client.post(f"{GIT}/blobs", {"content": "words"}).status_code == 403
