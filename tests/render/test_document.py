"""The JSON documents have the shapes that are published, whatever the assessment holds."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, cast

import jsonschema_rs
import pytest

from app.core.assessment import Assessment
from app.core.attestation import (
    SIGNATURE,
    Answer,
    Conclusion,
    Form,
    Lookup,
    Rejection,
    SignedStatement,
    Signer,
    Statement,
    TrustedStatement,
    Word,
)
from app.core.errors import PolicyError
from app.core.inventory import Artifact, ImageVersion, UnreadablePlace
from app.core.oci import ImageName
from app.core.policy_edit import Effect, PolicyEdit
from app.core.posture import Better, Measure, UnreadablePredicate
from app.core.verdict import Outcome
from app.render import document, verification
from app.render.document import Json
from app.render.verification import Verification
from tests.conftest import ROOT
from tests.render import samples
from tests.render.samples import EMPTY, assessed, change, digest, finding, image, use

SIGNER = Signer("https://issuer.test", "alice")


def read(one: Json) -> dict[str, Any]:
    """Write a document, hold it against its published schema, and read it back."""
    found = cast("dict[str, Any]", json.loads(document.text(one)))
    name = str(found["schema"]).replace("/", "-")
    schema = json.loads((ROOT / f"docs/schemas/{name}.json").read_text(encoding="utf-8"))
    errors = [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(found)]
    assert errors == []
    return found


def statement(kind: str = SIGNATURE, signer: Signer = SIGNER) -> SignedStatement:
    return SignedStatement(
        Statement(kind, (), {}), signer, digest("a"), Form.BUNDLE, "referrers", samples.NOON, logged=True
    )


@pytest.mark.parametrize(
    "assessment",
    [
        EMPTY,
        samples.blocked(),
        samples.all_clear(),
        samples.policy_change(),
        samples.incomplete(),
        samples.broken(),
        samples.many(),
        samples.observed(),
        samples.cannot_read(),
        samples.hostile(),
        samples.proposed("x"),
        dataclasses.replace(EMPTY, base_ref=None),
    ],
)
def test_an_assessment_has_the_published_shape(assessment: Assessment) -> None:
    assert read(document.check(assessment))["head"] == assessment.head


def test_the_words_of_an_assessment_are_those_of_the_comment() -> None:
    found = read(document.check(samples.observed()))
    assert (found["verdict"], found["effective"], found["changes"][0]["verdict"]) == ("BLOCKED", "OK", "BLOCKED")


def test_the_evidence_of_both_sides_is_there() -> None:
    moved = change("a.test/x", None, ImageVersion("2", digest("a")))
    side = image(moved, Word.VERIFIED, samples.counts(1, 0, 0, 0))
    side = dataclasses.replace(
        side,
        evidence=dataclasses.replace(side.evidence, signed=(statement(), statement("https://p.test"))),
        trusted=(cast("TrustedStatement", statement()),),
        posture=dataclasses.replace(
            side.posture,
            measures=side.posture.measures
            | {"packages": Measure("packages", "packages", frozenset({"b", "a"}), Better.NEITHER, "t")},
            unreadable=(UnreadablePredicate("t", "p", "r"),),
        ),
    )
    found = read(document.check(dataclasses.replace(EMPTY, changes=(assessed(moved, None, side),))))
    evidence = found["changes"][0]["evidence"]
    assert evidence["before"] is None
    assert [one["trusted"] for one in evidence["after"]["signed"]] == [True, False]
    assert evidence["after"]["posture"]["measures"]["packages"]["value"] == ["a", "b"]


def test_image_changes_have_the_published_shape() -> None:
    moved = change("ghcr.io/acme/api", ImageVersion("1.2.3", digest("a")), ImageVersion("1.2.4", None))
    place = UnreadablePlace("bad.yaml", 3, "no YAML")
    source = UnreadablePlace("chart.yaml", 5, "the chart moves", elsewhere=True, source=True)
    assert read(document.images("b", "h", [moved], [place, source])) == {
        "schema": "assay.images/v1",
        "base": "b",
        "head": "h",
        "changes": [
            {
                "repository": "ghcr.io/acme/api",
                "artifact": "image",
                "before": {"tag": "1.2.3", "digest": f"sha256:{'a' * 64}"},
                "after": {"tag": "1.2.4", "digest": None},
                "uses": [
                    {
                        "path": "deploy.yaml",
                        "line": 17,
                        "format": "kubernetes",
                        "object": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "api", "name": "api"},
                        "field": "spec.template.spec.containers[0].image",
                    }
                ],
            }
        ],
        "unreadable": [{"path": "bad.yaml", "line": 3, "reason": "no YAML"}],
        "sources": [{"path": "chart.yaml", "line": 5, "reason": "the chart moves"}],
    }


@pytest.mark.parametrize("artifact", Artifact)
def test_a_change_says_what_its_reference_names(artifact: Artifact) -> None:
    moved = dataclasses.replace(change("a.test/x", None, ImageVersion("1", None)), artifact=artifact)
    (found,) = read(document.images("b", "h", [moved], []))["changes"]
    assert found["artifact"] == artifact.value


def test_an_added_image_has_no_before_and_a_moved_one_its_old_repository() -> None:
    moved = dataclasses.replace(
        change("a.test/x", None, ImageVersion("1", None)), name_before=ImageName.parse("a.test/y")
    )
    (found,) = read(document.images("b", "h", [moved], []))["changes"]
    assert (found["before"], found["repository_before"]) == (None, "a.test/y")


def test_an_unknown_repository_and_a_use_without_an_object_are_null() -> None:
    bare = dataclasses.replace(use("values.yaml"), object=None, name=None)
    moved = dataclasses.replace(change("a.test/x", None, ImageVersion("1", None)), name=None, uses=(bare,))
    (found,) = read(document.images("b", "h", [moved], []))["changes"]
    assert (found["repository"], found["uses"][0]["object"]) == (None, None)


def rejection(form: Form, kind: str | None) -> Rejection:
    return Rejection(Word.INVALID, "digest-mismatch", "it signs another manifest", form, ".sig tag", kind, None)


def verified(*asked: Conclusion, trusted: tuple[SignedStatement, ...] = ()) -> Verification:
    return Verification(
        "ghcr.io/acme/api:1",
        digest("a"),
        asked,
        (statement(), statement("https://p.test")),
        trusted,
        (rejection(Form.LEGACY_SIGNATURE, None), rejection(Form.BUNDLE, SIGNATURE), rejection(Form.BUNDLE, None)),
        (Lookup("referrers", "ghcr.io", Answer.FAILED, "did not answer in time", "timeout"),),
    )


def test_a_verification_has_the_published_shape_and_sorts_what_it_found() -> None:
    found = read(verification.document(verified(Conclusion("signature", Word.VERIFIED, ""), trusted=(statement(),))))
    assert [one["word"] for one in found["signatures"]] == ["verified", "invalid", "invalid"]
    assert [one["word"] for one in found["attestations"]] == ["untrusted signer", "invalid"]


def test_a_verification_of_something_that_could_not_be_found_out_has_no_digest() -> None:
    assert read(verification.document(dataclasses.replace(verified(), digest=None)))["digest"] is None


@pytest.mark.parametrize(
    ("words", "worst"),
    [
        ((), Word.NOT_REQUIRED),
        ((Word.VERIFIED,), Word.VERIFIED),
        ((Word.VERIFIED, Word.UNTRUSTED_SIGNER), Word.UNTRUSTED_SIGNER),
        ((Word.VERIFIED, Word.ABSENT, Word.UNKNOWN), Word.UNKNOWN),
        ((Word.UNKNOWN, Word.INVALID), Word.INVALID),
    ],
)
def test_the_word_of_a_verification_is_the_worst_of_what_was_asked(words: tuple[Word, ...], worst: Word) -> None:
    assert verified(*(Conclusion("signature", word, "") for word in words)).word is worst


def test_validation_errors_have_their_lines() -> None:
    errors = [PolicyError("unknown key", path="assay.yml", line=3), PolicyError("no version", path="assay.yml")]
    found = read(document.validate("assay.yml", errors))
    assert (found["valid"], [one["line"] for one in found["errors"]]) == (False, [3, None])


def test_a_valid_file_says_so() -> None:
    assert read(document.validate("assay.yml", []))["valid"] is True


@pytest.mark.parametrize("secret", ["ghs_" + "a1B2" * 9, "-----BEGIN PRIVATE KEY----- abc"])
def test_at_199_a_secret_is_cut_out_without_breaking_the_document(secret: str) -> None:
    sample = dataclasses.replace(EMPTY, findings=(finding(Outcome.BLOCKED, "", f"got {secret}"),), notices=("after",))
    found: Mapping[str, Any] = read(document.check(sample))
    assert (found["findings"][0]["sentence"], found["notices"]) == ("got [removed]", ["after"])


def test_a_text_that_is_no_unicode_can_be_written() -> None:
    assert read(document.check(dataclasses.replace(EMPTY, notices=("\ud800",))))["notices"] == ["\\ud800"]


@pytest.mark.parametrize(
    ("path", "kind"), [("policies/probes.yaml", "policy_change"), (".github/assay.yml", "governance_change")]
)
def test_a_policy_change_says_whether_it_governs_the_repository_itself(path: str, kind: str) -> None:
    edit = PolicyEdit(path, None, "x", "a", "b", Effect.WEAKER, "something is so", 7)
    assert [one["type"] for one in read(document.policies("a", "b", [edit]))["changes"]] == [kind]
