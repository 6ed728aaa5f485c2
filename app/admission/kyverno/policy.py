"""ClusterPolicy and Policy of `kyverno.io`: the spec around the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.admission.base import (
    Comparator,
    Data,
    Field,
    PolicyObject,
    Words,
    at,
    elsewhere,
    entries,
    flag,
    metadata,
    neutral,
    ordered,
    pairs,
    table,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.kyverno.actions import Policy, action_edits, severity
from app.admission.kyverno.doing import SAFE, of_security
from app.admission.kyverno.rule import demands, rule_edits, sensitive, whole_rule
from app.core.policy_edit import Effect, PolicyEdit, Severity

KINDS = frozenset({"ClusterPolicy", "Policy"})

TTL: Comparator = lambda field: (  # noqa: E731 - a comparator like those of the vocabulary
    field.cannot_tell("Kyverno removes the object at another time")
    if field.before is not None and field.after is not None
    else field.weaker("Kyverno will remove the policy by itself")
    if field.after is not None
    else field.stronger("Kyverno no longer removes the policy by itself"),
)
_VERSIONS = neutral("only the versions that it is written for changed")
ANNOTATIONS: dict[str, Comparator] = {
    "kyverno.io/kyverno-version": _VERSIONS,
    "kyverno.io/kubernetes-version": _VERSIONS,
    "policies.kyverno.io/scored": undecided("whether failures are failures in reports"),
}


def compare_policy(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two policies."""
    field = Field.of(old, new)
    if old is None or new is None:
        return (_whole(field),)
    if not any(entries(at(side, "spec", "rules")) for side in (field.before, field.after)):
        action = _action_of_a_part(field.child("spec", "validationFailureAction"))
        return map(_of_a_part, (*_OBJECT(field), *action))
    rules = [rule for side in (field.before, field.after) for rule in entries(at(side, "spec", "rules"))]
    if any(map(demands, rules)):
        return _OBJECT(field)
    word = next(filter(None, map(sensitive, rules)), "")
    return (_of_one_that_does(edit, word) for edit in _OBJECT(field))


def _of_one_that_does(edit: PolicyEdit, word: str) -> PolicyEdit:
    """Judge an edit of a policy that refuses nothing: when it is asked does not matter, what it does may."""
    if edit.effect in (Effect.NEUTRAL, Effect.CANNOT_TELL):
        return edit
    if word:
        return replace(edit, effect=Effect.CANNOT_TELL, sentence=of_security(word))
    return replace(edit, effect=Effect.NEUTRAL, sentence=SAFE)


def _of_a_part(edit: PolicyEdit) -> PolicyEdit:
    """Judge an edit of a part of a policy, which is merged into another: defaults are not known."""
    if edit.effect is Effect.WEAKER:
        return edit
    sentence = "it has no rules: a part of a policy, or a patch, and what it is merged into decides"
    return replace(edit, effect=Effect.CANNOT_TELL, sentence=sentence)


def _action_of_a_part(field: Field) -> Iterable[PolicyEdit]:
    audits = isinstance(field.after, str) and field.after.lower() == "audit"
    if field.changed and audits:
        yield field.weaker("violations will be logged, not blocked")


def _whole(field: Field) -> PolicyEdit:
    """Return the edit of a policy that is new or gone."""
    data = field.after if field.before is None else field.before
    rules = entries(at(data, "spec", "rules"))
    if not rules:
        return field.cannot_tell("it has no rules: a part of a policy, or a patch")
    if not any(map(demands, rules)):
        word = next(filter(None, map(sensitive, rules)), "")
        return field.cannot_tell(of_security(word)) if word else field.neutral(SAFE)
    spec = field.child("spec")
    listed = spec.child("rules")
    policies = Policy.of(spec.before), Policy.of(spec.after)
    stakes = {severity(policies, rule) for rule in pairs(listed, "name")}
    level = Severity.BLOCKING if Severity.BLOCKING in stakes else Severity.REPORTING
    field = replace(field, severity=level)
    if field.before is None:
        return field.stronger("a new policy" if level is Severity.BLOCKING else "a new policy, which only reports")
    return field.weaker(
        "the policy is gone" if level is Severity.BLOCKING else "the policy, which only reported, is gone"
    )


