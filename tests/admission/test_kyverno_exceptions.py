"""Exceptions of Kyverno, of both generations: what makes one cover more is weaker."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, with_

TTL = "cleanup.kyverno.io/ttl"
EXCEPTION: Object = {
    "apiVersion": "kyverno.io/v2",
    "kind": "PolicyException",
    "metadata": {"name": "e", "namespace": "shop"},
    "spec": {
        "exceptions": [{"policyName": "p", "ruleNames": ["r"]}],
        "match": {"any": [{"resources": {"kinds": ["Pod"], "names": ["web-*"]}}]},
    },
}
CONTROL = {"controlName": "Capabilities", "images": ["a/*"]}
CONDITION = {"all": [{"key": "a", "operator": "Equals", "value": "b"}]}


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("spec.exceptions.0.ruleNames", ["r"], ["r", "s"], WEAKER),
        ("spec.exceptions.0.ruleNames", ["r"], ["r*"], WEAKER),
        ("spec.exceptions.0.ruleNames", ["r", "s"], ["s"], STRONGER),
        ("spec.exceptions.0.policyName", "p", "q", WEAKER),
        ("spec.exceptions.0.policyName", "p", 3, CANNOT_TELL),
        ("spec.exceptions.0.ruleNames", ["r"], 3, CANNOT_TELL),
        ("spec.exceptions.0.match", None, {"any": []}, CANNOT_TELL),
        ("spec.match.any.0.resources.names", ["web-*"], ["*"], WEAKER),
        ("spec.match.any.0.resources.names", ["web-*"], ["web-1"], STRONGER),
        ("spec.match", None, {"any": [{"resources": {"kinds": ["Pod"]}}]}, WEAKER),
        ("spec.conditions", None, CONDITION, STRONGER),
        ("spec.conditions", CONDITION, None, WEAKER),
        ("spec.podSecurity", [CONTROL], None, WEAKER),
        ("spec.podSecurity", None, [CONTROL], STRONGER),
        ("spec.podSecurity", [CONTROL], [CONTROL, {"controlName": "x"}], WEAKER),
        ("spec.podSecurity", [CONTROL, {"controlName": "x"}], [CONTROL], STRONGER),
        ("spec.podSecurity.0.images", ["a/*"], ["*"], WEAKER),
        ("spec.podSecurity.0.values", None, ["a"], STRONGER),
        ("spec.podSecurity.0.restrictedField", None, "a", CANNOT_TELL),
        ("spec.podSecurity.0.controlName", "a", "b", CANNOT_TELL),
        ("spec.background", None, False, STRONGER),
        ("spec.invented", None, 1, CANNOT_TELL),
        ("metadata.labels", None, {TTL: "1h"}, STRONGER),
        ("metadata.labels", {TTL: "1h"}, None, WEAKER),
        ("metadata.labels", {TTL: "1h"}, {TTL: "9h"}, CANNOT_TELL),
        ("apiVersion", "kyverno.io/v2beta1", "kyverno.io/v2", NEUTRAL),
        ("status", None, {}, NEUTRAL),
    ],
)
def test_a_field_of_an_exception(path: str, before: object, after: object, wanted: Effect) -> None:
    known = with_(EXCEPTION, "spec.podSecurity", [CONTROL]) if ".0." in path and "podSecurity" in path else EXCEPTION
    assert effect(with_(known, path, before), with_(known, path, after)) is wanted


def test_a_new_exception_is_weaker_and_says_that_it_does_not_expire() -> None:
    (found,) = edits(None, EXCEPTION)
    assert (found.effect, found.sentence) == (WEAKER, "a new exception, which does not expire")


def test_a_new_exception_that_expires_is_weaker() -> None:
    (found,) = edits(None, with_(EXCEPTION, "metadata.labels", {TTL: "1h"}))
    assert (found.effect, found.sentence) == (WEAKER, "a new exception")


def test_an_exception_that_is_gone_is_stronger() -> None:
    assert effect(EXCEPTION, None) is STRONGER


def test_a_renamed_exception_is_neutral() -> None:
    assert effect(EXCEPTION, with_(EXCEPTION, "metadata.name", "f")) is NEUTRAL


def test_an_exception_in_another_namespace_is_another_one() -> None:
    assert effect(EXCEPTION, with_(EXCEPTION, "metadata.namespace", "bank")) is WEAKER


CEL: Object = {
    "apiVersion": "policies.kyverno.io/v1",
    "kind": "PolicyException",
    "metadata": {"name": "e", "namespace": "shop"},
    "spec": {"policyRefs": [{"name": "p", "kind": "ValidatingPolicy"}], "images": ["a/*"]},
}


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("policyRefs", [{"name": "p"}], [{"name": "p"}, {"name": "q"}], WEAKER),
        ("policyRefs", [{"name": "p"}, {"name": "q"}], [{"name": "q"}], STRONGER),
        ("policyRefs", [{"name": "p"}, {"name": "q"}], [{"name": "q"}, {"name": "p"}], NEUTRAL),
        ("images", None, ["a/*"], STRONGER),
        ("images", ["a/*"], ["a/*", "b/*"], WEAKER),
        ("images", ["a/*"], ["{a,b}/*"], CANNOT_TELL),
        ("allowedValues", None, ["a"], WEAKER),
        ("matchConditions", None, [{"name": "a", "expression": "true"}], STRONGER),
        ("matchConditions", [{"name": "a", "expression": "true"}], None, WEAKER),
        ("reportResult", None, "pass", NEUTRAL),
        ("exceptions", None, [], CANNOT_TELL),
        ("invented", None, 1, CANNOT_TELL),
    ],
)
def test_a_field_of_an_exception_in_cel(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(with_(CEL, f"spec.{path}", before), with_(CEL, f"spec.{path}", after)) is wanted


@pytest.mark.parametrize(
    ("labels", "sentence"), [(None, "a new exception, which does not expire"), ({TTL: "1h"}, "a new exception")]
)
def test_a_new_exception_in_cel_is_weaker(labels: object, sentence: str) -> None:
    (found,) = edits(None, with_(CEL, "metadata.labels", labels))
    assert (found.effect, found.sentence) == (WEAKER, sentence)


def test_an_exception_in_cel_that_is_gone_is_stronger() -> None:
    assert effect(CEL, None) is STRONGER
