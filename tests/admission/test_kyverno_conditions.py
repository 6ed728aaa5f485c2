"""Conditions of Kyverno: how often a block holds, and what that does as a precondition and as a reason to deny."""

from __future__ import annotations

import pytest

from app.admission.base import Order
from app.admission.kyverno.conditions import conditions_relation
from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, STRONGER, WEAKER, effect, with_
from tests.admission.test_kyverno_policies import POLICY

EQUAL, WIDER, NARROWER, UNKNOWN = Order.EQUAL, Order.WIDER, Order.NARROWER, Order.UNKNOWN


def one(operator: str, value: object, key: object = "k") -> dict[str, object]:
    return {"key": key, "operator": operator, "value": value}


A, B, C = one("Equals", "a"), one("Equals", "b"), one("Equals", "c", "other")


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        (None, {"all": [A]}, NARROWER),
        ({"all": [A]}, None, WIDER),
        ({"all": [A]}, {"all": [A, C]}, NARROWER),
        ({"any": [A]}, {"any": [A, C]}, WIDER),
        ({"any": [A]}, {"all": [A]}, EQUAL),
        ({"any": [A, C]}, {"all": [A, C]}, NARROWER),
        ({"all": [A]}, {"all": [A], "any": [C]}, NARROWER),
        ({"any": []}, None, EQUAL),
        ([A], {"all": [A]}, EQUAL),
        ([{"any": [A]}, {"any": [C]}], {"all": [A, C]}, EQUAL),
        ({"all": [A]}, {"all": [{**A, "message": "no"}]}, EQUAL),
        ({"all": [A]}, {"all": [B]}, UNKNOWN),
        ({"all": [one("Equal", "a")]}, {"all": [A]}, EQUAL),
        ({"all": [A]}, {"all": [one("AnyIn", ["a", "b"])]}, WIDER),
        ({"all": [A]}, {"all": [one("AnyIn", "a*")]}, WIDER),
        ({"all": [one("AnyIn", ["a"])]}, {"all": [one("AllIn", ["a"])]}, UNKNOWN),
        ({"all": [one("AnyIn", ["a"])]}, {"all": [one("AnyIn", ["a", 1])]}, WIDER),
        ({"all": [one("AnyIn", ["a"])]}, {"all": [one("AnyIn", {"x": 1})]}, UNKNOWN),
        ({"all": [one("AnyNotIn", ["a"])]}, {"all": [one("AnyNotIn", ["a", "b"])]}, NARROWER),
        ({"all": [one("AllNotIn", ["a", "b"])]}, {"all": [one("AllNotIn", ["b"])]}, WIDER),
        ({"all": [one("NotEquals", "a")]}, {"all": [one("NotEqual", "a")]}, EQUAL),
        ({"all": [one("GreaterThan", 3)]}, {"all": [one("GreaterThan", 5)]}, NARROWER),
        ({"all": [one("GreaterThan", 3)]}, {"all": [one("GreaterThanOrEquals", 3)]}, WIDER),
        ({"all": [one("LessThan", "1Gi")]}, {"all": [one("LessThan", "2Gi")]}, WIDER),
        ({"all": [one("LessThan", "5m")]}, {"all": [one("LessThan", "1h")]}, WIDER),
        ({"all": [one("LessThan", "5m")]}, {"all": [one("LessThan", "30s")]}, NARROWER),
        ({"all": [one("DurationLessThan", "1h")]}, {"all": [one("DurationLessThan", "90m")]}, WIDER),
        ({"all": [one("DurationLessThan", "1h")]}, {"all": [one("LessThan", "90m")]}, UNKNOWN),
        ({"all": [one("GreaterThan", 3)]}, {"all": [one("LessThan", 3)]}, UNKNOWN),
        ({"all": [one("GreaterThan", "x")]}, {"all": [one("GreaterThan", "y")]}, UNKNOWN),
        ({"all": [one("AnyIn", "{{ a }}")]}, {"all": [one("AnyIn", "{{ b }}")]}, UNKNOWN),
        ("x", {"all": [A]}, UNKNOWN),
        ({"none": [A]}, {"all": [A]}, UNKNOWN),
        ({"all": ["x"]}, {"all": [A]}, UNKNOWN),
        ({"all": [{**A, "invented": 1}]}, {"all": [A]}, UNKNOWN),
        ({"all": [{"key": "a"}]}, {"all": [A]}, UNKNOWN),
        (["x"], [A], UNKNOWN),
    ],
)
def test_blocks_are_compared(before: object, after: object, order: Order) -> None:
    assert conditions_relation(before, after).order is order  # type: ignore[arg-type]  # plain data


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("preconditions", None, {"all": [A]}, WEAKER),
        ("preconditions", {"all": [A]}, {"any": [A, C]}, STRONGER),
        ("preconditions", {"all": [A]}, {"all": [B]}, CANNOT_TELL),
        ("validate", {"deny": {"conditions": {"any": [A, C]}}}, {"deny": {"conditions": {"any": [A]}}}, WEAKER),
        ("validate", {"deny": {"conditions": {"any": [A]}}}, {"deny": {"conditions": {"all": [A, C]}}}, WEAKER),
        ("validate", {"deny": {"conditions": {"all": [A]}}}, {"deny": {}}, STRONGER),
        ("validate", {"deny": {}}, {"deny": {"conditions": {"all": [A]}}}, WEAKER),
        ("validate", {"deny": {}}, {"deny": {"invented": 1}}, CANNOT_TELL),
        ("validate", {"pattern": {"a": "b"}}, {"deny": {}}, STRONGER),
        ("validate", {"deny": {}}, {"pattern": {"a": "b"}}, WEAKER),
        ("validate", {"deny": {"conditions": {"all": [A]}}}, {"pattern": {"a": "b"}}, CANNOT_TELL),
    ],
)
def test_conditions_of_a_rule(path: str, before: object, after: object, wanted: Effect) -> None:
    sides = [with_(POLICY, f"spec.rules.0.{path}", side) for side in (before, after)]
    assert effect(*sides) is wanted
