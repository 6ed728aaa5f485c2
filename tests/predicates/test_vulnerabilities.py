"""Vulnerability predicates: counted by severity; what does not say what was found is never zero."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.oci import Platform
from app.core.posture import Basis, Posture, Vulnerability
from app.predicates import read_posture
from tests.predicates.statements import COSIGN_VULN, NOON, grype, trivy, trusted

IN_TOTO = "https://in-toto.io/attestation/vulns/v0.2"
CYCLONEDX = "https://cyclonedx.org/bom"


def counts(posture: Posture) -> dict[str, object]:
    """The counts that are not zero, by the last part of their key."""
    return {
        key.removeprefix("vulnerabilities."): one.value
        for key, one in posture.measures.items()
        if key.startswith("vulnerabilities.") and one.value != 0
    }


def problem(kind: str, predicate: object) -> str:
    (one,) = read_posture([trusted(kind, predicate)]).unreadable
    return f"{one.path}: {one.reason}"


def scanned(result: object) -> dict[str, Any]:
    return {"scanner": {"uri": "s", "result": result}}


def test_trivy_counts_by_severity() -> None:
    posture = read_posture([trusted(COSIGN_VULN, trivy("CRITICAL", "HIGH", "HIGH", "UNKNOWN"))])
    assert counts(posture) == {"critical": 1, "high": 2, "unknown": 1}


def test_trivy_counts_what_has_a_fix() -> None:
    assert counts(read_posture([trusted(COSIGN_VULN, trivy("HIGH", fixed="2"))])) == {"high": 1, "high.fixable": 1}


def test_trivy_details_name_package_version_and_fix() -> None:
    found = read_posture([trusted(COSIGN_VULN, trivy("HIGH", fixed="2"))]).measures["vulnerabilities.high"]
    assert found.details == ("CVE-0 p (1, fixed in 2)",)


def test_trivy_names_platform_scanner_and_database() -> None:
    found = read_posture([trusted(COSIGN_VULN, trivy())]).measures["vulnerabilities.high"]
    assert found.basis == Basis(Platform("linux", "amd64"), "trivy", datetime(2026, 11, 22, 6, tzinfo=UTC))


def test_a_clean_scan_of_packages_is_zero() -> None:
    assert read_posture([trusted(COSIGN_VULN, trivy())]).measures["vulnerabilities.critical"].value == 0


def test_one_vulnerability_in_one_package_counts_once_at_its_worst() -> None:
    predicate = trivy("LOW", "HIGH", "MEDIUM")
    for one in predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"]:
        one["VulnerabilityID"] = "CVE-1"
    assert counts(read_posture([trusted(COSIGN_VULN, predicate)])) == {"high": 1}


def test_details_are_bounded() -> None:
    found = read_posture([trusted(COSIGN_VULN, trivy(*["LOW"] * 600))]).measures["vulnerabilities.low"]
    assert (found.value, len(found.details)) == (600, 500)


def test_trivy_findings_that_were_suppressed_are_said() -> None:
    predicate = trivy()
    predicate["scanner"]["result"]["Results"][0]["ExperimentalModifiedFindings"] = [{}, {}]
    assert counts(read_posture([trusted(COSIGN_VULN, predicate)])) == {"suppressed": 2}


@pytest.mark.parametrize("results", [None, [], [{"Target": "Dockerfile", "Class": "config"}]])
def test_a_trivy_result_without_a_scan_of_packages_is_not_zero(results: object) -> None:
    result = {"SchemaVersion": 2, "Results": results}
    assert problem(COSIGN_VULN, scanned(result)) == "predicate.scanner.result.Results: holds no scan of packages"


def test_an_older_trivy_result_is_refused() -> None:
    assert problem(COSIGN_VULN, scanned({"SchemaVersion": 1})) == "predicate.scanner.result.SchemaVersion: is not 2"


def test_the_result_of_an_unknown_scanner_is_refused() -> None:
    sentence = "predicate.scanner.result: is neither Trivy's JSON nor Grype's nor SARIF"
    assert problem(COSIGN_VULN, scanned({"other": []})) == sentence


@pytest.mark.parametrize("severity", ["critical ", "superbad", " ", "CRITICAL\u200b"])
def test_at_049_an_unknown_severity_is_malformed_never_milder(severity: str) -> None:
    assert problem(COSIGN_VULN, trivy("LOW", severity)) == (
        "predicate.scanner.result.Results[0].Vulnerabilities[1].Severity: is not a severity"
    )


def test_at_049_a_missing_severity_is_malformed() -> None:
    predicate = trivy("LOW")
    del predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"][0]["Severity"]
    assert problem(COSIGN_VULN, predicate).endswith(".Severity: is missing")


def test_at_050_only_named_fields_of_a_scanner_s_json_are_read() -> None:
    predicate = trivy("HIGH")
    predicate["scanner"]["result"]["Metadata"]["auth"] = "hunter2"
    predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"][0]["Description"] = "hunter2"
    predicate["invocation"] = {"parameters": ["--password", "hunter2"]}
    assert "hunter2" not in repr(read_posture([trusted(COSIGN_VULN, predicate)]))


def test_grype_counts_by_severity_and_fix() -> None:
    predicate = grype("Critical", "Negligible", "Unknown")
    predicate["scanner"]["result"]["matches"][0]["vulnerability"]["fix"] = {"versions": ["2"], "state": "fixed"}
    assert counts(read_posture([trusted(COSIGN_VULN, predicate)])) == {
        "critical": 1,
        "critical.fixable": 1,
        "negligible": 1,
        "unknown": 1,
    }


def test_a_grype_fix_whose_version_is_not_named_is_a_fix() -> None:
    predicate = grype("High")
    predicate["scanner"]["result"]["matches"][0]["vulnerability"]["fix"] = {"state": "fixed"}
    found = read_posture([trusted(COSIGN_VULN, predicate)]).measures["vulnerabilities.high.fixable"]
    assert found.details == ("CVE-0 p (1, fixed in a version that is not named)",)


@pytest.mark.parametrize("db", [{"built": "2026-11-20T00:00:00Z"}, {"status": {"built": "2026-11-20T00:00:00Z"}}])
def test_grype_names_its_platform_and_when_its_database_was_built(db: object) -> None:
    predicate = grype()
    predicate["scanner"]["result"]["descriptor"] = {"db": db}
    predicate["scanner"]["result"]["source"] = {"target": {"os": "linux", "architecture": "arm64"}}
    basis = read_posture([trusted(COSIGN_VULN, predicate)]).measures["vulnerabilities.high"].basis
    assert basis == Basis(Platform("linux", "arm64"), "grype", datetime(2026, 11, 20, tzinfo=UTC))


def test_a_grype_scan_of_a_folder_names_no_platform() -> None:
    predicate = grype()
    predicate["scanner"]["result"]["source"] = {"target": "/folder"}
    basis = read_posture([trusted(COSIGN_VULN, predicate)]).measures["vulnerabilities.high"].basis
    assert basis == Basis(None, "grype", None)


def test_grype_matches_that_were_ignored_are_said() -> None:
    predicate = grype()
    predicate["scanner"]["result"]["ignoredMatches"] = [{}]
    assert counts(read_posture([trusted(COSIGN_VULN, predicate)])) == {"suppressed": 1}


@pytest.mark.parametrize(
    ("version", "expected"),
    [("2026-11-22T06:00:00Z", datetime(2026, 11, 22, 6, tzinfo=UTC)), ("v5", None), ("", None)],
)
def test_a_database_version_that_is_a_time_is_one(version: str, expected: datetime | None) -> None:
    predicate = grype()
    predicate["scanner"]["db"] = {"version": version}
    basis = read_posture([trusted(COSIGN_VULN, predicate)]).measures["vulnerabilities.high"].basis
    assert basis == Basis(None, "grype", expected)


@pytest.mark.parametrize(
    ("entry", "severity"),
    [
        ({"id": "a"}, "unknown"),
        ({"id": "a", "severity": []}, "unknown"),
        ({"id": "a", "severity": [{"method": "nvd", "score": "9.1"}]}, "critical"),
        ({"id": "a", "severity": {"method": "nvd", "score": "HIGH"}}, "high"),
        ({"vulnerability": {"id": "a", "severity": {"method": "nvd", "score": 4.0}}}, "medium"),
        ({"id": "a", "severity": [{"score": "LOW"}, {"score": "9.1"}, {"score": "CVSS:4.0/AV:N"}]}, "critical"),
    ],
)
def test_in_toto_entries_of_every_shape_are_counted(entry: object, severity: str) -> None:
    assert counts(read_posture([trusted(IN_TOTO, scanned([entry]))])) == {severity: 1}


def test_at_049_an_in_toto_severity_that_is_not_understood_counts_as_critical_and_says_so() -> None:
    entry = {"id": "a", "severity": [{"method": "own", "score": "CVSS:4.0/AV:N"}]}
    found = read_posture([trusted(IN_TOTO, scanned([entry]))]).measures["vulnerabilities.critical"]
    assert (found.value, found.details) == (1, ("a (severity not understood, counted as critical)",))


@pytest.mark.parametrize("score", [-1, 11, True, None, []])
def test_at_049_an_in_toto_score_that_is_none_is_malformed(score: object) -> None:
    entry = {"id": "a", "severity": [{"score": score}]}
    assert problem(IN_TOTO, scanned([entry])).startswith("predicate.scanner.result[0].severity[0].score: ")


def test_an_in_toto_list_that_is_empty_means_nothing_was_found() -> None:
    assert read_posture([trusted(IN_TOTO, scanned([]))]).measures["vulnerabilities.high"].value == 0


def test_an_in_toto_list_that_is_missing_beside_a_finished_scan_means_nothing_was_found() -> None:
    predicate = {"scanner": {"uri": "s"}, "metadata": {"scanFinishedOn": "2022-11-21T17:45:50.52Z"}}
    assert read_posture([trusted(IN_TOTO, predicate)]).measures["vulnerabilities.high"].value == 0


@pytest.mark.parametrize("predicate", [{"scanner": {"uri": "s"}}, scanned(None)])
def test_an_in_toto_scan_that_says_nothing_is_not_zero(predicate: object) -> None:
    assert read_posture([trusted(IN_TOTO, predicate)]).measures == {}


def test_in_toto_does_not_tell_of_fixes() -> None:
    assert not [key for key in read_posture([trusted(IN_TOTO, scanned([]))]).measures if key.endswith(".fixable")]


def bom(**more: object) -> dict[str, Any]:
    return {"bomFormat": "CycloneDX", **more}


def test_a_cyclonedx_document_without_a_list_of_vulnerabilities_measures_none() -> None:
    assert counts(read_posture([trusted(CYCLONEDX, bom())])) == {}


@pytest.mark.parametrize(
    ("ratings", "severity"),
    [
        (None, "unknown"),
        ([], "unknown"),
        ([{"severity": "low"}, {"severity": "high"}], "high"),
        ([{"score": 9.9}], "critical"),
        ([{"severity": "low"}, {"severity": "weird"}], "critical"),
        ([{}], "critical"),
        ([{"score": True}], "critical"),
    ],
)
def test_cyclonedx_vulnerabilities_count_at_their_worst_rating(ratings: object, severity: str) -> None:
    document = bom(vulnerabilities=[{"id": "a", "ratings": ratings}])
    assert counts(read_posture([trusted(CYCLONEDX, document)])) == {severity: 1}


def test_a_cyclonedx_vulnerability_counts_once_in_each_package_that_it_affects() -> None:
    document = bom(vulnerabilities=[{"id": "a", "affects": [{"ref": "y"}, {"ref": "x"}, {"ref": "x"}]}])
    assert read_posture([trusted(CYCLONEDX, document)]).measures["vulnerabilities.unknown"].details == ("a x", "a y")


def test_a_cyclonedx_reference_is_a_component_with_name_version_and_package_url() -> None:
    component = {"bom-ref": "x", "name": "openssl", "version": "3.1", "purl": "pkg:apk/wolfi/openssl@3.1"}
    document = bom(components=[component], vulnerabilities=[{"id": "a", "affects": [{"ref": "x"}]}])
    (one,) = read_posture([trusted(CYCLONEDX, document)]).vulnerabilities
    assert (one.package, one.version, one.purl) == ("openssl", "3.1", "pkg:apk/wolfi/openssl@3.1")


def test_a_cyclonedx_reference_that_two_components_have_names_neither() -> None:
    twice = [{"bom-ref": "x", "name": "a"}, {"bom-ref": "x", "name": "b"}]
    document = bom(components=twice, vulnerabilities=[{"id": "a", "affects": [{"ref": "x"}]}])
    assert [one.package for one in read_posture([trusted(CYCLONEDX, document)]).vulnerabilities] == ["x"]


@pytest.mark.parametrize("kind", ["vuln/v0.1", "vulns/attribute-report/v0.1"])
def test_the_older_in_toto_types_are_read(kind: str) -> None:
    predicate = {"scanner": {"uri": "s", "result": [{"vulnerability_id": "CVE-1", "severity": {"score": "HIGH"}}]}}
    assert counts(read_posture([trusted(f"https://in-toto.io/attestation/{kind}", predicate)])) == {"high": 1}


def test_an_older_in_toto_scan_without_findings_says_when_it_was_made() -> None:
    predicate = {"scanner": {"uri": "s"}, "metadata": {"scannedOn": "2023-01-01T00:00:00Z"}}
    assert read_posture([trusted(IN_TOTO, predicate)]).measures["vulnerabilities.high"].value == 0


def test_the_list_has_package_version_fix_and_package_url_and_the_worst_first() -> None:
    predicate = trivy("LOW", "HIGH", fixed="2")
    predicate["scanner"]["result"]["Results"][0]["Vulnerabilities"][1]["PkgIdentifier"] = {"PURL": "pkg:apk/a/p@1"}
    assert read_posture([trusted(COSIGN_VULN, predicate)]).vulnerabilities == (
        Vulnerability("CVE-1", "p", "1", "high", "2", purl="pkg:apk/a/p@1"),
        Vulnerability("CVE-0", "p", "1", "low", "2"),
    )


def test_of_two_scans_the_worst_severity_and_what_either_knows_of_a_fix_stand() -> None:
    first, second = trivy("LOW", fixed="2"), grype("High")
    posture = read_posture([trusted(COSIGN_VULN, first), trusted(COSIGN_VULN, second)])
    assert posture.vulnerabilities == (Vulnerability("CVE-0", "p", "1", "high", "2"),)
    assert len(posture.scans) == 2  # two scanners


def test_a_scan_that_a_newer_one_replaced_is_not_listed() -> None:
    old = trusted(COSIGN_VULN, trivy("HIGH", "HIGH"), at=NOON - timedelta(hours=1))
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH")), old])
    assert ([one.id for one in posture.vulnerabilities], len(posture.scans)) == (["CVE-0"], 1)


def test_without_a_verified_time_all_scans_are_listed() -> None:
    posture = read_posture([trusted(COSIGN_VULN, trivy("HIGH"), at=None), trusted(COSIGN_VULN, trivy("LOW", "LOW"))])
    assert [one.id for one in posture.vulnerabilities] == ["CVE-0", "CVE-1"]


@pytest.mark.parametrize(
    ("tools", "family"),
    [
        ([{"name": "trivy"}], "trivy"),
        ({"components": [{"name": "grype"}]}, "grype"),
        ([{"name": "a"}, {"name": "b"}], None),
        (None, None),
    ],
)
def test_the_one_tool_of_a_cyclonedx_document_is_its_scanner(tools: object, family: str | None) -> None:
    document = bom(metadata={"tools": tools}, vulnerabilities=[])
    basis = read_posture([trusted(CYCLONEDX, document)]).measures["vulnerabilities.high"].basis
    assert basis == Basis(None, family, None)


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("trivy-alpine-310.json", {"medium": 4, "medium.fixable": 4}),
        ("trivy-npm-suppressed.json", {"high": 1, "high.fixable": 1, "suppressed": 1}),
        ("grype-image.json", {"critical": 1, "low": 1, "low.fixable": 1}),
    ],
)
def test_real_scanner_results_are_counted(real_data: Path, name: str, expected: dict[str, int]) -> None:
    result = json.loads((real_data / "sigstore/predicates" / name).read_text(encoding="utf-8"))
    assert counts(read_posture([trusted(COSIGN_VULN, scanned(result))])) == expected


@pytest.mark.needs_data
def test_a_real_scan_for_misconfigurations_is_not_a_clean_scan(real_data: Path) -> None:
    path = real_data / "sigstore/predicates/trivy-dockerfile-config.json"
    assert read_posture([trusted(COSIGN_VULN, scanned(json.loads(path.read_text(encoding="utf-8"))))]).measures == {}


@pytest.mark.needs_data
def test_the_real_cosign_predicates_with_a_null_result_are_unreadable(real_data: Path) -> None:
    folder = real_data / "sigstore/predicates"
    envelope = json.loads((folder / "cosign-vuln-envelope.json").read_text(encoding="utf-8"))
    predicates = [
        json.loads(base64.b64decode(envelope["payload"]))["predicate"],
        json.loads((folder / "cosign-vuln-empty.json").read_text(encoding="utf-8")),
    ]
    assert {problem(COSIGN_VULN, one) for one in predicates} == {
        "predicate.scanner.result: is null: it does not say what was found"
    }


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("certify-vuln.json", {"unknown": 7, "critical": 1}),
        ("certify-vuln-v02.json", {"unknown": 7, "critical": 1}),
        ("certify-novuln.json", {}),
        ("certify-novuln-v02.json", {}),
    ],
)
def test_real_in_toto_statements_are_counted(real_data: Path, name: str, expected: dict[str, int]) -> None:
    path = real_data / "sigstore/predicates/guac" / name
    statement = json.loads(path.read_text(encoding="utf-8"))
    posture = read_posture([trusted(statement["predicateType"], statement["predicate"])])
    assert (counts(posture), posture.unreadable) == (expected, ())


@pytest.mark.needs_data
def test_a_real_cyclonedx_document_with_vulnerabilities_is_counted(real_data: Path) -> None:
    path = real_data / "sigstore/predicates/guac/xray-cdx-vulns.json"
    assert counts(read_posture([trusted(CYCLONEDX, json.loads(path.read_text(encoding="utf-8")))])) == {"unknown": 1}
