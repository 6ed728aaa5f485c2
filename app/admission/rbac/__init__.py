"""Roles and their bindings, for one question: who comes to write policies, or what switches them off."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from app.admission.base import (
    Data,
    Field,
    PolicyObject,
    Words,
    at,
    blind,
    by_change,
    entries,
    group_of,
    is_list,
    judged,
    leaves,
    not_applied,
    text_at,
    undecided,
    unmatched,
)
from app.admission.base.whole import object_of, whole
from app.admission.rbac.powers import GROUP, covered, powers
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "rbac"

_ROLES, _BINDINGS = ("Role", "ClusterRole"), ("RoleBinding", "ClusterRoleBinding")
_ENGINES = ("kyverno", "gatekeeper", "policy-controller", "cosign", "connaisseur", "ratify")
# The cluster has these already, and puts them together of others.
_BUILT_IN = ("cluster-admin", "admin", "edit", "view")
_NEWLY_GIVEN = "somebody newly has the role: whether it reaches policies is not known"
_GIVES_NOTHING = "somebody newly has the role beside it, which can write nothing that policies depend on"

_AGGREGATES = "rbac.authorization.k8s.io/aggregate-to-"


def claims(reference: ObjectReference) -> bool:
    """Whether this object gives rights."""
    return group_of(reference) == GROUP and reference.kind in (*_ROLES, *_BINDINGS)


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    kind = "" if known is None else known.reference.kind
    return (_ROLE if kind in _ROLES else _BINDING)(before, after)


def _rules(role: Field) -> Iterable[PolicyEdit]:
    """Compare what a role may do to policies; a power over all of a kind is one over each."""
    field = role.child("rules")
    before, after = powers(field.before, field.after), powers(field.after, field.before)
    if before is None or after is None:
        yield field.cannot_tell("rules that are not understood")
        return
    gained = sorted(power.shown for power in after if not covered(power, before))
    lost = sorted(power.shown for power in before if not covered(power, after))
    if not gained and (lost or field.changed) and _of_engine(role):
        yield field.cannot_tell("rights of a policy engine changed, which it may need")
    elif not gained and not lost:
        yield field.neutral("nothing that policies depend on can be written with it")
    else:
        found = by_change(gained=gained[0] if gained else None, lost=lost[0] if lost else None)
        yield judged(field, found, Words(_MORE, _FEWER), wider=Effect.WEAKER)


_MORE = "more can be done to policies, or to what switches them off"
_FEWER = "less can be done to policies, or to what switches them off"


def _of_engine(field: Field) -> bool:
    """Say whether a role or binding belongs to a policy engine: its name or its subjects say so."""
    sides = (field.before, field.after)
    named = [leaf for side in sides for part in ("name", "labels") for leaf in leaves(at(side, "metadata", part))]
    named += [leaf for side in sides for leaf in leaves(at(side, "subjects"))]
    return any(word in str(leaf).lower() for leaf in named for word in _ENGINES)


def _role(field: Field) -> Iterable[PolicyEdit]:
    if field.child("rules").changed:
        yield from _rules(field)
    yield from _aggregated(field)
    rest = field.with_values(*(_without(side, "rules") for side in (field.before, field.after)))
    if rest.changed and field.before is not None and field.after is not None:
        yield from _ROLE_REST(rest)


def _aggregated(field: Field) -> Iterable[PolicyEdit]:
    """Judge labels by which a role is made a part of others."""
    labels = field.child("metadata", "labels")
    changed = [labels.child(name) for name in labels.names if name.startswith(_AGGREGATES)]
    for label in changed:
        if label.changed and field.before is not None and field.after is not None:
            if powers(at(field.after, "rules"), None) == frozenset():
                yield label.neutral("nothing that policies depend on can be written with it")
            elif str(label.after).lower() == "true":
                yield label.weaker("it becomes a part of other roles, with what can be done to policies")
            else:
                yield label.cannot_tell("it is no longer a part of other roles")


def _without(data: Data, key: str) -> Data:
    return {name: value for name, value in data.items() if name != key} if isinstance(data, Mapping) else data


_ROLE_REST = object_of({"aggregationRule": undecided("it is put together of other roles")})


def _lone_role(field: Field) -> Iterable[PolicyEdit]:
    found = list(_role(field))
    if at(field.after, "aggregationRule") is not None:
        found.append(field.cannot_tell("it is put together of other roles"))
    elif at(field.before, "aggregationRule") is not None:
        put_together = "it was put together of other roles"
        engine = _of_engine(field)
        found.append(
            field.cannot_tell(f"{put_together}, and a policy engine may need it")
            if engine
            else field.neutral(f"{put_together}, and gives nothing any more")
        )
    return found or [field.neutral("a role without rules")]


_ROLE = whole(_role, new=_lone_role, gone=_lone_role)


def _subjects(binding: Field) -> Iterable[PolicyEdit]:
    """Compare who has a role; what an own role may do is told where the role is, so here it cannot be told."""
    field = binding.child("subjects")
    role = at(binding.after or binding.before, "roleRef", "name")
    more = unmatched(entries(field.after), entries(field.before))
    whole_cluster = at(binding.after, "roleRef", "kind") == "ClusterRole"
    if more and role == "cluster-admin":
        yield field.weaker("somebody newly may do everything, also to policies")
    elif more and role == "view" and whole_cluster:
        yield field.neutral("it only lets somebody see")
    elif more and role == "system:auth-delegator" and whole_cluster:
        yield field.neutral("it only lets somebody ask who sends a request, and what they may do")
    elif more and _reads_authentication(binding.after):
        yield field.neutral("it only lets somebody read how senders of requests are known")
    elif more:
        yield field.cannot_tell(_NEWLY_GIVEN)
    elif _of_engine(binding):
        yield field.cannot_tell("rights of a policy engine changed, which it may need")
    else:
        yield field.neutral("nobody has the role who had it not")


def _reads_authentication(binding: Data) -> bool:
    """Say whether a binding gives a role of the cluster that every server of further APIs needs."""
    role = at(binding, "roleRef", "kind"), at(binding, "roleRef", "name")
    place = at(binding, "metadata", "namespace")
    return (*role, place) == ("Role", "extension-apiserver-authentication-reader", "kube-system")


def _can_write_nothing(role: PolicyObject) -> bool:
    """Say whether a role is whole, is applied as it stands, and can write nothing that policies depend on."""
    rules = at(role.data, "rules")
    return (
        role.reference.kind in _ROLES
        and role.reference.name not in _BUILT_IN
        and not role.reference.name.startswith("system:")
        and is_list(rules)
        and at(role.data, "aggregationRule") is None
        and at(role.data, "$patch") is None
        and not (not_applied(role.data) or blind(role.data))
        and not _of_engine(Field.of(None, role))
        and powers(rules, None) == frozenset()
    )


def _changed_subjects(field: Field) -> Iterable[PolicyEdit]:
    return _subjects(Field.of(field.old, field.new))


_BINDING = whole(
    object_of({"roleRef": undecided("another role is given"), "subjects": _changed_subjects}),
    new=_subjects,
    gone=_subjects,
)


def with_roles_beside(edits: Sequence[PolicyEdit], objects: Iterable[PolicyObject]) -> tuple[PolicyEdit, ...]:
    """Return the edits, those of bindings judged by their roles where these are among the new objects of their folder.

    An application often brings a role and its binding together. `objects` is only gone through where that matters.
    """
    if not any(edit.sentence.endswith(_NEWLY_GIVEN) for edit in edits):
        return tuple(edits)
    known = tuple(one for one in objects if claims(one.reference))
    return tuple(
        replace(edit, effect=Effect.NEUTRAL, sentence=edit.sentence.replace(_NEWLY_GIVEN, _GIVES_NOTHING))
        if edit.sentence.endswith(_NEWLY_GIVEN) and _gives_nothing(edit, known)
        else edit
        for edit in edits
    )


def _gives_nothing(edit: PolicyEdit, known: Sequence[PolicyObject]) -> bool:
    """Say whether every role that any binding of this name gives is beside it, and harmless wherever it is written."""
    # An overlay that newly brings a binding is told with the file that holds it.
    path = edit.after if edit.field == "resources" else edit.path
    folder = posixpath.dirname(path or "")
    found = [_given(one, known) for one in known if one.path == path and one.reference == edit.resource]
    return bool(found) and all(
        all(map(_can_write_nothing, roles)) and any(posixpath.dirname(role.path) == folder for role in roles)
        for roles in found
    )


def _given(binding: PolicyObject, known: Sequence[PolicyObject]) -> list[PolicyObject]:
    """Return the roles that a binding means, as far as they are among these objects."""
    kind, name = text_at(binding.data, "roleRef", "kind"), text_at(binding.data, "roleRef", "name")
    return [
        one
        for one in known
        if (one.reference.kind, one.reference.name) == (kind, name)
        and (kind == "ClusterRole" or one.reference.namespace == binding.reference.namespace)
    ]
