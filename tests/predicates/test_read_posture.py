"""Many trusted statements become one posture: newest of one source, worst of different ones, nothing milder."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.attestation import Signer, TrustedStatement
from app.core.oci import Descriptor, Digest, Platform
from app.core.posture import Better, Measure, Posture, UnreadablePredicate
from app.predicates import ALIASES, KEYS, PREDICATES, predicate_types, read_posture
from tests.predicates.statements import ALICE, COSIGN_VULN, NOON, SUBJECT, grype, trivy, trusted

HARDENING = "https://assay.dev/hardening/v1"
BOB = Signer("https://issuer.test", "bob")


def value(posture: Posture, key: str) -> object:
    return posture.measures[key].value


def test_no_statement_measures_nothing() -> None:
    assert read_posture(()) == Posture()


def test_a_statement_of_an_unknown_type_is_not_measured() -> None:
    assert read_posture([trusted("https://example.test/other", {})]) == Posture()


def test_signer_time_and_type_come_from_the_statement() -> None:
    one = read_posture([trusted(COSIGN_VULN, trivy("HIGH"))]).measures["vulnerabilities.high"]
    assert (one.predicate_type, one.signer, one.at) == (COSIGN_VULN, "alice", NOON)


def test_at_047_a_measure_is_as_old_as_its_verified_time_whatever_the_predicate_claims() -> None:
    predicate = trivy("HIGH") | {"metadata": {"scanFinishedOn": "2099-01-01T00:00:00Z"}}
    assert read_posture([trusted(COSIGN_VULN, predicate, at=None)]).measures["vulnerabilities.high"].at is None


def test_a_wrong_shape_is_unreadable_and_measures_nothing() -> None:
    posture = read_posture([trusted(COSIGN_VULN, {"scanner": {"result": None}})])
    reason = "is null: it does not say what was found"
    broken = UnreadablePredicate(COSIGN_VULN, "predicate.scanner.result", reason)
    assert posture == Posture({}, (broken,), types=frozenset({COSIGN_VULN}))


def test_half_of_a_malformed_predicate_is_not_believed() -> None:
    assert read_posture([trusted(HARDENING, {"shell": False, "baseImage": 7})]).measures == {}


def test_a_rescan_by_the_same_signer_replaces_the_scan() -> None:
    old = trusted(COSIGN_VULN, trivy("HIGH", "HIGH"), at=NOON - timedelta(hours=1))
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH")), old])
    assert (value(posture, "vulnerabilities.high"), posture.notes) == (1, ())


def test_without_a_verified_time_there_is_no_newest_and_the_worse_stands() -> None:
    untimed = trusted(COSIGN_VULN, trivy("HIGH"), at=None)
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH", "HIGH")), untimed])
    assert value(posture, "vulnerabilities.high") == 2


def test_at_the_same_time_the_worse_stands() -> None:
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH", "HIGH")), trusted(COSIGN_VULN, trivy("HIGH"))])
    assert value(posture, "vulnerabilities.high") == 2


def test_different_signers_that_disagree_leave_the_worse_and_a_note() -> None:
    later = trusted(COSIGN_VULN, trivy(), signer=BOB, at=NOON + timedelta(days=1))
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH")), later])
    assert (value(posture, "vulnerabilities.high"), posture.notes) == (
        1,
        ("several statements disagree on high vulnerabilities: the worse stands",),
    )


def test_different_signers_that_agree_leave_no_note() -> None:
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH")), trusted(COSIGN_VULN, trivy("HIGH"), signer=BOB)])
    assert posture.notes == ()


def test_the_same_identity_of_another_issuer_is_another_signer() -> None:
    other = Signer("https://other.test", ALICE.identity)
    later = trusted(COSIGN_VULN, trivy(), signer=other, at=NOON + timedelta(days=1))
    assert value(read_posture([trusted(COSIGN_VULN, trivy("HIGH")), later]), "vulnerabilities.high") == 1


def test_different_scanners_of_one_signer_leave_the_worse() -> None:
    later = trusted(COSIGN_VULN, grype(), at=NOON + timedelta(days=1))
    posture = read_posture([trusted(COSIGN_VULN, trivy("CRITICAL")), later])
    assert value(posture, "vulnerabilities.critical") == 1


def test_the_newer_scan_of_one_platform_does_not_replace_that_of_another() -> None:
    later = trusted(COSIGN_VULN, trivy(), subject=Digest("b" * 64), at=NOON + timedelta(days=1))
    assert value(read_posture([trusted(COSIGN_VULN, trivy("CRITICAL")), later]), "vulnerabilities.critical") == 1


def test_a_flag_that_is_better_high_keeps_the_lower_of_two() -> None:
    first = trusted(HARDENING, {"packagesRemoved": ["a", "b"]})
    posture = read_posture([first, trusted(HARDENING, {"packagesRemoved": ["a"]}, signer=BOB)])
    assert value(posture, "hardening.packages-removed") == 1


def test_two_names_for_one_thing_are_neither_of_them() -> None:
    first = trusted(HARDENING, {"baseImage": "good"})
    posture = read_posture([first, trusted(HARDENING, {"baseImage": "evil"}, signer=BOB)])
    assert value(posture, "hardening.base-image") == "evil ≠ good"


def test_two_package_lists_are_joined() -> None:
    bom: dict[str, Any] = {"bomFormat": "CycloneDX", "components": [{"name": "a"}]}
    other: dict[str, Any] = {"bomFormat": "CycloneDX", "components": [{"name": "b"}]}
    kind = "https://cyclonedx.org/bom"
    assert value(read_posture([trusted(kind, bom), trusted(kind, other)]), "packages") == frozenset("ab")


def test_the_platform_comes_from_the_index_when_the_predicate_is_silent() -> None:
    arm = Platform("linux", "arm64")
    child = Descriptor("application/vnd.oci.image.manifest.v1+json", SUBJECT, 1, arm)
    basis = read_posture([trusted(COSIGN_VULN, grype())], [child]).measures["vulnerabilities.high"].basis
    assert basis is not None
    assert basis.platform == arm


def test_a_platform_that_the_predicate_names_is_kept() -> None:
    child = Descriptor("m", SUBJECT, 1, Platform("linux", "arm64"))
    basis = read_posture([trusted(COSIGN_VULN, trivy())], [child]).measures["vulnerabilities.high"].basis
    assert basis is not None
    assert basis.platform == Platform("linux", "amd64")


@settings(max_examples=80, deadline=None)
@given(st.permutations(range(4)))
def test_the_posture_does_not_depend_on_the_order_of_statements(order: list[int]) -> None:
    statements = [
        trusted(COSIGN_VULN, trivy("HIGH"), at=NOON - timedelta(hours=1)),
        trusted(COSIGN_VULN, trivy("LOW"), at=None),
        trusted(COSIGN_VULN, grype("Critical"), signer=BOB),
        trusted(HARDENING, {"user": "root"}),
    ]
    assert read_posture([statements[index] for index in order]) == read_posture(statements)


def _severity(one: Measure) -> int:
    assert isinstance(one.value, int)
    return one.value if one.better is Better.LOWER else -one.value


_SCANS = st.lists(st.sampled_from(["CRITICAL", "HIGH", "LOW", "UNKNOWN"]), max_size=4)


@settings(max_examples=150, deadline=None)
@given(_SCANS, _SCANS, st.sampled_from(["signer", "scanner", "subject", "no time", "malformed"]), st.integers(-5, 5))
def test_a_second_statement_of_another_source_never_makes_a_known_measure_milder(
    first: list[str], second: list[str], differs: str, hours: int
) -> None:
    known = trusted(COSIGN_VULN, trivy(*first))
    later = NOON + timedelta(hours=hours)
    other: TrustedStatement = {
        "signer": trusted(COSIGN_VULN, trivy(*second), signer=BOB, at=later),
        "scanner": trusted(COSIGN_VULN, grype(*second), at=later),
        "subject": trusted(COSIGN_VULN, trivy(*second), subject=Digest("c" * 64), at=later),
        "no time": trusted(COSIGN_VULN, trivy(*second), at=None),
        "malformed": trusted(COSIGN_VULN, trivy(*second, "critical "), at=later),
    }[differs]
    before, after = read_posture([known]).measures, read_posture([known, other]).measures
    assert all(_severity(after[key]) >= _severity(one) for key, one in before.items() if one.better is Better.LOWER)


_HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_SOUND: list[tuple[str, dict[str, Any]]] = [
    (COSIGN_VULN, trivy("HIGH", "LOW")),
    (COSIGN_VULN, grype("High")),
    (
        "https://in-toto.io/attestation/vulns/v0.2",
        {"scanner": {"uri": "s", "result": [{"id": "a", "severity": [{"method": "m", "score": "9.8"}]}]}},
    ),
    (
        "https://slsa.dev/provenance/v1",
        {
            "buildDefinition": {"externalParameters": {"workflow": {"repository": "https://h/r", "ref": "r"}}},
            "runDetails": {"builder": {"id": "b"}},
        },
    ),
    ("https://spdx.dev/Document", {"spdxVersion": "SPDX-2.3", "packages": [{"name": "a"}]}),
    (
        "https://cyclonedx.org/bom",
        {"bomFormat": "CycloneDX", "components": [{"name": "a"}], "vulnerabilities": [{"id": "x", "ratings": [{}]}]},
    ),
    (HARDENING, {"packagesRemoved": ["a"], "user": "1", "scan": {"scanner": "s"}}),
    (
        "http://docs.oasis-open.org/sarif/sarif/2.1.0",
        {
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": {"name": "t", "rules": [{"id": "CVE-1", "properties": {"tags": ["HIGH"]}}]}},
                    "results": [{"ruleId": "CVE-1", "locations": [{"physicalLocation": {}}]}],
                }
            ],
        },
    ),
    (
        "https://openvex.dev/ns",
        {"timestamp": "2026-01-01T00:00:00Z", "statements": [{"vulnerability": "CVE-1", "status": "fixed"}]},
    ),
    (
        "https://slsa.dev/verification_summary/v1",
        {"verifier": {"id": "v"}, "verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_3"]},
    ),
    ("https://in-toto.io/attestation/svr/v0.2", {"verifier": {"id": "v"}, "properties": ["P"]}),
    ("https://in-toto.io/attestation/test-result/v0.1", {"result": "FAILED", "failedTests": ["t"]}),
    ("https://in-toto.io/attestation/scai/v0.3", {"attributes": [{"attribute": "A", "target": {"name": "n"}}]}),
    ("https://in-toto.io/attestation/release/v0.2", {"repository": "acme/api", "tag": "v1"}),
]


def _broken(document: object, path: list[int], hostile: object) -> object:
    """Put a hostile value somewhere into a sound document: at the place that the numbers lead to."""
    if not path or not isinstance(document, dict | list) or not document:
        return hostile
    if isinstance(document, list):
        index = path[0] % len(document)
        document[index] = _broken(document[index], path[1:], hostile)
    else:
        key = sorted(document)[path[0] % len(document)]
        document[key] = _broken(document[key], path[1:], hostile)
    return document


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(_SOUND), st.lists(st.integers(0, 5), min_size=1, max_size=7), _HOSTILE)
def test_no_predicate_whatever_it_holds_raises(
    sound: tuple[str, dict[str, Any]], path: list[int], hostile: object
) -> None:
    kind, predicate = sound
    posture = read_posture([trusted(kind, _broken(copy.deepcopy(predicate), path, hostile))])
    assert set(posture.measures) <= KEYS


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(ALIASES)), _HOSTILE | st.text())
def test_no_predicate_of_any_type_raises_for_any_json(alias: str, predicate: object) -> None:
    kinds = sorted(predicate_types(alias))
    assert read_posture([trusted(kind, predicate) for kind in kinds]).measures == {}


@pytest.mark.parametrize("kind", sorted(uri for predicate in PREDICATES for uri in predicate.TYPES))
def test_a_predicate_nested_too_deep_is_unreadable(kind: str) -> None:
    deep: object = {}
    for _ in range(64):
        deep = {"x": deep}
    (problem,) = read_posture([trusted(kind, deep)]).unreadable
    assert problem.reason == "is nested deeper than 64"


def test_a_predicate_of_too_many_values_is_unreadable() -> None:
    (problem,) = read_posture([trusted(HARDENING, {"x": [0] * 1_000_000})]).unreadable
    assert problem.reason == "has more than 1000000 values"


def test_every_sound_predicate_is_read() -> None:
    assert all(read_posture([trusted(kind, predicate)]).measures for kind, predicate in _SOUND)


def test_a_predicate_may_be_a_json_text() -> None:
    assert read_posture([trusted(kind, json.dumps(one)) for kind, one in _SOUND]).unreadable == ()


def test_short_names_stand_for_types() -> None:
    assert predicate_types("sbom") == predicate_types("spdx") | predicate_types("cyclonedx")


def test_a_uri_stands_for_itself() -> None:
    assert predicate_types("https://example.test/p/v1") == {"https://example.test/p/v1"}


@pytest.mark.parametrize("text", ["", "slsa", "://", "ftp://x", "https://"])
def test_any_other_text_stands_for_no_type(text: str) -> None:
    assert predicate_types(text) == frozenset()


def test_no_two_predicates_read_one_type() -> None:
    kinds = [uri for predicate in PREDICATES for uri in predicate.TYPES]
    assert len(kinds) == len(set(kinds))
