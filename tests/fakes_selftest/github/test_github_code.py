"""Code as REST shows it: every answer is git's, cut where GitHub cuts it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.fakes.github import Identity, PullRequest, Repository, executable, submodule, symlink
from tests.fakes_selftest.github.conftest import Client, Json

REPO = "/repos/acme/gitops"


def compared(client: Client, basehead: str) -> Json:
    return client.get(f"{REPO}/compare/{basehead}").json()


def test_a_file_comes_in_base64_with_its_blob_id(client: Client, repo: Repository) -> None:
    body = client.get(f"{REPO}/contents/app.yaml").json()
    data = base64.b64decode(body["content"])
    assert data == b"image: one\n"
    assert body["sha"] == hashlib.sha1(b"blob 11\0" + data, usedforsecurity=False).hexdigest()


def test_a_file_is_read_at_a_ref(client: Client, pull: PullRequest) -> None:
    body = client.get(f"{REPO}/contents/app.yaml", params={"ref": pull.head_sha}).json()
    assert base64.b64decode(body["content"]) == b"image: two\n"


def test_a_missing_path_is_not_found(client: Client, repo: Repository) -> None:
    assert client.get(f"{REPO}/contents/nothing.yaml").status_code == 404


def test_the_raw_media_type_gives_bytes(client: Client, repo: Repository) -> None:
    answer = client.get(f"{REPO}/contents/app.yaml", headers={"Accept": "application/vnd.github.raw+json"})
    assert answer.content == b"image: one\n"


def test_a_file_over_one_megabyte_has_encoding_none_and_no_content(client: Client, repo: Repository) -> None:
    repo.commit("main", {"big.yaml": "x" * ((1 << 20) + 1)})
    body = client.get(f"{REPO}/contents/big.yaml").json()
    assert (body["encoding"], body["content"], body["size"]) == ("none", "", (1 << 20) + 1)


def test_a_file_over_one_megabyte_comes_raw(client: Client, repo: Repository) -> None:
    repo.commit("main", {"big.yaml": "x" * ((1 << 20) + 1)})
    answer = client.get(f"{REPO}/contents/big.yaml", headers={"Accept": "application/vnd.github.raw"})
    assert len(answer.content) == (1 << 20) + 1


def test_a_directory_is_a_list(client: Client, repo: Repository) -> None:
    assert [one["path"] for one in client.get(f"{REPO}/contents/docs").json()] == ["docs/a.md"]


def test_a_symbolic_link_is_called_so(client: Client, repo: Repository) -> None:
    repo.commit("main", {"link.yaml": symlink("../../etc/passwd")})
    body = client.get(f"{REPO}/contents/link.yaml").json()
    assert (body["type"], body["target"]) == ("symlink", "../../etc/passwd")


def test_a_submodule_is_called_so(client: Client, repo: Repository) -> None:
    repo.commit("main", {"vendor": submodule("a" * 40)})
    assert client.get(f"{REPO}/contents/vendor").json()["type"] == "submodule"


def test_a_tree_shows_modes(client: Client, repo: Repository) -> None:
    repo.commit("main", {"run.sh": executable("#!/bin/sh\n"), "link": symlink("x"), "sub": submodule("a" * 40)})
    tree = client.get(f"{REPO}/git/trees/main").json()["tree"]
    modes = {one["path"]: one["mode"] for one in tree}
    assert [modes[name] for name in ("docs", "run.sh", "link", "sub")] == ["040000", "100755", "120000", "160000"]


def test_a_recursive_tree_goes_down(client: Client, repo: Repository) -> None:
    tree = client.get(f"{REPO}/git/trees/main", params={"recursive": "1"}).json()
    assert "docs/a.md" in [one["path"] for one in tree["tree"]]


def test_a_large_tree_is_truncated_and_says_so(client: Client, repo: Repository) -> None:
    repo.world.tree_limit = 2
    body = client.get(f"{REPO}/git/trees/main", params={"recursive": "1"}).json()
    assert (len(body["tree"]), body["truncated"]) == (2, True)


def test_a_blob_of_a_fork_is_read_through_its_base(client: Client, repo: Repository) -> None:
    fork = repo.fork("mallory")
    sha = fork.commit("evil", {"app.yaml": "image: evil\n"}, author="mallory")
    item = repo.git.find(sha, "app.yaml")
    assert item
    body = client.get(f"{REPO}/git/blobs/{item.sha}").json()
    assert base64.b64decode(body["content"]) == b"image: evil\n"


def test_a_ref_is_found_by_its_whole_name(client: Client, repo: Repository) -> None:
    assert client.get(f"{REPO}/git/ref/heads/main").json()["object"]["sha"] == repo.tip("main")


def test_a_commit_shows_the_account_of_its_email_address(client: Client, pull: PullRequest) -> None:
    body = client.get(f"{REPO}/commits/{pull.head_sha}").json()
    assert (body["author"]["login"], [one["filename"] for one in body["files"]]) == ("alice", ["app.yaml"])


def test_a_commit_of_an_unknown_address_has_no_account(client: Client, repo: Repository) -> None:
    sha = repo.commit("x", {"a": "1"}, author=Identity("Nobody", "nobody@example.com"))
    assert client.get(f"{REPO}/commits/{sha}").json()["author"] is None


def test_comparison_starts_from_the_merge_base(client: Client, repo: Repository, pull: PullRequest) -> None:
    base = repo.tip("main")
    repo.commit("main", {"app.yaml": "image: three\n"})
    body = compared(client, f"main...{pull.head_sha}")
    assert (body["merge_base_commit"]["sha"], body["status"]) == (base, "diverged")
    assert [one["filename"] for one in body["files"]] == ["app.yaml"]


def test_comparison_names_renames_with_both_paths(client: Client, repo: Repository) -> None:
    repo.commit("mv", {"app.yaml": None, "web.yaml": "image: one\n"})
    (one,) = compared(client, "main...mv")["files"]
    assert (one["status"], one["filename"], one["previous_filename"]) == ("renamed", "web.yaml", "app.yaml")


def test_a_removed_file_is_removed_and_shows_its_old_blob(client: Client, repo: Repository) -> None:
    item = repo.git.find(repo.resolve("main") or "", "app.yaml")
    assert item
    repo.commit("rm", {"app.yaml": None})
    (one,) = compared(client, "main...rm")["files"]
    assert (one["status"], one["sha"]) == ("removed", item.sha)


def test_a_binary_has_no_patch(client: Client, repo: Repository) -> None:
    repo.commit("bin", {"a.bin": b"\0\1\2", "b.txt": "text\n"})
    files = compared(client, "main...bin")["files"]
    assert ["patch" in one for one in files] == [False, True]


def test_comparison_ends_at_three_hundred_files(client: Client, repo: Repository) -> None:
    repo.commit("many", {f"f/{number:03}.yaml": str(number) for number in range(301)})
    assert len(compared(client, "main...many")["files"]) == 300


def test_files_are_on_the_first_page_of_a_comparison_only(client: Client, repo: Repository, pull: PullRequest) -> None:
    body = client.get(f"{REPO}/compare/main...bump", params={"page": 2}).json()
    assert (body["files"], body["commits"]) == ([], [])


def test_comparison_finds_a_branch_of_a_fork(client: Client, repo: Repository) -> None:
    fork = repo.fork("mallory")
    sha = fork.commit("evil", {"app.yaml": "image: evil\n"}, author="mallory")
    assert compared(client, "main...mallory:evil")["commits"][0]["sha"] == sha


def test_unrelated_histories_cannot_be_compared(client: Client, repo: Repository) -> None:
    repo.commit("alone", {"a": "1"}, parents=())
    assert client.get(f"{REPO}/compare/main...alone").status_code == 404


@pytest.mark.parametrize("name", ["a b.yaml", "é.yaml", 'quo"te.yaml', "tab\t.yaml", "new\nline.yaml", "back\\slash"])
def test_a_hostile_file_name_survives(client: Client, repo: Repository, name: str) -> None:
    repo.commit("odd", {name: "x\n"})
    assert [one["filename"] for one in compared(client, "main...odd")["files"]] == [name]


def test_commit_ids_are_the_same_in_every_run(repo: Repository) -> None:
    when = repo.git.commit(repo.tip("main") or "")
    assert when
    assert when.committer.when == 1_767_225_601


def test_a_path_that_becomes_a_link_is_one_changed_file(client: Client, repo: Repository) -> None:
    base = repo.commit("old", {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"})
    head = repo.commit("new", {"a.yaml": symlink("b.yaml"), "b.yaml": "b: 2\n"}, parents=["old"])
    files = compared(client, f"{base}...{head}")["files"]
    assert [(one["filename"], one["status"]) for one in files] == [("a.yaml", "changed"), ("b.yaml", "modified")]
