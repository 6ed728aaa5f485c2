"""Patterns of Kyverno and the other bodies of validate rules: what passes more, and what passes less."""

from __future__ import annotations

import pytest

from app.admission.base import Order
from app.admission.kyverno.pattern import any_relation, pattern_relation
from app.admission.kyverno.values import value_relation
from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, effect, told, with_
from tests.admission.test_kyverno_policies import POLICY

EQUAL, WIDER, NARROWER, EITHER, UNKNOWN = Order.EQUAL, Order.WIDER, Order.NARROWER, Order.EITHER, Order.UNKNOWN


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        ("a", "a | b", WIDER),
        ("a | b", "b|a", EQUAL),
        ("ghcr.io/*", "ghcr.io/acme/*", NARROWER),
        ("?*", "*", WIDER),
        ("!a", "!b", EITHER),
        ("!a", "!a & !b", NARROWER),
        ("!latest & ?*", "?*", WIDER),
        (">0", ">=0", WIDER),
        (">0", ">1", NARROWER),
        ("1-10", "1-20", WIDER),
        ("1!-10", "1!-20", NARROWER),
        ("<1Gi", "<2Gi", WIDER),
        ("<=1h", "<=30m", NARROWER),
        (">0 | 5", ">0", EQUAL),
        ("1 | 2", ">0", WIDER),
        (">0", "x", UNKNOWN),
        (">0", "1-2zz", UNKNOWN),
        ("a", "a", EQUAL),
        (">x", ">y", UNKNOWN),
        (">1h", ">1Gi", UNKNOWN),
        ("x1-y1", "x1-y2", EITHER),
        (True, False, EITHER),
        (True, "true", EQUAL),
        (1, "1 | 2", WIDER),
        (None, "a", UNKNOWN),
        (["a"], "a", UNKNOWN),
        ("{{ a }}", "{{ b }}", UNKNOWN),
        ("x" * 5000, "a", UNKNOWN),
    ],
)
def test_values_are_compared(before: object, after: object, order: Order) -> None:
    assert value_relation(before, after).order is order  # type: ignore[arg-type]  # plain data


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        ({"a": "1"}, {"a": "1", "b": "2"}, NARROWER),
        ({"a": "1", "b": "2"}, {"a": "1"}, WIDER),
        ({"a": "1"}, {"b": "1"}, EITHER),
        ({"a": "1"}, {"=(a)": "1"}, WIDER),
        ({"=(a)": "1"}, {"a": "1"}, NARROWER),
        ({"=(a)": "1"}, {"a": "1 | 2"}, EITHER),
        ({"X(a)": "*"}, {"=(a)": ">0"}, WIDER),
        ({"=(a)": ">0"}, {"X(a)": "*"}, NARROWER),
        ({"X(a)": "*"}, {"a": "1"}, EITHER),
        ({"X(a)": "*"}, {"X(a)": "?*"}, EQUAL),
        ({"X(a)": "*", "b": "1"}, {"b": "1"}, WIDER),
        ({"^(a)": [{"b": "1"}]}, {"a": [{"b": "1"}]}, UNKNOWN),
        ({"^(a)": [{"b": "1"}]}, {"^(a)": [{"b": "1 | 2"}]}, WIDER),
        ({"b": "1"}, {"(a)": "x", "b": "1"}, WIDER),
        ({"(a)": "x", "b": "1"}, {"b": "1"}, NARROWER),
        ({"(a)": "x", "b": "1"}, {"(a)": "x | y", "b": "1"}, NARROWER),
        ({"<(a)": "x | y", "b": "1"}, {"<(a)": "x", "b": "1"}, WIDER),
        ({"(a)": "x", "b": "1"}, {"a": "x", "b": "1"}, UNKNOWN),
        ({"a": "1", "=(a)": "1"}, {"a": "1"}, UNKNOWN),
        ({"a": {"b": "1"}}, {"a": {"b": "1 | 2"}}, WIDER),
        ({"a": [{"b": "1"}]}, {"a": [{"b": "1", "c": "2"}]}, NARROWER),
        ({"a": [{"b": "1"}]}, {"a": [{"b": "1"}, {"c": "1"}]}, UNKNOWN),
        ({"a": ["x"]}, {"a": ["y"]}, UNKNOWN),
        ({"a": "1"}, {"a": {"b": "1"}}, UNKNOWN),
    ],
)
def test_patterns_are_compared(before: object, after: object, order: Order) -> None:
    assert pattern_relation(before, after).order is order  # type: ignore[arg-type]  # plain data


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        ([{"a": "1"}], [{"a": "1"}, {"b": "1"}], WIDER),
        ([{"a": "1"}, {"b": "1"}], [{"b": "1"}], NARROWER),
        ([{"a": "1"}], [{"b": "1"}], UNKNOWN),
        ([{"a": "1"}, {"b": "1"}], [{"b": "1"}, {"a": "1"}], EQUAL),
        ({"a": "1"}, [{"a": "1"}], UNKNOWN),
    ],
)
def test_alternatives_are_compared(before: object, after: object, order: Order) -> None:
    assert any_relation(before, after).order is order  # type: ignore[arg-type]  # plain data


def each(listed: object, **fields: object) -> object:
    return {"foreach": [{"list": listed, "pattern": {"a": "b"}, **fields}]}


CONTAINERS = "request.object.spec.containers"
EVERY = "request.object.spec.[ephemeralContainers, initContainers, containers][]"
LEVEL = "podSecurity"
CONTROL = {"controlName": "Capabilities", "images": ["a/*"]}
DENY_ALLOW = ("Allow", "Deny")


