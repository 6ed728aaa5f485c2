"""VEX and mappings: each scope reads by its own authors and its file's mappings; nothing gets milder for the floor."""

from __future__ import annotations

from collections.abc import Mapping

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from app.core.attestation import Evidence, SignedStatement
from app.core.verdict import Outcome, worst
from app.policy import Policy
from tests.policy.samples import (
    NEW,
    OLD,
    RELEASE,
    SCANNER,
    STRANGER,
    VULNERABILITIES,
    evidence,
    findings,
    image,
    policy,
    scan,
    signed,
    text,
)

OPENVEX = "https://openvex.dev/ns"
VENDOR = "https://vendor.test/hardened/v1"
VULN = "attestations: [{type: vulnerabilities, signers: [scanner]}]\n"
LIMIT = f"{VULN}limits: {{vulnerabilities.critical: 0}}\n"


def said(*names: str, signer: str = RELEASE, status: str = "fixed", subject: object = NEW) -> SignedStatement:
    statements = [{"vulnerability": name, "products": [f"pkg:oci/api@{subject}"], "status": status} for name in names]
    return signed(OPENVEX, signer, predicate={"statements": statements}, subject=subject)  # type: ignore[arg-type] # a digest


def scanned(critical: int, *more: SignedStatement) -> Evidence:
    return evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(critical)), *more)


def outcome(judge: Policy, after: Evidence, before: Evidence | None = None) -> Outcome:
    return worst(findings(judge, after, before))


HEEDING = policy(text(f"{LIMIT}vex: [release]"))


def test_an_author_whom_the_scope_names_makes_a_limit_milder() -> None:
    assert outcome(HEEDING, scanned(1, said("CVE-1-0"))) is Outcome.OK


def test_an_author_whom_nobody_names_changes_nothing() -> None:
    assert outcome(HEEDING, scanned(1, said("CVE-1-0", signer=STRANGER))) is Outcome.BLOCKED


def test_a_signer_of_the_policy_is_no_author_by_that() -> None:
    assert outcome(policy(text(f"{LIMIT}signature: [release]")), scanned(1, said("CVE-1-0"), signed())) is (
        Outcome.BLOCKED
    )


def test_what_an_author_does_not_name_stays_blocked() -> None:
    assert outcome(HEEDING, scanned(2, said("CVE-1-0"))) is Outcome.BLOCKED


def test_vex_of_another_image_changes_nothing() -> None:
    assert outcome(HEEDING, scanned(1, said("CVE-1-0", subject=OLD))) is Outcome.BLOCKED


OWN_HEEDS = text(f"{VULN}vex: [release]")


def test_a_floor_s_limit_becomes_no_milder_by_the_repository_s_author() -> None:
    assert outcome(policy(OWN_HEEDS, text(LIMIT)), scanned(1, said("CVE-1-0"))) is Outcome.BLOCKED


def test_a_floor_s_limit_becomes_milder_by_the_floor_s_author() -> None:
    assert outcome(policy(text(VULN), text(f"{LIMIT}vex: [release]")), scanned(1, said("CVE-1-0"))) is Outcome.OK


def test_a_repository_s_scope_called_like_the_floor_s_reads_nothing_for_it() -> None:
    own = OWN_HEEDS.replace("name: apps", 'name: "floor: apps"')
    assert outcome(policy(own, text(LIMIT)), scanned(1, said("CVE-1-0"))) is Outcome.BLOCKED


def test_what_is_shown_is_excused_only_where_every_scope_heeds_the_author() -> None:
    after = scanned(1, said("CVE-1-0"))
    shown = [
        image(judge, after).posture.measures["vulnerabilities.critical"].value
        for judge in (HEEDING, policy(OWN_HEEDS, text(LIMIT)))
    ]
    assert shown == [0, 1]


def test_two_scopes_that_heed_the_same_author_read_alike() -> None:
    assert image(policy(OWN_HEEDS, text(f"{LIMIT}vex: [release]")), scanned(1, said("CVE-1-0"))).views == {}


def test_scopes_that_read_alike_share_what_they_read() -> None:
    second = text(f"{LIMIT}vex: [release]").replace("images:", "").strip()
    own = text(VULN) + '  - {name: two, match: ["**"], pinned: false}\n'
    views = image(policy(own, text(f"{LIMIT}vex: [release]")), scanned(1, said("CVE-1-0"))).views
    assert second
    assert list(views) == ["floor:floor: apps"]


