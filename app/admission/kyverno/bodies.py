"""What a `validate` rule demands: `deny`, `pattern`, `anyPattern`, `podSecurity`, `foreach`, `cel`, `manifests`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.admission.base import (
    Comparator,
    Data,
    Field,
    Words,
    at,
    by_change,
    entries,
    flag,
    judged,
    named,
    neutral,
    ordered,
    pairs,
    table,
    texts,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.base.languages import EVERYTHING, wildcard
from app.admission.kyverno.conditions import conditions_relation
from app.admission.kyverno.pattern import any_relation, pattern_relation
from app.core.policy_edit import Effect, PolicyEdit

BODIES = ("deny", "pattern", "anyPattern", "podSecurity", "foreach", "cel", "manifests", "assert")
_DENIES = Words("more requests are denied", "fewer requests are denied")
_ACCEPTS = Words("more objects pass the pattern", "fewer objects pass the pattern")
_LISTED = re.compile(r"(request\.object\.[\w.]+?)\.\[([\w, ]+)\]\[\]")
_SINGLE = re.compile(r"(request\.object\.[\w.]+)\.(\w+)(?:\[\])?")


def _deny(field: Field) -> Iterable[PolicyEdit]:
    conditions = field.child("conditions")
    extra = [name for name in field.names if name != "conditions" and field.child(name).changed]
    if extra:
        yield field.child(extra[0]).cannot_tell("unknown field: it may have no effect")
    if conditions.changed:
        found = conditions_relation(conditions.before, conditions.after)
        yield judged(conditions, found, _DENIES, wider=Effect.STRONGER)


def _pattern(field: Field) -> Iterable[PolicyEdit]:
    yield judged(field, pattern_relation(field.before, field.after), _ACCEPTS, wider=Effect.WEAKER)


def _any_pattern(field: Field) -> Iterable[PolicyEdit]:
    yield judged(field, any_relation(field.before, field.after), _ACCEPTS, wider=Effect.WEAKER)


def _listed(field: Field) -> Iterable[PolicyEdit]:
    """Compare what `foreach` goes through: `…spec.containers`, or several such at once."""
    sides = [_names(side) for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None or sides[0][0] != sides[1][0]:
        yield field.cannot_tell("another list is gone through")
        return
    more, fewer = sides[1][1] - sides[0][1], sides[0][1] - sides[1][1]
    found = by_change(gained=min(more, default=None), lost=min(fewer, default=None))
    yield judged(field, found, Words("more is looked at", "less is looked at"), wider=Effect.STRONGER)


def _names(data: Data) -> tuple[str, frozenset[str]] | None:
    text = data if isinstance(data, str) else ""
    several, single = _LISTED.fullmatch(text), _SINGLE.fullmatch(text)
    if several is not None:
        return several[1], frozenset(name.strip() for name in several[2].split(","))
    return None if single is None else (single[1], frozenset({single[2]}))


def preconditions(field: Field) -> Iterable[PolicyEdit]:
    """Compare when a rule (or a step of it) is asked at all."""
    words = Words("the rule is applied to more requests", "the rule is applied to fewer requests")
    yield judged(field, conditions_relation(field.before, field.after), words, wider=Effect.STRONGER)


CONTEXT = undecided("what the rule looks up changed: what it decides may change with it")


def _foreach(field: Field) -> Iterable[PolicyEdit]:
    before, after = entries(field.before), entries(field.after)
    if len(before) == len(after):
        steps = [field.item(position, position) for position in range(len(after))]
    else:
        steps = list(pairs(field, "list"))
    for step in steps:
        if step.changed and step.before is not None and step.after is not None:
            yield from _step(step)
        elif step.changed:
            yield step.stronger("one more check") if step.before is None else step.weaker("one check fewer")


def _bodies_of(field: Field) -> Iterable[PolicyEdit]:
    """Compare what is demanded: one body with the same body, an unconditional `deny` with anything."""
    changed = [field.child(name) for name in BODIES if field.child(name).changed]
    swapped = [child for child in changed if child.before is None or child.after is None]
    if not swapped:
        for child in changed:
            yield from _BODIES[child.label.rpartition(".")[2]](child)
        return
    sides = [[name for name in BODIES if at(side, name) is not None] for side in (field.before, field.after)]
    denies = [_denies_all(side) for side in (field.before, field.after)]
    if denies[1] and not denies[0]:
        yield field.stronger("everything that the rule matches is denied")
    elif denies[0] and not denies[1]:
        yield field.weaker("no longer everything that the rule matches is denied")
    elif sides[0] == ["pattern"] and sides[1] == ["anyPattern"]:
        yield from _any_pattern(
            field.child("anyPattern").with_values([at(field.before, "pattern")], at(field.after, "anyPattern"))
        )
    elif sides[0] == ["anyPattern"] and sides[1] == ["pattern"]:
        yield from _any_pattern(
            field.child("anyPattern").with_values(at(field.before, "anyPattern"), [at(field.after, "pattern")])
        )
    else:
        yield field.cannot_tell("the rule demands something in another form")


def _denies_all(data: Data) -> bool:
    return at(data, "deny") == {} and not any(at(data, name) is not None for name in BODIES if name != "deny")


def validate(field: Field) -> Iterable[PolicyEdit]:
    """Compare the `validate` of a rule; its action is compared elsewhere."""
    if field.before is None or field.after is None:
        yield (
            field.stronger("the rule checks something") if field.before is None else field.weaker("nothing is checked")
        )
        return
    yield from _bodies_of(field)
    for name in field.names:
        child = field.child(name)
        if name not in BODIES and child.changed:
            yield from _AROUND.get(name, _UNKNOWN)(child)


_UNKNOWN = undecided("unknown field: it may have no effect")
_AROUND: dict[str, Comparator] = {
    "message": neutral("only the message changed"),
    "allowExistingViolations": flag(
        Words("objects that violate already may be changed", "objects that violate already are held to it"),
        strict=False,
        default=True,
    ),
}

_EXCLUDED = Words("more is left out of the check", "less is left out of the check")
_pod_security = table(
    {
        "level": ordered(
            {"restricted": 2, "baseline": 1, "privileged": 0},
            Words("a weaker pod security level", "a stronger pod security level"),
            default="",
        ),
        "version": undecided("another version of the pod security standards"),
        "exclude": named(
            "controlName",
            table(
                {
                    "controlName": undecided("another control is left out"),
                    "images": texts(wildcard, _EXCLUDED, wider=Effect.WEAKER, empty=EVERYTHING),
                    "restrictedField": undecided("another field is left out"),
                    "values": texts(wildcard, _EXCLUDED, wider=Effect.WEAKER, empty=EVERYTHING),
                }
            ),
            words=_EXCLUDED,
            wider=Effect.WEAKER,
        ),
    }
)

_cel = table(
    {
        "expressions": expression_list("expression", "an expression that must hold"),
        "variables": undecided("a variable of the expressions changed"),
        "paramKind": undecided("the parameters are of another kind"),
        "paramRef": table(
            {
                "parameterNotFoundAction": ordered(
                    {"Deny": 1, "Allow": 0},
                    Words("without its parameters everything passes", "without its parameters nothing passes"),
                    default="",
                )
            },
            unknown_field="other parameters",
        ),
        "auditAnnotations": neutral("only what is written to the audit log changed"),
        "generate": neutral("only how it is carried out changed"),
    }
)

_BODIES: dict[str, Comparator] = {
    "deny": _deny,
    "pattern": _pattern,
    "anyPattern": _any_pattern,
    "podSecurity": _pod_security,
    "foreach": _foreach,
    "cel": _cel,
    "manifests": undecided("the signatures that manifests need changed"),
    "assert": undecided("an assertion changed"),
}

_STEP_AROUND: dict[str, Comparator] = {
    "list": _listed,
    "context": CONTEXT,
    "preconditions": preconditions,
    "elementScope": undecided("elements are looked at in another scope"),
}


def _step(field: Field) -> Iterable[PolicyEdit]:
    yield from _bodies_of(field)
    for name in field.names:
        child = field.child(name)
        if name not in BODIES and child.changed:
            yield from _STEP_AROUND.get(name, _UNKNOWN)(child)
