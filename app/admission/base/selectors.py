"""Label selectors: which sets of labels are selected, key by key.

For one key a selector allows a finite set of values, or all but a finite set, and the absence of the label or not.
Keys are independent of each other, so a selector is narrower exactly if it is narrower for every key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.admission.base.objects import Data, is_list, placeholders, text_at
from app.admission.base.relation import EQUAL, Order, Relation, by_change, together, unknown

_KEYS = frozenset({"matchLabels", "matchExpressions"})


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What one label may be: one of `values`, or with `others` none of them; `absent`: it may be missing."""

    values: frozenset[str]
    others: bool
    absent: bool

    def narrowed(self, other: _Allowed) -> _Allowed:
        absent = self.absent and other.absent
        if self.others and other.others:
            return _Allowed(self.values | other.values, others=True, absent=absent)
        if self.others:
            return _Allowed(other.values - self.values, others=False, absent=absent)
        kept = self.values - other.values if other.others else self.values & other.values
        return _Allowed(kept, others=False, absent=absent)

    @property
    def nothing(self) -> bool:
        return not self.values and not self.others and not self.absent

    def beyond(self, other: _Allowed) -> str | None:
        """Return one value that is allowed here and not there; empty for a missing label, `None` for none."""
        if self.absent and not other.absent:
            return ""
        if not self.others:
            lost = self.values & other.values if other.others else self.values - other.values
        elif other.others:
            lost = other.values - self.values
        else:
            return "any other value"
        return min(lost, default=None)


_FREE = _Allowed(frozenset(), others=True, absent=True)
_Selector = Mapping[str, _Allowed]


def selector_relation(before: Data, after: Data) -> Relation:
    """Return how two label selectors relate; one that is not there, or empty, selects everything."""
    if placeholders(before) or placeholders(after):
        return unknown("a selector is filled in elsewhere")
    one, other = _selector(before), _selector(after)
    if one is None or other is None:
        return unknown("a selector that is not understood")
    nothing = [any(allowed.nothing for allowed in side.values()) for side in (one, other)]
    if any(nothing):
        return EQUAL if all(nothing) else by_change(gained="" if nothing[0] else None, lost="" if nothing[1] else None)
    return together(_key(key, one.get(key, _FREE), other.get(key, _FREE)) for key in sorted({*one, *other}))


def selects(selector: Data, labels: Mapping[str, str]) -> bool | None:
    """Say whether a selector selects these labels; `None` when it is not understood."""
    found = None if placeholders(selector) else _selector(selector)
    if found is None:
        return None
    return all(_holds(allowed, labels.get(key)) for key, allowed in found.items())


def _holds(allowed: _Allowed, value: str | None) -> bool:
    if value is None:
        return allowed.absent
    return (value in allowed.values) is not allowed.others


def _key(key: str, before: _Allowed, after: _Allowed) -> Relation:
    found = by_change(gained=after.beyond(before), lost=before.beyond(after))
    if found.order is Order.EQUAL:
        return found
    return Relation(found.order, _shown(key, found.gained), _shown(key, found.lost))


def _shown(key: str, value: str) -> str:
    return f"{key}={value}" if value else f"no label {key}"


def _selector(data: Data) -> _Selector | None:
    if data is None:
        return {}
    if not isinstance(data, Mapping) or not _KEYS.issuperset(data):
        return None
    found: dict[str, _Allowed] = {}
    labels, expressions = data.get("matchLabels") or {}, data.get("matchExpressions") or []
    if not isinstance(labels, Mapping) or not is_list(expressions):
        return None
    parts = [(key, _one_of(value)) for key, value in labels.items()]
    parts += [(text_at(one, "key"), _expression(one)) for one in expressions]
    for key, allowed in parts:
        # A wildcard is text to Kubernetes and a pattern to Kyverno.
        if allowed is None or not key or any(sign in text for text in (key, *allowed.values) for sign in "*?"):
            return None
        found[key] = found.get(key, _FREE).narrowed(allowed)
    return found


def _one_of(value: Data) -> _Allowed | None:
    return _Allowed(frozenset({value}), others=False, absent=False) if isinstance(value, str) else None


def _expression(data: Data) -> _Allowed | None:
    if not isinstance(data, Mapping) or not {"key", "operator", "values"}.issuperset(data):
        return None
    listed = data.get("values") or []
    if not is_list(listed) or not all(isinstance(value, str) for value in listed):
        return None
    values = frozenset(value for value in listed if isinstance(value, str))
    operator = data.get("operator")
    if operator in ("In", "NotIn"):
        negated = operator == "NotIn"
        return _Allowed(values, others=negated, absent=negated) if values else None
    if operator in ("Exists", "DoesNotExist") and not values:
        exists = operator == "Exists"
        return _Allowed(frozenset(), others=exists, absent=not exists)
    return None
