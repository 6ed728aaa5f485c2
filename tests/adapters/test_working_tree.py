"""A folder as it is now, read like a git tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.working_tree import WorkingTree
from app.core.tree import LEADS_ELSEWHERE, MAX_FILE


def test_a_file_is_read_as_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("now", encoding="utf-8")
    assert WorkingTree(tmp_path).read("", ["a.yml"])["a.yml"].text == "now"


@pytest.mark.parametrize("path", ["none.yml", "folder"])
def test_what_is_no_file_is_not_there(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    assert WorkingTree(tmp_path).read("", [path]) == {}


def test_another_file_can_stand_for_a_path(tmp_path: Path) -> None:
    (tmp_path / "new.yml").write_text("new", encoding="utf-8")
    tree = WorkingTree(tmp_path / "none", {"a.yml": tmp_path / "new.yml"})
    assert tree.read("", ["a.yml"])["a.yml"].text == "new"


def test_a_file_that_is_too_large_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes(b" " * (MAX_FILE + 1))
    assert WorkingTree(tmp_path).read("", ["a.yml"])["a.yml"].problem == "larger than 1 MiB"


def test_at_134_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x", encoding="utf-8")
    (tmp_path / "a.yml").symlink_to(tmp_path / "secret")
    assert WorkingTree(tmp_path).read("", ["a.yml"])["a.yml"].problem in LEADS_ELSEWHERE


def test_at_134_nothing_lies_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a.yml").write_text("x", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    tree = WorkingTree(tmp_path)
    assert (tree.read("", ["link/a.yml"]), tree.list("", "link").paths) == ({}, ())


def test_the_paths_below_a_folder_are_listed_from_the_root(tmp_path: Path) -> None:
    for path in ("one/two/a.yml", "one/b.yml", "else/c.yml", ".git/HEAD"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x", encoding="utf-8")
    (tmp_path / "one/link").symlink_to(tmp_path / "else")
    tree = WorkingTree(tmp_path)
    assert (tree.list("", "one").paths, tree.list("", "").paths) == (
        ("one/b.yml", "one/link", "one/two/a.yml"),
        ("else/c.yml", "one/b.yml", "one/link", "one/two/a.yml"),
    )


def test_a_folder_that_is_not_there_is_empty_and_whole(tmp_path: Path) -> None:
    listing = WorkingTree(tmp_path).list("", "none")
    assert (listing.paths, listing.whole) == ((), True)


def test_a_file_that_may_not_be_opened_is_a_problem(tmp_path: Path) -> None:
    # Opening it fails for everybody, root too.
    tree = WorkingTree(tmp_path, {"a.yml": Path("/proc/self/mem")})
    problem = tree.read("", ["a.yml"])["a.yml"].problem
    assert (problem or "").startswith("not readable: ")
