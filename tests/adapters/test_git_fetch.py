"""Partial fetches from the simulated GitHub: real git on both ends of real HTTP."""

from __future__ import annotations

import base64
import json
import logging
import os
import random
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.adapters.bounded_process import Bounds
from app.adapters.git_fetch import Fetched, GitFetch, Wish
from app.core.errors import Unavailable
from app.core.tree import FileStatus
from tests.fakes.github import Fault, GitHub, Repository, submodule, symlink
from tests.fakes.github.gitobjects import Content

GIT = shutil.which("git") or "git"
RECORDER = """#!{python}
import json, os, subprocess, sys
done = subprocess.run([{git!r}, *sys.argv[1:]])
files = [os.path.join(folder, name) for folder, _, names in os.walk(os.environ["GIT_DIR"]) for name in names]
disk = b"".join(open(file, "rb").read() for file in files)
with open({log!r}, "a") as log:
    log.write(json.dumps([sys.argv[1:], dict(os.environ), disk.decode("latin-1")]) + "\\n")
sys.exit(done.returncode)
"""


@dataclass
class Remote:
    gh: GitHub
    repo: Repository
    folder: Path

    def wish(self, files: Mapping[str, Content], base: Mapping[str, Content] | None = None) -> Wish:
        """Return the wish to compare `base` (on main) with `files` on top of it."""
        if base:
            self.repo.commit("main", base, author="olga")
        head = self.repo.commit("head", files, author="olga", parents=["main"])
        fork = self.repo.tip("main")
        assert fork is not None
        return Wish(f"{self.gh.url}/acme/gitops.git", self.token(), fork, head, lambda path: path.endswith(".yaml"))

    def token(self, **permissions: str) -> str:
        wished = {"repository_ids": [self.repo.id], "permissions": permissions or {"contents": "read"}}
        return self.gh.app.mint(self.gh.installation("acme"), wished).value

    @property
    def git(self) -> GitFetch:
        return GitFetch(self.folder / "cache")

    def fetch(self, files: Mapping[str, Content], base: Mapping[str, Content] | None = None) -> Fetched:
        return self.git.fetch(self.wish(files, base))


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    with GitHub() as gh:
        gh.organization("acme")
        yield Remote(gh, gh.repository("acme/gitops", private=True), tmp_path)
        assert gh.violations == []


def texts(fetched: Fetched) -> dict[str, str | None]:
    return {path: file.text for (_, path), (file, _) in sorted(fetched.contents.items())}


def test_changed_files_come_with_their_ids_sorted(remote: Remote) -> None:
    found = remote.fetch({"b.yaml": "2", "a.yaml": "1", "gone.yaml": None}, {"b.yaml": "1", "gone.yaml": "x"})
    assert [(file.path, file.status) for file in found.files] == [
        ("a.yaml", FileStatus.ADDED),
        ("b.yaml", FileStatus.MODIFIED),
        ("gone.yaml", FileStatus.REMOVED),
    ]
    assert found.files[1].after == remote.repo.git.git("rev-parse", "head:b.yaml").decode().strip()


def test_both_sides_contents_come_with_the_commit_they_are_of(remote: Remote) -> None:
    wish = remote.wish({"b.yaml": "new"}, {"b.yaml": "old"})
    contents = remote.git.fetch(wish).contents
    assert contents[wish.base, "b.yaml"][0].text == "old"
    assert contents[wish.head, "b.yaml"][0].text == "new"


def test_only_wanted_contents_come(remote: Remote) -> None:
    assert texts(remote.fetch({"a.yaml": "1", "b.txt": "2"}, {"unchanged.yaml": "3"})) == {"a.yaml": "1"}


def test_a_file_that_only_moved_is_a_rename(remote: Remote) -> None:
    found = remote.fetch({"x.txt": None, "y.txt": "same\n"}, {"x.txt": "same\n"})
    assert [(file.status, file.previous_path) for file in found.files] == [(FileStatus.RENAMED, "x.txt")]


def test_a_file_that_moved_and_was_edited_is_a_rename(remote: Remote) -> None:
    lines = "".join(f"line {number}\n" for number in range(50))
    found = remote.fetch({"x.yaml": None, "y.yaml": lines + "more\n", "z.yaml": "other"}, {"x.yaml": lines})
    assert [(file.path, file.previous_path) for file in found.files] == [("y.yaml", "x.yaml"), ("z.yaml", None)]


def test_at_134_at_135_links_and_submodules_are_told_by_their_mode(remote: Remote) -> None:
    found = remote.fetch({"link": symlink("/etc"), "sub": submodule("2" * 40), "link.yaml": symlink("/etc/passwd")})
    assert {file.path: file.mode for file in found.files} == {"link": "120000", "link.yaml": "120000", "sub": "160000"}
    assert [file.problem for file, _ in found.contents.values()] == ["a symbolic link, which is not followed"]


