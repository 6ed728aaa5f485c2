"""Which requests a rule sees: `match` and `exclude`, as sets that can be compared.

A filter is a box: kinds, operations, names and so on, all of which must fit. A block is filters of which any (or all)
must fit. What cannot be shown to be wider or narrower is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.admission.base import (
    EQUAL,
    Data,
    Order,
    Relation,
    at,
    by_change,
    entries,
    is_list,
    same,
    selector_relation,
    texts_relation,
    together,
    unknown,
)
from app.admission.base.languages import EVERYTHING, union, wildcard
from app.admission.kyverno.kinds import kind_language

MAX_PAIRS = 10_000
"""Filters of one side times those of the other."""

_RESOURCE_KEYS = frozenset(
    {"kinds", "operations", "namespaces", "name", "names", "annotations", "selector", "namespaceSelector"}
)
_FILTER_KEYS = frozenset({"resources", "subjects", "roles", "clusterRoles"})
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")


@dataclass(frozen=True, slots=True)
class _Block:
    """Filters of which any must fit, and filters of which all must."""

    any_of: tuple[Data, ...]
    all_of: tuple[Data, ...]


def match_relation(before: Data, after: Data) -> Relation:
    """Return how the requests of two `match` (or `exclude`) blocks relate; one that is missing or empty has none."""
    before, after = before or None, after or None
    if before is None or after is None:
        return by_change(gained=None if after is None else "", lost=None if before is None else "")
    one, other = _block(before), _block(after)
    if one is None or other is None:
        return unknown("a match that is not understood")
    if len(one.all_of) != len(other.all_of) or one.all_of:
        return _by_all(one, other)
    return _by_any(one.any_of, other.any_of)


def _block(data: Data) -> _Block | None:
    if not isinstance(data, Mapping):
        return None
    if _FILTER_KEYS.issuperset(data):
        # The form before `any` and `all`.
        found = _Block((data,), ())
    elif {"any", "all"}.issuperset(data):
        found = _Block(tuple(entries(data.get("any"))), tuple(entries(data.get("all"))))
    else:
        return None
    # A filter without any selector fits nothing in some versions, and everything by its form.
    filters = (*found.any_of, *found.all_of)
    return found if filters and all(_fields(one) for one in filters) else None


def _by_all(one: _Block, other: _Block) -> Relation:
    """Compare blocks with `all`: each further filter narrows."""
    if not same(one.any_of, other.any_of):
        return unknown("a match whose form changed")
    if len(one.all_of) == len(other.all_of):
        return together(box_relation(before, after) for before, after in zip(one.all_of, other.all_of, strict=True))
    kept = _kept(one.all_of, other.all_of)
    if kept == len(one.all_of) or kept == len(other.all_of):
        fewer = len(one.all_of) < len(other.all_of)
        if not one.all_of or not other.all_of:
            # Without any filter nothing, or everything, fits: it depends on the version.
            return unknown("a match whose form changed")
        return by_change(gained=None if fewer else "", lost="" if fewer else None)
    return unknown("a match whose filters changed")


def _kept(these: Sequence[Data], others: Sequence[Data]) -> int:
    return sum(any(same(one, other) for other in others) for one in these)


def _by_any(before: Sequence[Data], after: Sequence[Data]) -> Relation:
    """Compare unions of boxes: one is within the other if each of its boxes is within a box of the other."""
    if len(before) == len(after) == 1:
        return box_relation(before[0], after[0])
    if len(before) * len(after) > MAX_PAIRS:
        return unknown("more filters than are compared")
    relations = [[box_relation(one, other) for other in after] for one in before]
    grows = all(any(found.order in (Order.EQUAL, Order.WIDER) for found in row) for row in relations)
    shrinks = all(any(row[at].order in (Order.EQUAL, Order.NARROWER) for row in relations) for at in range(len(after)))
    if not grows and not shrinks:
        return unknown("a match whose filters changed")
    return by_change(gained=None if shrinks else "", lost=None if grows else "")


def box_relation(before: Data, after: Data) -> Relation:
    """Return how two filters relate."""
    if same(before, after):
        return EQUAL
    for side in (before, after):
        if not isinstance(side, Mapping) or not _FILTER_KEYS.issuperset(side):
            return unknown("unknown field in a match: it may have no effect")
        resources = side.get("resources")
        if resources is not None and (not isinstance(resources, Mapping) or not _RESOURCE_KEYS.issuperset(resources)):
            return unknown("unknown field in a match: it may have no effect")
    one, other = _fields(before), _fields(after)
    return together(_DIMENSIONS[key](one.get(key), other.get(key)) for key in _DIMENSIONS)


def _fields(data: Data) -> Mapping[str, Data]:
    found = dict(data) if isinstance(data, Mapping) else {}
    resources = found.pop("resources", None)
    flat = {**found, **resources} if isinstance(resources, Mapping) else found
    if "name" in flat and "names" not in flat:
        flat["names"] = [flat.pop("name")]
    return {key: value for key, value in flat.items() if value not in (None, [], {})}


def _kinds(before: Data, after: Data) -> Relation:
    found = texts_relation(before, after, kind_language, EVERYTHING)
    # A rule for exactly Pods is applied to what makes Pods as well, one for more kinds is not.
    only_pods = [isinstance(side, Sequence) and list(side) == ["Pod"] for side in (before, after)]
    if only_pods[0] and not only_pods[1] and found.order is Order.WIDER:
        return unknown("it is no longer extended to what makes Pods (Deployments, Jobs, …)")
    return found


def _operations(before: Data, after: Data) -> Relation:
    every = union(wildcard(one) for one in _OPERATIONS)
    return texts_relation(before, after, wildcard, every)


def _patterns(before: Data, after: Data) -> Relation:
    return texts_relation(before, after, wildcard, EVERYTHING)


def _subjects(before: Data, after: Data) -> Relation:
    sides = [_subject_texts(side) for side in (before, after)]
    if sides[0] is None or sides[1] is None:
        return unknown("a subject that is not understood")
    return texts_relation(sides[0], sides[1], wildcard, EVERYTHING)


def _subject_texts(data: Data) -> list[str] | None:
    if data is not None and not is_list(data):
        return None
    found = []
    for one in entries(data):
        if not isinstance(one, Mapping) or not {"kind", "name", "namespace", "apiGroup"}.issuperset(one):
            return None
        parts = [one.get(key, "") for key in ("kind", "namespace", "name")]
        if not all(isinstance(part, str) for part in parts):
            return None
        found.append("/".join(str(part) for part in parts))
    return found


def _annotations(before: Data, after: Data) -> Relation:
    sides = [side if side is not None else {} for side in (before, after)]
    if not all(isinstance(side, Mapping) for side in sides):
        return unknown("annotations that are no mapping")
    keys = sorted({key for side in sides if isinstance(side, Mapping) for key in side})
    if any(sign in key for key in keys for sign in "*?"):
        return unknown("annotations with a pattern for a key")
    relations = []
    for key in keys:
        values = [side.get(key) if isinstance(side, Mapping) else None for side in sides]
        if values[0] is None or values[1] is None:
            relations.append(
                by_change(gained=key if values[1] is None else None, lost=key if values[0] is None else None)
            )
        else:
            relations.append(texts_relation(values[0], values[1], wildcard))
    return together(relations)


_DIMENSIONS = {
    "kinds": _kinds,
    "operations": _operations,
    "namespaces": _patterns,
    "name": _patterns,
    "names": _patterns,
    "annotations": _annotations,
    "selector": selector_relation,
    "namespaceSelector": selector_relation,
    "subjects": _subjects,
    "roles": _patterns,
    "clusterRoles": _patterns,
}


def extends_to_controllers(rule: Data) -> bool:
    """Say whether Kyverno applies a rule for Pods to what makes Pods as well: to be so it may choose by kind only."""
    blocks = [_block(block) for block in (at(rule, "match"), at(rule, "exclude")) if block]
    filters = [one for block in blocks if block is not None for one in (*block.any_of, *block.all_of)]
    fields = [_fields(one) for one in filters]
    kinds = [[str(kind) for kind in entries(one.get("kinds"))] for one in fields]
    mixed = any("Pod" in some and len(some) > 1 for some in kinds)
    return None not in blocks and ["Pod"] in kinds and not mixed and not any(map(_CHOOSING.intersection, fields))


_CHOOSING = frozenset({"name", "names", "annotations", "selector"})
