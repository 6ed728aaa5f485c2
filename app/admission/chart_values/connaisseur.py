"""Values of Connaisseur's chart, which is set up by nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from app.admission.base import (
    Comparator,
    Field,
    Words,
    at,
    flag,
    is_list,
    named,
    number,
    ordered,
    pairs,
    placeholders,
    quantity,
    table,
    texts,
    undecided,
)
from app.admission.base.languages import exact
from app.admission.base.trust import replaced
from app.admission.chart_values.words import OTHER, PLAIN, RUNNING, failure, off
from app.core.policy_edit import Effect, PolicyEdit


def _validator(field: Field) -> Iterable[PolicyEdit]:
    """Compare what validates images; one that always approves validates nothing."""
    if at(field.after, "type") == "static" and at(field.after, "approve") is True:
        yield field.weaker("images pass without a signature")
    elif at(field.before, "type") != at(field.after, "type"):
        yield field.weaker("another kind of validator: what it vouches for is newly accepted")
    else:
        yield from _VALIDATOR(field)


_TRUST_ROOTS = named(
    "name",
    table({"name": undecided("rules call it by its name"), "key": replaced("the key"), "cert": replaced("the root")}),
    words=Words("one more root of trust", "a root of trust is gone"),
    wider=Effect.WEAKER,
)
_VALIDATOR = table(
    {
        "approve": flag(Words("images pass without a signature", "images are refused"), strict=False, default=False),
        "trustRoots": _TRUST_ROOTS,
        "name": undecided("rules call it by its name"),
    },
    unknown_field="what the validator accepts may have changed",
)
_WITH = table(
    {
        "trustRoot": replaced("the root of trust of a rule"),
        "threshold": number(
            Words("more signatures are needed", "fewer signatures are needed"),
            wider=Effect.STRONGER,
            reading=lambda data: quantity(data) if data is not None else Fraction(1),
        ),
        "required": texts(
            exact, Words("one more signature is needed", "a signature is no longer needed"), wider=Effect.STRONGER
        ),
        "mode": ordered(
            {"mutate": 1, "insecureValidateOnly": 0},
            Words("images are checked, and may be others when they run", "images run as they were checked"),
            default="mutate",
        ),
    },
    unknown_field="how a rule validates changed",
)


def _rules(field: Field) -> Iterable[PolicyEdit]:
    """Compare rules, of which the most specific that matches an image counts: one more may loosen another."""
    if not all(side is None or is_list(side) for side in (field.before, field.after)) or placeholders(field.after):
        yield field.cannot_tell("rules that are not understood")
        return
    found = [child for child in pairs(field, "pattern") if child.changed]
    for child in found:
        if child.before is None or child.after is None or child.child("pattern").changed:
            yield child.cannot_tell("the most specific rule counts: for some images it is another one")
        else:
            yield from _RULE(child)
    if not found:
        yield field.neutral("only their order changed")


_RULE = table({"with": _WITH, "validator": replaced("the validator of a rule")}, unknown_field="a rule changed")


def _validators(field: Field) -> Iterable[PolicyEdit]:
    found = [child for child in pairs(field, "name") if child.changed]
    for child in found:
        if child.before is None:
            yield child.neutral("a validator that no rule had before")
        elif child.after is None:
            yield child.cannot_tell("rules that call it fail")
        else:
            yield from _validator(child)
    if not found:
        yield field.cannot_tell("validators that are not understood, or in another order")


def _namespaced(field: Field) -> Iterable[PolicyEdit]:
    mode = at(field.after, "mode")
    if field.before is None and at(field.after, "enabled") is not False:
        yield field.weaker("namespaces can be left out" if mode != "validate" else "only chosen namespaces are checked")
    else:
        yield field.cannot_tell("which namespaces are checked changed")


CONNAISSEUR: dict[str, Comparator] = {
    "application": table(
        {
            "policy": _rules,
            "validators": _validators,
            "features": table(
                {
                    "detectionMode": flag(
                        Words("unsigned images are reported, not refused", "unsigned images are refused"),
                        strict=False,
                        default=False,
                    ),
                    "namespacedValidation": _namespaced,
                    "automaticChildApproval": off("what is made of an approved object is checked", default=True),
                    "automaticUnchangedApproval": off("updates that change no image are checked"),
                    "resourceValidationMode": ordered(
                        {"all": 1, "podsOnly": 0},
                        Words("only Pods are checked", "what makes Pods is checked as well"),
                        default="all",
                    ),
                },
                unknown_field=OTHER,
            ),
        },
        unknown_field=OTHER,
    ),
    "kubernetes": table(
        {
            "webhook": table({"failurePolicy": failure("Fail")}, unknown_field=OTHER),
            "deployment": table({**RUNNING, "replicasCount": PLAIN}, unknown_field=OTHER),
        },
        unknown_field=OTHER,
    ),
}
