from __future__ import annotations

import pytest

from app.formats import find_images
from tests.formats.found import images


def test_a_literal_is_found_at_its_line() -> None:
    text = "{\n  // image: 'old:1'\n  # image: 'older:1'\n  container: {\n    image: 'quay.io/acme/a:1',\n  },\n}\n"
    (use,) = find_images("main.jsonnet", text)
    assert (use.line, use.field, use.format, str(use.reference)) == (
        5,
        "container.image",
        "jsonnet",
        "quay.io/acme/a:1",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ image:: 'acme/a:1' }", ["acme/a:1"]),
        ("{ image: 'acme/a:' + $.version }", []),
        ("{ a: 'quay.io/acme/a:v' + $.version }", ["!quay.io/acme/a:v${…}"]),
        ("{ a: 'quay.io/acme/a' + ':1' }", []),
        ("{ image: local + '/acme/a:1' }", []),
        ("{ image: x + 'acme/a:1' + y }", []),
        ("{ image+: 'acme/a:1' }", ["acme/a:1"]),
        ("{ a: ['quay.io/acme/a@' + x] }", ["!quay.io/acme/a@${…}"]),
        ("{ url: 'https://example.com/a:' + x }", []),
        ("{ image: { repository: 'acme/a', tag: '1' } }", ["acme/a:1"]),
        ("{ _images+:: { a: 'quay.io/acme/a:1' } }", ["quay.io/acme/a:1"]),
        ("local kube = import 'lib/kube.libjsonnet';", []),
        ("{ values: |||\n  image: acme/a:1\n||| }", ["acme/a:1"]),
    ],
)
def test_what_counts(text: str, expected: list[str]) -> None:
    assert images(text, "x.libsonnet") == expected