def test_at_134_a_link_that_became_a_file_was_a_link_before(remote: Remote) -> None:
    wish = remote.wish({"a.yaml": "image: x"}, {"a.yaml": symlink("/etc/passwd")})
    assert "a symbolic link" in (remote.git.fetch(wish).contents[wish.base, "a.yaml"][0].problem or "")


@pytest.mark.parametrize(
    "path", ["a\nb.yaml", "a\tb.yaml", "--output=x.yaml", ":(glob)**.yaml", "caf\udce9.yaml", "$(id).yaml", "a\\b.yaml"]
)
def test_at_137_at_206_a_path_of_any_name_is_data(remote: Remote, path: str) -> None:
    found = remote.fetch({path: "image: x"})
    assert [file.path for file in found.files] == [path]
    assert texts(found) == {path: "image: x"}


def test_at_137_paths_that_differ_in_case_are_two(remote: Remote) -> None:
    assert texts(remote.fetch({"A.yaml": "1", "a.yaml": "2"})) == {"A.yaml": "1", "a.yaml": "2"}


def test_at_140_a_file_above_the_limit_is_named_not_read(remote: Remote) -> None:
    found = remote.fetch({"large.yaml": b"x" * (1 << 20) + b"y"})
    assert [file.problem for file, _ in found.contents.values()] == ["larger than 1 MiB"]


def test_what_a_tree_must_not_hold_is_refused(remote: Remote) -> None:
    git = remote.repo.git.git
    blob = git("hash-object", "-w", "--stdin", stdin=b"#!/bin/sh\n").strip()
    tree = git(
        "hash-object", "-w", "--literally", "-t", "tree", "--stdin", stdin=b"100644 ..\0" + bytes.fromhex(blob.decode())
    )
    parent = remote.repo.tip("main")
    assert parent is not None
    stamp = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    head = git("commit-tree", tree.decode().strip(), "-p", parent, stdin=b"evil", environment=stamp).decode().strip()
    git("update-ref", "refs/heads/evil", head)
    wish = replace(remote.wish({"a.yaml": "1"}), head=head)
    with pytest.raises(Unavailable, match="git could not fetch the commits"):
        remote.git.fetch(wish)


def test_nothing_is_left_on_disk(remote: Remote) -> None:
    remote.fetch({"a.yaml": "1"})
    assert list((remote.folder / "cache").iterdir()) == []


def test_nothing_is_left_on_disk_after_a_failure(remote: Remote) -> None:
    wish = replace(remote.wish({"a.yaml": "1"}), head="1" * 40)
    with pytest.raises(Unavailable):
        remote.git.fetch(wish)
    assert list((remote.folder / "cache").iterdir()) == []


def recorded(remote: Remote, wish: Wish) -> list[tuple[list[str], dict[str, str], str]]:
    """Fetch with a git that writes down its arguments, environment and what lies on disk when it ended."""
    (remote.folder / "bin").mkdir()
    log, recorder = remote.folder / "log.jsonl", remote.folder / "bin" / "git"
    recorder.write_text(RECORDER.format(python=sys.executable, git=GIT, log=str(log)), encoding="utf-8")
    recorder.chmod(0o755)
    replace(remote.git, search=str(remote.folder / "bin")).fetch(wish)
    return [(one[0], one[1], one[2]) for one in map(json.loads, log.read_text(encoding="utf-8").splitlines())]


def forms(token: str) -> tuple[str, str]:
    return token, base64.b64encode(f"x-access-token:{token}".encode()).decode()


def test_at_204_the_token_is_in_no_argument_and_in_no_file(remote: Remote) -> None:
    wish = remote.wish({"a.yaml": "1"})
    for arguments, _, disk in recorded(remote, wish):
        assert [form for form in forms(wish.token) if form in " ".join(arguments) or form in disk] == []


def test_at_205_only_the_processes_that_fetch_have_the_token_and_only_for_that_origin(remote: Remote) -> None:
    wish = remote.wish({"a.yaml": "1"})
    for arguments, environment, _ in recorded(remote, wish):
        holding = [name for name, value in environment.items() if any(form in value for form in forms(wish.token))]
        keys = [environment[name.replace("VALUE", "KEY")] for name in holding]
        assert keys == ([f"http.{remote.gh.url}/.extraHeader"] if arguments[0] == "fetch" else [])


