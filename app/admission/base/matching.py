"""Which requests a Kubernetes match covers: resource rules, exclusions, selectors (policies, bindings and webhooks).

Rules are boxes over group, version, operation, resource, scope and name. Every value that some rule names, and one that
none names, stands for all that no rule tells apart; so both sides are compared exactly, point by point, up to a bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.admission.base.comparators import ordered, texts_of
from app.admission.base.field import Comparator, Field, Words, judged
from app.admission.base.languages import use_up
from app.admission.base.objects import Data, at, is_list, placeholders
from app.admission.base.relation import Relation, by_change, unknown
from app.admission.base.selectors import selector_relation
from app.core.policy_edit import Effect, PolicyEdit

MAX_POINTS = 200_000
_OTHER = "any other"
_OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
_SCOPES = ("Namespaced", "Cluster")
_KNOWN = frozenset({"apiGroups", "apiVersions", "operations", "resources", "scope", "resourceNames"})
_MATCH_KEYS = frozenset({"resourceRules", "excludeResourceRules", "namespaceSelector", "objectSelector", "matchPolicy"})


@dataclass(frozen=True, slots=True)
class _Box:
    """One rule: what it covers in each direction; names of `None` are all names."""

    groups: frozenset[str]
    versions: frozenset[str]
    operations: frozenset[str]
    resources: frozenset[str]
    scopes: frozenset[str]
    names: frozenset[str] | None

    def covers(self, point: _Point) -> bool:
        group, version, operation, resource, scope, name = point
        return (
            _among(group, self.groups)
            and _among(version, self.versions)
            and operation in self.operations
            and any(_resource(pattern, resource) for pattern in self.resources)
            and scope in self.scopes
            and (self.names is None or name in self.names)
        )


_Point = tuple[str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class ResourceRules:
    """What is covered: by a rule, and by no exclusion. Without any rule `everything` or nothing is."""

    included: Data
    excluded: Data = None
    everything: bool = False


def rules_relation(before: ResourceRules, after: ResourceRules) -> Relation:
    """Return how two sets of resource rules relate."""
    if any(placeholders(data) for side in (before, after) for data in (side.included, side.excluded)):
        return unknown("a rule is filled in elsewhere")
    sides = [(_boxes(side.included), _boxes(side.excluded), side.everything) for side in (before, after)]
    boxes = [box for included, excluded, _ in sides for box in (*(included or ()), *(excluded or ()))]
    if any(included is None or excluded is None for included, excluded, _ in sides):
        return unknown("a rule that is not understood")
    axes = _axes(boxes)
    points = 1
    for axis in axes:
        points *= len(axis)
    if points * max(len(boxes), 1) > MAX_POINTS or not use_up(points):
        return unknown("more rules than are compared")
    gained = lost = None
    for point in itertools.product(axes[0], axes[1], axes[2], axes[3], axes[4], axes[5]):
        old, new = (
            _covers(included or (), excluded or (), point, everything=all_) for included, excluded, all_ in sides
        )
        if new and not old:
            gained = gained or _shown(point)
        if old and not new:
            lost = lost or _shown(point)
    return by_change(gained=gained, lost=lost)


def match_resources(*, wider: Effect, everything: bool = False) -> Comparator:
    """Return the comparator of `matchConstraints` or `matchResources`; without rules `everything` or nothing matches.

    `wider` is the effect of covering more requests.
    """
    words = MATCH_WORDS

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        rules = field.child("resourceRules")
        excluded = field.child("excludeResourceRules")
        if rules.changed or excluded.changed:
            found = rules_relation(
                ResourceRules(rules.before, excluded.before, everything),
                ResourceRules(rules.after, excluded.after, everything),
            )
            yield judged(rules if rules.changed else excluded, found, words, wider=wider)
        for key in ("namespaceSelector", "objectSelector"):
            yield from selector_edits(field.child(key), wider=wider)
        policy = field.child("matchPolicy")
        if policy.changed:
            yield from (
                match_policy(policy) if wider is Effect.STRONGER else (policy.cannot_tell("another match policy"),)
            )
        for key in field.names:
            if key not in _MATCH_KEYS and field.child(key).changed:
                yield field.child(key).cannot_tell("unknown field: it may have no effect")

    return comparator


MATCH_WORDS = Words("more requests are covered", "fewer requests are covered")

match_policy = ordered(
    {"Equivalent": 1, "Exact": 0},
    Words("requests by another version of the interface pass by", "requests by another version are covered as well"),
    default="Equivalent",
)
"""The comparator of `matchPolicy` where covering more is stronger."""


def selector_edits(field: Field, *, wider: Effect) -> Iterable[PolicyEdit]:
    """Return the edit of a label selector; none when it did not change."""
    if field.changed:
        yield judged(field, selector_relation(field.before, field.after), MATCH_WORDS, wider=wider)


def _covers(included: Sequence[_Box], excluded: Sequence[_Box], point: _Point, *, everything: bool) -> bool:
    inside = any(box.covers(point) for box in included) if included else everything
    return inside and not any(box.covers(point) for box in excluded)


def _boxes(data: Data) -> tuple[_Box, ...] | None:
    if data is None:
        return ()
    if not is_list(data):
        return None
    found = [_box(one) for one in data]
    return tuple(box for box in found if box is not None) if all(box is not None for box in found) else None


def _box(data: Data) -> _Box | None:
    if not isinstance(data, Mapping) or not _KNOWN.issuperset(data):
        return None
    groups, versions, operations, resources = (
        texts_of(at(data, key)) for key in ("apiGroups", "apiVersions", "operations", "resources")
    )
    names, scope = texts_of(data.get("resourceNames")), data.get("scope") or "*"
    if groups is None or versions is None or operations is None or resources is None or names is None:
        return None
    if scope not in (*_SCOPES, "*") or not {*_OPERATIONS, "*"}.issuperset(operations):
        return None
    return _Box(
        frozenset(groups),
        frozenset(versions),
        frozenset(_OPERATIONS if "*" in operations else operations),
        frozenset(resources),
        frozenset(_SCOPES if scope == "*" else (str(scope),)),
        frozenset(names) if names else None,
    )


def _axes(
    boxes: Iterable[_Box],
) -> tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[str], Sequence[str], Sequence[str]]:
    found = list(boxes)
    resources = {part for box in found for text in box.resources for part in _parts(text)}
    names = sorted({name for box in found for name in box.names or ()})
    return (
        [*sorted({one for box in found for one in box.groups if one != "*"}), _OTHER],
        [*sorted({one for box in found for one in box.versions if one != "*"}), _OTHER],
        _OPERATIONS,
        sorted(resources | {_OTHER, f"{_OTHER}/{_OTHER}"}),
        _SCOPES,
        [*names, _OTHER],
    )


def _parts(text: str) -> Iterable[str]:
    """Return the concrete resources that a pattern tells apart from all others."""
    resource, slash, sub = text.partition("/")
    resources = {_OTHER} if resource == "*" else {resource, _OTHER}
    subs = {_OTHER} if sub in ("", "*") else {sub, _OTHER}
    yield from resources
    yield from (f"{one}/{two}" for one in resources for two in subs) if slash or resource != "*" else ()


def _resource(pattern: str, resource: str) -> bool:
    wanted, slash, sub = pattern.partition("/")
    found, has_sub, found_sub = resource.partition("/")
    if wanted not in ("*", found):
        return False
    if not slash:
        return not has_sub
    return sub in ("*", found_sub) and (bool(has_sub) or sub == "*")


def _among(value: str, listed: frozenset[str]) -> bool:
    return "*" in listed or value in listed


def _shown(point: _Point) -> str:
    group, version, operation, resource, scope, name = point
    shown = [operation, "/".join(part for part in (group, version) if part != _OTHER), resource]
    shown += [f"named {name}"] if name != _OTHER else []
    return " ".join(part for part in shown if part) + ("" if scope == "Namespaced" else " (cluster)")
