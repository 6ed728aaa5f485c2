"""Policies of `policies.kyverno.io` that are written in CEL."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import (
    Comparator,
    Data,
    Field,
    PolicyObject,
    Words,
    at,
    by_change,
    entries,
    flag,
    judged,
    match_resources,
    metadata,
    neutral,
    ordered,
    table,
    texts_of,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.kyverno.doing import SAFE, of_security, touched
from app.admission.kyverno.images_by_cel import IMAGE_FIELDS
from app.admission.kyverno.policy import ANNOTATIONS, TTL
from app.core.policy_edit import Effect, PolicyEdit, Severity

VALIDATING = frozenset(
    {
        *("ValidatingPolicy", "NamespacedValidatingPolicy", "ImageValidatingPolicy", "NamespacedImageValidatingPolicy"),
        "ImageVerificationPolicy",
    }
)
DOING = frozenset({"MutatingPolicy", "NamespacedMutatingPolicy", "GeneratingPolicy", "NamespacedGeneratingPolicy"})

_ACTIONS = frozenset({"Deny", "Warn", "Audit"})


def compare_cel_policy(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two policies that validate."""
    field = Field.of(old, new)
    if old is not None and new is not None:
        return _OBJECT(field)
    data = field.after if old is None else field.before
    denies = "Deny" in (_actions(at(data, "spec", "validationActions")) or {"Deny"})
    if not entries(at(data, "spec", "validations")):
        return (field.cannot_tell("it validates nothing: a part of a policy, or a patch"),)
    if denies:
        return (field.stronger("a new policy") if old is None else field.weaker("the policy is gone"),)
    field = Field(old, new, field.before, field.after, severity=Severity.REPORTING)
    reporting = "a new policy, which only reports", "the policy, which only reported, is gone"
    return (field.stronger(reporting[0]) if old is None else field.weaker(reporting[1]),)


def compare_doing_policy(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two policies that change or make objects."""
    field = Field.of(old, new)
    word = touched(at(side, "spec") for side in (field.after, field.before))
    yield field.cannot_tell(of_security(word)) if word else field.neutral(SAFE)


def _actions(data: Data) -> frozenset[str] | None:
    """Return what happens on a violation; Deny when nothing is written, `None` when it is not understood."""
    found = texts_of(data)
    if found is None or not _ACTIONS.issuperset(found):
        return None
    return frozenset(found) or frozenset({"Deny"})


def _validation_actions(field: Field) -> Iterable[PolicyEdit]:
    before, after = _actions(field.before), _actions(field.after)
    if before is None or after is None:
        yield field.cannot_tell("an action that is not known")
    elif "Deny" in before - after:
        yield field.weaker("violations will be reported, not refused")
    elif "Deny" in after - before:
        yield field.stronger("violations will be refused")
    else:
        weighed = Field(
            field.old, field.new, field.before, field.after, field.label, field.steps, severity=Severity.REPORTING
        )
        more, fewer = after - before, before - after
        found = by_change(gained=min(more, default=None), lost=min(fewer, default=None))
        words = Words("violations are reported in one more way", "violations are no longer reported in one way")
        yield judged(weighed, found, words, wider=Effect.STRONGER)


def _autogen(field: Field) -> Iterable[PolicyEdit]:
    """Compare for which controllers a policy for Pods is made as well; without the list for all of them."""
    controllers = field.child("podControllers", "controllers")
    others = [name for name in field.names if name != "podControllers" and field.child(name).changed]
    for name in others:
        yield field.child(name).cannot_tell("other policies are made of it")
    if controllers.changed:
        sides = [None if side is None else texts_of(side) for side in (controllers.before, controllers.after)]
        fewer = sides[1] is not None and (sides[0] is None or set(sides[1]) < set(sides[0]))
        more = sides[0] is not None and (sides[1] is None or set(sides[0]) < set(sides[1]))
        if fewer:
            yield controllers.weaker("Pods made by others are no longer checked early")
        elif more:
            yield controllers.stronger("Pods made by others are checked early")
        else:
            yield controllers.cannot_tell("other controllers than before")
    elif not others:
        yield field.neutral("it means the same")


def _mode(field: Field) -> Iterable[PolicyEdit]:
    sides = [side or "Kubernetes" for side in (field.before, field.after)]
    if sides == ["Kubernetes", "JSON"]:
        yield field.weaker("requests to the cluster are no longer checked")
    elif sides == ["JSON", "Kubernetes"]:
        yield field.stronger("requests to the cluster are checked")
    else:
        yield (
            field.neutral("it means the same")
            if sides[0] == sides[1]
            else field.cannot_tell("a mode that is not known")
        )


_ENABLED = {
    "admission": Words("requests are no longer checked", "requests are checked"),
    "background": Words("what is there already is no longer reported", "what is there already is reported"),
}
_EVALUATION = table(
    {
        "mode": _mode,
        **{name: table({"enabled": flag(words, strict=True, default=True)}) for name, words in _ENABLED.items()},
    }
)
_MATCH_CONDITIONS = expression_list("expression", "a condition for being asked", wider=Effect.WEAKER)

_SPEC: dict[str, Comparator] = {
    "validationActions": _validation_actions,
    "failurePolicy": ordered(
        {"Fail": 1, "Ignore": 0},
        Words("requests pass when the policy cannot be asked", "requests are refused when the policy cannot be asked"),
        default="Fail",
    ),
    "matchConstraints": match_resources(wider=Effect.STRONGER),
    "matchConditions": _MATCH_CONDITIONS,
    "validations": expression_list("expression", "an expression that must hold"),
    "variables": undecided("a variable of the expressions changed"),
    "auditAnnotations": neutral("only what is written to the audit log changed"),
    "evaluation": _EVALUATION,
    "autogen": _autogen,
    "webhookConfiguration": undecided("what a time-out does depends on the failure policy"),
}
_OBJECT = table(
    {
        "apiVersion": neutral("only the version of the interface changed"),
        "metadata": metadata(labels={"cleanup.kyverno.io/ttl": TTL}, annotations=ANNOTATIONS),
        "spec": table({**_SPEC, **IMAGE_FIELDS}),
        "status": neutral("the cluster's own bookkeeping"),
    }
)
