"""What a review finds in changed files that no format knows."""

from __future__ import annotations

import pytest

from app.core.tree import SYMLINK, ChangedFile, FileStatus
from app.jobs.changes import MAX_USES, read_changes
from tests.jobs.test_changes import BASE, HEAD, Tree, between, only, pod


def compared(tree: Tree) -> list[int]:
    """Return how many files were read at once, without the lists that may take them."""
    read = [[path for path in paths if "ustomization" not in path] for paths in tree.asked]
    return [len(paths) for paths in read if paths]


def test_a_reference_that_moved_in_a_file_of_no_format_is_a_change() -> None:
    change = only(between({"pom.xml": "<image>a/b:1</image>"}, {"pom.xml": "<image>a/b:2</image>"}))
    assert [(use.path, use.line, use.format) for use in change.uses] == [("pom.xml", 1, "by shape")]


def test_a_renamed_file_is_compared_with_its_old_name() -> None:
    renamed = ChangedFile("new.xml", FileStatus.RENAMED, previous_path="old.xml")
    change = only(between({"old.xml": "x a/b:1"}, {"new.xml": "x a/b:2"}, renamed))
    assert ([use.path for use in change.uses], str(change.before)) == (["new.xml"], "1")


@pytest.mark.parametrize(
    ("before", "after"),
    [({"a.xml": None}, {"a.xml": "x a/b:2"}), ({"a.xml": "x a/b:1"}, {"a.xml": None}), ({}, {"a.xml": "x a/b:2"})],
)
def test_what_cannot_be_compared_has_no_image(before: dict[str, str | None], after: dict[str, str | None]) -> None:
    changes = between(before, after)
    assert (changes.images, changes.unreadable) == ((), ())


def test_documents_are_not_compared() -> None:
    assert between({"README.md": "run a/b:1"}, {"README.md": "run a/b:2"}).images == ()


def test_a_new_file_of_no_format_is_not_compared() -> None:
    tree = Tree({BASE: {}, HEAD: {"a.xml": "x a/b:1"}})
    added = ChangedFile("a.xml", FileStatus.ADDED, mode="100644")
    assert (read_changes(tree, [added], (BASE, HEAD)).images, compared(tree)) == ((), [])


def test_a_link_is_not_compared() -> None:
    tree = Tree({BASE: {"a.xml": "../v1"}, HEAD: {"a.xml": "../v2"}})
    changed = ChangedFile("a.xml", FileStatus.MODIFIED, mode=SYMLINK)
    assert (len(read_changes(tree, [changed], (BASE, HEAD)).elsewhere), compared(tree)) == (1, [])


def test_each_side_is_read_once_and_together() -> None:
    before, after = ({f"{number}.xml": f"x a/b:{side}" for number in range(50)} for side in (1, 2))
    tree = Tree({BASE: before, HEAD: after})
    read_changes(tree, [ChangedFile(path, FileStatus.MODIFIED) for path in before], (BASE, HEAD))
    assert compared(tree) == [50, 50]


def test_manifests_and_other_files_are_one_change() -> None:
    change = only(between({"a.yaml": pod("a/b:1"), "b.xml": "x a/b:1"}, {"a.yaml": pod("a/b:2"), "b.xml": "x a/b:2"}))
    assert [use.path for use in change.uses] == ["a.yaml", "b.xml"]


def test_at_108_many_alike_do_not_hide_what_moved_behind_them() -> None:
    files, lines = MAX_USES // 9_000 + 2, 9_000
    before, after = ({f"{n}.xml": f"x a/b:{side}\n" * lines for n in range(files)} for side in (1, 2))
    changes = between(before | {"z.xml": "x a/c:1"}, after | {"z.xml": "x evil/c:1"})
    assert [place.path for place in changes.unreadable] == ["4.xml"]
