"""Two floors and the repository's own file: each may only add, and what is weaker is named."""

from __future__ import annotations

import pytest

from app.core.assessment import Standing
from app.core.attestation import Evidence
from app.core.pull_request import Floor, FloorState
from app.core.tree import File
from app.core.verdict import Finding, Mode, Outcome
from app.policy import Policy, PolicyFiles, ReviewCase
from app.policy.document import Unmatched
from app.policy.waivers import FOLDER, WaiverFiles
from tests.policy.samples import (
    RELEASE,
    SCANNER,
    STRANGER,
    VULNERABILITIES,
    evidence,
    findings,
    pull_request,
    scan,
    signed,
    text,
)

SIGNED = evidence(signed())
LIMITED = "attestations: [{type: vulnerabilities, signers: [scanner]}]\nlimits: {vulnerabilities.critical: 0}"


def judge(own: str | None = None, floor: str | None = None, operator: str | None = None) -> Policy:
    ground = Floor(FloorState.NONE) if floor is None else Floor(FloorState.PRESENT, floor, "f" * 40)
    return Policy.parse(PolicyFiles(own, ground, commit="e" * 40, operator_floor=operator))


def rules(found: tuple[Finding, ...]) -> dict[str, Outcome]:
    return {one.rule: one.outcome for one in found}


# --- what is weaker than the floor


@pytest.mark.parametrize(
    ("own", "floor", "said"),
    [
        ("version: 1\nmode: observe\n", "version: 1\n", "`mode` (.github/assay.yml:2) is weaker"),
        (
            "version: 1\nunmatched: allow\n",
            "version: 1\nunmatched: block\n",
            "`unmatched` (.github/assay.yml:2) is weaker",
        ),
        (
            "version: 1\nunresolved-sources: allow\n",
            "version: 1\nunresolved-sources: review\n",
            "`unresolved-sources` (.github/assay.yml:2) is weaker",
        ),
        (
            "version: 1\nwaivers: {max-days: 90}\n",
            "version: 1\nwaivers: {max-days: 30}\n",
            "`waivers.max-days` (.github/assay.yml:2) is weaker than the floor, which counts: the floor says 30",
        ),
        (
            text("limits: {image.size: 9}"),
            text("limits: {image.size: 8}"),
            "`images[apps].limits.image.size` (.github/assay.yml:11)",
        ),
        (text("pinned: false"), text("pinned: true"), "`images[apps].pinned` (.github/assay.yml:11)"),
        (text("signature: [release, scanner]"), text("signature: [release]"), "`images[apps].signature`"),
    ],
)
def test_what_is_weaker_than_the_floor_is_named_with_its_line(own: str, floor: str, said: str) -> None:
    notices = judge(own, floor).notices
    assert [one for one in notices if said in one] != [], notices
    assert [one for one in judge(own, None, floor).notices if said in one] != []


@pytest.mark.parametrize(
    ("own", "floor"),
    [
        ("version: 1\nmode: enforce\n", "version: 1\nmode: observe\n"),
        ("version: 1\nmode: observe\n", "version: 1\nmode: observe\n"),
        ("version: 1\n", "version: 1\nunmatched: block\nwaivers: {max-days: 30}\n"),
        (
            "version: 1\nunmatched: block\nwaivers: {max-days: 3}\n",
            "version: 1\nunmatched: review\nwaivers: {max-days: 30}\n",
        ),
        (text("pinned: true"), text("signature: [release]\nlimits: {image.size: 8}")),
        (text("limits: {image.size: 8}"), text("limits: {image.size: 9, image.root: false}")),
        (
            text("limits: {image.size: 9}").replace("ghcr.io/acme/**", "ghcr.io/acme/api"),
            text("limits: {image.size: 8}"),
        ),
    ],
)
def test_what_is_as_strict_or_left_to_the_floor_is_not_named(own: str, floor: str) -> None:
    assert judge(own, floor).notices == ()


def test_only_a_few_keys_are_named_one_by_one() -> None:
    limits = ", ".join(
        f"vulnerabilities.{word}: 9" for word in ("critical", "high", "medium", "low", "negligible", "unknown")
    )
    own, floor = text(f"limits: {{{limits}}}"), text(f"limits: {{{limits.replace('9', '1')}}}")
    notices = judge(own, floor).notices
    assert (len(notices), notices[-1]) == (6, "1 more keys are weaker than the floor, which counts")


# --- the operator's floor


def test_an_operator_s_floor_alone_judges_every_repository() -> None:
    policy = judge(operator=text("signature: [release]"))
    assert (policy.standing, policy.identity.floor_commit) == (Standing.IN_FORCE, None)
    assert rules(findings(policy, evidence())) == {"operator: apps: signature": Outcome.BLOCKED}


def test_all_scopes_of_both_floors_apply() -> None:
    policy = judge(text("pinned: true"), text("signature: [release]"), text("signature: [scanner]"))
    assert rules(findings(policy, SIGNED)) == {
        "floor: apps: signature": Outcome.OK,
        "operator: apps: signature": Outcome.BLOCKED,
        "apps: pinned": Outcome.OK,
    }


