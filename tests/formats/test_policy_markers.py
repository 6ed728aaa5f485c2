"""Values that Flux's image automation sets are images whatever their key is called."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formats import find_images
from tests.formats.found import D, images, lines

TAG = '# {"$imagepolicy": "apps:api:tag"}'
NAME = '# {"$imagepolicy": "apps:api:name"}'
WHOLE = '# {"$imagepolicy": "apps:api"}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"version: v1 {TAG}", [(1, "?:v1")]),
        (f"host: ghcr.io/acme/api {NAME}\nversion: v1 {TAG}", [(2, "ghcr.io/acme/api:v1")]),
        (f"version: v1 {TAG}\nhost: ghcr.io/acme/api {NAME}", [(1, "ghcr.io/acme/api:v1")]),
        (f"host: 'A B' {NAME}\nversion: v1 {TAG}", [(2, "?:v1")]),
        (f"version: v1@{D} {TAG}", [(1, f"?:v1@{D}")]),
        (f"app: acme/api:v1 {WHOLE}", [(1, "acme/api:v1")]),
        (f"- acme/api:v1 {WHOLE}", [(1, "acme/api:v1")]),
        (f"app: '-' {WHOLE}", [(1, "!-")]),
        (f"version: a!b {TAG}", [(1, "!a!b")]),
        (f"image: a:1 {WHOLE}", [(1, "a:1")]),
        (f"{TAG}", []),
        ("version: v1 # {'$imagepolicy': x}", []),
        (f"version: {'v' * 5000} {TAG}", []),
    ],
)
def test_at_138_a_marked_value_is_an_image(text: str, expected: list[tuple[int, str]]) -> None:
    assert lines(text) == expected


def test_the_field_of_a_marked_value_is_its_key() -> None:
    (use,) = find_images("a.yaml", f"spec:\n  version: v1 {TAG}\n")
    assert use.field.endswith("version")


@given(st.text(st.sampled_from('v1: #{}"$imagepolicy\n-'), max_size=60))
@settings(max_examples=150, deadline=None)
def test_a_marker_only_ever_adds(text: str) -> None:
    plain = text.replace("$", "").replace("\n", "")
    marked = f"image: a:1\n# {plain}\nx: v1 {TAG}\n"
    assert (1, "a:1") in lines(marked)


def test_at_139_a_marker_does_not_rename_an_image_that_the_file_names() -> None:
    name = 'x: ghcr.io/acme/api # {"$imagepolicy": "a:b:name"}'
    assert images(f'{name}\nimage: nginx # {{"$imagepolicy": "a:b:tag"}}') == ["nginx"]


@pytest.mark.parametrize(("name", "said"), [('x: acme/api # {"$imagepolicy": "a:b:name"}\n', True), ("", False)])
def test_at_139_it_is_known_that_nothing_but_markers_names_an_image(name: str, *, said: bool) -> None:
    assert [use.said for use in find_images("a.yaml", f'{name}v: v1 # {{"$imagepolicy": "a:b:tag"}}')] == [said]