def test_at_205_no_variable_of_ours_reaches_git(remote: Remote) -> None:
    os.environ["ASSAY_SECRET_OF_A_TEST"] = "hunter2"
    try:
        environments = [environment for _, environment, _ in recorded(remote, remote.wish({"a.yaml": "1"}))]
    finally:
        del os.environ["ASSAY_SECRET_OF_A_TEST"]
    allowed = ("GIT_", "PATH", "HOME", "LC_", "PWD", "SHLVL", "_")
    assert [name for one in environments for name in one if not name.startswith(allowed)] == []


def test_at_204_the_token_is_not_logged_when_it_fails(remote: Remote, caplog: pytest.LogCaptureFixture) -> None:
    remote.gh.fault(Fault("*", "*.git/*", 403, times=None))
    wish = remote.wish({"a.yaml": "1"})
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as failed:
        remote.git.fetch(wish)
    assert [form for form in forms(wish.token) if form in caplog.text + str(failed.value) + repr(wish)] == []


def test_at_209_a_redirect_is_not_followed(remote: Remote) -> None:
    asked: list[str | None] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        there = f"http://127.0.0.1:{server.server_address[1]}/acme/gitops.git/info/refs?service=git-upload-pack"
        remote.gh.fault(Fault("*", "*.git/*", 301, times=None, headers={"Location": there}))
        with pytest.raises(Unavailable):
            remote.git.fetch(remote.wish({"a.yaml": "1"}))
        server.shutdown()
        thread.join()
    assert asked == []


@pytest.mark.parametrize("url", ["file:///etc", "ssh://127.0.0.1/x", "git://127.0.0.1/x", "ext::sh -c id"])
def test_at_206_no_other_protocol_opens(remote: Remote, url: str) -> None:
    with pytest.raises(Unavailable, match="fetched over https"):
        remote.git.fetch(replace(remote.wish({"a.yaml": "1"}), url=url))


def test_a_token_that_may_not_read_contents_is_refused(remote: Remote) -> None:
    with pytest.raises(Unavailable, match="could not fetch"):
        remote.git.fetch(replace(remote.wish({"a.yaml": "1"}), token=remote.token(statuses="write")))


def test_a_server_that_does_not_answer_is_given_up(remote: Remote) -> None:
    event = threading.Event()
    remote.gh.fault(Fault("*", "*.git/*", None, times=None, wait=event))
    with pytest.raises(Unavailable, match="did not come to an end within"):
        replace(remote.git, seconds=0.5).fetch(remote.wish({"a.yaml": "1"}))
    event.set()


def test_without_git_it_says_so(remote: Remote) -> None:
    with pytest.raises(Unavailable, match="git is not installed"):
        replace(remote.git, search=str(remote.folder)).fetch(remote.wish({"a.yaml": "1"}))


def test_contents_that_are_too_much_are_left_out_and_the_list_stands(remote: Remote) -> None:
    noise = random.Random(7).randbytes(900_000)
    found = replace(remote.git, bounds=Bounds(60.0, file=200_000)).fetch(remote.wish({"a.yaml": noise, "b.yaml": "1"}))
    assert [file.path for file in found.files] == ["a.yaml", "b.yaml"]
    assert found.contents == {}


def test_trees_that_are_too_much_are_refused_in_words(remote: Remote) -> None:
    names = random.Random(7)
    files: dict[str, Content] = {f"{names.randbytes(40).hex()}.yaml": "1" for _ in range(3_000)}
    with pytest.raises(Unavailable, match="more than"):
        replace(remote.git, bounds=Bounds(60.0, file=65_536)).fetch(remote.wish(files))


def test_a_folder_that_is_full_begins_nothing(remote: Remote) -> None:
    (remote.folder / "cache").mkdir()
    (remote.folder / "cache" / "other").write_bytes(b"x" * 100)
    with pytest.raises(Unavailable, match="full"):
        replace(remote.git, disk=50).fetch(remote.wish({"a.yaml": "1"}))


def test_a_folder_that_cannot_be_made_is_said(remote: Remote) -> None:
    (remote.folder / "cache").write_bytes(b"a file")
    with pytest.raises(Unavailable, match="cannot be written to"):
        remote.fetch({"a.yaml": "1"})


def test_what_a_killed_worker_left_is_removed_after_an_hour(remote: Remote) -> None:
    left, fresh = remote.folder / "cache" / "fetch-old", remote.folder / "cache" / "fetch-now"
    left.mkdir(parents=True)
    fresh.mkdir()
    os.utime(left, (0, 0))
    remote.fetch({"a.yaml": "1"})
    assert (left.exists(), fresh.exists()) == (False, True)


def test_a_server_without_filters_serves_it_too(remote: Remote) -> None:
    remote.gh.without_filters()
    assert texts(remote.fetch({"a.yaml": "1"}, {"other.yaml": "2"})) == {"a.yaml": "1"}
