from __future__ import annotations

import pytest

from app.core.inventory import diff
from app.formats import find_images, reads
from tests.formats.found import D, images

UNIT = f"""[Unit]
Description=A web server
# Image=old:1
[Container]
ContainerName=web
Image=docker.io/library/nginx:1.27@{D}
Exec=a b
[Service]
ExecStartPre=/usr/bin/podman pull quay.io/acme/init:2
"""


@pytest.mark.parametrize("path", ["web.container", "web.image", "data.volume", "web.kube", "x/web.Container"])
def test_units_are_read(path: str) -> None:
    assert reads(path)


def test_the_image_of_a_unit_is_found_at_its_line() -> None:
    assert [(use.line, use.field, use.format, use.tag) for use in find_images("web.container", UNIT)] == [
        (6, "Container.Image", "quadlet", "1.27"),
        (9, "", "quadlet", "2"),
    ]


def test_a_moved_tag_is_a_change() -> None:
    after = UNIT.replace("1.27", "1.28")
    (change,) = diff(find_images("a.container", UNIT), find_images("a.container", after), {})
    assert [use.line for use in change.uses] == [6]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Container]\nImage=nginx", ["nginx"]),
        ("[Container]\nImage=web.image", []),
        ("[Container]\nImage=web.build", []),
        ("[Container]\nImage=", []),
        ("[Container]\nImage=a/b:${TAG}", ["!a/b:${TAG}"]),
        ("[Container]\nImage=a/b:%i", ["!a/b:%i"]),
        ("[Container]\nImage=\\\n  a/b:1", ["a/b:1"]),
        ("[Image]\nImage=a/b:1", ["a/b:1"]),
        ("[Container]\nImage=a/b:1\nImage=c/d:2", ["a/b:1", "c/d:2"]),
        ("[Kube]\nYaml=deployment.yml", []),
    ],
)
def test_what_counts_in_units(text: str, expected: list[str]) -> None:
    assert images(text, "web.container") == expected
