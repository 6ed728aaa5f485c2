from __future__ import annotations

import pytest

from app.formats import find_images
from tests.formats.found import fields, images

RUNNER = """concurrent = 1
[[runners]]
  name = "a"
  [runners.docker]
    image = "ruby:3.3" # a comment
    helper_image = "registry.gitlab.com/gitlab-org/helper:x86_64-latest"
  [runners.kubernetes]
    image = 'alpine:3'
"""


def test_a_setting_is_found_at_its_line_and_table() -> None:
    assert [(use.line, use.field, use.format, str(use.reference)) for use in find_images("config.toml", RUNNER)] == [
        (5, "runners.docker.image", "toml", "docker.io/library/ruby:3.3"),
        (6, "runners.docker.helper_image", "toml", "registry.gitlab.com/gitlab-org/helper:x86_64-latest"),
        (8, "runners.kubernetes.image", "toml", "docker.io/library/alpine:3"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[io.buildpacks]\nbuilder = "docker.io/paketobuildpacks/builder-jammy:0.4"',
            ["paketobuildpacks/builder-jammy:0.4"],
        ),
        ('[image]\nrepository = "ghcr.io/a/b"\ntag = "1"', ["ghcr.io/a/b:1"]),
        ('[tool.poetry.dependencies]\nrequests = "2.32.0"', []),
        ('image = "logo.png"', []),
        ('services = [{ image = "postgres:16" }, { image = "redis:7" }]', ["postgres:16", "redis:7"]),
        ("", []),
    ],
)
def test_what_counts(text: str, expected: list[str]) -> None:
    assert images(text, "a.toml") == expected


def test_tables_of_one_name_are_apart() -> None:
    text = '[a]\nimage = "x/a:1"\n[a]\nimage = "x/a:2"\n'
    assert fields(text, "a.toml") == [("a.image", "x/a:1"), ("a.image", "x/a:2")]
