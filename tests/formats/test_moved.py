"""References of files that no format knows, where both sides say that they moved."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.inventory import diff
from app.formats import MAX_USES, find_moved, may_move
from tests.formats.found import D, E, short


def moved(before: str, after: str) -> list[str]:
    old, new = find_moved("x", before, after)
    return [f"{left.line} {short(left)} -> {right.line} {short(right)}" for left, right in zip(old, new, strict=True)]


@pytest.mark.parametrize("path", ["a.unknown", "bin/run", "pom.xml", "a.yaml.disabled"])
def test_files_that_nobody_knows_may_move(path: str) -> None:
    assert may_move(path)


@pytest.mark.parametrize("path", ["a.yaml", "README", "README.md", "a.TXT", "a.png", "Chart.lock", "LICENSE", "a.tgz"])
def test_manifests_and_documents_are_not_asked(path: str) -> None:
    assert not may_move(path)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (f"x a@{D}", f"x a@{E}", [f"1 a@{D} -> 1 a@{E}"]),
        ("x ghcr.io/a/b:one", "x ghcr.io/a/b:two", ["1 ghcr.io/a/b:one -> 1 ghcr.io/a/b:two"]),
        ("<image>a/b:1</image>", "y\n<image>a/b:2</image>", ["1 a/b:1 -> 2 a/b:2"]),
        ("docker://a/b:1", "docker://a/b:2", ["1 a/b:1 -> 1 a/b:2"]),
        ("a/b:1 c/d:1\r", "a/b:2 c/d:1", ["1 a/b:1 -> 1 a/b:2"]),
        ("a/b:1\na/b:1", "a/b:2\na/b:1", ["2 a/b:1 -> 1 a/b:2"]),
        ("a/b:1\na/b:2", "a/b:3\na/b:4", ["1 a/b:1 -> 1 a/b:3", "2 a/b:2 -> 2 a/b:4"]),
        ("a/b:1", "c/b:2", []),
        ("x a/b:1", "y a/b:2", []),
        ("a/b:1", "a/b:1 ", []),
        ("", f"a@{D}", []),
        ("a/b:one", "a/b:two", []),
        ("a:1", "a:2", []),
        ("src/main.c:12", "src/main.c:15", []),
        ("2024/01/02:10", "2024/01/02:11", []),
        ("https://example.com/a:1", "https://example.com/a:2", []),
        ("port: 8080", "port: 8081", []),
    ],
)
def test_only_a_version_may_differ(before: str, after: str, expected: list[str]) -> None:
    assert moved(before, after) == expected


def test_what_moved_is_a_change_by_shape() -> None:
    (change,) = diff(*find_moved("pom.xml", "x a/b:1", "x a/b:2"), {})
    assert [(use.path, use.line, use.format) for use in change.uses] == [("pom.xml", 1, "by shape")]


@pytest.mark.parametrize("sides", [("x" * 1024 * 1024 + "x", ""), ("", "x" * 1024 * 1024 + "x")])
def test_a_file_that_is_too_long_has_none(sides: tuple[str, str]) -> None:
    assert find_moved("x", *sides) == ((), ())


def test_a_file_with_too_many_has_none() -> None:
    count = MAX_USES + 1
    assert find_moved("x", "a/b:1\n" * count, "a/b:2\n" * count) == ((), ())


@pytest.mark.parametrize("unit", ["a/b:1 ", "a.b/", "@", "a@sha256:", ":", "a\n", "\0"])
def test_a_long_text_of_anything_costs_little(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    find_moved("x", text, text.replace("1", "2") + "x")
    assert time.process_time() - began < 5


LINES = st.lists(st.sampled_from(["a/b:1", "a/b:2", "x a/b:1", f"c@{D}", f"c@{E}", "", "text"]), max_size=8)


@settings(max_examples=100, deadline=None)
@given(st.text() | LINES.map("\n".join), st.text() | LINES.map("\n".join))
def test_no_two_texts_raise_and_every_pair_is_of_one_name(before: str, after: str) -> None:
    old, new = find_moved("x", before, after)
    assert [use.name for use in old] == [use.name for use in new]


@settings(max_examples=100, deadline=None)
@given(st.text() | LINES.map("\n".join))
def test_nothing_moved_in_equal_texts(text: str) -> None:
    assert find_moved("x", text, text) == ((), ())
