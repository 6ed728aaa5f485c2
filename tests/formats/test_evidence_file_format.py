"""Evidence files use no image, and nothing hides under their name."""

from __future__ import annotations

import json

import pytest

from app.formats import find_images, reads
from tests.formats.found import D, images

GOOD = {"schema": "assay.evidence-file/v1", "argocd": "", "policy": {}, "images": [{"image": f"acme/api:1@{D}"}]}


def test_an_evidence_file_uses_no_image() -> None:
    assert images(json.dumps(GOOD), "x/app.yaml.assay.json") == []


def test_it_is_read_all_the_same() -> None:
    assert reads("x/app.yaml.assay.json")


@pytest.mark.parametrize(
    "document",
    [
        GOOD | {"kind": "Pod"},
        {key: value for key, value in GOOD.items() if key != "policy"},
        GOOD | {"schema": "assay.evidence-file/v2"},
        GOOD | {"schema": ["assay.evidence-file/v1"]},
        {key: value for key, value in GOOD.items() if key != "policy"} | {"x": 1},
        {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "image": f"acme/api:1@{D}"}]}},
        [GOOD],
    ],
)
def test_at_139_what_is_only_named_as_one_is_read_like_any_manifest(document: object) -> None:
    assert images(json.dumps(document), "a.assay.json") == [f"acme/api:1@{D}"]


def test_the_shape_under_another_name_is_read_like_any_manifest() -> None:
    assert images(json.dumps(GOOD), "a.json") == [f"acme/api:1@{D}"]


def test_a_second_document_does_not_hide_behind_the_first() -> None:
    assert images(f"{json.dumps(GOOD)}\n---\nimage: acme/evil:1\n", "a.assay.json") == ["acme/evil:1"]


def test_a_key_that_stands_twice_is_told() -> None:
    text = json.dumps(GOOD)[:-1] + f', "images": [{{"image": "acme/evil:1@{D}"}}]}}'
    assert [use.problem for use in find_images("a.assay.json", text)] == ["ambiguous: key images twice"]