@pytest.mark.parametrize(
    ("floor", "operator", "mode"),
    [
        ("mode: observe", "mode: observe", Mode.OBSERVE),
        ("mode: observe", "mode: enforce", Mode.ENFORCE),
        ("mode: enforce", "mode: observe", Mode.ENFORCE),
        ("mode: observe", "", Mode.ENFORCE),
    ],
)
def test_either_floor_s_enforce_wins(floor: str, operator: str, mode: Mode) -> None:
    policy = judge("version: 1\nmode: observe\n", f"version: 1\n{floor}\n", f"version: 1\n{operator}\n")
    assert policy.mode is mode


def test_a_floor_that_observes_still_observes_its_own_rules() -> None:
    floor = text("signature: [scanner]", "mode: observe")
    found = findings(judge("version: 1\n", floor, text("signature: [scanner]")), SIGNED)
    assert {one.rule: one.mode for one in found} == {
        "floor: apps: signature": Mode.OBSERVE,
        "operator: apps: signature": Mode.ENFORCE,
    }


@pytest.mark.parametrize(
    ("floor", "operator", "unmatched"),
    [
        ("unmatched: allow", "unmatched: block", Unmatched.BLOCK),
        ("", "unmatched: block", Unmatched.BLOCK),
        ("unmatched: block", "", Unmatched.BLOCK),
        ("", "", Unmatched.REVIEW),
    ],
)
def test_the_stricter_word_of_both_counts(floor: str, operator: str, unmatched: Unmatched) -> None:
    policy = judge("version: 1\n", f"version: 1\n{floor}\n", f"version: 1\n{operator}\n")
    assert policy.in_force.unmatched is unmatched


def test_either_floor_may_forbid_solo() -> None:
    policy = judge("version: 1\nsolo: true\n", "version: 1\n", "version: 1\nallow-solo: false\n")
    assert not policy.in_force.solo


def test_reviews_of_both_floors_apply() -> None:
    asks = "version: 1\nreviews: [{paths: [/p/], users: [bob]}]\n"
    policy = judge("version: 1\n", asks, asks.replace("bob", "carol"))
    asked = policy.asks(ReviewCase(pull_request(["p/x"]), ()))
    assert asked.users == {"bob", "carol"}


def test_at_142_an_organisation_does_not_answer_its_operator_s_limits() -> None:
    scanned = evidence(signed(VULNERABILITIES, SCANNER, predicate=scan(0)), signed())
    by_operator = LIMITED.replace("[scanner]", "[release]")
    found = rules(findings(judge("version: 1\n", text(LIMITED), text(by_operator)), scanned))
    assert found["floor: apps: limits vulnerabilities.critical"] is Outcome.OK
    assert found["operator: apps: limits vulnerabilities.critical"] is not Outcome.OK


@pytest.mark.parametrize(
    ("floor", "operator", "outcome"),
    [
        ("waivers: {allow: true}", "waivers: {allow: true}", Outcome.OK),
        ("waivers: {allow: true}", "", Outcome.BLOCKED),
        ("", "waivers: {allow: true}", Outcome.BLOCKED),
        ("waivers: {allow: true, max-days: 9}", "waivers: {allow: true}", Outcome.BLOCKED),
    ],
)
def test_floors_are_waived_only_where_both_allow_it(floor: str, operator: str, outcome: Outcome) -> None:
    waiver = (
        "version: 1\nowner: a\nreason: b\nticket: c\nexpires: 2026-12-31\n"
        'scope: {images: ["ghcr.io/acme/**"], rules: [signature]}\n'
    )
    policy = Policy.parse(
        PolicyFiles(
            "version: 1\n",
            Floor(FloorState.PRESENT, text("signature: [release]", floor), "f" * 40),
            waivers=WaiverFiles((File(f"{FOLDER}/a.yml", waiver),)),
            operator_floor=f"version: 1\n{operator}\n",
        )
    )
    assert rules(findings(policy, evidence())) == {"floor: apps: signature": outcome}


def test_another_operator_s_floor_is_another_state() -> None:
    states = {
        PolicyFiles("version: 1\n", operator_floor=floor).state
        for floor in (None, "version: 1\n", "version: 1\nmode: observe\n")
    }
    assert len(states) == 3


@pytest.mark.parametrize("of", [SIGNED, evidence(signed(signer=STRANGER))])
def test_an_empty_operator_s_floor_asks_nothing_of_images(of: Evidence) -> None:
    assert rules(findings(judge(operator="version: 1\n"), of)) == {"unmatched": Outcome.REVIEW}


def test_the_signers_of_two_floors_have_names_of_their_own() -> None:
    policy = judge("version: 1\n", text("signature: [release]"), text("signature: [release]"))
    assert [one.signature[0].name for one in policy.in_force.scopes] == ["floor/release", "operator/release"]
    assert RELEASE in str(policy.in_force.scopes[0].signature[0])
