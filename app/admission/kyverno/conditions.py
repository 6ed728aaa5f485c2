"""Conditions: `preconditions`, `deny.conditions`, and those of attestations and exceptions.

A block is a conjunction of clauses: each condition under `all` is one, those under `any` are one together. A set of
clauses is at least as strict as another if each clause of the other follows from one of its own; a clause follows from
another if each of that one's conditions implies one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.admission.base import (
    Data,
    Order,
    Relation,
    by_change,
    duration,
    entries,
    is_list,
    placeholders,
    quantity,
    same,
    texts_of,
    texts_relation,
    unknown,
)
from app.admission.base.languages import wildcard

MAX_PAIRS = 20_000
"""Conditions of one side times those of the other."""

_KEYS = frozenset({"key", "operator", "value", "message"})
_SPELLINGS = {"Equal": "Equals", "NotEqual": "NotEquals"}
_MEMBERS = frozenset({"AnyIn", "AllIn", "In"})
_OTHERS = frozenset({"AnyNotIn", "AllNotIn", "NotIn"})
_THRESHOLDS = {
    f"{prefix}{name}{ending}": (prefix + name, sign, bool(ending))
    for prefix in ("", "Duration")
    for name, sign in (("GreaterThan", 1), ("LessThan", -1))
    for ending in ("", "OrEquals")
}
_UNCLEAR = "conditions were edited: whether they still say the same is not known"


@dataclass(frozen=True, slots=True)
class _Condition:
    key: Data
    operator: str
    value: Data


_Clause = tuple[_Condition, ...]


def conditions_relation(before: Data, after: Data) -> Relation:
    """Return how often two blocks hold; one that is not there always does."""
    one, other = _clauses(before), _clauses(after)
    if one is None or other is None:
        return unknown("conditions that are not understood")
    sizes = [sum(map(len, side)) for side in (one, other)]
    if sizes[0] * sizes[1] > MAX_PAIRS:
        return unknown("more conditions than are compared")
    grows, shrinks = _implies(one, other), _implies(other, one)
    if not grows and not shrinks:
        return unknown(_UNCLEAR)
    return by_change(gained=None if shrinks else "", lost=None if grows else "")


def _implies(these: tuple[_Clause, ...], others: tuple[_Clause, ...]) -> bool:
    """Say whether the others can be shown to hold whenever these do."""
    return all(any(_clause_implies(one, other) for one in these) for other in others)


def _clause_implies(one: _Clause, other: _Clause) -> bool:
    return all(any(_condition_implies(first, second) for second in other) for first in one)


def _clauses(data: Data) -> tuple[_Clause, ...] | None:
    if data is None:
        return ()
    if is_list(data):
        # The form before `any` and `all`: a list of conditions, all of which must hold; or a list of blocks.
        parts = [_clauses(one) if _is_block(one) else _single(one) for one in data]
        return None if any(part is None for part in parts) else tuple(one for part in parts for one in part or ())
    if not isinstance(data, Mapping) or not {"any", "all"}.issuperset(data):
        return None
    every = [_condition(one) for one in entries(data.get("all"))]
    some = [_condition(one) for one in entries(data.get("any"))]
    if any(one is None for one in (*every, *some)):
        return None
    single = [(one,) for one in every if one is not None]
    return (*single, *([tuple(one for one in some if one is not None)] if some else ()))


def _is_block(data: Data) -> bool:
    return isinstance(data, Mapping) and ("any" in data or "all" in data)


def _single(data: Data) -> tuple[_Clause, ...] | None:
    found = _condition(data)
    return None if found is None else ((found,),)


def _condition(data: Data) -> _Condition | None:
    if not isinstance(data, Mapping) or not _KEYS.issuperset(data):
        return None
    operator = data.get("operator")
    if not isinstance(operator, str):
        return None
    return _Condition(data.get("key"), _SPELLINGS.get(operator, operator), data.get("value"))


def _condition_implies(one: _Condition, other: _Condition) -> bool:
    """Say whether a condition can be shown to imply another: keys are code, so only equal ones are compared."""
    if not same(one.key, other.key):
        return False
    if one.operator == other.operator and same(one.value, other.value):
        return True
    if placeholders(one.value) or placeholders(other.value):
        return False
    if one.operator in ("Equals", *_MEMBERS) and other.operator in _MEMBERS:
        fits = one.operator in ("Equals", other.operator)
        return fits and _within(one.value, other.value)
    if one.operator == other.operator and one.operator in _OTHERS:
        return _within(other.value, one.value)
    return _beyond(one, other)


def _within(one: Data, other: Data) -> bool:
    sides = [texts_of([str(value) for value in entries(side)] if is_list(side) else side) for side in (one, other)]
    if sides[0] is None or sides[1] is None:
        return False
    return texts_relation(sides[0], sides[1], wildcard).order in (Order.EQUAL, Order.WIDER)


def _beyond(one: _Condition, other: _Condition) -> bool:
    """Say whether one threshold lies beyond the other, both of one direction."""
    first_kind, second_kind = _THRESHOLDS.get(one.operator), _THRESHOLDS.get(other.operator)
    if first_kind is None or second_kind is None or first_kind[0] != second_kind[0]:
        return False
    verdicts = set()
    for reading in (duration, quantity):
        # `5m` is five minutes or five thousandths: whichever Kyverno takes, both must say the same.
        first, second = reading(one.value), reading(other.value)
        if first is not None and second is not None:
            equal = first == second and (second_kind[2] or not first_kind[2])
            verdicts.add(first_kind[1] * (first - second) > 0 or equal)
    return verdicts == {True}
