from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images, reads
from tests.formats.found import D, E, images, lines


@pytest.mark.parametrize("path", [".env", "x/.env.production", "params-latest.env", ".envrc", "a/ENV.local"])
def test_files_of_variables_are_read(path: str) -> None:
    assert reads(path)


def test_a_variable_is_found_at_its_line() -> None:
    text = f"# a comment\nexport API_IMAGE='ghcr.io/acme/api:1'\nodh-workbench-n=quay.io/odh/workbench@{D}\n"
    assert [(use.line, use.field, use.format, use.tag) for use in find_images("params.env", text)] == [
        (2, "API_IMAGE", "dotenv", "1"),
        (3, "odh-workbench-n", "dotenv", None),
    ]


def test_a_moved_digest_is_a_change_at_its_line() -> None:
    before = f"A=quay.io/x/a@{D}\nB=quay.io/x/b@{D}\n"
    (change,) = diff(find_images(".env", before), find_images(".env", before.replace(f"b@{D}", f"b@{E}")), {})
    assert (str(change.name), [use.line for use in change.uses]) == ("quay.io/x/b", [2])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IMAGE=nginx", ["nginx"]),
        ("IMAGE=nginx:1.25", ["nginx:1.25"]),
        ("NODE_IMAGE=node:20 # why", ["node:20"]),
        ("NODE_IMAGE=", []),
        (f"IMAGE_ID={D}", []),
        ("IMAGE_REPOSITORY=ghcr.io/acme/a\nIMAGE_TAG=1.10", ["ghcr.io/acme/a:1.10"]),
        ("IMAGE_TAG=1\nIMAGE_TAG=2", ["?:1", "?:2"]),
        ("API_IMAGE_TAG=1.2", ["?:1.2"]),
        ("VERSION=v1.2.3", []),
        ("URL=https://example.com/a:1", []),
        ("URL=postgres://user:pw@db:5432/app", []),
        ("PATH_TO=/a/b:/c/d", []),
        ("#IMAGE=nginx:1", []),
        ("RUN=docker run ghcr.io/acme/a:1", ["ghcr.io/acme/a:1"]),
        ("IMAGE=docker://ghcr.io/acme/a:1", ["ghcr.io/acme/a:1"]),
        ("IMAGE='never ends:1", []),
        ("IMAGE=a/b:1\\\n", ["a/b:1"]),
        ("IMAGE=$REGISTRY/a:1", []),
        ("just some words", []),
        ("IMAGE=a/b:1\\", []),
    ],
)
def test_what_counts_in_variables(text: str, expected: list[str]) -> None:
    assert images(text, ".env") == expected


def test_at_124_the_same_variable_twice_shows_both() -> None:
    assert lines("IMAGE=good/a:1\nIMAGE=evil/a:1\n", ".env") == [(1, "good/a:1"), (2, "evil/a:1")]
