"""Kyverno: policies and exceptions of `kyverno.io` and of `policies.kyverno.io`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.admission.base import Field, PolicyObject, group_of
from app.admission.kyverno import cel_policies, cleanup, policy
from app.admission.kyverno.cel_exception import compare_cel_exception
from app.admission.kyverno.cel_policies import compare_cel_policy, compare_doing_policy
from app.admission.kyverno.cleanup import compare_cleanup
from app.admission.kyverno.exception import compare_exception
from app.admission.kyverno.policy import compare_policy
from app.core.inventory import ObjectReference
from app.core.policy_edit import PolicyEdit

NAME = "kyverno"

_GROUPS = frozenset({"kyverno.io", "policies.kyverno.io"})
# Reports and requests are Kyverno's own bookkeeping, which nobody keeps in git.
_OTHERS = frozenset({"UpdateRequest", "BackgroundScanReport", "AdmissionReport", "ClusterAdmissionReport"})


def claims(reference: ObjectReference) -> bool:
    """Whether this object is a policy of Kyverno: anything of its groups."""
    return group_of(reference) in _GROUPS and reference.kind not in _OTHERS


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    if known is None:
        return ()
    return _comparing(known)(before, after)


_Compare = Callable[[PolicyObject | None, PolicyObject | None], Iterable[PolicyEdit]]


def _comparing(known: PolicyObject) -> _Compare:
    kind = known.reference.kind
    if kind == "PolicyException":
        return compare_exception if known.group == "kyverno.io" else compare_cel_exception
    if kind in policy.KINDS and known.group == "kyverno.io":
        return compare_policy
    if kind in cleanup.KINDS:
        return compare_cleanup
    if kind in cel_policies.VALIDATING:
        return compare_cel_policy
    return compare_doing_policy if kind in cel_policies.DOING else _unknown_kind


def _unknown_kind(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    return (Field.of(old, new).cannot_tell("a kind of Kyverno that is not known"),)
