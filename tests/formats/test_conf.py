from __future__ import annotations

import pytest

from app.formats import find_images, reads
from tests.formats.found import D, images


@pytest.mark.parametrize("path", ["a.conf", "a.ini", "x/application.properties", "build-args/cpu.CONF", "a.cfg"])
def test_settings_are_read(path: str) -> None:
    assert reads(path)


def test_a_setting_is_found_at_its_line_and_section() -> None:
    text = f"; a comment\n[base images]\n\nBASE_IMAGE = quay.io/acme/base:1@{D}\n"
    (use,) = find_images("cpu.conf", text)
    assert (use.line, use.field, use.format, use.tag) == (4, '["base images"].BASE_IMAGE', "conf", "1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image=assets/logo", []),
        ("image=acme/logo:2", ["acme/logo:2"]),
        ("image: acme/logo:2", ["acme/logo:2"]),
        ("server.port=8080", []),
        ("[a]\nimage=x/a:1\n[b]\nimage=x/b:1", ["x/a:1", "x/b:1"]),
        ("! image=x/a:1", []),
        ("listen 127.0.0.1:80", []),
        ("upstream reg.example.com/a/b:1;", ["reg.example.com/a/b:1"]),
    ],
)
def test_what_counts_in_settings(text: str, expected: list[str]) -> None:
    assert images(text, "a.conf") == expected
