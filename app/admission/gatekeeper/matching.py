"""Which objects a constraint looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    EQUAL,
    Data,
    Field,
    Relation,
    ResourceRules,
    Words,
    at,
    by_change,
    entries,
    is_list,
    judged,
    language_of,
    placeholders,
    relation,
    rules_relation,
    same,
    selector_relation,
    texts_of,
    unknown,
)
from app.admission.base.languages import EVERYTHING, Language, NotUnderstood, starred
from app.core.policy_edit import Effect, PolicyEdit

_WORDS = Words("more objects are looked at", "fewer objects are looked at")
_SETS = {"scope": frozenset({"Cluster", "Namespaced"}), "source": frozenset({"Generated", "Original"})}
_EVERY = {"scope": "*", "source": "All"}
_NAMESPACES = ("namespaces", "excludedNamespaces")
_KIND_KEYS = frozenset({"apiGroups", "kinds"})


def match(field: Field) -> Iterable[PolicyEdit]:
    """Compare which objects are matched; what a list gains and another takes away again counts for nothing."""
    for name in field.names:
        child = field.child(name)
        if not child.changed or (name == "excludedNamespaces" and field.child("namespaces").changed):
            continue
        if name in _NAMESPACES:
            yield judged(child, _namespaces(field.before, field.after), _WORDS, wider=Effect.STRONGER)
        elif name in _RELATIONS:
            yield judged(child, _RELATIONS[name](child.before, child.after), _WORDS, wider=Effect.STRONGER)
        elif name in _SETS:
            yield judged(child, _among(name, child), _WORDS, wider=Effect.STRONGER)
        else:
            yield child.cannot_tell("unknown field: it may have no effect")


def _namespaces(before: Data, after: Data) -> Relation:
    sides = []
    for side in (before, after):
        listed, excluded = (texts_of(at(side, name)) for name in _NAMESPACES)
        if listed is None or excluded is None:
            return unknown("it is no list of texts")
        if placeholders(list(listed + excluded)):
            return unknown("a value is filled in elsewhere")
        sides.append((listed, excluded))
    # Objects without a namespace are looked at where no namespace is listed, whatever is excluded.
    clustered = by_change(
        gained="" if sides[0][0] and not sides[1][0] else None, lost="" if sides[1][0] and not sides[0][0] else None
    )
    found = relation(*(_matched(*side) for side in sides))
    return found if found.order is not EQUAL.order else clustered


def _matched(listed: tuple[str, ...], excluded: tuple[str, ...]) -> Language | NotUnderstood:
    inside, outside = language_of(listed, starred, EVERYTHING), language_of(excluded, starred)
    if isinstance(inside, NotUnderstood) or isinstance(outside, NotUnderstood):
        return inside if isinstance(inside, NotUnderstood) else outside
    return inside & ~outside


def _kinds(before: Data, after: Data) -> Relation:
    sides = [_as_rules(side) for side in (before, after)]
    if sides[0] is None or sides[1] is None:
        return unknown("a kind that is not understood")
    rules = [ResourceRules(side, everything=not entries(of)) for side, of in zip(sides, (before, after), strict=True)]
    return rules_relation(rules[0], rules[1])


def _as_rules(data: Data) -> Data:
    """Return kinds as resource rules; `None` when they are not understood. A group with a version never matches."""
    if data is not None and not is_list(data):
        return None
    found: list[Data] = []
    for one in entries(data):
        groups, kinds = texts_of(at(one, "apiGroups")), texts_of(at(one, "kinds"))
        known = isinstance(one, Mapping) and _KIND_KEYS.issuperset(one)
        if not known or not groups or not kinds or any(sign in text for text in (*groups, *kinds) for sign in "{}"):
            return None
        if any("*" in text.strip("*") or (len(text) > 1 and "*" in text) or "/" in text for text in kinds):
            return None
        found.append(
            {
                "apiGroups": [group for group in groups if "/" not in group],
                "apiVersions": ["*"],
                "operations": ["*"],
                "resources": list(kinds),
            }
        )
    return found


def _names(before: Data, after: Data) -> Relation:
    if any(side is not None and not isinstance(side, str) for side in (before, after)):
        return unknown("it is no text")
    if placeholders(before) or placeholders(after):
        return unknown("a value is filled in elsewhere")
    written = ((side,) if isinstance(side, str) and side else () for side in (before, after))
    return relation(*(language_of(one, starred, EVERYTHING) for one in written))


_RELATIONS = {
    "kinds": _kinds,
    "labelSelector": selector_relation,
    "namespaceSelector": selector_relation,
    "name": _names,
}


def _among(name: str, field: Field) -> Relation:
    sides = []
    for side in (field.before, field.after):
        text = _EVERY[name] if side is None or same(side, "") else side
        if text != _EVERY[name] and text not in _SETS[name]:
            return unknown("a value that is not known")
        sides.append(_SETS[name] if text == _EVERY[name] else frozenset({text}))
    more, fewer = sides[1] - sides[0], sides[0] - sides[1]
    return by_change(gained=min(map(str, more), default=None), lost=min(map(str, fewer), default=None))
