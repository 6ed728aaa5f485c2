"""`validate.pattern`: trees of what an object must look like, with anchors; wider means that more objects pass.

Every key is one demand and all must hold, so a tree grows with each of its keys. Conditional anchors `(key)` and global
ones `<(key)` say when the demands beside them count: those demands are asked of fewer objects when they are added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.admission.base import EQUAL, Data, Order, Relation, by_change, is_list, same, together, unknown
from app.admission.kyverno.values import value_relation

MAX_PAIRS = 2_000
"""Alternatives of one side times those of the other."""

_ANCHOR = re.compile(r"([=X^<+]?)\((.+)\)")
_RESHAPED = "a pattern whose shape changed"
_PLAIN, _IF, _IF_ANYWHERE, _OPTIONAL, _ABSENT, _SOME = "", "(", "<", "=", "X", "^"
_CONDITIONAL = frozenset({_IF, _IF_ANYWHERE})


def pattern_relation(before: Data, after: Data) -> Relation:
    """Return how the objects relate that two patterns accept."""
    if same(before, after):
        return EQUAL
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _mapping(before, after)
    if is_list(before) and is_list(after):
        if len(before) != len(after):
            return unknown(_RESHAPED)
        if not all(isinstance(one, Mapping) for side in (before, after) for one in side):
            return unknown(_RESHAPED)
        return together(pattern_relation(one, other) for one, other in zip(before, after, strict=True))
    return value_relation(before, after)


def any_relation(before: Data, after: Data) -> Relation:
    """Return how the objects relate that any of some patterns accepts."""
    if not is_list(before) or not is_list(after) or len(before) * len(after) > MAX_PAIRS:
        return unknown(_RESHAPED)
    relations = [[pattern_relation(one, other) for other in after] for one in before]
    grows = all(any(found.order in (Order.EQUAL, Order.WIDER) for found in row) for row in relations)
    shrinks = all(any(row[at].order in (Order.EQUAL, Order.NARROWER) for row in relations) for at in range(len(after)))
    if not grows and not shrinks:
        return unknown("the alternatives of a pattern changed")
    return by_change(gained=None if shrinks else "", lost=None if grows else "")


def _mapping(before: Mapping[str, Data], after: Mapping[str, Data]) -> Relation:
    sides = [_anchored(side) for side in (before, after)]
    if sides[0] is None or sides[1] is None:
        return unknown("a pattern with one key in two forms")
    one, other = sides[0], sides[1]
    names = sorted({*one, *other})
    return together(_key(name, one.get(name), other.get(name)) for name in names)


_Demand = tuple[str, Data]


def _anchored(side: Mapping[str, Data]) -> Mapping[str, _Demand] | None:
    found: dict[str, _Demand] = {}
    for key, value in side.items():
        anchor = _ANCHOR.fullmatch(key)
        name = key if anchor is None else anchor[2]
        if name in found:
            return None
        found[name] = (_PLAIN, value) if anchor is None else (anchor[1] or _IF, value)
    return found


def _key(name: str, before: _Demand | None, after: _Demand | None) -> Relation:
    """Compare one demand; without it nothing is demanded."""
    if before is None or after is None:
        return _one_sided(name, before, after)
    anchors = before[0], after[0]
    if _CONDITIONAL.isdisjoint(anchors):
        return _demanded(name, before, after)
    if anchors[0] == anchors[1]:
        # A condition that holds for more objects makes what stands beside it count for more.
        return pattern_relation(before[1], after[1]).flipped
    return unknown(f"{name} became, or is no longer, a condition")


def _demanded(name: str, before: _Demand, after: _Demand) -> Relation:
    anchors = before[0], after[0]
    if anchors == (_ABSENT, _ABSENT):
        return EQUAL
    if _ABSENT in anchors:
        return _from_absent(name, anchors)
    values = pattern_relation(before[1], after[1])
    if anchors[0] == anchors[1]:
        return values
    if set(anchors) != {_PLAIN, _OPTIONAL}:
        return unknown(f"{name} has another anchor")
    missing = f"without {name}"
    grows = anchors[1] == _OPTIONAL
    return together([by_change(gained=missing if grows else None, lost=None if grows else missing), values])


def _one_sided(name: str, before: _Demand | None, after: _Demand | None) -> Relation:
    demand = before or after
    # A demand that is added narrows, a condition that is added widens: what stands beside it counts less often.
    widens = (after is None) is not (demand is not None and demand[0] in _CONDITIONAL)
    return by_change(gained=f"by {name}" if widens else None, lost=None if widens else f"by {name}")


def _from_absent(name: str, anchors: tuple[str, str]) -> Relation:
    """Compare with "must not be there": optional accepts more, required accepts other objects."""
    other = anchors[1] if anchors[0] == _ABSENT else anchors[0]
    if other == _OPTIONAL:
        grows = anchors[0] == _ABSENT
        return by_change(gained=f"with {name}" if grows else None, lost=None if grows else f"with {name}")
    return by_change(gained=f"with {name}", lost=f"without {name}")
