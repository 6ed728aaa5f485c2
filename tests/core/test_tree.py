"""Changed files: which paths they touch on which side."""

from __future__ import annotations

import pytest

from app.core.tree import ChangedFile, FileStatus


@pytest.mark.parametrize(
    ("changed", "paths", "base", "head"),
    [
        (ChangedFile("a", FileStatus.ADDED), ("a",), None, "a"),
        (ChangedFile("a", FileStatus.REMOVED), ("a",), "a", None),
        (ChangedFile("a", FileStatus.MODIFIED), ("a",), "a", "a"),
        (ChangedFile("b", FileStatus.RENAMED, "a"), ("a", "b"), "a", "b"),
    ],
)
def test_a_change_touches_its_old_and_its_new_path(
    changed: ChangedFile, paths: tuple[str, ...], base: str | None, head: str | None
) -> None:
    assert (changed.paths, changed.base_path, changed.head_path) == (paths, base, head)
