"""Webhooks that are asked before an object is admitted: `ValidatingWebhookConfiguration` and its mutating twin."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from app.admission.base import (
    Comparator,
    Field,
    PolicyObject,
    ResourceRules,
    Words,
    at,
    by_number,
    elsewhere,
    entries,
    group_of,
    is_list,
    judged,
    leaves,
    match_policy,
    named,
    neutral,
    ordered,
    pairs,
    quantity,
    rules_relation,
    selector_edits,
    table,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.base.matching import MATCH_WORDS
from app.admission.base.whole import loosens, object_of, tightens, unless_stronger, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "webhook_configuration"

_GROUP = "admissionregistration.k8s.io"
_VALIDATING, _MUTATING = "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"
# Controllers whose mutating webhooks write digests or put something in that security depends on.
_GUARDING = ("kyverno", "sigstore", "cosign", "policy-controller", "connaisseur", "ratify", "gatekeeper")


def claims(reference: ObjectReference) -> bool:
    """Whether this object says which webhooks are asked."""
    return group_of(reference) == _GROUP and reference.kind in (_VALIDATING, _MUTATING)


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    return () if known is None else _KINDS[known.reference.kind](before, after)


def _rules(field: Field) -> Iterable[PolicyEdit]:
    yield judged(
        field,
        rules_relation(ResourceRules(field.before), ResourceRules(field.after)),
        MATCH_WORDS,
        wider=Effect.STRONGER,
    )


def _selector(field: Field) -> Iterable[PolicyEdit]:
    return selector_edits(field, wider=Effect.STRONGER)


_FAILURE = ordered(
    {"Fail": 1, "Ignore": 0},
    Words("requests pass when the webhook does not answer", "requests are refused when the webhook does not answer"),
    default="Fail",
)
_TIMEOUT = Words("the webhook has longer to answer before requests pass", "requests pass sooner without its answer")


def _timeout(webhook: Field) -> Iterable[PolicyEdit]:
    """Compare the time to answer, which only says something where no answer lets requests pass on both sides."""
    field = webhook.child("timeoutSeconds")
    if not field.changed:
        return
    seconds = [Fraction(10) if side is None else quantity(side) for side in (field.before, field.after)]
    lenient = all(at(side, "failurePolicy") == "Ignore" for side in (webhook.before, webhook.after))
    if seconds[0] is None or seconds[1] is None or (not lenient and seconds[0] != seconds[1]):
        yield field.cannot_tell("what a time-out does depends on the failure policy")
    else:
        yield by_number(field, seconds[0], seconds[1], _TIMEOUT)


_REACH: dict[str, Comparator] = {
    "rules": _rules,
    "namespaceSelector": _selector,
    "objectSelector": _selector,
    "matchPolicy": match_policy,
    "matchConditions": expression_list("expression", "a condition for being asked", wider=Effect.WEAKER),
}
_MAY_CHANGE_MORE = "more objects may be changed: whether security depends on it is not known"
_KNOWN: dict[str, Comparator] = {
    "name": neutral("only its name changed"),
    "failurePolicy": _FAILURE,
    "timeoutSeconds": elsewhere,
    "clientConfig": undecided("another server decides, or the same one is found otherwise"),
    "sideEffects": neutral("nothing that is admitted depends on it"),
    "admissionReviewVersions": neutral("nothing that is admitted depends on it"),
    "reinvocationPolicy": neutral("nothing that is admitted depends on it"),
}


def _webhook(reach: dict[str, Comparator]) -> Comparator:
    fields = table({**_KNOWN, **reach})

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        yield from _timeout(field)
        yield from fields(field)

    return comparator


def _changes(field: Field) -> Iterable[PolicyEdit]:
    """Say what it means that webhooks that change objects come or go."""
    gone = field.after is None
    names = [str(leaf).lower() for leaf in leaves(field.before if gone else field.after)]
    if gone and any(word in name for name in names for word in _GUARDING):
        yield field.weaker("a webhook of a policy engine is gone, which prepares objects for its rules")
    else:
        yield field.cannot_tell("a webhook that changes objects is gone" if gone else "a new webhook changes objects")


_ENTRY_WORDS = Words("one more webhook is asked", "a webhook is no longer asked")
_WEBHOOKS = named("name", _webhook(_REACH), words=_ENTRY_WORDS, wider=Effect.STRONGER)


_MUTATING_WEBHOOK = _webhook({name: unless_stronger(one, _MAY_CHANGE_MORE) for name, one in _REACH.items()})


def _mutating_webhooks(field: Field) -> Iterable[PolicyEdit]:
    if not is_list(field.before) or not is_list(field.after):
        yield from _changes(field)
        return
    found = [child for child in pairs(field, "name") if child.changed]
    for child in found:
        yield from (_changes if child.before is None or child.after is None else _MUTATING_WEBHOOK)(child)
    if not found:
        yield field.neutral("only their order changed")


def _asks(field: Field) -> bool:
    return bool(entries(at(field.after or field.before, "webhooks")))


def _of_some(of: Comparator) -> Comparator:
    nothing = undecided("it names no webhook: a part of one, or a patch")
    return lambda field: of(field) if _asks(field) else nothing(field)


_KINDS = {
    _VALIDATING: whole(
        object_of({"webhooks": _WEBHOOKS}),
        new=_of_some(tightens("a new webhook is asked")),
        gone=_of_some(loosens("the webhook is no longer asked")),
    ),
    _MUTATING: whole(object_of({"webhooks": _mutating_webhooks}), new=_changes, gone=_changes),
}
