"""What is known of a part of an image, or of one side, or for one mode, is not taken for all of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.assessment import AssessedChange
from app.core.attestation import Answer, Evidence, Lookup, SignedStatement, Word
from app.core.inventory import UnreadablePlace
from app.core.oci import Digest
from app.core.verdict import Outcome, worst, worst_effective
from app.policy import Policy
from tests.policy.files_table import scope
from tests.policy.samples import (
    AMD64,
    ARM64,
    ISSUER,
    NEW,
    NOW,
    NOWHERE,
    OLD,
    SCANNER,
    VULNERABILITIES,
    change,
    evidence,
    findings,
    lookup,
    policy,
    scan,
    signed,
    text,
)

OK, REVIEW, INCOMPLETE, BLOCKED = Outcome.OK, Outcome.REVIEW, Outcome.INCOMPLETE, Outcome.BLOCKED
SBOM = "https://cyclonedx.org/bom"
NOT_ASKED = Lookup("platforms", "ghcr.io", Answer.NOT_THERE, "7 of 9 platforms were not asked for", "not-asked")
SCANS = "attestations: [{type: vulnerabilities, signers: [scanner]}]\n"
BOMS = policy(text("attestations: [{type: cyclonedx, signers: [scanner]}]\nlimits: {vulnerabilities.critical: 0}"))
LIMITED = policy(text(f"{SCANS}limits: {{vulnerabilities.critical: 0}}"))
REGRESSION = policy(text(f"{SCANS}no-regression: true"))
SIGNED = policy(text("signature: [release]"))


def bom(subject: Digest, *, scanned: bool) -> SignedStatement:
    found: dict[str, object] = {"vulnerabilities": []} if scanned else {}
    return signed(SBOM, SCANNER, subject=subject, predicate={"bomFormat": "CycloneDX", "components": [], **found})


def scanned(*subjects: Digest, critical: int = 0) -> list[SignedStatement]:
    return [signed(VULNERABILITIES, SCANNER, subject=one, predicate=scan(critical)) for one in subjects]


def malformed(subject: Digest = NEW) -> SignedStatement:
    return signed(VULNERABILITIES, SCANNER, subject=subject, predicate={"scanner": {"result": None}})


def parts(*found: SignedStatement, digest: Digest = NEW, many: bool = False) -> Evidence:
    places = (lookup(), *NOWHERE, *((NOT_ASKED,) if many else ()))
    return evidence(*found, platforms=(AMD64, ARM64), digest=digest, lookups=places)


def test_a_list_of_packages_is_no_scan_of_the_platform_that_it_is_of() -> None:
    found = parts(bom(AMD64, scanned=True), bom(ARM64, scanned=False))
    assert worst(findings(BOMS, found)) is INCOMPLETE


def test_a_limit_may_be_kept_by_one_scan_a_platform() -> None:
    assert worst(findings(BOMS, parts(bom(AMD64, scanned=True), bom(ARM64, scanned=True)))) is OK


@pytest.mark.parametrize(("many", "outcome"), [(False, BLOCKED), (True, INCOMPLETE)])
def test_no_regression_loses_no_platform(*, many: bool, outcome: Outcome) -> None:
    before, after = parts(*scanned(AMD64, ARM64), digest=OLD), parts(*scanned(AMD64), many=many)
    said = [one for one in findings(REGRESSION, after, before) if "a part of its platforms only" in one.sentence]
    assert {one.outcome for one in said} == {outcome}


def test_no_regression_keeps_to_the_part_that_was_known() -> None:
    before, after = parts(*scanned(AMD64), digest=OLD), parts(*scanned(AMD64))
    assert worst(one for one in findings(REGRESSION, after, before) if "no-regression" in one.rule) is OK


def test_no_regression_is_not_met_beside_an_attestation_that_cannot_be_read() -> None:
    before, after = evidence(*scanned(OLD), digest=OLD), evidence(*scanned(NEW), malformed())
    assert worst(findings(REGRESSION, after, before)) is INCOMPLETE


def test_no_regression_needs_a_person_beside_an_old_attestation_that_cannot_be_read() -> None:
    before, after = evidence(*scanned(OLD), malformed(OLD), digest=OLD), evidence(*scanned(NEW))
    assert worst(findings(REGRESSION, after, before)) is REVIEW


def test_a_signature_is_not_absent_where_places_were_passed_over() -> None:
    words = [SIGNED.conclude(found)[0].word for found in (parts(many=True), parts(signed(subject=AMD64), many=True))]
    assert words == [Word.UNKNOWN, Word.UNKNOWN]


def test_a_signature_of_the_index_needs_no_place_that_was_passed_over() -> None:
    assert SIGNED.conclude(parts(signed(), many=True))[0].word is Word.VERIFIED


def test_a_measure_is_not_missing_where_places_were_passed_over() -> None:
    said = [one for one in findings(LIMITED, parts(many=True)) if "limits" in one.rule]
    assert [(one.outcome, "7 of 9 platforms" in one.sentence) for one in said] == [(INCOMPLETE, True)]


def test_an_image_without_repository_is_not_softened_while_any_scope_enforces() -> None:
    judge = policy(text("mode: enforce\nsignature: [release]", "mode: observe"))
    known = change(judge, evidence())
    nameless: AssessedChange = replace(known, change=replace(known.change, name=None), after=None)
    assert worst_effective(judge.judge([nameless], [], at=NOW)) is INCOMPLETE


def test_two_limits_that_only_fixable_makes_one_are_a_fault() -> None:
    limits = "limits: {vulnerabilities.high: 0, vulnerabilities.high.fixable: 9}"
    assert "keep one" in " ".join(Policy.errors(scope(f"{limits}\n    only-fixable: true"), {}))


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_what_leads_elsewhere_needs_a_person(mode: str) -> None:
    judge = policy(text("signature: [release]", f"mode: {mode}"))
    (found,) = judge.judge([], [UnreadablePlace("apps/current", 0, "a submodule", elsewhere=True)], at=NOW)
    assert (found.outcome, found.subject, found.mode.value, found.hard) == (REVIEW, "apps/current", mode, False)


IN_TOTO = "https://in-toto.io/attestation/vulns/v0.2"
OWN = "https://github.com/acme/own/.github/workflows/scan.yml@refs/heads/main"
FOUND = {"scanner": {"uri": "x", "result": [{"id": "CVE-1", "severity": [{"method": "x", "score": "critical"}]}]}}
UNDER_FLOOR = policy(
    text(
        "attestations: [{type: vulnerabilities, signers: [mine]}]",
        signers=f'signers: {{mine: {{issuer: "{ISSUER}", identity: "{OWN}"}}}}',
    ),
    text(f"{SCANS}limits: {{vulnerabilities.critical: 0}}\nonly-fixable: true"),
)


@pytest.mark.parametrize("own", [(NEW,), (ARM64,)])
def test_a_repositorys_own_scanner_does_not_answer_a_limit_of_the_floor(own: tuple[Digest, ...]) -> None:
    told = signed(IN_TOTO, SCANNER, predicate=FOUND)
    theirs = [] if own == (NEW,) else scanned(AMD64)
    mine = [signed(VULNERABILITIES, OWN, subject=one, predicate=scan()) for one in own]
    said = findings(UNDER_FLOOR, parts(told, *theirs, *mine))
    assert [one.outcome for one in said if one.rule.startswith("floor: apps: limits")] == [BLOCKED]


def test_a_limit_of_the_floor_is_answered_by_its_own_scanner_beside_the_repositorys() -> None:
    mine = signed(VULNERABILITIES, OWN, predicate=scan())
    assert worst(findings(UNDER_FLOOR, parts(*scanned(NEW), mine))) is OK
