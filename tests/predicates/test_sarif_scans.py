"""SARIF: counted by the rules' scores; a log that does not say what was looked for is never zero."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.posture import Posture, Vulnerability
from app.predicates import read_posture
from tests.predicates.statements import COSIGN_VULN, trusted

SARIF = "http://docs.oasis-open.org/sarif/sarif/2.1.0"


def log(*rules: dict[str, Any], tool: str = "Trivy", results: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    found = [{"ruleId": rule["id"]} for rule in rules] if results is None else results
    return {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": tool, "rules": list(rules)}}, "results": found}],
    }


def rule(name: str = "CVE-2026-0001", /, **properties: object) -> dict[str, Any]:
    return {"id": name, "properties": properties}


def raw(document: object) -> Posture:
    return read_posture([trusted(SARIF, document)])


def wrapped(document: object) -> Posture:
    return read_posture([trusted(COSIGN_VULN, {"scanner": {"result": document}})])


def problem(posture: Posture) -> str:
    (one,) = posture.unreadable
    return f"{one.path}: {one.reason}"


@pytest.mark.parametrize(
    ("properties", "severity"),
    [
        ({"security-severity": "9.8"}, "critical"),
        ({"security-severity": 7.5}, "high"),
        ({"security-severity": "weird"}, "critical"),
        ({"tags": ["security", "MEDIUM"]}, "medium"),
        ({"tags": []}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_result_has_the_severity_of_its_rule(properties: dict[str, object], severity: str) -> None:
    assert [one.severity for one in raw(log({"id": "CVE-2026-0001", "properties": properties})).vulnerabilities] == [
        severity
    ]


def test_a_result_whose_rule_is_missing_counts_as_unknown() -> None:
    assert raw(log(results=[{"ruleId": "CVE-2026-0001"}])).measures["vulnerabilities.unknown"].value == 1


def test_a_result_may_name_its_rule_by_reference() -> None:
    assert raw(log(results=[{"rule": {"id": "CVE-2026-0001"}}])).measures["vulnerabilities.unknown"].value == 1


def test_package_version_and_fix_stand_in_the_lines_of_message_and_help() -> None:
    one = rule("CVE-2026-0001-p", **{"security-severity": "8", "purls": ["pkg:deb/debian/p@1"]})
    one["help"] = {"text": "Package: q\nVersion: 2\nFix Version: 3\n"}
    message = {"text": "Package: p\nInstalled Version: 1"}
    found = raw(log(one, results=[{"ruleId": "CVE-2026-0001-p", "message": message}])).vulnerabilities
    assert found == (Vulnerability("CVE-2026-0001", "p", "1", "high", "3", purl="pkg:deb/debian/p@1"),)


def test_results_without_a_package_count_once_a_place() -> None:
    places = [
        {"locations": [{"physicalLocation": {"artifactLocation": {"uri": "a"}, "region": {"startLine": line}}}]}
        for line in (1, 2, None)
    ]
    results = [{"ruleId": "CVE-2026-0001", **place} for place in places]
    assert [one.package for one in raw(log(rule(), results=results)).vulnerabilities] == ["a", "a:1", "a:2"]


def test_results_without_a_package_count_once_a_message() -> None:
    results = [{"ruleId": "CVE-2026-0001", "message": {"text": f"in {name}\nmore"}} for name in ("a", "b", "a")]
    assert [one.version for one in raw(log(rule(), results=results)).vulnerabilities] == ["in a", "in b"]


@pytest.mark.parametrize("kind", ["pass", "notApplicable", "informational"])
def test_a_result_that_is_no_failure_is_none(kind: str) -> None:
    results = [{"ruleId": "CVE-2026-0001", "kind": kind}]
    assert wrapped(log(rule(), results=results)).measures["vulnerabilities.unknown"].value == 0


def test_a_suppressed_result_counts() -> None:
    results = [{"ruleId": "CVE-2026-0001", "suppressions": [{"kind": "external", "status": "accepted"}]}]
    assert raw(log(rule(), results=results)).measures["vulnerabilities.unknown"].value == 1


def test_a_clean_log_that_says_to_be_a_scan_for_vulnerabilities_is_zero() -> None:
    assert wrapped(log()).measures["vulnerabilities.critical"].value == 0


def test_a_clean_log_of_a_tool_that_looks_for_nothing_else_is_zero() -> None:
    assert raw(log(tool="grype")).measures["vulnerabilities.critical"].value == 0


def test_any_other_clean_log_is_not_zero() -> None:
    assert problem(raw(log())) == "predicate.runs: does not say that vulnerabilities were looked for"


@pytest.mark.parametrize("tag", ["misconfiguration", "secret", "license"])
def test_a_log_of_other_findings_alone_is_not_zero(tag: str) -> None:
    found = wrapped(log(rule("DS001", tags=[tag, "CRITICAL"])))
    assert problem(found) == "predicate.scanner.result.runs: does not say that vulnerabilities were looked for"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"version": "2.0.0", "runs": []}, "predicate.version: is not 2.1.0"),
        ({"version": "2.1.0", "runs": []}, "predicate.runs: holds no run"),
        ({"version": "2.1.0", "runs": [{"tool": {}}]}, "predicate.runs[0].tool.driver.name: is missing"),
        (
            {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}}]},
            "predicate.runs[0].results: is missing",
        ),
        (log(results=[{}]), "predicate.runs[0].results[0].ruleId: is missing"),
    ],
)
def test_a_wrong_shape_is_unreadable_with_its_place(document: object, sentence: str) -> None:
    assert problem(raw(document)) == sentence


def test_a_log_may_stand_under_content() -> None:
    assert raw({"content": log(rule(**{"security-severity": "9.8"}))}).measures["vulnerabilities.critical"].value == 1


def test_runs_of_two_tools_have_no_one_scanner() -> None:
    document = log(rule())
    document["runs"] += log(tool="grype")["runs"]
    assert [basis.scanner for basis in raw(document).scans] == [None]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10), st.sampled_from(["a", "b"])), min_size=1, max_size=8))
def test_every_result_is_counted_once_a_package(found: list[tuple[int, str]]) -> None:
    rules = [rule(f"CVE-2026-{score:04}", **{"security-severity": str(score)}) for score, _ in found]
    results = [
        {"ruleId": f"CVE-2026-{score:04}", "message": {"text": f"Package: {package}"}} for score, package in found
    ]
    posture = raw(log(*rules, results=results))
    counts = [one.value for key, one in posture.measures.items() if not key.endswith(".fixable")]
    assert sum(value for value in counts if isinstance(value, int)) == len(set(found))


@pytest.mark.needs_data
@pytest.mark.parametrize(("name", "twin"), [("trivy-alpine-310", "trivy-alpine-310"), ("grype-image", "grype-image")])
def test_real_logs_name_the_same_vulnerabilities_as_the_scanner_s_own_json(
    real_data: Path, name: str, twin: str
) -> None:
    folder = real_data / "sigstore/predicates"
    own = wrapped(json.loads((folder / f"{twin}.json").read_text(encoding="utf-8")))
    as_sarif = wrapped(json.loads((folder / f"{name}.sarif.json").read_text(encoding="utf-8")))
    assert as_sarif.unreadable == ()
    assert {(one.id, one.package) for one in as_sarif.vulnerabilities} == {
        (one.id, one.package) for one in own.vulnerabilities
    }
