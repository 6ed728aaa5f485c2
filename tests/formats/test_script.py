from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images, reads
from tests.formats.found import D, images, lines

RUN = """#!/bin/bash
# docker run old/one:1
docker run \\
  -v "${PWD}:${PWD}" --user 1000:1000 \\
  gcr.io/k8s-prow/mkpj:v20240802-66b115076 \\
  "--job=${JOB_NAME}"
"""


@pytest.mark.parametrize("path", ["a.sh", "x/Makefile", "common.mk", "justfile", "Earthfile", "web.service", "a.PS1"])
def test_scripts_are_read(path: str) -> None:
    assert reads(path)


def test_a_reference_is_found_at_its_line() -> None:
    (use,) = find_images("run.sh", RUN)
    assert (use.line, use.format, str(use.reference)) == (5, "script", "gcr.io/k8s-prow/mkpj:v20240802-66b115076")


def test_a_moved_tag_is_a_change_at_its_line() -> None:
    (change,) = diff(find_images("a.sh", RUN), find_images("a.sh", RUN.replace("66b115076", "77c")), {})
    assert [use.line for use in change.uses] == [5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("docker run --rm alpine:3.19 sh -c 'a:b'", ["alpine:3.19"]),
        ("docker run -u app:app -v data:ro -p 80:80 --network container:x acme/a:1", ["acme/a:1"]),
        ("docker -H x --tls run acme/a:1", []),
        ("docker --tls run acme/a:1", ["acme/a:1"]),
        ("podman pull acme/a:1; podman pull b", ["acme/a:1"]),
        ("docker image pull 'acme/a:1'", ["acme/a:1"]),
        ("docker run alpine", []),
        ("docker run --rm \\\n  alpine", []),
        ("docker run a@b", []),
        ("docker build -t acme/a:1 .", []),
        ("skopeo copy docker://acme/a:1 x", []),
        (f"cosign verify acme/a@{D}", [f"acme/a@{D}"]),
        ("IMAGE ?= acme/a:1", ["acme/a:1"]),
        ("IMAGE := ghcr.io/acme/a:1", ["ghcr.io/acme/a:1"]),
        ("IMAGE += ghcr.io/acme/a:1", ["ghcr.io/acme/a:1"]),
        ("IMAGE=$(REGISTRY)/a:$(TAG)", []),
        ("curl https://example.com/a:1", []),
        ("echo 10:20 a/b:c", []),
        ("FROM acme/a:1", ["acme/a:1"]),
        ("image: $X/a", []),
    ],
)
def test_what_counts_in_scripts(text: str, expected: list[str]) -> None:
    assert images(text, "Makefile") == expected


def test_two_commands_are_two_images() -> None:
    assert lines("docker run a/b:1\ndocker pull c/d:2\n", "a.sh") == [(1, "a/b:1"), (2, "c/d:2")]
