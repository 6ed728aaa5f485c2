"""What was in force at one time."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema_rs
import pytest

from app.core.history import Gap, InForce, PolicyInForce
from app.core.inventory import ImageUse, ObjectReference
from app.render.history import IN_FORCE_FORMATS, Moment
from tests.conftest import ROOT
from tests.render.history_samples import GAP, KYVERNO, facts
from tests.render.samples import digest, use

ENFORCED = PolicyInForce("policies/signed.yaml", 3, KYVERNO, "Enforce")
SILENT = PolicyInForce("rbac.yaml", 9, ObjectReference("rbac/v1", "RoleBinding", "apps", "all"))
NAMELESS = PolicyInForce("p.yaml", 1, ObjectReference("v1", "", "", ""))


def _image(path: str, tag: str | None = "1.0") -> ImageUse:
    return replace(use(path), tag=tag, digest=digest("a"))


def _written(
    form: str,
    policies: tuple[PolicyInForce, ...] = (),
    images: tuple[ImageUse, ...] = (),
    gaps: tuple[Gap, ...] = (),
) -> str:
    return IN_FORCE_FORMATS[form](Moment("acme/gitops", "2026-03-01", InForce(facts(), images, policies, gaps)))


def test_the_document_has_the_published_shape() -> None:
    schema = json.loads((ROOT / "docs/schemas/assay.in-force-v1.json").read_text(encoding="utf-8"))
    nameless = replace(_image("b.yaml"), name=None)
    document = json.loads(_written("json", (ENFORCED, SILENT), (_image("a.yaml"), nameless), (GAP,)))
    assert [str(one) for one in jsonschema_rs.Draft202012Validator(schema).iter_errors(document)] == []


def test_the_text_names_what_was_asked_for_only() -> None:
    asked = Moment("acme/gitops", "2026-03-01", InForce(facts(), (), ()), filters=("in paths `/a`",))
    assert "only in paths `/a`\n" in IN_FORCE_FORMATS["text"](asked)


def test_an_action_that_is_not_said_is_null() -> None:
    document = json.loads(_written("json", (ENFORCED, SILENT)))
    assert [one["action"] for one in document["policies"]] == ["Enforce", None]


def test_an_image_is_listed_once_with_all_its_places() -> None:
    document = json.loads(_written("json", (), (_image("b.yaml"), _image("a.yaml"))))
    assert [[place["path"] for place in one["uses"]] for one in document["images"]] == [["b.yaml", "a.yaml"]]


def test_two_versions_are_two_images() -> None:
    document = json.loads(_written("json", (), (_image("a.yaml"), _image("b.yaml", "1.1"))))
    assert [one["tag"] for one in document["images"]] == ["1.0", "1.1"]


def test_a_digest_that_is_not_written_is_null() -> None:
    document = json.loads(_written("json", (), (replace(_image("a.yaml"), digest=None),)))
    assert document["images"][0]["digest"] is None


def test_a_gap_makes_the_answer_incomplete() -> None:
    assert json.loads(_written("json", gaps=(GAP,)))["complete"] is False


def test_the_terminal_lists_policies_images_and_gaps() -> None:
    lines = _written("text", (ENFORCED, SILENT, NAMELESS), (_image("a.yaml"), _image("b.yaml")), (GAP,)).splitlines()
    assert lines == [
        f"in force at 2026-03-01: commit {facts().commit} of 2026-03-01 12:00 UTC",
        "3 policies",
        "  ClusterPolicy signed: Enforce  policies/signed.yaml:3",
        "  RoleBinding apps/all: not said  rbac.yaml:9",
        "  p.yaml: not said  p.yaml:1",
        "1 image",
        f"  ghcr.io/acme/api:1.0@{digest('a')}  a.yaml:17 and 1 more",
        "not read: cccccccccccc apps/x.yaml: not YAML",
    ]


def test_an_image_without_a_repository_says_so() -> None:
    assert "(no repository) 1.0@" in _written("text", (), (replace(_image("a.yaml"), name=None),))


def test_the_markdown_has_a_table_of_each() -> None:
    written = _written("markdown", (ENFORCED,), (_image("a.yaml"), replace(_image("b.yaml"), name=None)), (GAP,))
    assert "| `ClusterPolicy signed` | Enforce | `policies/signed.yaml:3` |" in written
    assert "| no repository |" in written
    assert "not YAML" in written


@pytest.mark.parametrize("said", ["No policy.", "No image.", "Everything was read."])
def test_the_markdown_of_nothing_says_so(said: str) -> None:
    assert said in _written("markdown")
