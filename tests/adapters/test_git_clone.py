"""Real git repositories made in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.adapters.git_clone import GitClone
from app.adapters.git_history import Limits
from app.core.errors import Unavailable
from app.core.tree import MAX_FILE, MAX_LISTED, ChangedFile, FileStatus

Git = Callable[..., str]
LACKS = (
    "its content is missing in this clone, or cannot be read "
    "(in a partial clone `git fetch --refetch --no-filter` brings every file)"
)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    run("init", "-q", "-b", "main")
    return run


def _commit(git: Git, folder: Path, files: dict[str, bytes | None]) -> str:
    for path, content in files.items():
        target = folder / path
        if content is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", "x")
    return git("rev-parse", "HEAD")


def test_reads_a_file_at_a_commit(git: Git, tmp_path: Path) -> None:
    first = _commit(git, tmp_path, {"a.yaml": b"old"})
    _commit(git, tmp_path, {"a.yaml": b"new"})
    assert GitClone(str(tmp_path)).read(first, ["a.yaml"])["a.yaml"].text == "old"


def test_a_file_whose_content_is_missing_is_a_problem_of_its_own(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"a", "b.yaml": b"b"})
    oid = git("rev-parse", "HEAD:a.yaml")
    (tmp_path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    found = GitClone(str(tmp_path)).read(commit, ["a.yaml", "b.yaml"])
    assert (found["a.yaml"].problem, found["b.yaml"].text) == (LACKS, "b")


@pytest.fixture
def partial(git: Git, tmp_path: Path) -> tuple[Path, Path]:
    """Clone without contents; its configuration names programs that leave a mark when they run."""
    _commit(git, tmp_path, {"a.yaml": b"1\n" * 50, "b.yaml": b"1"})
    _commit(git, tmp_path, {"c.yaml": b"1\n" * 50 + b"2", "a.yaml": None, "b.yaml": b"2"})
    git("config", "uploadpack.allowFilter", "true")
    folder, mark, program = tmp_path / "partial", tmp_path / "ran", tmp_path / "program"
    program.write_text(f'#!/bin/sh\ntouch {mark}\nexec git-upload-pack "$@"\n')
    program.chmod(0o755)
    git("clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{tmp_path}", str(folder))
    for name in ("remote.origin.uploadpack", "core.sshCommand", "credential.helper", "core.gitProxy", "core.askPass"):
        git("-C", str(folder), "config", name, str(program))
    return folder, mark


def test_at_205_a_partial_clone_runs_nothing_and_fetches_nothing(git: Git, partial: tuple[Path, Path]) -> None:
    folder, mark = partial
    clone = GitClone(str(folder))
    changed = [(file.path, file.status) for file in clone.changed_files(*map(clone.resolve, ("main~1", "main")))]
    read = clone.read(clone.resolve("main"), ["b.yaml"])["b.yaml"].problem
    # Moved and edited is gone and new: what is similar does not show.
    assert (changed, read, mark.exists()) == (
        [("a.yaml", FileStatus.REMOVED), ("b.yaml", FileStatus.MODIFIED), ("c.yaml", FileStatus.ADDED)],
        LACKS,
        False,
    )
    # The mark is one: git itself, without an environment of ours, would run the program.
    with contextlib.suppress(subprocess.CalledProcessError):
        git("-C", str(folder), "cat-file", "-p", "main:b.yaml")
    assert mark.exists()


def test_at_205_no_remote_helper_of_a_partial_clone_runs(git: Git, partial: tuple[Path, Path], tmp_path: Path) -> None:
    folder, mark = partial
    git("-C", str(folder), "config", "remote.origin.url", f"ext::{tmp_path / 'program'} %S {tmp_path}")
    git("-C", str(folder), "config", "protocol.ext.allow", "always")
    clone = GitClone(str(folder))
    assert (clone.read(clone.resolve("main"), ["b.yaml"])["b.yaml"].problem, mark.exists()) == (LACKS, False)


def test_folders_that_a_partial_clone_lacks_are_told_and_may_be_had(git: Git, partial: tuple[Path, Path]) -> None:
    folder, _ = partial
    git("-C", str(folder), "clone", "-q", "--bare", "--filter=tree:0", f"file://{folder.parent}", str(folder / "bare"))
    clone = GitClone(str(folder / "bare"))
    with pytest.raises(Unavailable, match="git fetch --refetch --no-filter") as raised:
        clone.changed_files(clone.resolve("main~1"), clone.resolve("main"))
    assert not raised.value.permanent


def test_a_folder_in_itself_many_times_over_is_listed_in_bounds(git: Git, tmp_path: Path) -> None:
    _commit(git, tmp_path, {"a.yaml": b"1"})
    tree = git("rev-parse", "HEAD^{tree}")
    for _ in range(9):
        lines = "".join(f"040000 tree {tree}\t{name}\n" for name in "abcdefghij")
        done = subprocess.run(
            ["git", "-C", str(tmp_path), "mktree"], input=lines, capture_output=True, text=True, check=True
        )
        tree = done.stdout.strip()
    listing = GitClone(str(tmp_path)).list(git("commit-tree", tree, "-m", "x"), "")
    assert (len(listing.paths), listing.whole) == (MAX_LISTED, False)


def test_huge_files_that_are_alike_are_not_held(git: Git, tmp_path: Path) -> None:
    content = os.urandom(8_000_000)
    base = _commit(git, tmp_path, {"a.yaml": content})
    head = _commit(git, tmp_path, {"a.yaml": None, "b.yaml": content + b"more"})
    changed = GitClone(str(tmp_path), Limits(memory=10_000_000)).changed_files(base, head)
    assert [file.status for file in changed] == [FileStatus.REMOVED, FileStatus.ADDED]


def test_a_content_that_is_broken_is_a_problem_of_its_own(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"a" * 50, "b.yaml": b"b"})
    oid = git("rev-parse", "HEAD:a.yaml")
    broken = tmp_path / ".git" / "objects" / oid[:2] / oid[2:]
    broken.chmod(0o600)
    broken.write_bytes(broken.read_bytes()[:-4])
    found = GitClone(str(tmp_path)).read(commit, ["a.yaml", "b.yaml"])
    assert (found["a.yaml"].problem, found["b.yaml"].text) == (LACKS, "b")


def test_a_path_that_does_not_exist_is_not_in_the_answer(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"x"})
    assert GitClone(str(tmp_path)).read(commit, ["b.yaml"]) == {}


def test_a_folder_is_no_file(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"d/a.yaml": b"x"})
    assert GitClone(str(tmp_path)).read(commit, ["d"]) == {}


def test_nothing_asked_is_nothing_read(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"x"})
    assert GitClone(str(tmp_path)).read(commit, []) == {}


@pytest.mark.parametrize("path", ["", "..", "../a", "/etc/passwd", "a\0b", "a//b", "x" * 300_000])
def test_at_206_a_path_that_no_tree_holds_hides_no_other(git: Git, tmp_path: Path, path: str) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"x"})
    assert list(GitClone(str(tmp_path)).read(commit, [path, "a.yaml"])) == ["a.yaml"]


def test_globs_in_paths_are_letters(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a*.yaml": b"star", "ab.yaml": b"other"})
    assert {p: f.text for p, f in GitClone(str(tmp_path)).read(commit, ["a*.yaml"]).items()} == {"a*.yaml": "star"}


def test_paths_with_newlines_and_quotes_are_read(git: Git, tmp_path: Path) -> None:
    path = 'we"ird\nname.yaml'
    commit = _commit(git, tmp_path, {path: b"x"})
    assert GitClone(str(tmp_path)).read(commit, [path])[path].text == "x"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a\0b", "binary: it holds a NUL byte"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * (MAX_FILE + 1), "larger than 1 MiB"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer, not the file itself"),
    ],
)
def test_at_140_what_cannot_be_read_says_why(git: Git, tmp_path: Path, content: bytes, problem: str) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": content})
    file = GitClone(str(tmp_path)).read(commit, ["a.yaml"])["a.yaml"]
    assert (file.text, file.problem) == (None, problem)


def test_at_134_a_symbolic_link_is_not_followed(git: Git, tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    commit = _commit(git, tmp_path, {"a.yaml": b"x"})
    assert GitClone(str(tmp_path)).read(commit, ["link.yaml"])["link.yaml"].problem == (
        "a symbolic link, which is not followed"
    )


def test_at_135_a_submodule_is_said_to_be_one(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"x"})
    git("update-index", "--add", "--cacheinfo", f"160000,{commit},sub")
    git("commit", "-q", "-m", "sub")
    read = GitClone(str(tmp_path)).read(git("rev-parse", "HEAD"), ["sub"])
    assert read["sub"].problem == "a submodule, which is not read"


def test_a_byte_order_mark_is_no_content(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a.yaml": b"\xef\xbb\xbfx"})
    assert GitClone(str(tmp_path)).read(commit, ["a.yaml"])["a.yaml"].text == "x"


def test_changed_files_pairs_renames_and_names_blobs(git: Git, tmp_path: Path) -> None:
    text = b"line\n" * 50
    base = _commit(git, tmp_path, {"old.yaml": text, "gone.yaml": b"1", "same.yaml": b"2", "edit.yaml": b"3"})
    head = _commit(
        git,
        tmp_path,
        {"old.yaml": None, "new.yaml": text + b"more\n", "gone.yaml": None, "edit.yaml": b"4", "added.yaml": b"5"},
    )

    def blob(commit: str, path: str) -> str:
        return git("rev-parse", f"{commit}:{path}")

    assert GitClone(str(tmp_path)).changed_files(base, head) == [
        ChangedFile("added.yaml", FileStatus.ADDED, None, None, blob(head, "added.yaml"), "100644"),
        ChangedFile("edit.yaml", FileStatus.MODIFIED, None, blob(base, "edit.yaml"), blob(head, "edit.yaml"), "100644"),
        ChangedFile("gone.yaml", FileStatus.REMOVED, None, blob(base, "gone.yaml"), None),
        ChangedFile(
            "new.yaml", FileStatus.RENAMED, "old.yaml", blob(base, "old.yaml"), blob(head, "new.yaml"), "100644"
        ),
    ]


def test_the_merge_base_is_gits(git: Git, tmp_path: Path) -> None:
    fork = _commit(git, tmp_path, {"a": b"1"})
    main = _commit(git, tmp_path, {"a": b"2"})
    git("checkout", "-q", "-b", "feature", fork)
    feature = _commit(git, tmp_path, {"b": b"3"})
    assert GitClone(str(tmp_path)).merge_base(main, feature) == fork


def test_commits_without_shared_history_are_said_to_be_so(git: Git, tmp_path: Path) -> None:
    main = _commit(git, tmp_path, {"a": b"1"})
    git("checkout", "-q", "--orphan", "other")
    other = _commit(git, tmp_path, {"b": b"1"})
    with pytest.raises(Unavailable, match="share no history"):
        GitClone(str(tmp_path)).merge_base(main, other)


@pytest.mark.parametrize("revision", ["nope", "--upload-pack=touch /tmp/x", "HEAD:a", "$(x)"])
def test_at_171_a_revision_that_is_no_commit_is_refused(git: Git, tmp_path: Path, revision: str) -> None:
    _commit(git, tmp_path, {"a": b"1"})
    with pytest.raises(Unavailable, match="no commit"):
        GitClone(str(tmp_path)).resolve(revision)


def test_a_revision_is_resolved_to_its_commit(git: Git, tmp_path: Path) -> None:
    commit = _commit(git, tmp_path, {"a": b"1"})
    assert GitClone(str(tmp_path)).resolve("main") == commit


def test_a_folder_without_a_repository_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="is no git repository"):
        GitClone(str(tmp_path)).resolve("HEAD")


@pytest.mark.parametrize(
    "path", ["--output=owned", "-Oowned", ":(exclude)a", "../../etc/passwd", "$(touch owned)", "a;b"]
)
def test_at_206_a_path_is_never_an_option_or_a_command(git: Git, tmp_path: Path, path: str) -> None:
    commit = _commit(git, tmp_path, {"a": b"1"})
    before = sorted(tmp_path.iterdir())
    # git refuses a path outside of the repository, and knows no other of these.
    with contextlib.suppress(Unavailable):
        assert GitClone(str(tmp_path)).read(commit, [path]) == {}
    assert sorted(tmp_path.iterdir()) == before


def test_at_205_hooks_and_filters_of_the_repository_do_not_run(git: Git, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    commit = _commit(git, tmp_path, {"a.yaml": b"x", ".gitattributes": b"*.yaml diff=evil filter=evil\n"})
    git("config", "diff.evil.textconv", f"touch {mark}")
    git("config", "filter.evil.smudge", f"touch {mark}")
    head = _commit(git, tmp_path, {"a.yaml": b"y"})
    clone = GitClone(str(tmp_path))
    clone.changed_files(commit, head)
    clone.read(head, ["a.yaml"])
    assert not mark.exists()


def test_the_past_of_a_branch_is_that_of_its_first_parents(git: Git, tmp_path: Path) -> None:
    first = _commit(git, tmp_path, {"a": b"1"})
    git("checkout", "-q", "-b", "side")
    _commit(git, tmp_path, {"b": b"1"})
    git("checkout", "-q", "main")
    second = _commit(git, tmp_path, {"a": b"2"})
    git("merge", "-q", "--no-ff", "-m", "x", "side")
    merge = git("rev-parse", "HEAD")
    clone = GitClone(str(tmp_path))
    assert (clone.first_parents(merge, 9), clone.first_parents(merge, 2)) == ([merge, second, first], [merge, second])


def test_the_working_tree_is_found_from_any_folder_in_it(git: Git, tmp_path: Path) -> None:
    _commit(git, tmp_path, {"some/where/a": b"1"})
    assert GitClone(str(tmp_path / "some/where")).top() == str(tmp_path)


def test_a_bare_repository_has_no_working_tree(git: Git, tmp_path: Path) -> None:
    git("init", "-q", "--bare", "bare.git")
    with pytest.raises(Unavailable, match="has no working tree"):
        GitClone(str(tmp_path / "bare.git")).top()
