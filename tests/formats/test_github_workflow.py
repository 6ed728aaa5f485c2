from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images
from tests.formats.found import fields, images, lines

PATH = ".github/workflows/ci.yml"
WORKFLOW = """jobs:
  test:
    container: node:20
    services:
      db: {image: "postgres:16"}
    steps:
      - uses: docker://alpine:3.20
      - run: docker run --rm ghcr.io/acme/tool:1 check
      - run: |

          # docker run old/one:1
          docker run \\
            --user 1:1 acme/other:2
          echo ghcr.io/acme/third:3
"""


def test_images_of_jobs_steps_and_commands_are_found_at_their_lines() -> None:
    assert sorted(lines(WORKFLOW, PATH)) == [
        (3, "node:20"),
        (5, "postgres:16"),
        (7, "alpine:3.20"),
        (8, "ghcr.io/acme/tool:1"),
        (13, "acme/other:2"),
        (14, "ghcr.io/acme/third:3"),
    ]


def test_a_moved_tag_in_a_command_is_a_change_at_its_line() -> None:
    (change,) = diff(find_images(PATH, WORKFLOW), find_images(PATH, WORKFLOW.replace("other:2", "other:3")), {})
    assert [use.line for use in change.uses] == [13]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jobs: {a: {container: '${{ matrix.image }}'}}", ["!${{ matrix.image }}"]),
        ("jobs: {a: {container: }}", []),
        ("jobs: {a: {container: 'a b'}}", []),
        ("jobs: {a: {container: 'ghcr.io/acme/a:1'}}", ["ghcr.io/acme/a:1"]),
        ("jobs: {a: {steps: [{uses: 'docker://${{ x }}'}]}}", []),
        ("jobs: {a: {steps: [{run: }]}}", []),
        ("jobs:\n  a:\n    steps:\n    - run: >-\n        docker run\n        acme/a:1\n", ["acme/a:1"]),
        ("jobs: {a: {steps: [{run: ''}]}}", []),
    ],
)
def test_what_counts_in_workflows(text: str, expected: list[str]) -> None:
    assert images(text, PATH) == expected


def test_an_image_in_a_command_is_told_once() -> None:
    text = "jobs:\n  a:\n    steps:\n    - run: |\n        image=ghcr.io/acme/a:1\n"
    assert fields(text, PATH) == [("jobs.a.steps[0].run.image", "ghcr.io/acme/a:1")]
