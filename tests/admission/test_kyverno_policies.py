"""Kyverno's ClusterPolicy and Policy: what each edit does, row by row."""

from __future__ import annotations

import pytest

from app.admission import kyverno
from app.core.policy_edit import Effect, Severity
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, told, with_

PODS = {"any": [{"resources": {"kinds": ["Pod"]}}]}
RULE = {"name": "r", "match": PODS, "validate": {"pattern": {"spec": {"hostNetwork": False}}}}
AUDIT_RULE = {**RULE, "name": "audits", "validate": {**RULE["validate"], "failureAction": "Audit"}}  # type: ignore[dict-item]
POLICY: Object = {
    "apiVersion": "kyverno.io/v1",
    "kind": "ClusterPolicy",
    "metadata": {"name": "p"},
    "spec": {"validationFailureAction": "Enforce", "rules": [RULE]},
}
LABELS = "metadata.labels"
MARKS = "metadata.annotations"
TTL = "cleanup.kyverno.io/ttl"
AUTOGEN = "pod-policies.kyverno.io/autogen-controllers"

SPEC = [
    ("validationFailureAction", "Enforce", "Audit", WEAKER),
    ("validationFailureAction", "Enforce", "enforce", NEUTRAL),
    ("validationFailureAction", "Enforce", None, WEAKER),
    ("validationFailureAction", "Audit", None, NEUTRAL),
    ("validationFailureAction", "Audit", "Anything", NEUTRAL),
    ("validationFailureAction", "Enforce", "{{ .Values.action }}", CANNOT_TELL),
    ("emitWarning", True, False, WEAKER),
    ("emitWarning", None, False, NEUTRAL),
    ("admission", None, False, WEAKER),
    ("background", None, False, WEAKER),
    ("background", None, True, NEUTRAL),
    ("background", "yes?", True, CANNOT_TELL),
    ("applyRules", None, "One", WEAKER),
    ("failurePolicy", None, "Ignore", WEAKER),
    ("failurePolicy", "Fail", "Sometimes", CANNOT_TELL),
    ("failurePolicy", "Fail", "{{ .Values.failure }}", CANNOT_TELL),
    ("webhookConfiguration", None, {"failurePolicy": "Ignore"}, WEAKER),
    ("webhookConfiguration", None, {"timeoutSeconds": 3}, CANNOT_TELL),
    ("webhookConfiguration", None, {"matchConditions": [{"name": "a", "expression": "true"}]}, WEAKER),
    ("webhookConfiguration", None, "x", CANNOT_TELL),
    ("webhookTimeoutSeconds", 10, 3, CANNOT_TELL),
    ("schemaValidation", True, False, NEUTRAL),
    ("generateExisting", True, False, NEUTRAL),
    ("mutateExistingOnPolicyUpdate", True, False, NEUTRAL),
    ("useServerSideApply", True, False, NEUTRAL),
    ("invented", None, 1, CANNOT_TELL),
]
FLIPPED = {WEAKER: STRONGER, STRONGER: WEAKER}


@pytest.mark.parametrize(("field", "before", "after", "wanted"), SPEC)
def test_a_field_of_the_spec(field: str, before: object, after: object, wanted: Effect) -> None:
    sides = [with_(POLICY, f"spec.{field}", side) for side in (before, after)]
    assert effect(*sides) is wanted


@pytest.mark.parametrize(("field", "before", "after", "wanted"), SPEC)
def test_the_way_back_is_the_other_way(field: str, before: object, after: object, wanted: Effect) -> None:
    sides = [with_(POLICY, f"spec.{field}", side) for side in (after, before)]
    assert effect(*sides) is FLIPPED.get(wanted, wanted)


def test_the_sentence_says_what_will_happen() -> None:
    (found,) = edits(POLICY, with_(POLICY, "spec.validationFailureAction", "Audit"))
    assert (found.field, found.before, found.after, found.sentence, found.line) == (
        "spec.validationFailureAction",
        "Enforce",
        "Audit",
        "violations will be logged, not blocked",
        1,
    )


