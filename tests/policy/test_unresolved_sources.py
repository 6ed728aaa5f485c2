"""Sources that changed get what the policy says; charts in a registry are judged like images."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.attestation import Answer, Evidence, Lookup
from app.core.inventory import Artifact, UnreadablePlace
from app.core.verdict import Finding, Mode, Outcome, worst
from tests.policy.samples import NOW, NOWHERE, change, evidence, findings, policy, signed, text

SOURCE = UnreadablePlace("apps/cm.yaml", 8, "the chart cm moves from 1 to 2", elsewhere=True, source=True)
LINK = UnreadablePlace("apps/link", 0, "a symbolic link, which is not followed", elsewhere=True)


def said(rest: str, place: UnreadablePlace = SOURCE, floor: str | None = None) -> Finding:
    (found,) = policy(f"version: 1\n{rest}\n", floor).judge([], [place], at=NOW)
    return found


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", Outcome.REVIEW),
        ("unresolved-sources: review", Outcome.REVIEW),
        ("unresolved-sources: allow", Outcome.OK),
        ("unresolved-sources: block", Outcome.BLOCKED),
    ],
)
def test_at_132_at_133_a_changed_source_gets_what_the_policy_says(rest: str, expected: Outcome) -> None:
    found = said(rest)
    assert (found.outcome, found.rule, bool(found.remedy)) == (
        expected,
        "unresolved source",
        expected is not Outcome.OK,
    )


def test_a_finding_about_a_source_names_its_place() -> None:
    assert said("").sentence == "apps/cm.yaml:8: the chart cm moves from 1 to 2"


def test_a_floor_that_blocks_sources_wins() -> None:
    assert said("unresolved-sources: allow", floor="version: 1\nunresolved-sources: block\n").outcome is Outcome.BLOCKED


def test_a_blocked_source_is_softened_where_the_policy_observes() -> None:
    found = said("mode: observe\nunresolved-sources: block")
    assert (found.mode, found.effective) == (Mode.OBSERVE, Outcome.OK)


@pytest.mark.parametrize("word", ["allow", "block"])
def test_at_134_a_link_is_for_review_whatever_sources_get(word: str) -> None:
    assert said(f"unresolved-sources: {word}", LINK).outcome is Outcome.REVIEW


NO_IMAGE = Lookup("configuration", "ghcr.io", Answer.NOT_THERE, "the manifest is not one of an image", "unsupported")


def limited(of: Evidence, artifact: Artifact) -> Outcome:
    judge = policy(text("limits: {image.root: false}"))
    judged = change(judge, of)
    judged = replace(judged, change=replace(judged.change, artifact=artifact))
    (found,) = [one for one in judge.judge([judged], [], at=NOW) if "image.root" in one.rule]
    return found.outcome


@pytest.mark.parametrize(
    ("artifact", "expected"),
    [(Artifact.CHART, Outcome.OK), (Artifact.OTHER, Outcome.OK), (Artifact.IMAGE, Outcome.BLOCKED)],
)
def test_a_limit_of_what_runs_does_not_concern_a_chart(artifact: Artifact, expected: Outcome) -> None:
    assert limited(replace(evidence(), facts=NO_IMAGE), artifact) is expected


def test_a_chart_that_says_that_it_is_an_image_is_held_to_its_limits() -> None:
    failed = replace(NO_IMAGE, answer=Answer.FAILED, code="timeout")
    assert limited(replace(evidence(), facts=failed), Artifact.CHART) is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("of", "expected"), [(evidence(signed()), Outcome.OK), (evidence(lookups=NOWHERE), Outcome.BLOCKED)]
)
def test_a_chart_must_be_signed_like_an_image(of: Evidence, expected: Outcome) -> None:
    assert worst(findings(policy(text("signature: [release]")), of)) is expected
