"""The past of a branch fetched from the simulated GitHub: real git on both ends of real HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.adapters.bounded_process import Bounds
from app.adapters.git_fetch import GitFetch, Past, PastWish
from app.adapters.git_fetch.contents import MAX_BYTES
from app.adapters.git_fetch.past import MAX_DISK
from app.core.errors import Unavailable
from app.core.tree import File, FileStatus
from tests.fakes.github import GitHub, Repository, submodule, symlink
from tests.fakes.github.gitobjects import Content


@dataclass
class Remote:
    gh: GitHub
    repo: Repository
    folder: Path

    def commit(self, files: dict[str, Content]) -> str:
        return self.repo.commit("main", files, author="olga")

    def wish(self, **changed: object) -> PastWish:
        asked = {"repository_ids": [self.repo.id], "permissions": {"contents": "read"}}
        token = self.gh.app.mint(self.gh.installation("acme"), asked).value
        tip = self.repo.tip("main")
        assert tip is not None
        wish = PastWish(f"{self.gh.url}/acme/gitops.git", token, tip, lambda path: path.endswith(".yaml"))
        return replace(wish, **changed)  # type: ignore[arg-type]  # fields of any type

    @property
    def git(self) -> GitFetch:
        return GitFetch(self.folder / "cache")

    @property
    def fetches(self) -> int:
        return len(self.gh.calls("POST", "/acme/gitops.git/git-upload-pack"))


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Remote]:
    with GitHub() as gh:
        gh.organization("acme")
        yield Remote(gh, gh.repository("acme/gitops", private=True), tmp_path)
        assert gh.violations == []


def texts(past: Past, commit: str, *paths: str) -> dict[str, str | None]:
    return {path: file.text for path, file in past.read(commit, paths).items()}


def test_the_first_parents_are_told_newest_first(remote: Remote) -> None:
    commits = [remote.commit({"a.yaml": str(number)}) for number in range(4)]
    with remote.git.past(remote.wish()) as past:
        assert list(past.first_parents(commits[-1], 3)) == commits[:0:-1]


def test_no_more_commits_come_than_are_wished_for(remote: Remote) -> None:
    commits = [remote.commit({"a.yaml": str(number)}) for number in range(6)]
    with remote.git.past(remote.wish(depth=3)) as past:
        assert len(past.first_parents(commits[-1], 100)) == 3


def test_what_a_commit_changed_is_told_sorted_with_moves(remote: Remote) -> None:
    before = remote.commit({"b.yaml": "1", "x.txt": "same\n"})
    after = remote.commit({"b.yaml": "2", "a.yaml": "1", "x.txt": None, "y.txt": "same\n"})
    with remote.git.past(remote.wish()) as past:
        found = past.changed_files(before, after)
    assert [(file.path, file.status, file.previous_path) for file in found] == [
        ("a.yaml", FileStatus.ADDED, None),
        ("b.yaml", FileStatus.MODIFIED, None),
        ("y.txt", FileStatus.RENAMED, "x.txt"),
    ]


def test_both_sides_of_a_change_are_read(remote: Remote) -> None:
    before, after = remote.commit({"a.yaml": "old"}), remote.commit({"a.yaml": "new"})
    with remote.git.past(remote.wish()) as past:
        assert (texts(past, before, "a.yaml"), texts(past, after, "a.yaml")) == ({"a.yaml": "old"}, {"a.yaml": "new"})


def test_what_is_read_of_the_newest_changes_comes_in_one_fetch(remote: Remote) -> None:
    commits = [remote.commit({"a.yaml": str(number)}) for number in range(8)]
    with remote.git.past(remote.wish()) as past:
        before = remote.fetches
        assert [texts(past, commit, "a.yaml") for commit in commits] == [{"a.yaml": str(n)} for n in range(8)]
        assert remote.fetches == before


def test_what_was_not_foreseen_is_fetched_when_it_is_read(remote: Remote) -> None:
    commit = remote.commit({"a.yaml": "1", "notes.txt": "text"})
    remote.commit({"a.yaml": "2"})
    with remote.git.past(remote.wish()) as past:
        before = remote.fetches
        assert texts(past, commit, "notes.txt") == {"notes.txt": "text"}
        assert remote.fetches > before


def test_what_is_held_is_not_fetched_again(remote: Remote) -> None:
    commit = remote.commit({"notes.txt": "text"})
    with remote.git.past(remote.wish()) as past:
        texts(past, commit, "notes.txt")
        before = remote.fetches
        assert (texts(past, commit, "notes.txt"), remote.fetches) == ({"notes.txt": "text"}, before)


def test_no_contents_come_of_what_nobody_reads(remote: Remote) -> None:
    remote.commit({"big.bin": "x" * 100})
    remote.commit({"big.bin": "y" * 100})
    with remote.git.past(remote.wish()) as past:
        assert past.held == set()


def test_a_path_that_is_not_there_is_not_in_the_answer(remote: Remote) -> None:
    commit = remote.commit({"a/b.yaml": "1"})
    with remote.git.past(remote.wish()) as past:
        assert texts(past, commit, "none.yaml", "a", "../a/b.yaml", "a/b.yaml") == {"a/b.yaml": "1"}


def test_at_134_at_135_links_and_submodules_are_told_by_their_mode(remote: Remote) -> None:
    commit = remote.commit({"link.yaml": symlink("/etc/passwd"), "vendored": submodule("2" * 40)})
    with remote.git.past(remote.wish()) as past:
        found = past.read(commit, ("link.yaml", "vendored"))
    assert {path: file.problem for path, file in found.items()} == {
        "link.yaml": "a symbolic link, which is not followed",
        "vendored": "a submodule, which is not read",
    }


def test_a_folder_is_listed(remote: Remote) -> None:
    commit = remote.commit({"apps/a.yaml": "1", "apps/deep/b.yaml": "1", "appsets/c.yaml": "1"})
    with remote.git.past(remote.wish()) as past:
        assert past.list(commit, "apps").paths == ("apps/a.yaml", "apps/deep/b.yaml")
        assert past.list(commit, "").paths == ("README.md", "apps/a.yaml", "apps/deep/b.yaml", "appsets/c.yaml")


def test_a_server_without_filters_is_read_as_well(remote: Remote) -> None:
    remote.gh.without_filters()
    commit = remote.commit({"a.yaml": "1"})
    with remote.git.past(remote.wish()) as past:
        assert texts(past, commit, "a.yaml") == {"a.yaml": "1"}


def test_nothing_is_left_on_disk(remote: Remote) -> None:
    remote.commit({"a.yaml": "1"})
    with remote.git.past(remote.wish()):
        assert any((remote.folder / "cache").iterdir())
    assert list((remote.folder / "cache").iterdir()) == []


def test_a_commit_that_is_not_there_is_unavailable(remote: Remote) -> None:
    remote.commit({"a.yaml": "1"})
    with pytest.raises(Unavailable, match="could not fetch"), remote.git.past(remote.wish(tip="1" * 40)):
        pass
    assert list((remote.folder / "cache").iterdir()) == []


def test_once_the_time_is_over_nothing_is_read(remote: Remote) -> None:
    commit = remote.commit({"a.yaml": "1"})
    with remote.git.past(remote.wish()) as past:
        late = replace(past, deadline=time.monotonic())
        with pytest.raises(Unavailable, match="did not come to an end in time"):
            late.read(commit, ("a.yaml",))


def test_more_than_may_be_held_is_unavailable(remote: Remote) -> None:
    remote.commit({"a.yaml": "1"})
    small = replace(remote.git, bounds=Bounds(60.0, file=16))
    with pytest.raises(Unavailable), small.past(remote.wish()):
        pass


def test_what_does_not_fit_on_the_disk_is_unavailable(remote: Remote) -> None:
    commit = remote.commit({"notes.txt": "text"})
    with remote.git.past(remote.wish()) as past:
        with (past.repository.folder / "large").open("wb") as file:
            file.truncate(MAX_DISK)
        with pytest.raises(Unavailable, match="512 MiB"):
            past.read(commit, ("notes.txt",))


def test_what_was_fetched_and_is_not_read_is_never_told_as_missing(remote: Remote) -> None:
    commit = remote.commit({"a.yaml": "1", "notes.txt": "text"})
    with remote.git.past(remote.wish()) as past:
        oid = remote.repo.git.git("rev-parse", "main:notes.txt").decode().strip()
        past.held.add(oid)  # as if it had come, and is gone
        with pytest.raises(Unavailable, match="more would have to be read"):
            past.read(commit, ("notes.txt",))


def test_commits_that_do_not_follow_each_other_are_compared_too(remote: Remote) -> None:
    first = remote.commit({"a.yaml": "1"})
    remote.commit({"b.yaml": "1"})
    last = remote.commit({"c.yaml": "1"})
    with remote.git.past(remote.wish()) as past:
        assert [file.path for file in past.changed_files(first, last)] == ["b.yaml", "c.yaml"]


def test_a_merge_is_compared_with_what_it_was_merged_into(remote: Remote) -> None:
    base = remote.commit({"a.yaml": "1"})
    side = remote.repo.commit("side", {"b.yaml": "1"}, author="olga", parents=["main"])
    main = remote.commit({"c.yaml": "1"})
    merge = remote.repo.commit("main", {"b.yaml": "1"}, author="olga", parents=[main, side])
    with remote.git.past(remote.wish()) as past:
        assert list(past.first_parents(merge, 3)) == [merge, main, base]
        assert [file.path for file in past.changed_files(main, merge)] == ["b.yaml"]


def test_a_commit_that_changes_nothing_is_told_as_that(remote: Remote) -> None:
    before = remote.commit({"a.yaml": "1"})
    after = remote.commit({})
    with remote.git.past(remote.wish()) as past:
        assert list(past.changed_files(before, after)) == []


def test_paths_of_any_name_are_told_apart(remote: Remote) -> None:
    before = remote.commit({"a.yaml": "1"})
    names = ("a\nb.yaml", ":colon.yaml", "caf\udce9.yaml", "-x.yaml")
    after = remote.commit(dict.fromkeys(names, "1"))
    with remote.git.past(remote.wish()) as past:
        assert sorted(file.path for file in past.changed_files(before, after)) == sorted(names)
        assert set(past.read(after, names)) == set(names)


def test_at_134_a_link_whose_target_is_a_file_s_text_is_still_a_link(remote: Remote) -> None:
    file = remote.commit({"a.yaml": "other.yaml"})
    link = remote.commit({"a.yaml": symlink("other.yaml")})
    with remote.git.past(remote.wish()) as past:
        assert texts(past, file, "a.yaml") == {"a.yaml": "other.yaml"}
        assert texts(past, link, "a.yaml") == {"a.yaml": None}


def test_what_is_known_is_forgotten_before_it_is_too_much(remote: Remote) -> None:
    commit = remote.commit({"a.yaml": "1"})
    with remote.git.past(remote.wish()) as past:
        past.known["large", "100644", "1" * 40] = File("large", "x" * (MAX_BYTES + 1))
        assert texts(past, commit, "a.yaml") == {"a.yaml": "1"}
        assert past.known == {}
        assert texts(past, commit, "a.yaml") == {"a.yaml": "1"}
