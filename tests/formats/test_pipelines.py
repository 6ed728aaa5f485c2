from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images
from tests.formats.found import lines

CLOUD_BUILD = """steps:
  - name: gcr.io/cloud-builders/docker
    args: [build, .]
  - name: node:20
    script: docker run acme/tool:1
"""


def test_steps_of_cloud_build_are_images_at_their_lines() -> None:
    assert sorted(lines(CLOUD_BUILD, "cloudbuild.yaml")) == [
        (2, "gcr.io/cloud-builders/docker"),
        (4, "node:20"),
        (5, "acme/tool:1"),
    ]


def test_a_moved_tag_is_a_change_at_its_line() -> None:
    sides = [find_images("cloudbuild.yaml", text) for text in (CLOUD_BUILD, CLOUD_BUILD.replace("node:20", "node:22"))]
    (change,) = diff(sides[0], sides[1], {})
    assert [(use.line, use.field, use.format) for use in change.uses] == [(4, "steps[1].name", "ci-pipeline")]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("azure-pipelines.yml", "jobs: [{job: a, container: 'ubuntu:22.04'}]", [(1, "ubuntu:22.04")]),
        ("azure-pipelines.yml", "jobs: [{job: a, container: tools}]", []),
        ("azure-pipelines.pr.yml", "resources: {containers: [{container: a, image: 'x/a:1'}]}", [(1, "x/a:1")]),
        ("bitbucket-pipelines.yml", "image: {name: 'x/a:1', username: u}", [(1, "x/a:1")]),
        ("bitbucket-pipelines.yml", "image: {name: atlassian/default-image}", [(1, "atlassian/default-image")]),
        ("bitbucket-pipelines.yml", "a: [{step: {script: [{pipe: 'docker://acme/pipe:1'}]}}]", [(1, "acme/pipe:1")]),
        (".circleci/config.yml", "jobs: {a: {docker: [{image: 'cimg/node:20.1'}]}}", [(1, "cimg/node:20.1")]),
        (".circleci/config.yml", "jobs: {a: {machine: {image: 'ubuntu-2204:2024.01.1'}}}", []),
        (".drone.yml", "steps: [{name: a, image: 'golang:1.23', commands: [go test]}]", [(1, "golang:1.23")]),
        (".woodpecker/a.yaml", "steps: {a: {image: 'golang:1.23', commands: [~]}}", [(1, "golang:1.23")]),
        (".vela.yml", "steps: [{name: a, image: 'golang:1.23'}]", [(1, "golang:1.23")]),
        (".cirrus.yml", "container: {image: 'golang:1.23'}", [(1, "golang:1.23")]),
        (".buildkite/pipeline.yml", "steps: [{plugins: [{'docker#v5.9.0': {image: 'node:20'}}]}]", [(1, "node:20")]),
        ("batect.yml", "containers: {a: {image: 'node:20'}}", [(1, "node:20")]),
        ("cloudbuild.yaml", "options: {name: 'node:20'}", []),
        ("cloudbuild.yaml", "steps: [{name: 'a b'}]", []),
    ],
)
def test_images_of_pipelines_are_found(path: str, text: str, expected: list[tuple[int, str]]) -> None:
    assert lines(text, path) == expected


@pytest.mark.parametrize("path", ["pipelines.yml", "x/cloudbuild.yaml/a.yml", "drone.yml"])
def test_other_files_are_not_of_a_pipeline(path: str) -> None:
    assert [use.format for use in find_images(path, "image: 'a:1'")] == ["yaml"]