def cel(*expressions: str, **fields: object) -> object:
    return {"cel": {"expressions": [{"expression": one} for one in expressions], **fields}}


def security(**fields: object) -> object:
    return {"podSecurity": {"level": "baseline", **fields}}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"pattern": {"a": "1"}}, {"pattern": {"a": "1 | 2"}}, WEAKER),
        ({"pattern": {"a": "1"}}, {"pattern": {"a": "1"}, "message": "no"}, NEUTRAL),
        ({"pattern": {"a": "1"}}, {"pattern": {"a": "1"}, "invented": 1}, CANNOT_TELL),
        ({"pattern": {"a": "1"}}, {"pattern": {"a": "1"}, "allowExistingViolations": False}, STRONGER),
        ({"anyPattern": [{"a": "1"}]}, {"anyPattern": [{"a": "1"}, {"b": "1"}]}, WEAKER),
        ({"pattern": {"a": "1"}}, {"anyPattern": [{"a": "1"}, {"b": "1"}]}, WEAKER),
        ({"anyPattern": [{"a": "1"}, {"b": "1"}]}, {"pattern": {"a": "1"}}, STRONGER),
        (security(), security(level="restricted"), STRONGER),
        (security(), security(level="privileged"), WEAKER),
        (security(), security(level="strange"), CANNOT_TELL),
        (security(), security(version="v1.30"), CANNOT_TELL),
        (security(), security(exclude=[CONTROL]), WEAKER),
        (security(exclude=[CONTROL]), security(), STRONGER),
        (security(exclude=[CONTROL]), security(exclude=[{**CONTROL, "images": ["*"]}]), WEAKER),
        (security(exclude=[CONTROL]), security(exclude=[{**CONTROL, "values": ["a"]}]), STRONGER),
        (security(exclude=[CONTROL]), security(exclude=[{**CONTROL, "restrictedField": "a"}]), CANNOT_TELL),
        (security(exclude=[CONTROL]), security(exclude=[{**CONTROL, "controlName": "Seccomp"}]), CANNOT_TELL),
        (security(exclude=[CONTROL]), security(exclude="x"), CANNOT_TELL),
        (security(exclude=[CONTROL, {"controlName": "b"}]), security(exclude=[{"controlName": "b"}, CONTROL]), NEUTRAL),
        (each(CONTAINERS), each(EVERY), STRONGER),
        (each(EVERY), each(CONTAINERS), WEAKER),
        (each(f"{CONTAINERS}[]"), each(CONTAINERS), NEUTRAL),
        (each(CONTAINERS), each("request.object.metadata.labels"), CANNOT_TELL),
        (each(CONTAINERS), each("a | b"), CANNOT_TELL),
        (each(CONTAINERS), each(3), CANNOT_TELL),
        (each(CONTAINERS), each(CONTAINERS, preconditions={"all": [{"key": "a", "operator": "Equals"}]}), WEAKER),
        (each(CONTAINERS), each(CONTAINERS, context=[{"name": "a"}]), CANNOT_TELL),
        (each(CONTAINERS), each(CONTAINERS, elementScope=False), CANNOT_TELL),
        (each(CONTAINERS), each(CONTAINERS, invented=1), CANNOT_TELL),
        ({"foreach": [{"list": "a"}]}, {"foreach": [{"list": "a"}, {"list": "b"}]}, STRONGER),
        ({"foreach": [{"list": "a"}, {"list": "b"}]}, {"foreach": [{"list": "b"}]}, WEAKER),
        ({"foreach": [{"list": "a"}, {"list": "b"}]}, {"foreach": [{"list": "b", "deny": {}}]}, WEAKER),
        (cel("a"), cel("a", "b"), STRONGER),
        (cel("a", "b"), cel("b"), WEAKER),
        (cel("a  ==  'b c' // why"), cel("a == 'b c'"), NEUTRAL),
        (cel("a == 'b c'"), cel("a == 'b  c'"), CANNOT_TELL),
        (cel("a"), cel("a", variables=[{"name": "x"}]), CANNOT_TELL),
        (cel("a"), cel("a", paramKind={"kind": "A"}), CANNOT_TELL),
        (cel("a"), cel("a", paramRef={"name": "a"}), CANNOT_TELL),
        (
            cel("a", paramRef={"parameterNotFoundAction": "Deny"}),
            cel("a", paramRef={"parameterNotFoundAction": "Allow"}),
            WEAKER,
        ),
        (cel("a"), cel("a", auditAnnotations=[{"key": "a"}]), NEUTRAL),
        (cel("a"), cel("a", generate=True), NEUTRAL),
        ({"manifests": {"a": 1}}, {"manifests": {"a": 2}}, CANNOT_TELL),
        ({"assert": {"a": 1}}, {"assert": {"a": 2}}, CANNOT_TELL),
        (cel("a"), {"cel": {"expressions": ["x"]}}, CANNOT_TELL),
        ({"cel": {"expressions": [{"expression": 3}]}}, {"cel": {"expressions": [{"expression": 4}]}}, CANNOT_TELL),
    ],
)
def test_bodies_of_validate(before: object, after: object, wanted: Effect) -> None:
    sides = [with_(POLICY, "spec.rules.0.validate", side) for side in (before, after)]
    assert effect(*sides) is wanted


def test_an_edit_names_the_rule_by_its_name() -> None:
    sides = [with_(POLICY, "spec.rules.0.validate", {"pattern": {"a": one}}) for one in ("1", "2")]
    assert told(*sides) == {("spec.rules[r].validate.pattern", WEAKER)}
