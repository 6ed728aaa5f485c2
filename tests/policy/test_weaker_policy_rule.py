"""A policy of the cluster that gets weaker, or of which that cannot be told, is a finding that asks for a person."""

from __future__ import annotations

import dataclasses

from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
from app.core.verdict import Finding, Mode, Outcome
from app.policy.rules.weaker_policy import weaker_findings

RESOURCE = ObjectReference("kyverno.io/v1", "ClusterPolicy", "", "probes")
EDIT = PolicyEdit("a.yaml", RESOURCE, "spec.x", "Enforce", "Audit", Effect.WEAKER, "violations will be logged")
OTHER = dataclasses.replace(EDIT, resource=dataclasses.replace(RESOURCE, name="other"))


def found(*edits: PolicyEdit, mode: Mode = Mode.ENFORCE) -> tuple[Finding, ...]:
    return weaker_findings(edits, mode)


def test_a_weaker_policy_asks_for_a_person() -> None:
    (one,) = found(EDIT)
    assert (one.outcome, one.subject, one.rule, one.sentence) == (
        Outcome.REVIEW,
        "a.yaml",
        "weaker policy",
        "ClusterPolicy probes gets weaker: violations will be logged (spec.x)",
    )


def test_what_cannot_be_told_asks_for_a_person() -> None:
    (one,) = found(dataclasses.replace(EDIT, effect=Effect.CANNOT_TELL, resource=None, field=""))
    said = "a.yaml may get weaker, it cannot be told: violations will be logged"
    assert (one.outcome, one.sentence) == (Outcome.REVIEW, said)


def test_stronger_and_neutral_edits_ask_for_nobody() -> None:
    assert found(*(dataclasses.replace(EDIT, effect=one) for one in (Effect.STRONGER, Effect.NEUTRAL))) == ()


def test_a_stronger_part_does_not_make_up_for_a_weaker_one() -> None:
    (one,) = found(dataclasses.replace(EDIT, effect=Effect.STRONGER), EDIT)
    assert "gets weaker: violations will be logged" in one.sentence


def test_there_is_one_finding_for_each_policy() -> None:
    assert [one.sentence.split()[1] for one in found(EDIT, OTHER)] == ["probes", "other"]


def test_further_edits_of_a_policy_are_counted() -> None:
    (one,) = found(EDIT, dataclasses.replace(EDIT, field="spec.y"), dataclasses.replace(EDIT, field="spec.z"))
    assert one.sentence.endswith("(spec.x), and 2 more")


def test_observe_is_heeded() -> None:
    (one,) = found(EDIT, mode=Mode.OBSERVE)
    assert one.mode is Mode.OBSERVE