def test_a_rule_that_sets_its_own_action_is_not_changed_by_that_of_the_policy() -> None:
    own = with_(POLICY, "spec.rules.0.validate.failureAction", "Enforce")
    found = told(own, with_(own, "spec.validationFailureAction", None))
    assert found == {("spec.validationFailureAction", NEUTRAL)}


@pytest.mark.parametrize(("action", "wanted"), [("Audit", WEAKER), ("Enforce", NEUTRAL)])
def test_the_action_of_a_rule_comes_before_that_of_the_policy(action: str, wanted: Effect) -> None:
    found = told(POLICY, with_(POLICY, "spec.rules.0.validate.failureAction", action))
    assert found == {("spec.rules[r].validate.failureAction", wanted)}


def test_an_audit_rule_put_before_an_enforcing_one_weakens_it_in_older_versions() -> None:
    own = with_(POLICY, "spec.rules.0.validate.failureAction", "Enforce")
    found = edits(own, with_(own, "spec.rules", [AUDIT_RULE, own["spec"]["rules"][0]]))
    assert ("spec.rules[r]", WEAKER) in {(one.field, one.effect) for one in found}


OVERRIDES = "spec.validationFailureActionOverrides"
SHOP = {"action": "Audit", "namespaces": ["shop"]}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (None, [SHOP], WEAKER),
        ([SHOP], [{"action": "Audit", "namespaces": ["shop", "more"]}], WEAKER),
        ([SHOP], [{"action": "Enforce", "namespaces": ["shop"]}, SHOP], STRONGER),
        (None, [{"action": "Audit"}], WEAKER),
        (None, [{"action": "Audit", "namespaces": ["shop-*"]}], WEAKER),
        ([{"action": "Audit", "namespaces": ["shop-*"]}], [{"action": "Enforce", "namespaces": ["a*"]}], CANNOT_TELL),
        (None, [{"action": "Audit", "namespaceSelector": {"matchLabels": {"a": "b"}}}], WEAKER),
        (None, [{"action": "Enforce", "namespaces": ["shop"]}], NEUTRAL),
        (None, [{"action": "Enforce", "namespaces": [str(one) for one in range(200)]}], CANNOT_TELL),
        (None, [{"action": "Audit", "namespaces": [str(one) for one in range(200)]}], WEAKER),
    ],
)
def test_overrides_of_the_action(before: object, after: object, wanted: Effect) -> None:
    assert effect(with_(POLICY, OVERRIDES, before), with_(POLICY, OVERRIDES, after)) is wanted


def test_overrides_of_a_rule_count_for_it() -> None:
    after = with_(POLICY, "spec.rules.0.validate.failureActionOverrides", [SHOP])
    assert told(POLICY, after) == {("spec.rules[r].validate.failureActionOverrides", WEAKER)}


def test_what_only_reports_is_of_that_severity() -> None:
    audits = with_(POLICY, "spec.validationFailureAction", "Audit")
    (found,) = edits(audits, with_(audits, "spec.rules", []))
    assert (found.effect, found.severity) == (WEAKER, Severity.REPORTING)


def test_what_blocks_is_of_that_severity() -> None:
    two = with_(POLICY, "spec.rules", [RULE, {**RULE, "name": "other"}])
    (found,) = edits(two, POLICY)
    assert (found.field, found.effect, found.severity) == ("spec.rules[other]", WEAKER, Severity.BLOCKING)


GENERATES = {"name": "g", "match": PODS, "generate": {"kind": "ConfigMap", "name": "x", "data": {"a": "b"}}}
MUTATES = {"name": "m", "match": PODS, "mutate": {"patchStrategicMerge": {"spec": {"securityContext": {"x": 1}}}}}


@pytest.mark.parametrize(
    ("rules", "added", "gone"),
    [
        ([RULE], STRONGER, WEAKER),
        ([GENERATES], NEUTRAL, NEUTRAL),
        ([MUTATES], CANNOT_TELL, CANNOT_TELL),
        ([], CANNOT_TELL, CANNOT_TELL),
    ],
)
def test_a_whole_policy(rules: list[object], added: Effect, gone: Effect) -> None:
    policy = with_(POLICY, "spec.rules", rules)
    assert (effect(None, policy), effect(policy, None)) == (added, gone)


