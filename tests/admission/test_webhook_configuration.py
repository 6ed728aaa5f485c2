"""Webhook configurations, row by row."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, effect, told, with_

API = "admissionregistration.k8s.io/v1"
RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
HOOK = {"name": "a.example", "rules": RULES, "clientConfig": {"service": {"name": "s", "path": "/a"}}}
CONFIGURATION: Object = {
    "apiVersion": API,
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": "w"},
    "webhooks": [HOOK],
}
MUTATING: Object = {**CONFIGURATION, "kind": "MutatingWebhookConfiguration"}
LABELS = {"matchLabels": {"a": "b"}}
IGNORE = {"failurePolicy": "Ignore"}


def edited(configuration: Object, *changes: dict[str, object]) -> Effect:
    sides = ({**configuration, "webhooks": [{**HOOK, **change}]} for change in changes)
    return effect(*sides)


ROWS: list[tuple[dict[str, object], dict[str, object], Effect]] = [
    ({}, IGNORE, WEAKER),
    (IGNORE, {}, STRONGER),
    ({}, {"failurePolicy": "Fail"}, NEUTRAL),
    ({}, {"rules": [{**RULES[0], "operations": ["*"]}]}, STRONGER),
    ({}, {"rules": []}, WEAKER),
    ({}, {"namespaceSelector": LABELS}, WEAKER),
    ({"objectSelector": LABELS}, {}, STRONGER),
    ({}, {"matchPolicy": "Exact"}, WEAKER),
    ({"matchPolicy": "Exact"}, {}, STRONGER),
    ({}, {"matchConditions": [{"expression": "a"}]}, WEAKER),
    ({"matchConditions": [{"expression": "a"}]}, {}, STRONGER),
    ({**IGNORE, "timeoutSeconds": 10}, {**IGNORE, "timeoutSeconds": 3}, WEAKER),
    (IGNORE, {**IGNORE, "timeoutSeconds": 30}, STRONGER),
    ({}, {"timeoutSeconds": 3}, CANNOT_TELL),
    ({}, {"timeoutSeconds": 10}, NEUTRAL),
    ({}, {"timeoutSeconds": "soon"}, CANNOT_TELL),
    ({}, {"clientConfig": {"service": {"name": "s", "path": "/b"}}}, CANNOT_TELL),
    ({}, {"sideEffects": "None", "admissionReviewVersions": ["v1"], "reinvocationPolicy": "IfNeeded"}, NEUTRAL),
    ({}, {"name": "b.example"}, NEUTRAL),
    ({}, {"strange": 1}, CANNOT_TELL),
]


@pytest.mark.parametrize(("before", "after", "wanted"), ROWS)
def test_webhooks_that_validate(before: dict[str, object], after: dict[str, object], wanted: Effect) -> None:
    assert edited(CONFIGURATION, before, after) is wanted


@pytest.mark.parametrize(("before", "after", "wanted"), ROWS)
def test_webhooks_that_change_objects(before: dict[str, object], after: dict[str, object], wanted: Effect) -> None:
    # Asking one that changes objects more often is no gain that could be told.
    kept = wanted is not STRONGER or {*before, *after} & {"failurePolicy"}
    assert edited(MUTATING, before, after) is (wanted if kept else CANNOT_TELL)


def test_a_webhook_that_comes_or_goes() -> None:
    other = {**HOOK, "name": "b.example", "rules": []}
    both: Object = {**CONFIGURATION, "webhooks": [HOOK, other]}
    assert told(CONFIGURATION, both) == {("webhooks[b.example]", STRONGER)}
    assert told(both, CONFIGURATION) == {("webhooks[b.example]", WEAKER)}


def test_a_configuration_that_comes_or_goes() -> None:
    assert (effect(None, CONFIGURATION), effect(CONFIGURATION, None)) == (STRONGER, WEAKER)


def test_a_configuration_without_webhooks_is_a_part_of_one() -> None:
    empty = with_(CONFIGURATION, "webhooks", [])
    assert (effect(None, empty), effect(empty, None)) == (CANNOT_TELL, CANNOT_TELL)


def guarding(configuration: Object) -> Object:
    return {**configuration, "webhooks": [{**HOOK, "name": "policy.sigstore.dev"}]}


def test_a_mutating_webhook_of_a_policy_engine_that_goes_is_weaker() -> None:
    assert effect(guarding(MUTATING), None) is WEAKER
    assert effect(guarding(MUTATING), {**MUTATING, "webhooks": []}) is WEAKER


def test_any_other_mutating_webhook_that_comes_or_goes_cannot_be_told() -> None:
    assert [effect(None, MUTATING), effect(MUTATING, None)] == [CANNOT_TELL] * 2
    assert effect(MUTATING, {**MUTATING, "webhooks": [HOOK, {"name": "other", "rules": []}]}) is CANNOT_TELL
    assert effect(MUTATING, with_(MUTATING, "webhooks", None)) is CANNOT_TELL


def test_another_order_of_mutating_webhooks_is_neutral() -> None:
    two: Object = {**MUTATING, "webhooks": [HOOK, {"name": "other"}]}
    assert effect(two, {**two, "webhooks": [{"name": "other"}, HOOK]}) is NEUTRAL
