"""Gatekeeper: constraints, their templates, and what stands around them."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import Field, PolicyObject, group_of
from app.admission.base.whole import Comparing
from app.admission.gatekeeper.constraint import compare_constraint
from app.admission.gatekeeper.neighbours import compare_config, compare_expansion, compare_mutation, compare_sync
from app.admission.gatekeeper.template import compare_template
from app.core.inventory import ObjectReference
from app.core.policy_edit import PolicyEdit

NAME = "gatekeeper"

_BOOKKEEPING = "status.gatekeeper.sh"
_BY_GROUP: dict[str, Comparing] = {
    "constraints.gatekeeper.sh": compare_constraint,
    "templates.gatekeeper.sh": compare_template,
    "config.gatekeeper.sh": compare_config,
    "syncset.gatekeeper.sh": compare_sync,
    "expansion.gatekeeper.sh": compare_expansion,
    "mutations.gatekeeper.sh": compare_mutation,
}


def claims(reference: ObjectReference) -> bool:
    """Whether this object is Gatekeeper's: any kind of its groups; that of constraints is free."""
    group = group_of(reference)
    return group.endswith(".gatekeeper.sh") and group != _BOOKKEEPING


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    return () if known is None else _BY_GROUP.get(known.group, _unknown_kind)(before, after)


def _unknown_kind(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    return (Field.of(old, new).cannot_tell("rules ask for data from it, or it is a kind that is not known"),)
