from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images, reads
from tests.formats.found import D, E, images, lines


@pytest.mark.parametrize("path", ["Dockerfile", "Dockerfile.konflux.cuda", "api.dockerfile", "x/Containerfile"])
def test_build_files_are_read(path: str) -> None:
    assert reads(path)


SPLIT = f"""ARG REGISTRY=ghcr.io/acme
ARG VERSION=1.2
ARG DIGEST={D}
FROM ${{REGISTRY}}/base:${{VERSION}}@${{DIGEST}} AS base
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("1.2", "1.3", 2), (D, E, 3), ("acme\n", "other\n", 1), ("/base:", "/bases:", 1)],
)
def test_the_line_of_a_move_is_that_of_the_argument_that_moved(old: str, new: str, line: int) -> None:
    sides = [find_images("Dockerfile", text) for text in (SPLIT, SPLIT.replace(old, new))]
    (change,) = diff(sides[0], sides[1], {})
    assert [use.line for use in change.uses] == [line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG A=1\nARG B=$A-alpine\nFROM x/a:$B", [(1, "x/a:1-alpine")]),
        ("ARG TAG=1\nARG BASE=x/a:$TAG\nFROM $BASE", [(1, "x/a:1")]),
        (f"ARG BASE=x/a:1@{D}\nFROM $BASE", [(1, f"x/a:1@{D}")]),
        ("ARG BASE=x/a\nFROM $BASE:2", [(2, "x/a:2")]),
        (f"ARG BASE=x/a:1\nFROM $BASE@{D}", [(1, f"x/a:1@{D}")]),
        ("ARG REG=r.io\nFROM $REG/$OTHER:1", [(1, "!$REG/$OTHER:1")]),
        ("ARG TAG\nFROM a:${TAG:-1}", [(2, "a:1")]),
        ("ONBUILD COPY --from=x/a:1 a b", [(1, "x/a:1")]),
        ("ONBUILD", []),
        ("\\\n", []),
        ("ARG A=x B=y\nFROM $A/$B", [(1, "x/y")]),
        ("FROM a:1\nARG B=x/b:2\nFROM $B", [(1, "a:1"), (3, "!$B")]),
    ],
)
def test_arguments_are_put_in(text: str, expected: list[tuple[int, str]]) -> None:
    assert lines(text, "Dockerfile") == expected


def test_a_reference_that_is_too_long_is_a_problem() -> None:
    assert len(images("ARG A=" + "a" * 2000 + "\nFROM $A", "Dockerfile")) == 1
