"""What an author may write is bounded: too much of it cannot be told, and takes seconds, not hours."""

from __future__ import annotations

import json
import time

import pytest

from app import admission
from app.admission.base import Order, ResourceRules, rules_relation
from app.admission.base.languages import bounded, compare, exact, union
from app.admission.kyverno.conditions import conditions_relation
from app.admission.kyverno.pattern import any_relation
from app.admission.kyverno.requests import match_relation
from app.admission.kyverno.values import value_relation
from app.core.tree import File
from tests.admission.edits import Object, with_
from tests.admission.test_kyverno_policies import POLICY

SECONDS = 20.0


def test_more_conditions_than_are_compared_are_not_known() -> None:
    sides = [[{"key": str(one), "operator": "Equals", "value": shift} for one in range(200)] for shift in (1, 2)]
    assert conditions_relation(*sides).order is Order.UNKNOWN


def test_more_filters_than_are_compared_are_not_known() -> None:
    sides = [{"any": [{"resources": {"kinds": [f"{side}{one}"]}} for one in range(200)]} for side in "ab"]
    assert match_relation(*sides).order is Order.UNKNOWN


def test_more_alternatives_than_are_compared_are_not_known() -> None:
    sides = [[{"a": f"{side}{one}"} for one in range(100)] for side in "ab"]
    assert any_relation(*sides).order is Order.UNKNOWN


def test_more_terms_than_are_compared_are_not_known() -> None:
    assert value_relation("|".join(map(str, range(200))), ">1").order is Order.UNKNOWN


def test_patterns_that_are_too_large_together_are_not_known() -> None:
    large = union(exact("x" * 4000) for _ in range(20))
    assert compare(large, exact("a")).order is Order.UNKNOWN


def test_rules_are_not_compared_once_the_work_is_used_up() -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    with bounded(1):
        found = [rules_relation(ResourceRules([rule]), ResourceRules([])).order for _ in range(2)]
    assert found == [Order.NARROWER, Order.UNKNOWN]


def hostile(name: str) -> tuple[Object, Object]:
    """Make two policies whose comparison would take very long without bounds."""
    if name == "identities":
        evil = "(a|b)*a(a|b){14}", "(a|b)*b(a|b){14}"
        sides = [[{"entries": [{"keyless": {"subjectRegExp": one}}]} for _ in range(800)] for one in evil]
        path = "spec.rules.0.verifyImages"
        policies = [with_(POLICY, path, [{"imageReferences": ["a"], "attestors": side}]) for side in sides]
    elif name == "rules":
        policies = [
            with_(POLICY, "spec.rules", [{"name": f"{one}", "validate": {"deny": side}} for one in range(5000)])
            for side in ({}, {"conditions": []})
        ]
    else:
        policies = [
            with_(POLICY, "spec.rules.0.match.any.0.resources.names", [f"{side}{one}*" for one in range(20_000)])
            for side in "ab"
        ]
    return policies[0], policies[1]


@pytest.mark.parametrize("name", ["identities", "rules", "names"])
def test_hostile_policies_take_seconds(name: str) -> None:
    before, after = ([File("a.yaml", json.dumps(one))] for one in hostile(name))
    started = time.process_time()
    assert admission.compare(before, after) != ()
    assert time.process_time() - started < SECONDS