def test_a_new_policy_that_only_reports_says_so() -> None:
    (found,) = edits(None, with_(POLICY, "spec.validationFailureAction", None))
    assert (found.effect, found.severity, found.sentence) == (
        STRONGER,
        Severity.REPORTING,
        "a new policy, which only reports",
    )


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ([RULE], [RULE, {**RULE, "name": "s"}], STRONGER),
        ([RULE, {**RULE, "name": "s"}], [RULE], WEAKER),
        ([RULE], [{**RULE, "name": "renamed"}], NEUTRAL),
        ([RULE, GENERATES], [RULE], NEUTRAL),
        ([RULE], [RULE, MUTATES], CANNOT_TELL),
        ([RULE, GENERATES], [RULE, {**GENERATES, "match": {"any": [{"resources": {"kinds": ["A"]}}]}}], NEUTRAL),
        ([RULE, MUTATES], [RULE, {**MUTATES, "match": {"any": [{"resources": {"kinds": ["A"]}}]}}], CANNOT_TELL),
        ([GENERATES, RULE], [RULE, GENERATES], NEUTRAL),
        ([RULE], [{**RULE, "invented": 1}], CANNOT_TELL),
        ([RULE], [{**RULE, "skipBackgroundRequests": False}], STRONGER),
        ([RULE], [{**RULE, "skipBackgroundRequests": True}], NEUTRAL),
        ([RULE], [{**RULE, "reportProperties": {"a": "b"}}], NEUTRAL),
        ([RULE], [{**RULE, "imageExtractors": {"A": []}}], CANNOT_TELL),
        ([RULE], [{**RULE, "context": [{"name": "a"}]}], CANNOT_TELL),
        ([RULE], [{**RULE, "celPreconditions": [{"name": "a", "expression": "true"}]}], WEAKER),
        ([RULE], [{**RULE, "mutate": {"x": 1}}], CANNOT_TELL),
        ([RULE], [{**RULE, "generate": {"x": 1}}], CANNOT_TELL),
        ([RULE], [{**GENERATES, "name": "r"}], WEAKER),
        ([{**GENERATES, "name": "r"}], [RULE], CANNOT_TELL),
    ],
)
def test_rules(before: object, after: object, wanted: Effect) -> None:
    assert effect(with_(POLICY, "spec.rules", before), with_(POLICY, "spec.rules", after)) is wanted


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        (LABELS, None, {TTL: "1h"}, WEAKER),
        (LABELS, {TTL: "1h"}, None, STRONGER),
        (LABELS, {TTL: "1h"}, {TTL: "2h"}, CANNOT_TELL),
        (LABELS, None, {"team": "a"}, NEUTRAL),
        (LABELS, {"team": "a", TTL: "1h"}, {"team": "a"}, STRONGER),
        (LABELS, None, {"kyverno.io/invented": "a"}, CANNOT_TELL),
        (LABELS, None, "x", CANNOT_TELL),
        (MARKS, None, {"policies.kyverno.io/title": "a"}, NEUTRAL),
        (MARKS, None, {"policies.kyverno.io/scored": "false"}, CANNOT_TELL),
        (MARKS, None, {"kyverno.io/kyverno-version": "1.12"}, NEUTRAL),
        (MARKS, None, {AUTOGEN: "none"}, WEAKER),
        (MARKS, {AUTOGEN: "Job"}, {AUTOGEN: "Job,CronJob"}, STRONGER),
        (MARKS, {AUTOGEN: "Job,CronJob"}, {AUTOGEN: "CronJob, Job"}, NEUTRAL),
        (MARKS, {AUTOGEN: "all"}, {AUTOGEN: "Zob"}, CANNOT_TELL),
        (MARKS, {AUTOGEN: 3}, None, CANNOT_TELL),
        ("metadata.finalizers", None, ["a"], CANNOT_TELL),
        ("metadata.ownerReferences", None, [{}], CANNOT_TELL),
        ("metadata.creationTimestamp", None, "x", NEUTRAL),
        ("metadata.invented", None, "x", CANNOT_TELL),
        ("status", None, {"ready": True}, NEUTRAL),
        ("apiVersion", "kyverno.io/v1", "kyverno.io/v2beta1", NEUTRAL),
        ("invented", None, 1, CANNOT_TELL),
    ],
)
def test_what_stands_around_the_spec(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(with_(POLICY, path, before), with_(POLICY, path, after)) is wanted


@pytest.mark.parametrize("kind", ["ClusterPolicy", "Policy"])
def test_both_kinds_are_policies(kind: str) -> None:
    assert effect({**POLICY, "kind": kind}, None) is WEAKER


def test_an_unknown_kind_of_kyverno_cannot_be_told() -> None:
    assert effect(None, {**POLICY, "kind": "GlobalContextEntry"}) is CANNOT_TELL


def test_kyverno_s_own_bookkeeping_is_no_policy() -> None:
    assert edits(None, {**POLICY, "kind": "UpdateRequest"}) == ()


def test_the_policy_of_another_group_is_not_kyverno_s() -> None:
    assert effect({**POLICY, "apiVersion": "example.org/v1"}, None) is NEUTRAL


def test_two_sides_without_a_policy_have_no_edit() -> None:
    assert list(kyverno.compare(None, None)) == []


def test_the_order_of_rules_counts_where_only_one_is_applied() -> None:
    two = with_(POLICY, "spec.rules", [RULE, {**RULE, "name": "s"}])
    turned = with_(POLICY, "spec.rules", [{**RULE, "name": "s"}, RULE])
    one_only = [with_(side, "spec.applyRules", "One") for side in (two, turned)]
    assert (effect(two, turned), effect(*one_only)) == (NEUTRAL, CANNOT_TELL)


PART = with_(POLICY, "spec.rules", None)


@pytest.mark.parametrize(
    ("field", "before", "after", "wanted"),
    [
        ("validationFailureAction", "Enforce", "Audit", WEAKER),
        ("validationFailureAction", None, "audit", WEAKER),
        ("validationFailureAction", "Audit", "Enforce", CANNOT_TELL),
        ("validationFailureAction", "Audit", None, CANNOT_TELL),
        ("background", None, True, CANNOT_TELL),
        ("background", None, False, WEAKER),
    ],
)
def test_a_part_of_a_policy_is_never_called_stronger_or_neutral(
    field: str, before: object, after: object, wanted: Effect
) -> None:
    assert effect(with_(PART, f"spec.{field}", before), with_(PART, f"spec.{field}", after)) is wanted


def test_a_rule_that_is_no_longer_extended_to_controllers_cannot_be_told() -> None:
    excluded = {"any": [{"resources": {"kinds": ["Pod"], "namespaces": ["a"]}}]}
    named = {"any": [{"resources": {"kinds": ["Pod"], "namespaces": ["a"], "names": ["x"]}}]}
    sides = [with_(POLICY, "spec.rules.0.exclude", one) for one in (excluded, named)]
    assert told(*sides) == {("spec.rules[r].match", CANNOT_TELL), ("spec.rules[r].exclude", STRONGER)}


MAKES = with_(POLICY, "spec.rules", [GENERATES])


@pytest.mark.parametrize(
    ("policy", "path", "after", "wanted"),
    [
        (MAKES, "spec.background", False, NEUTRAL),
        (MAKES, MARKS, {AUTOGEN: "none"}, NEUTRAL),
        (MAKES, "spec.invented", 1, CANNOT_TELL),
        (with_(POLICY, "spec.rules", [MUTATES]), "spec.background", False, CANNOT_TELL),
    ],
)
def test_when_a_policy_that_refuses_nothing_is_asked_does_not_matter(
    policy: Object, path: str, after: object, wanted: Effect
) -> None:
    assert effect(policy, with_(policy, path, after)) is wanted