def test_a_regression_is_judged_as_the_scope_reads_both_sides() -> None:
    asks = f"{VULN}no-regression: [vulnerabilities.critical]\n"
    before = evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(0), subject=OLD), digest=OLD)
    after = scanned(1, said("CVE-1-0"))
    judged = [outcome(policy(text(f"{asks}{vex}")), after, before) for vex in ("vex: [release]", "")]
    assert judged == [Outcome.OK, Outcome.BLOCKED]


def test_a_vex_document_that_cannot_be_read_excuses_nothing() -> None:
    broken = signed(OPENVEX, RELEASE, predicate={"statements": 7})
    after = scanned(1, broken)
    assert outcome(HEEDING, after) is Outcome.BLOCKED
    assert [one.path for one in image(HEEDING, after).posture.unreadable] == ["predicate.statements"]


def test_what_an_author_signed_is_read_though_no_rule_asks_for_it() -> None:
    judged = [HEEDING.reads(evidence(one)) for one in (said("a"), said("a", signer=STRANGER), signed())]
    assert judged == [True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.lists(st.integers(0, 3), max_size=4), st.sampled_from([RELEASE, STRANGER, SCANNER]))
def test_without_a_named_author_no_verdict_gets_milder(critical: int, names: list[int], signer: str) -> None:
    judge = policy(text(LIMIT), text(LIMIT))
    document = said(*(f"CVE-1-{name}" for name in names), signer=signer)
    assert outcome(judge, scanned(critical, document)) is outcome(judge, scanned(critical))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.sets(st.integers(0, 3)))
def test_a_limit_passes_only_when_every_finding_above_it_is_named(critical: int, names: set[int]) -> None:
    passes = outcome(HEEDING, scanned(critical, said(*(f"CVE-1-{name}" for name in names)))) is Outcome.OK
    assert passes is (set(range(critical)) <= names)


def mapped(asks: str = "", pointer: str = "/shell", key: str = "hardening.shell") -> str:
    value = pointer if key.startswith("hardening") else f"{{pointer: {pointer}, kind: number, better: lower}}"
    scope = f'attestations: [{{type: "{VENDOR}", signers: [scanner]}}]\n{asks}'
    return text(scope, f"mappings: {{'{VENDOR}': {{{key}: {value}}}}}")


def vendored(predicate: Mapping[str, object], signer: str = SCANNER) -> Evidence:
    return evidence(signed(VENDOR, signer, predicate=predicate))


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ({"shell": False}, Outcome.OK),
        ({"shell": True}, Outcome.BLOCKED),
        ({"shell": 0}, Outcome.INCOMPLETE),
        ({}, Outcome.INCOMPLETE),
    ],
)
def test_a_mapped_measure_answers_a_limit(predicate: Mapping[str, object], expected: Outcome) -> None:
    assert outcome(policy(mapped("limits: {hardening.shell: false}")), vendored(predicate)) is expected


def test_a_mapped_predicate_of_a_stranger_answers_no_limit() -> None:
    judge = policy(mapped("limits: {hardening.shell: false}"))
    assert outcome(judge, vendored({"shell": False}, STRANGER)) is Outcome.BLOCKED


def test_a_repository_s_mapping_answers_no_limit_of_the_floor() -> None:
    floor = text("limits: {hardening.shell: false}\nsignature: [scanner]")
    found = [one for one in findings(policy(mapped(), floor), vendored({"shell": False})) if "limits" in one.rule]
    assert [one.outcome for one in found] == [Outcome.BLOCKED]


def test_a_floor_s_mapping_is_answered_by_the_floor_s_signers_only() -> None:
    floor = text(
        "limits: {hardening.shell: false}\nsignature: [release]",
        f"mappings: {{'{VENDOR}': {{hardening.shell: /shell}}}}",
    )
    found = [one for one in findings(policy(mapped(), floor), vendored({"shell": False})) if "limits" in one.rule]
    assert [one.outcome for one in found] == [Outcome.BLOCKED]


def test_a_custom_measure_can_get_worse() -> None:
    asks = mapped("no-regression: [custom.score]", "/n", "custom.score")
    before = evidence(signed(VENDOR, SCANNER, predicate={"n": 1}, subject=OLD), digest=OLD)
    judged = [outcome(policy(asks), vendored({"n": number}), before) for number in (0, 1, 2)]
    assert judged == [Outcome.OK, Outcome.OK, Outcome.BLOCKED]


def test_a_mapped_predicate_that_cannot_be_read_hides_a_regression() -> None:
    asks = mapped("no-regression: true", "/n", "custom.score")
    before = evidence(signed(VENDOR, SCANNER, predicate={"n": 1}, subject=OLD), digest=OLD)
    assert Outcome.INCOMPLETE in {one.outcome for one in findings(policy(asks), vendored({"n": "x"}), before)}
