from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images
from tests.formats.found import fields, images

PLAY = """- hosts: all
  tasks:
    - name: run it
      community.docker.docker_container:
        name: web
        image: nginx:1.27
    - block:
        - containers.podman.podman_container:
            image: quay.io/acme/b:1
    - docker_image:
        name: acme/c:3
        source: pull
    - podman_image: {name: acme/d, tag: "4"}
    - docker_container: name=e image=acme/e:5 state=started
"""


def test_images_of_modules_are_found_at_their_lines() -> None:
    found = [(use.line, use.format, str(use.reference)) for use in find_images("site.yml", PLAY)]
    assert sorted(found) == [
        (6, "ansible", "docker.io/library/nginx:1.27"),
        (9, "ansible", "quay.io/acme/b:1"),
        (11, "ansible", "docker.io/acme/c:3"),
        (13, "ansible", "docker.io/acme/d:4"),
        (14, "ansible", "docker.io/acme/e:5"),
    ]


def test_a_moved_tag_is_a_change_at_its_line() -> None:
    (change,) = diff(find_images("a.yml", PLAY), find_images("a.yml", PLAY.replace("acme/c:3", "acme/c:4")), {})
    assert [use.line for use in change.uses] == [11]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- docker_container: {image: '{{ web_image }}'}", ["!{{ web_image }}"]),
        ("- docker_container: state=started", []),
        ("- docker_image: {name: acme/a, build: {path: .}}", []),
        ("- docker_image: {source: pull}", []),
        ("- docker_image: {name: '{{ a }}'}", []),
        ("- docker_image: [a]", []),
        ("- community.docker.docker_image_pull: {name: acme/a, tag: '2'}", ["acme/a:2"]),
        ("- community.docker.docker_image_pull: {name: 'acme/a:1', tag: '2'}", ["acme/a:1"]),
        ("- docker_image: {name: acme/a, tag: '2'}", ["acme/a:2"]),
        ("- docker_image: {name: acme/a}", ["acme/a"]),
    ],
)
def test_what_counts_in_tasks(text: str, expected: list[str]) -> None:
    assert images(text, "tasks.yml") == expected


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("group_vars/all.yml", "web_image: 'acme/a:1'", "ansible"),
        ("roles/web/defaults/main.yml", "web_image: 'acme/a:1'", "ansible"),
        ("x.yml", "- hosts: a\n  vars: {web_image: 'acme/a:1'}", "ansible"),
        ("x.yml", "- name: a\n  web_image: 'acme/a:1'", "yaml"),
    ],
)
def test_files_are_known_by_their_folder_or_their_tasks(path: str, text: str, name: str) -> None:
    assert [use.format for use in find_images(path, text)] == [name]


def test_a_repository_and_its_tag_in_variables_are_put_together() -> None:
    assert fields("web_image: {repository: acme/a, tag: '1'}", "host_vars/a.yml") == [("web_image", "acme/a:1")]
