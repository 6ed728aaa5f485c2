"""PolicyException of `kyverno.io`: whatever makes it cover more is weaker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Data,
    Field,
    PolicyObject,
    Words,
    at,
    entries,
    flag,
    judged,
    metadata,
    named,
    neutral,
    table,
    texts,
    texts_of,
    texts_relation,
    undecided,
    unknown,
)
from app.admission.base.languages import EVERYTHING, wildcard
from app.admission.kyverno.conditions import conditions_relation
from app.admission.kyverno.requests import match_relation
from app.core.policy_edit import Effect, PolicyEdit

_COVERS = Words("the exception covers more", "the exception covers less")
_RULES = Words("more rules are excepted from", "fewer rules are excepted from")


def compare_exception(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two exceptions."""
    field = Field.of(old, new)
    if new is None:
        return (field.stronger("the exception is gone"),)
    if old is not None:
        return _OBJECT(field)
    expires = at(field.after, "metadata", "labels", "cleanup.kyverno.io/ttl") is not None
    return (field.weaker("a new exception" if expires else "a new exception, which does not expire"),)


def _exceptions(field: Field) -> Iterable[PolicyEdit]:
    """Compare the rules that are excepted from, each written as `policy/rule`."""
    sides = [_rules(side) for side in (field.before, field.after)]
    found = unknown("unknown field: it may have no effect")
    if sides[0] is not None and sides[1] is not None:
        found = texts_relation(sides[0], sides[1], wildcard)
    yield judged(field, found, _RULES, wider=Effect.WEAKER)


def _rules(data: Data) -> list[str] | None:
    found: list[str] = []
    for one in entries(data):
        if not isinstance(one, Mapping) or not {"policyName", "ruleNames"}.issuperset(one):
            return None
        policy, rules = one.get("policyName"), texts_of(one.get("ruleNames"))
        if not isinstance(policy, str) or rules is None:
            return None
        found += [f"{policy}/{rule}" for rule in rules]
    return found


def _match(field: Field) -> Iterable[PolicyEdit]:
    yield judged(field, match_relation(field.before, field.after), _COVERS, wider=Effect.WEAKER)


def _conditions(field: Field) -> Iterable[PolicyEdit]:
    yield judged(field, conditions_relation(field.before, field.after), _COVERS, wider=Effect.WEAKER)


_CONTROL = table(
    {
        "controlName": undecided("another control is excepted from"),
        "images": texts(wildcard, _COVERS, wider=Effect.WEAKER, empty=EVERYTHING),
        "restrictedField": undecided("another field is excepted from"),
        "values": texts(wildcard, _COVERS, wider=Effect.WEAKER, empty=EVERYTHING),
    }
)
_CONTROLS = named(
    "controlName",
    _CONTROL,
    words=Words("one more control is excepted from", "one control fewer is excepted from"),
    wider=Effect.WEAKER,
)


def _pod_security(field: Field) -> Iterable[PolicyEdit]:
    """Compare the controls that are excepted from; without any the whole rule is."""
    if not entries(field.after):
        yield field.weaker("the whole rule is excepted from, no longer single controls of it")
    elif not entries(field.before):
        yield field.stronger("single controls are excepted from, no longer the whole rule")
    else:
        yield from _CONTROLS(field)


def ttl(field: Field) -> Iterable[PolicyEdit]:
    """Compare when an exception goes away by itself."""
    if field.before is None:
        yield field.stronger("the exception now expires")
    elif field.after is None:
        yield field.weaker("the exception no longer expires")
    else:
        yield field.cannot_tell("the exception expires at another time")


_OBJECT = table(
    {
        "apiVersion": neutral("only the version of the interface changed"),
        "metadata": metadata(
            labels={"cleanup.kyverno.io/ttl": ttl}, renamed=neutral("only the exception's name changed")
        ),
        "spec": table(
            {
                "exceptions": _exceptions,
                "match": _match,
                "conditions": _conditions,
                "podSecurity": _pod_security,
                "background": flag(Words("reports heed it", "reports do not heed it"), strict=False, default=True),
            }
        ),
        "status": neutral("the cluster's own bookkeeping"),
    }
)
