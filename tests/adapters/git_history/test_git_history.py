"""Real repositories, whole and broken, walked along first parents."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory
from app.core.errors import Unavailable
from app.core.history import Arrived, Gap, Step
from app.core.tree import ChangedFile, FileStatus, Listing
from tests.fakes.past import Past

Open = Callable[[Path], GitHistory]


@pytest.fixture
def history() -> Iterator[Open]:
    opened: list[GitHistory] = []

    def of(folder: Path) -> GitHistory:
        opened.append(GitHistory(str(folder)))
        return opened[-1]

    yield of
    for one in opened:
        one.close()


def _steps(history: GitHistory, end: str, *without: str) -> list[Step | Gap]:
    line = tuple(history.line(history.resolve(end), tuple(map(history.resolve, without))))
    return list(history.steps(line))


def _commits(found: list[Step | Gap]) -> list[str]:
    return [one.stored.commit if isinstance(one, Step) else one.commit for one in found]


def test_yields_the_oldest_commit_first(past: Past, history: Open) -> None:
    commits = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    assert _commits(_steps(history(past.folder), "main")) == commits


def test_a_range_leaves_out_what_its_start_reaches(past: Past, history: Open) -> None:
    first, *others = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    assert _commits(_steps(history(past.folder), "main", first)) == others


def test_a_range_of_nothing_has_no_steps(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    assert _steps(history(past.folder), "main", "main") == []


def test_the_first_commit_is_compared_with_nothing(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    (step,) = _steps(history(past.folder), "main")
    assert isinstance(step, Step)
    assert (step.parent, [file.status for file in step.files]) == (None, [FileStatus.ADDED])


def test_a_merge_is_compared_with_its_first_parent_and_tells_what_it_brought(past: Past, history: Open) -> None:
    base = past.commit({"a.yaml": "1"})
    one = past.commit({"a.yaml": "1", "b.yaml": "1"}, branch="topic", parents=(base,))
    other = past.commit({"a.yaml": "1", "b.yaml": "2"}, branch="topic")
    merge = past.commit({"a.yaml": "1", "b.yaml": "2"}, parents=(base, other))
    step = _steps(history(past.folder), "main")[-1]
    assert isinstance(step, Step)
    assert (step.stored.commit, step.parent) == (merge, base)
    assert [file.path for file in step.files] == ["b.yaml"]
    assert {stored.commit for stored in step.merged} == {one, other}


def test_a_branch_that_merged_the_main_line_brings_only_its_own(past: Past, history: Open) -> None:
    base = past.commit({"a.yaml": "1"})
    topic = past.commit({"a.yaml": "1", "b.yaml": "1"}, branch="topic", parents=(base,))
    main = past.commit({"a.yaml": "2"})
    back = past.commit({"a.yaml": "2", "b.yaml": "1"}, branch="topic", parents=(topic, main))
    merge = past.commit({"a.yaml": "2", "b.yaml": "1"}, parents=(main, back))
    line = list(history(past.folder).line(merge))
    assert [one.commit for one in line] == [base, main, merge]
    assert sorted(line[-1].merged) == sorted((topic, back))


def test_a_merge_of_many_brings_all(past: Past, history: Open) -> None:
    base = past.commit({"a.yaml": "1"})
    sides = [past.commit({"a.yaml": "1", f"{n}.yaml": "1"}, branch=f"t{n}", parents=(base,)) for n in range(3)]
    past.commit({"a.yaml": "1"}, parents=(base, *sides))
    assert sorted(list(history(past.folder).line(past.tip()))[-1].merged) == sorted(sides)


def test_a_rename_is_one_change(past: Past, history: Open) -> None:
    text = "".join(f"line {number}\n" for number in range(20))
    past.commit({"a.yaml": text})
    past.commit({"b.yaml": f"{text}more\n"})
    step = _steps(history(past.folder), "main")[-1]
    assert isinstance(step, Step)
    assert [(file.path, file.previous_path) for file in step.files] == [("b.yaml", "a.yaml")]


def test_links_and_submodules_are_told_apart_from_files(past: Past, history: Open) -> None:
    commit = past.commit({"a.yaml": "1"})
    blob = past.git("hash-object", "-w", "--stdin", stdin=b"a.yaml")
    entries = f"120000 {blob}\tlink.yaml\n160000 {commit}\tmodule\n"
    past.git("update-index", "--index-info", stdin=entries.encode())
    past.commit(past.git("write-tree"))
    step = _steps(history(past.folder), "main")[-1]
    assert isinstance(step, Step)
    assert step.links == {"link.yaml", "module"}


def test_a_link_that_becomes_a_file_is_told_as_one(past: Past, history: Open) -> None:
    blob = past.git("hash-object", "-w", "--stdin", stdin=b"b.yaml")
    past.git("update-index", "--add", "--cacheinfo", f"120000,{blob},a.yaml")
    past.commit(past.git("write-tree"))
    past.commit({"a.yaml": "1"})
    step = _steps(history(past.folder), "main")[-1]
    assert isinstance(step, Step)
    assert step.links == {"a.yaml"}


def test_a_path_that_is_not_utf_8_is_opened_all_the_same(past: Past, history: Open) -> None:
    path = b"\xff.yaml".decode("utf-8", "surrogateescape")
    commit = past.commit({path: "1"})
    opened = history(past.folder)
    (step,) = _steps(opened, "main")
    assert isinstance(step, Step)
    assert [file.path for file in step.files] == [path]
    assert opened.read(commit, [path])[path].text == "1"


def test_paths_that_look_like_gits_own_answer_are_paths(past: Past, history: Open) -> None:
    paths = [":100644 100644 a b M", "end\n", "a\nb.yaml", "1" * 40]
    past.commit(dict.fromkeys(paths, "1"))
    past.commit(dict.fromkeys(paths, "2"))
    found = _steps(history(past.folder), "main")
    assert [[file.path for file in step.files] for step in found if isinstance(step, Step)] == [sorted(paths)] * 2


def test_a_clock_that_goes_back_is_told_and_cuts_nothing(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"}, at=2_000_000_000)
    past.commit({"a.yaml": "2"}, at=1_000_000_000)
    past.commit({"a.yaml": "3"}, at=2_100_000_000)
    steps = _steps(history(past.folder), "main")
    assert [step.skewed for step in steps if isinstance(step, Step)] == [False, True, False]


def test_a_clock_that_lies_behind_a_parent_outside_of_the_range_is_told(past: Past, history: Open) -> None:
    first = past.commit({"a.yaml": "1"}, at=2_000_000_000)
    past.commit({"a.yaml": "2"}, at=1_000_000_000)
    (step,) = _steps(history(past.folder), "main", first)
    assert isinstance(step, Step)
    assert step.skewed


def test_a_bare_clone_is_walked(past: Past, history: Open, tmp_path: Path) -> None:
    commit = past.commit({"a.yaml": "1"})
    past.git("clone", "-q", "--bare", str(past.folder), str(tmp_path / "bare"))
    assert _commits(_steps(history(tmp_path / "bare"), "main")) == [commit]


def test_a_worktree_is_walked(past: Past, history: Open, tmp_path: Path) -> None:
    commit = past.commit({"a.yaml": "1"})
    past.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"), commit)
    assert _commits(_steps(history(tmp_path / "tree"), "HEAD")) == [commit]


def test_a_clone_that_borrows_its_objects_is_walked(past: Past, history: Open, tmp_path: Path) -> None:
    commit = past.commit({"a.yaml": "1"})
    past.git("clone", "-q", "--shared", str(past.folder), str(tmp_path / "shared"))
    assert _commits(_steps(history(tmp_path / "shared"), "main")) == [commit]


def test_a_repository_of_longer_ids_is_walked(history: Open, tmp_path: Path) -> None:
    past = Past.begun(tmp_path / "long", "--object-format=sha256")
    commit = past.commit({"a.yaml": "1"})
    opened = history(past.folder)
    assert _commits(_steps(opened, "main")) == [commit]
    assert opened.read(commit, ["a.yaml"])["a.yaml"].text == "1"


def test_where_a_shallow_clone_ends_nothing_is_taken_for_new(past: Past, history: Open, tmp_path: Path) -> None:
    commits = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    past.git("clone", "-q", "--depth=2", f"file://{past.folder}", str(tmp_path / "shallow"))
    opened = history(tmp_path / "shallow")
    gap, end, last = _steps(opened, "main")
    assert isinstance(gap, Gap)
    assert isinstance(end, Step)
    assert isinstance(last, Step)
    assert "shallow" in gap.sentence
    assert (gap.commit, end.files, last.stored.commit) == (commits[1], (), commits[2])
    assert ["shallow" in one.sentence for one in opened.gaps()] == [True]


def test_grafts_and_replacements_are_told_and_not_followed(past: Past, history: Open) -> None:
    first, second, third = (past.commit({"a.yaml": str(number)}) for number in range(3))
    past.git("replace", second, first)
    (past.folder / ".git" / "info").mkdir(exist_ok=True)
    (past.folder / ".git" / "info" / "grafts").write_text(f"{third}\n")
    opened = history(past.folder)
    assert _commits(_steps(opened, "main")) == [first, second, third]
    assert sorted(one.sentence.split()[0] for one in opened.gaps()) == ["grafts", "replace"]


def test_a_whole_clone_has_no_gaps(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    assert history(past.folder).gaps() == ()


def test_a_commit_whose_tree_is_missing_is_a_gap_and_the_others_are_read(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    broken = past.commit({"a.yaml": "2"})
    last = past.commit({"a.yaml": "3"})
    after = past.commit({"a.yaml": "3", "b.yaml": "1"})
    past.object_file(past.git("rev-parse", f"{broken}^{{tree}}")).unlink()
    found = _steps(history(past.folder), "main")
    gaps = [one.commit for one in found if isinstance(one, Gap)]
    assert gaps == [broken, last]
    assert [[file.path for file in one.files] for one in found if isinstance(one, Step)] == [
        ["a.yaml"],
        [],
        [],
        ["b.yaml"],
    ]
    assert _commits(found)[-1] == after


def test_a_commit_that_is_missing_leaves_what_came_after(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    missing = past.commit({"a.yaml": "2"})
    boundary = past.commit({"a.yaml": "3"})
    last = past.commit({"a.yaml": "4"})
    past.object_file(missing).unlink()
    found = _steps(history(past.folder), "main")
    gaps = [one for one in found if isinstance(one, Gap)]
    assert {one.commit for one in gaps} == {missing, boundary}
    assert [file.path for one in found if isinstance(one, Step) and one.stored.commit == last for file in one.files]


def test_a_broken_blob_is_missing_and_ends_nothing(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1", "b.yaml": "2"})
    oids = [past.git("rev-parse", f"HEAD:{name}.yaml") for name in "ab"]
    broken = past.object_file(oids[0])
    broken.chmod(0o600)
    broken.write_bytes(b"nothing that unpacks")
    assert history(past.folder).blobs(oids) == {oids[1]: b"2"}


def test_a_missing_blob_is_a_problem_of_its_file(past: Past, history: Open) -> None:
    commit = past.commit({"a.yaml": "1"})
    past.object_file(past.git("rev-parse", "HEAD:a.yaml")).unlink()
    assert "missing" in (history(past.folder).read(commit, ["a.yaml"])["a.yaml"].problem or "")


def test_a_huge_blob_is_not_held(past: Past, history: Open) -> None:
    commit = past.commit({"a.yaml": b"#" * 3_000_000, "b.yaml": "1"})
    read = history(past.folder).read(commit, ["a.yaml", "b.yaml"])
    assert (read["a.yaml"].problem, read["b.yaml"].text) == ("larger than 1 MiB", "1")


def test_reads_nothing_of_paths_that_are_not_there(past: Past, history: Open) -> None:
    commit = past.commit({"d/a.yaml": "1"})
    assert history(past.folder).read(commit, ["d", "d/b", "d/a.yaml/b", "", "/", "x\0"]) == {}


def test_a_folder_that_is_missing_is_never_taken_for_none(past: Past, history: Open) -> None:
    commit = past.commit({"d/a.yaml": "1", "b.yaml": "1"})
    past.object_file(past.git("rev-parse", "HEAD:d")).unlink()
    opened = history(past.folder)
    assert opened.read(commit, ["b.yaml"])["b.yaml"].text == "1"
    with pytest.raises(Unavailable, match="missing or broken"):
        opened.read(commit, ["d/a.yaml"])
    with pytest.raises(Unavailable, match="missing or broken"):
        opened.list(commit, "")


def test_a_commit_that_is_missing_is_never_taken_for_an_empty_one(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    with pytest.raises(Unavailable, match="missing or broken"):
        history(past.folder).read("1" * 40, ["a.yaml"])


def test_lists_a_folder(past: Past, history: Open) -> None:
    commit = past.commit({"d/e/a.yaml": "1", "d/b.yaml": "1", "c.yaml": "1"})
    opened = history(past.folder)
    assert opened.list(commit, "d") == Listing(("d/b.yaml", "d/e/a.yaml"), whole=True)
    assert opened.list(commit, "").paths == ("c.yaml", "d/b.yaml", "d/e/a.yaml")
    assert opened.list(commit, "c.yaml") == Listing((), whole=True)


@pytest.mark.parametrize("revision", ["nope", "--all", "-h", "HEAD:a.yaml", ""])
def test_a_revision_that_names_no_commit_is_refused(past: Past, history: Open, revision: str) -> None:
    past.commit({"a.yaml": "1"})
    with pytest.raises(Unavailable):
        history(past.folder).resolve(revision)


def test_a_branch_without_commits_is_refused(past: Past, history: Open) -> None:
    with pytest.raises(Unavailable, match="the branch 'main' has no commit yet"):
        history(past.folder).resolve("HEAD")


@pytest.mark.parametrize("kind", ["blob", "tree"])
def test_a_name_of_something_else_is_refused_and_says_what_it_is(past: Past, history: Open, kind: str) -> None:
    past.commit({"a.yaml": "1"})
    past.git("tag", "thing", past.git("rev-parse", {"blob": "HEAD:a.yaml", "tree": "HEAD^{tree}"}[kind]))
    past.git("-c", "user.name=a", "-c", "user.email=a", "tag", "-a", "-m", "x", "tagged", "thing")
    for name in ("thing", "tagged"):
        with pytest.raises(Unavailable, match=f"'{name}' names a {kind}, not a commit"):
            history(past.folder).resolve(name)


def test_a_folder_that_is_no_repository_is_refused(history: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Unavailable, match="no git repository"):
        history(tmp_path / "empty").resolve("HEAD")


def test_a_commit_that_is_none_is_refused(past: Past, history: Open) -> None:
    past.commit({"a.yaml": "1"})
    with pytest.raises(Unavailable, match="missing or broken"):
        history(past.folder).commit("1" * 40)


def test_at_205_nothing_that_the_repository_configures_is_run(past: Past, history: Open, tmp_path: Path) -> None:
    past.commit({"a.yaml": "1", ".gitattributes": "* diff=x filter=x"})
    past.commit({"a.yaml": "2", ".gitattributes": "* diff=x filter=x"})
    mark = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    program.chmod(0o755)
    for name in (
        *("core.fsmonitor", "diff.external", "diff.x.textconv", "diff.x.command", "filter.x.smudge", "core.pager"),
        *(
            "core.sshCommand",
            "uploadpack.packObjectsHook",
            "alias.cat-file",
            "gpg.program",
            "core.alternateRefsCommand",
        ),
    ):
        past.git("config", name, str(program))
    past.git("config", "core.hooksPath", str(tmp_path))
    opened = history(past.folder)
    steps = _steps(opened, "main")
    opened.read(past.tip(), ["a.yaml"])
    assert (len(steps), mark.exists()) == (2, False)


def test_what_a_partial_clone_lacks_is_not_fetched(past: Past, history: Open, tmp_path: Path) -> None:
    past.git("config", "uploadpack.allowFilter", "true")
    past.commit({"a.yaml": "1"})
    commit = past.commit({"a.yaml": "2"})
    clone = tmp_path / "partial"
    past.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{past.folder}", str(clone))
    # Whoever came to fetch would find nothing here, and git would say so.
    shutil.move(past.folder, tmp_path / "elsewhere")
    opened = history(clone)
    steps = _steps(opened, "main")
    assert [[file.path for file in step.files] for step in steps if isinstance(step, Step)] == [["a.yaml"]] * 2
    assert "missing" in (opened.read(commit, ["a.yaml"])["a.yaml"].problem or "")


def test_similar_files_of_a_partial_clone_are_compared_as_far_as_they_can_be(
    past: Past, history: Open, tmp_path: Path
) -> None:
    past.git("config", "uploadpack.allowFilter", "true")
    text = "".join(f"line {number}\n" for number in range(20))
    past.commit({"a.yaml": text, "same.yaml": "x"})
    past.commit({"b.yaml": f"{text}more\n", "other.yaml": "x"})
    past.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{past.folder}", str(tmp_path / "partial"))
    step = _steps(history(tmp_path / "partial"), "main")[-1]
    assert isinstance(step, Step)
    assert {(file.path, file.previous_path) for file in step.files} == {
        ("a.yaml", None),
        ("b.yaml", None),
        ("other.yaml", "same.yaml"),
    }


def test_a_file_beside_the_objects_that_lies_about_parents_is_not_believed(past: Past, history: Open) -> None:
    commits = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    past.git("commit-graph", "write", "--reachable")
    graph = past.folder / ".git" / "objects" / "info" / "commit-graph"
    graph.chmod(0o600)
    graph.write_bytes(graph.read_bytes()[:-30] + b"x" * 30)
    assert _commits(_steps(history(past.folder), "main")) == commits


def test_a_fork_of_this_process_gets_programs_of_its_own(past: Past, history: Open) -> None:
    commit = past.commit({"a.yaml": "1"})
    opened = history(past.folder)
    assert opened.read(commit, ["a.yaml"])["a.yaml"].text == "1"
    child = os.fork()
    if child == 0:
        os._exit(0 if opened.read(commit, ["a.yaml"])["a.yaml"].text == "1" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert opened.read(commit, ["a.yaml"])["a.yaml"].text == "1"


def test_a_commit_of_very_many_files_is_compared(past: Past, history: Open) -> None:
    blob = past.git("hash-object", "-w", "--stdin", stdin=b"1")
    past.git("read-tree", "--empty")
    entries = "".join(f"100644 {blob}\td{number % 100}/{number}.yaml\n" for number in range(20_000))
    past.git("update-index", "--index-info", stdin=entries.encode())
    past.commit(past.git("write-tree"))
    (step,) = _steps(history(past.folder), "main")
    assert isinstance(step, Step)
    assert len(step.files) == 20_000


def test_a_line_may_be_left_before_its_end(past: Past, history: Open) -> None:
    first, *_ = [past.commit({"a.yaml": str(number)}) for number in range(3)]
    line = history(past.folder).line(past.tip())
    assert next(line) == Arrived(first)
    line.close()  # type: ignore[attr-defined]  # a generator, which a person may stop to read


def test_files_are_sorted(past: Past, history: Open) -> None:
    past.commit({"b.yaml": "1", "a.yaml": "1"})
    (step,) = _steps(history(past.folder), "main")
    assert isinstance(step, Step)
    assert all(isinstance(file, ChangedFile) for file in step.files)
    assert [file.path for file in step.files] == ["a.yaml", "b.yaml"]
