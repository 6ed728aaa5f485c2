"""Constraints: where the code of a template is applied, with which parameters, and what happens on a violation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.admission.base import (
    Comparator,
    Data,
    Field,
    PolicyObject,
    at,
    entries,
    is_list,
    neutral,
    placeholders,
    table,
    text_at,
    texts_of,
)
from app.admission.base.metadata import metadata
from app.admission.base.whole import loosens, object_of, tightens, whole
from app.admission.gatekeeper.matching import match
from app.admission.gatekeeper.parameters import parameters
from app.core.policy_edit import PolicyEdit, Severity

POINTS = ("validation.gatekeeper.sh", "audit.gatekeeper.sh", "gator.gatekeeper.sh", "vap.k8s.io")
_RANKS = {"deny": 3, "warn": 2, "dryrun": 1}
_UNLISTED = 0
_ADMITTING = ("validation.gatekeeper.sh", "vap.k8s.io")


def compare_constraint(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two constraints; where neither side denies, only reports are at stake."""
    denies = any(one is not None and _may_deny(one.data) for one in (old, new))
    for edit in _CONSTRAINT(old, new):
        yield edit if denies else replace(edit, severity=Severity.REPORTING)


def _may_deny(data: Data) -> bool:
    ranks = _ranks(at(data, "spec"))
    return ranks is None or any(ranks[point] == _RANKS["deny"] for point in _ADMITTING)


def _ranks(spec: Data) -> Mapping[str, int] | None:
    """Return how strictly each point acts on a violation; `None` when that is not known."""
    action = at(spec, "enforcementAction")
    if action is not None and (not isinstance(action, str) or placeholders(action)):
        return None
    word = action or "deny"
    if word not in _RANKS and word.lower() in (*_RANKS, "scoped") and word != "scoped":
        # Whether the case of letters counts is up to the version of Gatekeeper.
        return None
    if word != "scoped":
        return dict.fromkeys(POINTS, _RANKS.get(word, _UNLISTED))
    return _scoped(at(spec, "scopedEnforcementActions"))


def _scoped(listed: Data) -> Mapping[str, int] | None:
    found = dict.fromkeys(POINTS, _UNLISTED)
    if listed is not None and not is_list(listed):
        return None
    for one in entries(listed):
        action = text_at(one, "action")
        names = [texts_of(at(point, "name")) for point in entries(at(one, "enforcementPoints"))]
        points = [name for some in names if some is not None for name in some]
        if None in names or not action or placeholders(one) or not {*POINTS, "*"}.issuperset(points):
            return None
        for point in POINTS if "*" in points else points:
            found[point] = max(found[point], _RANKS.get(action, _UNLISTED))
    return found


_ACTIONS = ("enforcementAction", "scopedEnforcementActions")


def _action_edit(spec: Field) -> Iterable[PolicyEdit]:
    """Compare what happens at each point: one that loses something is weaker, whatever others gain."""
    field = next((spec.child(name) for name in _ACTIONS if spec.child(name).changed), None)
    if field is None:
        return
    before, after = _ranks(spec.before), _ranks(spec.after)
    if before is None or after is None:
        yield field.cannot_tell("an action or a point that is not known")
        return
    lost = [point for point in POINTS if after[point] < before[point]]
    gained = [point for point in POINTS if after[point] > before[point]]
    if lost:
        yield field.weaker(_SAID[after[lost[0]]].format(where=_WHERE[lost[0]]), lost[0])
    elif gained:
        yield field.stronger(_SAID[after[gained[0]]].format(where=_WHERE[gained[0]]))
    elif all(rank == _UNLISTED for rank in before.values()):
        yield field.cannot_tell("neither action is known")
    else:
        yield field.neutral("the same happens on a violation")


_SAID = {
    3: "violations {where} will be refused",
    2: "violations {where} will be warned about, not refused",
    1: "violations {where} will be logged only",
    0: "violations {where} will not be acted on",
}
_WHERE = {
    "validation.gatekeeper.sh": "at admission",
    "audit.gatekeeper.sh": "in the audit",
    "gator.gatekeeper.sh": "in gator",
    "vap.k8s.io": "in the policy made of it",
}
_SPEC = table({"match": match, "parameters": parameters})


def _spec(field: Field) -> Iterable[PolicyEdit]:
    found: list[PolicyEdit] = [*_action_edit(field)]
    rest = _without_actions(field)
    if rest.changed:
        found += _SPEC(rest)
    return found


def _without_actions(field: Field) -> Field:
    sides = (
        {name: value for name, value in side.items() if name not in _ACTIONS} if isinstance(side, Mapping) else side
        for side in (field.before, field.after)
    )
    return field.with_values(*sides)


_TITLES: dict[str, Comparator] = dict.fromkeys(
    tuple(f"metadata.gatekeeper.sh/{name}" for name in ("title", "version", "requires-sync-data", "bundle")),
    neutral("only a description changed"),
)
AROUND = metadata(annotations=_TITLES, labels=_TITLES)
_CONSTRAINT = whole(
    object_of({"spec": _spec}, around=AROUND),
    new=tightens("a new constraint"),
    gone=loosens("the constraint is gone"),
)
