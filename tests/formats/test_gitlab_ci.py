from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images
from tests.formats.found import fields, images

PIPELINE = """variables:
  NODE: "20"
  TOOLS: {value: registry.gitlab.com/acme/tools, description: x}
default:
  image: node:$NODE-alpine
  services:
    - postgres:16
    - name: docker:27-dind
      alias: docker
test:
  script: [make]
  image:
    name: ${TOOLS}:3
    entrypoint: [""]
build:
  image: ${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/golang:1.23
  script: [make]
deploy:
  image: $CI_REGISTRY_IMAGE:$CI_COMMIT_SHA
"""


def test_images_of_jobs_and_services_are_found_at_their_lines() -> None:
    found = [(use.line, use.field, str(use.reference)) for use in find_images(".gitlab-ci.yml", PIPELINE) if use.name]
    assert sorted(found) == [
        (2, "default.image", "docker.io/library/node:20-alpine"),
        (3, "test.image.name", "registry.gitlab.com/acme/tools:3"),
        (7, "default.services[0]", "docker.io/library/postgres:16"),
        (8, "default.services[1].name", "docker.io/library/docker:27-dind"),
        (16, "build.image", "docker.io/library/golang:1.23"),
    ]


def test_the_line_of_a_move_is_that_of_the_variable_that_moved() -> None:
    after = PIPELINE.replace('"20"', '"22"')
    (change,) = diff(find_images("a.gitlab-ci.yml", PIPELINE), find_images("a.gitlab-ci.yml", after), {})
    assert ([use.line for use in change.uses], change.after and change.after.tag) == ([2], "22-alpine")


def test_an_image_that_only_the_run_knows_is_a_problem() -> None:
    problems = [use.problem for use in find_images(".gitlab-ci.yml", PIPELINE) if use.problem]
    assert problems == ["the image is filled in elsewhere"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: a:1", [("image", "a:1")]),
        ("image: nginx", [("image", "nginx")]),
        ("image: a b", [("image", "!a b")]),
        ("image: ''", []),
        ("image: {name: }", []),
        ("services: a:1", []),
        ("services: [{alias: x}]", []),
        ("x: {image: a@sha256:0}", [("x.image", "!a@sha256:0")]),
        ("variables: [a]\nimage: a:1", [("image", "a:1")]),
        ("variables: {A: [x]}\nimage: $A", [("image", "!$A")]),
        ("variables: {A: a}\nimage: $A@${B}", [("image", "!$A@${B}")]),
        ("- a", []),
    ],
)
def test_what_counts_in_pipelines(text: str, expected: list[tuple[str, str]]) -> None:
    assert fields(text, ".gitlab-ci.yml") == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("docker run acme/a:1", ["acme/a:1"]),
        ("[docker run acme/a:1, [docker pull acme/b:2]]", ["acme/a:1", "acme/b:2"]),
        ("[echo ghcr.io/acme/a:1]", ["ghcr.io/acme/a:1"]),
        ("[ghcr.io/acme/a:1]", ["ghcr.io/acme/a:1"]),
        ("{a: b}", []),
        ("[null]", []),
    ],
)
def test_images_of_commands_are_found(script: str, expected: list[str]) -> None:
    assert images(f"job: {{before_script: {script}}}", ".gitlab-ci.yml") == expected


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        (".gitlab/ci/build.yml", "a: {image: 'a:1'}", "gitlab-ci"),
        ("ci/build.yml", "a: {script: [x], stage: y, image: 'a:1'}", "gitlab-ci"),
        ("ci/build.yml", "a: {script: [x], image: 'a:1'}", "gitlab-ci"),
        ("ci/build.yml", "a: {image: 'a:1'}", "yaml"),
    ],
)
def test_files_that_are_included_are_known_by_their_jobs(path: str, text: str, name: str) -> None:
    assert [use.format for use in find_images(path, text)] == [name]


def test_variables_that_grow_cost_little() -> None:
    assert images(f"variables: {{A: {'a' * 1000}}}\nimage: {'$A' * 400}", ".gitlab-ci.yml") == ["!" + "$A" * 400]
