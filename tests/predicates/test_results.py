"""Verification summaries, simple verification results, test results, SCAI and releases as measures."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.predicates import read_posture
from tests.predicates.statements import trusted

VSA = "https://slsa.dev/verification_summary/v1"
SVR = "https://in-toto.io/attestation/svr/v0.2"
TESTS = "https://in-toto.io/attestation/test-result/v0.1"
SCAI = "https://in-toto.io/attestation/scai/attribute-report/v0.2"
RELEASE = "https://in-toto.io/attestation/release/v0.2"
VEX = "https://openvex.dev/ns"


def values(kind: str, predicate: object) -> dict[str, object]:
    return {key: one.value for key, one in read_posture([trusted(kind, predicate)]).measures.items()}


def vsa(result: object = "PASSED", **more: object) -> dict[str, Any]:
    return {"verifier": {"id": "v"}, "verificationResult": result, **more}


def test_a_verification_summary_has_result_levels_and_verifier() -> None:
    assert values(VSA, vsa(verifiedLevels=["SLSA_BUILD_LEVEL_3"])) == {
        "vsa.passed": True,
        "vsa.levels": frozenset({"SLSA_BUILD_LEVEL_3"}),
        "vsa.verifier": "v",
    }


def test_what_did_not_pass_is_verified_at_no_level() -> None:
    found = values(VSA, vsa("FAILED", verifiedLevels=["SLSA_BUILD_LEVEL_3"]))
    assert (found["vsa.passed"], found["vsa.levels"]) == (False, frozenset())


def test_a_summary_without_levels_has_none() -> None:
    assert values(VSA, vsa())["vsa.levels"] == frozenset()


def test_a_simple_verification_result_has_properties_and_verifier() -> None:
    found = values(SVR, {"verifier": {"id": "v"}, "properties": ["A", "B"]})
    assert found == {"svr.properties": frozenset({"A", "B"}), "svr.verifier": "v"}


@pytest.mark.parametrize(("result", "passed"), [("PASSED", True), ("WARNED", True), ("FAILED", False)])
def test_a_test_result_passed_or_not(result: str, passed: bool) -> None:  # noqa: FBT001 - a parameter
    assert values(TESTS, {"result": result}) == {"tests.passed": passed, "tests.result": result}


def test_failed_and_warned_tests_are_counted_and_named() -> None:
    predicate = {"result": "FAILED", "failedTests": ["b", "a"], "warnedTests": []}
    measures = read_posture([trusted(TESTS, predicate)]).measures
    assert (measures["tests.failed"].value, measures["tests.failed"].details) == (2, ("a", "b"))
    assert measures["tests.warned"].value == 0


def test_attributes_are_named_and_those_of_another_target_say_so() -> None:
    predicate = {"attributes": [{"attribute": "A"}, {"attribute": "B", "target": {"name": "n", "uri": "u"}}]}
    assert values(SCAI, predicate) == {"scai.attributes": frozenset({"A", "B (of n)"})}


@pytest.mark.parametrize(("target", "named"), [({"uri": "u"}, "u"), ({}, "another target")])
def test_a_target_is_named_by_what_it_has(target: object, named: str) -> None:
    predicate = {"attributes": [{"attribute": "A", "target": target}]}
    assert values(SCAI, predicate) == {"scai.attributes": frozenset({f"A (of {named})"})}


def test_a_single_attribute_beside_null_attributes_is_read() -> None:
    assert values(SCAI, {"attributes": None, "attribute": "A"}) == {"scai.attributes": frozenset({"A"})}


def test_a_release_names_repository_tag_and_owner() -> None:
    predicate = {"repository": "acme/api", "tag": "v1", "ownerId": "7", "purl": "pkg:github/acme/api@v1"}
    found = values(RELEASE, predicate)
    assert found == {"release.repository": "acme/api", "release.tag": "v1", "release.owner-id": "7"}


def test_vex_statements_are_counted_by_status() -> None:
    statements = [{"vulnerability": "a", "status": "fixed"}, {"vulnerability": {"name": "b"}, "status": "affected"}]
    assert values(VEX, {"statements": statements}) == {
        "vex.not-affected": 0,
        "vex.affected": 1,
        "vex.fixed": 1,
        "vex.under-investigation": 0,
    }


@pytest.mark.parametrize(
    ("kind", "predicate", "sentence"),
    [
        (VSA, vsa("passed"), "predicate.verificationResult: is neither PASSED nor FAILED"),
        (VSA, vsa(None), "predicate.verificationResult: is missing"),
        (VSA, vsa(verifiedLevels=[1]), "predicate.verifiedLevels[0]: is not a text"),
        (VSA, {"verificationResult": "PASSED"}, "predicate.verifier: is missing"),
        (SVR, {"verifier": {"id": "v"}}, "predicate.properties: is missing"),
        (SVR, {"properties": []}, "predicate.verifier: is missing"),
        (TESTS, {}, "predicate.result: is missing"),
        (TESTS, {"result": "OK"}, "predicate.result: is none of PASSED, WARNED and FAILED"),
        (
            TESTS,
            {"result": "PASSED", "failedTests": ["a"]},
            "predicate.failedTests: names failed tests, but the result is PASSED",
        ),
        (SCAI, {"attributes": None}, "predicate.attributes: is missing"),
        (SCAI, {"attributes": [{}]}, "predicate.attributes[0].attribute: is missing"),
        (SCAI, {"attributes": None, "attribute": 1}, "predicate.attribute: is not a text"),
        (RELEASE, {}, "predicate: names neither repository nor tag"),
        (RELEASE, {"tag": 1}, "predicate.tag: is not a text"),
        (VEX, {}, "predicate.statements: is missing"),
        (VEX, {"statements": [{"vulnerability": "a"}]}, "predicate.statements[0].status: is missing"),
        (
            VEX,
            {"statements": [{"vulnerability": "a", "status": "fine"}]},
            "predicate.statements[0].status: is not a VEX status",
        ),
        (VEX, {"statements": [{"status": "fixed"}]}, "predicate.statements[0].vulnerability: is missing"),
    ],
)
def test_a_wrong_shape_is_unreadable_with_its_place(kind: str, predicate: object, sentence: str) -> None:
    (one,) = read_posture([trusted(kind, predicate)]).unreadable
    assert f"{one.path}: {one.reason}" == sentence


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([VSA, SVR, TESTS, SCAI, RELEASE]),
    st.dictionaries(
        st.sampled_from(["verifier", "verificationResult", "properties", "result", "failedTests", "attributes", "tag"]),
        st.none() | st.integers() | st.text(max_size=4) | st.lists(st.text(max_size=4)) | st.just({"id": "v"}),
    ),
)
def test_a_predicate_is_measured_or_unreadable_never_both(kind: str, predicate: object) -> None:
    posture = read_posture([trusted(kind, predicate)])
    assert bool(posture.measures) is not bool(posture.unreadable)


@pytest.mark.needs_data
@pytest.mark.parametrize(("name", "levels"), [("macaron-vsa.intoto", 0), ("gke-gce-pre.bcid-vsa", 2)])
def test_real_verification_summaries_are_read(real_data: Path, name: str, levels: int) -> None:
    text = (real_data / f"sigstore/predicates/vsa/{name}.jsonl").read_text(encoding="utf-8").splitlines()[0]
    envelope = json.loads(text)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    found = values(statement["predicateType"], statement["predicate"])
    assert (found["vsa.passed"], found["vsa.levels"].__len__()) == (True, levels)  # type: ignore[attr-defined] # a set


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("hello-world", {"HAS_STACK_PROTECTION"}),
        ("no-vuln", {"NO KNOWN VULNERABILITIES"}),
        ("secure-boot", {"TAMPER-EVIDENT BUILD PLATFORM (of localhost)"}),
    ],
)
def test_real_attribute_reports_are_read(real_data: Path, name: str, attributes: set[str]) -> None:
    text = (real_data / f"sigstore/predicates/scai/{name}.scai.json").read_text(encoding="utf-8")
    statement = json.loads(text)
    assert values(statement["predicateType"], statement["predicate"]) == {"scai.attributes": attributes}
