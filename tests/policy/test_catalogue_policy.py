"""Attacks of the catalogue on what a policy trusts and judges."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.verdict import Outcome, worst, worst_effective
from app.policy import Policy
from tests.policy.samples import (
    ISSUER,
    NOW,
    PROVENANCE,
    RELEASE,
    STRANGER,
    VULNERABILITIES,
    evidence,
    findings,
    policy,
    scan,
    signed,
    text,
)


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_at_146_a_pull_request_that_could_not_be_read_whole_never_passes(mode: str) -> None:
    judge = policy(text("signature: [release]", rest=f"mode: {mode}"))
    found = judge.judge((), (), at=NOW, missing=("GitHub lists 3000 of 3001 changed files",))
    assert (worst(found), worst_effective(found)) == (Outcome.INCOMPLETE, Outcome.INCOMPLETE)


@pytest.mark.parametrize("age", [29, 31])
def test_at_046_an_old_attestation_of_an_old_image_is_too_old_by_its_proved_time(age: int) -> None:
    judge = policy(text("attestations: [{type: vulnerabilities, signers: [release], max-age: 30d}]"))
    proved = signed(VULNERABILITIES, predicate=scan(), at=NOW - timedelta(days=age))
    said = worst(findings(judge, evidence(proved)))
    assert (said is Outcome.OK) is (age < 30)


def test_at_058_a_builder_that_a_predicate_names_makes_nobody_trusted() -> None:
    judge = policy(text("attestations: [{type: slsa-provenance, signers: [release]}]"))
    claimed = {"runDetails": {"builder": {"id": RELEASE}}, "buildDefinition": {"buildType": RELEASE}}
    proved = signed(PROVENANCE, STRANGER, predicate=claimed)
    assert (judge.trust(evidence(proved)), worst(findings(judge, evidence(proved)))) == ((), Outcome.BLOCKED)


def test_at_111_a_pattern_that_explodes_elsewhere_is_answered_at_once() -> None:
    pattern = r"https://github\.com/acme/api/\.github/workflows/(a+)+(a|aa)+b\.yml@refs/heads/main"
    signers = f"signers:\n  release: {{issuer: {ISSUER}, identity-pattern: '{pattern}'}}\n"
    judge = policy(text("signature: [release]", signers=signers))
    assert worst(findings(judge, evidence(signed(signer=RELEASE.replace("release", "a" * 50_000))))) is Outcome.BLOCKED


@pytest.mark.parametrize("line", ["min_logs: 2", "min-logs: 2", "bind_repository: true", "template: '{{ x }}'"])
def test_at_011_at_023_a_demand_that_nobody_would_enforce_is_an_error(line: str) -> None:
    assert Policy.errors(text(f"signature: [release]\n{line}"), {})
