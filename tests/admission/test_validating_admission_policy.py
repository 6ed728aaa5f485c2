"""Kubernetes' own admission policies and their bindings, row by row."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect, Severity
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, with_

API = "admissionregistration.k8s.io/v1"
RULES = [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}]
HOLDS, OTHER = {"expression": "object.a == 1"}, {"expression": "object.b == 1"}
POLICY: Object = {
    "apiVersion": API,
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": "p"},
    "spec": {"matchConstraints": {"resourceRules": RULES}, "validations": [HOLDS]},
}
BINDING: Object = {
    "apiVersion": API,
    "kind": "ValidatingAdmissionPolicyBinding",
    "metadata": {"name": "b"},
    "spec": {"policyName": "p", "validationActions": ["Deny"]},
}
PARAMETERS = {"name": "a", "parameterNotFoundAction": "Deny"}


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("matchConstraints.resourceRules.0.operations", ["CREATE"], ["CREATE", "UPDATE"], STRONGER),
        ("matchConstraints.resourceRules.0.operations", ["*"], ["CREATE"], WEAKER),
        ("matchConstraints.matchPolicy", None, "Exact", WEAKER),
        ("matchConstraints.matchPolicy", "Exact", "Equivalent", STRONGER),
        ("matchConstraints.namespaceSelector", None, {"matchLabels": {"a": "b"}}, WEAKER),
        ("matchConstraints.excludeResourceRules", None, RULES, WEAKER),
        ("matchConditions", None, [HOLDS], WEAKER),
        ("matchConditions", [HOLDS], None, STRONGER),
        ("matchConditions", [HOLDS], [OTHER], CANNOT_TELL),
        ("validations", [HOLDS], [HOLDS, OTHER], STRONGER),
        ("validations", [HOLDS, OTHER], [HOLDS], WEAKER),
        ("validations", [HOLDS], [OTHER], CANNOT_TELL),
        ("validations", [HOLDS], [{**HOLDS, "message": "no", "reason": "Invalid"}], NEUTRAL),
        ("failurePolicy", None, "Ignore", WEAKER),
        ("failurePolicy", "Ignore", "Fail", STRONGER),
        ("failurePolicy", None, "Fail", NEUTRAL),
        ("paramKind", None, {"kind": "ConfigMap"}, CANNOT_TELL),
        ("variables", None, [{"name": "a"}], CANNOT_TELL),
        ("auditAnnotations", None, [{"key": "a"}], NEUTRAL),
    ],
)
def test_policies(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(*(with_(POLICY, f"spec.{path}", one) for one in (before, after))) is wanted


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("validationActions", ["Deny"], ["Warn"], WEAKER),
        ("validationActions", ["Audit"], ["Deny"], STRONGER),
        ("validationActions", ["Deny", "Audit"], ["Deny"], WEAKER),
        ("validationActions", ["Deny"], ["Deny", "Audit"], STRONGER),
        ("validationActions", ["Deny"], ["Dance"], CANNOT_TELL),
        ("validationActions", ["Deny", "Audit"], ["Audit", "Deny"], NEUTRAL),
        ("paramRef", PARAMETERS, {**PARAMETERS, "parameterNotFoundAction": "Allow"}, WEAKER),
        ("paramRef", {**PARAMETERS, "parameterNotFoundAction": "Allow"}, PARAMETERS, STRONGER),
        ("paramRef", PARAMETERS, {**PARAMETERS, "name": "b"}, CANNOT_TELL),
        ("paramRef", PARAMETERS, {**PARAMETERS, "selector": {}}, CANNOT_TELL),
        ("paramRef", PARAMETERS, {**PARAMETERS, "namespace": "n"}, CANNOT_TELL),
        ("paramRef", None, PARAMETERS, CANNOT_TELL),
        ("matchResources", None, {"namespaceSelector": {"matchLabels": {"a": "b"}}}, WEAKER),
        ("matchResources", {"resourceRules": RULES}, None, STRONGER),
        ("matchResources", {"resourceRules": RULES}, {"resourceRules": [{**RULES[0], "operations": ["*"]}]}, STRONGER),
        ("policyName", "p", "q", CANNOT_TELL),
    ],
)
def test_bindings(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(*(with_(BINDING, f"spec.{path}", one) for one in (before, after))) is wanted


def test_a_policy_that_comes_or_goes() -> None:
    assert (effect(None, POLICY), effect(POLICY, None)) == (STRONGER, WEAKER)


def test_a_binding_that_goes_stops_a_policy_that_stays() -> None:
    assert (effect(None, BINDING), effect(BINDING, None)) == (STRONGER, WEAKER)


def test_a_binding_that_only_warns_is_about_reports() -> None:
    warns = with_(BINDING, "spec.validationActions", ["Warn"])
    assert [edit.severity for edit in edits(warns, None)] == [Severity.REPORTING]
    assert [edit.severity for edit in edits(BINDING, None)] == [Severity.BLOCKING]


@pytest.mark.parametrize("kind", ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"])
def test_what_changes_objects_cannot_be_told(kind: str) -> None:
    one = {**POLICY, "kind": kind}
    assert [effect(None, one), effect(one, None), effect(one, {**one, "spec": {}})] == [CANNOT_TELL] * 3


@pytest.mark.parametrize("field", ["spec", "spec.validations"])
def test_a_new_policy_without_expressions_is_not_called_stronger(field: str) -> None:
    assert effect(None, with_(POLICY, field, None)) is CANNOT_TELL
