"""Folders that cannot be read, lie too deep, or stand in themselves: what is beside them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.git_history import GitHistory, Limits
from app.core.errors import Unavailable
from app.core.history import Gap
from app.core.tree import MAX_LISTED
from tests.adapters.git_history.conftest import Bounded
from tests.fakes.past import Past


@pytest.fixture
def history(past: Past, bounded: Bounded) -> GitHistory:
    return bounded(past.folder, Limits())


def _within_itself(past: Past, tree: str) -> str:
    """Make a tree of ten folders that hold ten folders each, and so on: ten thousand million paths."""
    for _ in range(10):
        lines = "".join(f"040000 tree {tree}\t{name}\n" for name in "abcdefghij")
        tree = past.git("mktree", stdin=lines.encode())
    return past.commit(tree)


def test_a_folder_that_is_missing_is_named_and_the_others_are_listed(past: Past, history: GitHistory) -> None:
    commit = past.commit({"a.yaml": "1", "d/b.yaml": "1", "e/f/c.yaml": "1"})
    past.object_file(past.git("rev-parse", f"{commit}:e/f")).unlink()
    listing, gaps = history.files(commit)
    assert (listing.paths, gaps) == (
        ("a.yaml", "d/b.yaml"),
        (
            Gap(
                commit,
                "e/f",
                "what lies in it is not known: a commit or a folder of one is missing or broken in this clone",
            ),
        ),
    )


def test_whoever_lists_a_folder_that_is_missing_is_told_that_another_time_may_do(
    past: Past, history: GitHistory
) -> None:
    commit = past.commit({"e/f/c.yaml": "1"})
    past.object_file(past.git("rev-parse", f"{commit}:e/f")).unlink()
    with pytest.raises(Unavailable) as raised:
        history.list(commit, "e")
    assert not raised.value.permanent


def test_a_folder_that_lies_too_deep_is_named_and_the_others_are_listed(past: Past, history: GitHistory) -> None:
    deep = "/".join(["d"] * 300)
    commit = past.commit({"a.yaml": "1", f"{deep}/b.yaml": "1"})
    listing, (gap,) = history.files(commit)
    assert (listing.paths, gap.path, gap.sentence) == (
        ("a.yaml",),
        "/".join(["d"] * 201),
        "what lies in it is not known: it lies within more than 200 folders",
    )


def test_files_in_folders_within_themselves_are_listed_in_bounds(past: Past, history: GitHistory) -> None:
    commit = _within_itself(past, past.tree({"a.yaml": "1"}))
    listing, gaps = history.files(commit)
    assert (len(listing.paths), listing.whole, gaps) == (MAX_LISTED, False, ())


def test_empty_folders_within_themselves_are_walked_through_once(past: Past, history: GitHistory) -> None:
    commit = _within_itself(past, past.git("mktree"))
    assert history.files(commit)[0].paths == history.list(commit, "a").paths == ()


def test_what_is_fetched_of_folders_within_themselves_is_looked_for_in_bounds(
    past: Past, history: GitHistory, tmp_path: Path
) -> None:
    past.git("config", "remote.origin.promisor", "true")
    past.git("config", "remote.origin.url", str(tmp_path))
    bringer = history.bringer(lambda _: False, {}, lambda _: None)
    assert bringer is not None
    bringer.whole(_within_itself(past, past.git("mktree")))
    bringer.whole(_within_itself(past, past.tree({"a.yaml": "1"})))
    assert bringer.fetcher.requests == 0