def _rules(field: Field) -> Iterable[PolicyEdit]:
    """Compare the rules with the spec around them in mind; `field` is the spec."""
    found = pairs(field.child("rules"), "name")
    kept = [rule for rule in found if rule.before is not None and rule.after is not None]
    policies = Policy.of(field.before), Policy.of(field.after)
    yield from action_edits(field, [rule for rule in kept if demands(rule.before) and demands(rule.after)], policies)
    for rule in found:
        weighed = replace(rule, severity=severity(policies, rule))
        if rule.before is None or rule.after is None:
            yield whole_rule(weighed)
        elif rule.changed:
            yield from rule_edits(weighed)


def _spec(field: Field) -> Iterable[PolicyEdit]:
    edits = [*_rules(field), *_AROUND(field)]
    if not edits:
        first_only = any(at(side, "applyRules") == "One" for side in (field.before, field.after))
        said = "only the order of rules changed"
        edits = [field.cannot_tell(f"{said}, and only one is applied") if first_only else field.neutral(said)]
    return edits


def _timeout(field: Field) -> Iterable[PolicyEdit]:
    yield field.cannot_tell("what a time-out does depends on the failure policy")


_FAILURE = ordered(
    {"Fail": 1, "Ignore": 0},
    Words("requests pass when Kyverno does not answer", "requests are refused when Kyverno does not answer"),
    default="Fail",
)
_BACKGROUND = Words("what is there already is no longer reported", "what is there already is reported")
_MATCH_CONDITIONS = expression_list("expression", "a condition for asking Kyverno", wider=Effect.WEAKER)
_NOT_ADMISSION = neutral("nothing that is admitted depends on it")

_AROUND = table(
    {
        "rules": elsewhere,
        "validationFailureAction": elsewhere,
        "validationFailureActionOverrides": elsewhere,
        "emitWarning": flag(Words("violations no longer warn", "violations warn"), strict=True, default=False),
        "admission": flag(Words("requests are no longer checked", "requests are checked"), strict=True, default=True),
        "background": flag(_BACKGROUND, strict=True, default=True),
        "applyRules": ordered(
            {"All": 1, "One": 0}, Words("only one rule is applied", "all rules are applied"), default="All"
        ),
        "failurePolicy": _FAILURE,
        "webhookTimeoutSeconds": _timeout,
        "webhookConfiguration": table(
            {"failurePolicy": _FAILURE, "timeoutSeconds": _timeout, "matchConditions": _MATCH_CONDITIONS}
        ),
        "schemaValidation": _NOT_ADMISSION,
        "generateExisting": _NOT_ADMISSION,
        "generateExistingOnPolicyUpdate": _NOT_ADMISSION,
        "mutateExistingOnPolicyUpdate": _NOT_ADMISSION,
        "useServerSideApply": _NOT_ADMISSION,
    }
)


def _autogen(field: Field) -> Iterable[PolicyEdit]:
    """Compare for which controllers rules for Pods are applied as well; without the annotation for all of them."""
    sides = [_controllers(side) for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None:
        yield field.cannot_tell("controllers that are not known")
    elif sides[0] == sides[1]:
        yield field.neutral("it means the same")
    elif sides[0] - sides[1]:
        yield field.weaker("Pods made by others are no longer checked early", min(sides[0] - sides[1]))
    else:
        yield field.stronger("Pods made by others are checked early", min(sides[1] - sides[0]))


_CONTROLLERS = frozenset(
    {"DaemonSet", "Deployment", "Job", "StatefulSet", "ReplicaSet", "ReplicationController", "CronJob"}
)


def _controllers(data: Data) -> frozenset[str] | None:
    if data is None or data == "all":
        return _CONTROLLERS
    if data == "none":
        return frozenset()
    found = frozenset(part.strip() for part in data.split(",")) if isinstance(data, str) else frozenset({""})
    return found if found <= _CONTROLLERS else None


_OBJECT = table(
    {
        "apiVersion": neutral("only the version of the interface changed"),
        "kind": undecided("another kind of policy"),
        "metadata": metadata(
            labels={"cleanup.kyverno.io/ttl": TTL},
            annotations={**ANNOTATIONS, "pod-policies.kyverno.io/autogen-controllers": _autogen},
        ),
        "spec": _spec,
        "status": neutral("the cluster's own bookkeeping"),
    }
)
