"""Network policies: who may talk to whom. They only ever allow, so that what one opens no other can close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    EQUAL,
    Data,
    Field,
    Order,
    PolicyObject,
    Relation,
    Words,
    at,
    by_change,
    entries,
    group_of,
    is_list,
    judged,
    placeholders,
    selector_relation,
    texts_of,
    together,
    undecided,
    unknown,
    unmatched,
)
from app.admission.base.whole import loosens, object_of, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "network_policy"

_GROUP = "networking.k8s.io"
_OTHER_GROUPS = ("cilium.io", "projectcalico.org", "policy.networking.k8s.io")
_DIRECTIONS = {"ingress": "from", "egress": "to"}
_WORDS = Words("more traffic is allowed", "less traffic is allowed")


def claims(reference: ObjectReference) -> bool:
    """Whether this object allows or denies traffic; those with rules that deny are known by name only."""
    if reference.kind == "NetworkPolicy" and group_of(reference) == _GROUP:
        return True
    return reference.kind.endswith("NetworkPolicy") and group_of(reference).endswith(_OTHER_GROUPS)


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    return () if known is None else (_POLICY if known.group == _GROUP else _OTHER)(before, after)


def _allows(spec: Data) -> bool:
    return any(at(spec, name) for name in _DIRECTIONS)


def _types(spec: Data) -> frozenset[str] | None:
    """Return the directions in which traffic is closed but for what is allowed; `None` when not understood."""
    found = texts_of(at(spec, "policyTypes"))
    if found is None or not {"Ingress", "Egress"}.issuperset(found):
        return None
    return frozenset(found) or frozenset({"Ingress", *(("Egress",) if at(spec, "egress") else ())})


def _rules(before: Data, after: Data, peers: str) -> Relation:
    """Compare rules, each of which allows something."""
    if not all(side is None or is_list(side) for side in (before, after)):
        return unknown("it is no list")
    if placeholders(before) or placeholders(after):
        return unknown("a value is filled in elsewhere")
    more, fewer = unmatched(entries(after), entries(before)), unmatched(entries(before), entries(after))
    if len(more) == len(fewer) == 1:
        return _rule(fewer[0], more[0], peers)
    if more and fewer:
        return unknown("rules were edited: whether they allow more is not known")
    return by_change(gained="" if more else None, lost="" if fewer else None)


def _rule(before: Data, after: Data, peers: str) -> Relation:
    """Compare two rules: peers and ports, of which none listed means all."""
    sides = [one if isinstance(one, Mapping) and {peers, "ports"}.issuperset(one) else None for one in (before, after)]
    if sides[0] is None or sides[1] is None:
        return unknown("a rule that is not understood")
    return together(_listed(sides[0].get(name), sides[1].get(name)) for name in (peers, "ports"))


def _listed(before: Data, after: Data) -> Relation:
    old, new = entries(before), entries(after)
    if not old or not new:
        everything = by_change(gained="" if old else None, lost="" if new else None)
        return everything if old or new else EQUAL
    more, fewer = unmatched(new, old), unmatched(old, new)
    if more and fewer:
        return unknown("peers or ports were edited: whether more are allowed is not known")
    return by_change(gained="" if more else None, lost="" if fewer else None)


def _directions(spec: Field) -> Iterable[PolicyEdit]:
    """Compare which directions are closed; one that is newly closed with rules opens what those allow."""
    field = spec.child("policyTypes")
    before, after = _types(spec.before), _types(spec.after)
    if before is None or after is None:
        if field.changed:
            yield field.cannot_tell("directions that are not known")
    elif before - after:
        yield field.weaker("traffic in one direction is no longer limited")
    elif after - before and any(at(spec.after, name.lower()) for name in after - before):
        yield field.cannot_tell("traffic in one more direction is limited, and some of it is allowed")
    elif after - before:
        yield field.stronger("traffic in one more direction is limited")
    elif field.changed:
        yield field.neutral("it means the same")


def _pods(spec: Field) -> Iterable[PolicyEdit]:
    field = spec.child("podSelector")
    if not field.changed:
        return
    found = selector_relation(field.before, field.after)
    words = Words("it applies to more Pods", "it applies to fewer Pods")
    if found.order is Order.WIDER and (_allows(spec.before) or _allows(spec.after)):
        yield field.cannot_tell("it applies to more Pods, and allows them some traffic")
    else:
        yield judged(field, found, words, wider=Effect.STRONGER)


def _spec(spec: Field) -> Iterable[PolicyEdit]:
    if not all(isinstance(side, Mapping) for side in (spec.before, spec.after)):
        yield spec.cannot_tell("it has an unexpected form")
        return
    yield from _pods(spec)
    yield from _directions(spec)
    for name in spec.names:
        child = spec.child(name)
        if child.changed and name in _DIRECTIONS:
            yield judged(child, _rules(child.before, child.after, _DIRECTIONS[name]), _WORDS, wider=Effect.WEAKER)
        elif child.changed and name not in ("podSelector", "policyTypes"):
            yield child.cannot_tell("unknown field: it may have no effect")


def _new(field: Field) -> Iterable[PolicyEdit]:
    if _allows(at(field.after, "spec")):
        yield field.cannot_tell("a new policy: it limits Pods that no other limits, and opens more for all others")
    else:
        yield field.stronger("a new policy that allows nothing")


_POLICY = whole(object_of({"spec": _spec}), new=_new, gone=loosens("the policy is gone"))
_RULES = "rules that allow and deny: what passes is not known"
_OTHER = whole(
    object_of({name: undecided(_RULES) for name in ("spec", "specs")}),
    new=undecided(_RULES),
    gone=undecided(_RULES),
)
