"""Kubernetes' own policies in CEL: `ValidatingAdmissionPolicy`, its binding, and their twins that mutate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.admission.base import (
    Data,
    Field,
    PolicyObject,
    Words,
    at,
    by_change,
    group_of,
    judged,
    match_resources,
    neutral,
    ordered,
    table,
    texts_of,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.base.whole import loosens, object_of, tightens, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit, Severity

NAME = "validating_admission_policy"

_GROUP = "admissionregistration.k8s.io"
_ACTIONS = frozenset({"Deny", "Warn", "Audit"})


def claims(reference: ObjectReference) -> bool:
    """Whether this object is an admission policy of Kubernetes itself, or binds one."""
    return group_of(reference) == _GROUP and reference.kind in _KINDS


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    return () if known is None else _KINDS[known.reference.kind](before, after)


def _actions(data: Data) -> frozenset[str] | None:
    found = texts_of(data)
    return frozenset(found) if found is not None and _ACTIONS.issuperset(found) else None


def _validation_actions(field: Field) -> Iterable[PolicyEdit]:
    before, after = _actions(field.before), _actions(field.after)
    if before is None or after is None:
        yield field.cannot_tell("an action that is not known")
    elif "Deny" in before - after:
        yield field.weaker("violations will be reported, not refused")
    elif "Deny" in after - before:
        yield field.stronger("violations will be refused")
    else:
        more, fewer = min(after - before, default=None), min(before - after, default=None)
        words = Words("violations are reported in one more way", "violations are no longer reported in one way")
        weighed = replace(field, severity=Severity.REPORTING)
        yield judged(weighed, by_change(gained=more, lost=fewer), words, wider=Effect.STRONGER)


def _binding(field: Field) -> Field:
    """Return a whole binding, which only reports unless it denies."""
    denies = "Deny" in (_actions(at(field.after or field.before, "spec", "validationActions")) or {"Deny"})
    return field if denies else replace(field, severity=Severity.REPORTING)


_FAILURE = ordered(
    {"Fail": 1, "Ignore": 0},
    Words("requests pass when the policy fails", "requests are refused when the policy fails"),
    default="Fail",
)
_NOT_FOUND = ordered(
    {"Deny": 1, "Allow": 0},
    Words("requests pass when the parameters are not found", "requests are refused when the parameters are not found"),
    default="Deny",
)
_SPEC = table(
    {
        "failurePolicy": _FAILURE,
        "matchConstraints": match_resources(wider=Effect.STRONGER),
        "matchConditions": expression_list("expression", "a condition for being asked", wider=Effect.WEAKER),
        "validations": expression_list("expression", "an expression that must hold"),
        "variables": undecided("a variable of the expressions changed"),
        "paramKind": undecided("its parameters are of another kind"),
        "auditAnnotations": neutral("only what is written to the audit log changed"),
    }
)
_PARAMETERS = table(
    {
        "parameterNotFoundAction": _NOT_FOUND,
        **dict.fromkeys(("name", "namespace", "selector"), undecided("it takes other parameters")),
    }
)


def _param_ref(field: Field) -> Iterable[PolicyEdit]:
    if field.before is None or field.after is None:
        return (field.cannot_tell("whether it takes parameters changed"),)
    return _PARAMETERS(field)


_BINDING = table(
    {
        "policyName": undecided("it binds another policy"),
        "validationActions": _validation_actions,
        "paramRef": _param_ref,
        "matchResources": match_resources(wider=Effect.STRONGER, everything=True),
    }
)


def _new_policy(field: Field) -> Iterable[PolicyEdit]:
    if at(field.after, "spec", "validations"):
        yield field.stronger("a new policy")
    else:
        yield field.cannot_tell("it has no expressions: a part of a policy, or a patch")


_GONE = loosens("the binding is gone: its policy no longer works here, although it may stay")
_NEW = tightens("a new binding: its policy works where it matches")
_MUTATING = table({}, unknown_field="it changes other objects, or changes them otherwise")
_DOES = undecided("it changes objects, which security may depend on")

_KINDS = {
    "ValidatingAdmissionPolicy": whole(object_of({"spec": _SPEC}), new=_new_policy, gone=loosens("the policy is gone")),
    "ValidatingAdmissionPolicyBinding": whole(
        object_of({"spec": _BINDING}),
        new=lambda field: _NEW(_binding(field)),
        gone=lambda field: _GONE(_binding(field)),
    ),
    "MutatingAdmissionPolicy": whole(object_of({"spec": _MUTATING}), new=_DOES, gone=_DOES),
    "MutatingAdmissionPolicyBinding": whole(object_of({"spec": _MUTATING}), new=_DOES, gone=_DOES),
}
