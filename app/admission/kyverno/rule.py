"""One rule of a Kyverno policy: when it is asked, and what it demands or does."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import Comparator, Data, Field, Words, at, flag, judged, neutral, told, undecided
from app.admission.base.expressions import expression_list
from app.admission.kyverno.actions import without_actions
from app.admission.kyverno.bodies import CONTEXT, preconditions, validate
from app.admission.kyverno.doing import SAFE, of_security, touched
from app.admission.kyverno.requests import extends_to_controllers, match_relation
from app.admission.kyverno.verify_images import verify_images
from app.core.policy_edit import Effect, PolicyEdit

_DOES = ("mutate", "generate")


def demands(rule: Data) -> bool:
    """Say whether a rule can refuse or report anything."""
    return at(rule, "validate") is not None or at(rule, "verifyImages") is not None


def sensitive(rule: Data) -> str:
    """Return a word of what a rule changes or makes that security may depend on; empty when there is none."""
    return touched(at(rule, name) for name in _DOES)


def rule_edits(rule: Field) -> Iterable[PolicyEdit]:
    """Compare a rule that is there on both sides; its action is compared elsewhere."""
    if not demands(rule.before) and not demands(rule.after):
        yield from _doing(rule)
        return
    if extends_to_controllers(rule.before) and not extends_to_controllers(rule.after):
        match = rule.child("match")
        yield match.cannot_tell("it is no longer extended to what makes Pods (Deployments, Jobs, …) by itself")
    for name in rule.names:
        child = without_actions(rule.child(name)) if name in ("validate", "verifyImages") else rule.child(name)
        if child.changed:
            yield from told(child, _RULE.get(name, _UNKNOWN))


def whole_rule(rule: Field) -> PolicyEdit:
    """Return the edit of a rule that is new or gone."""
    data = rule.after if rule.before is None else rule.before
    if demands(data):
        return rule.stronger("a new rule") if rule.before is None else rule.weaker("the rule is gone")
    word = sensitive(data)
    return rule.cannot_tell(of_security(word)) if word else rule.neutral(SAFE)


def _doing(rule: Field) -> Iterable[PolicyEdit]:
    word = sensitive(rule.after) or sensitive(rule.before)
    yield rule.cannot_tell(of_security(word)) if word else rule.neutral(SAFE)


def _match(field: Field) -> Iterable[PolicyEdit]:
    words = Words("the rule is applied to more requests", "the rule is applied to fewer requests")
    yield judged(field, match_relation(field.before, field.after), words, wider=Effect.STRONGER)


def _exclude(field: Field) -> Iterable[PolicyEdit]:
    words = Words("more is excluded from the rule", "less is excluded from the rule")
    yield judged(field, match_relation(field.before, field.after), words, wider=Effect.WEAKER)


_UNKNOWN = undecided("unknown field: it may have no effect")
_RULE: dict[str, Comparator] = {
    "name": neutral("only the rule's name changed; exceptions that name it no longer do"),
    "match": _match,
    "exclude": _exclude,
    "preconditions": preconditions,
    "celPreconditions": expression_list("expression", "a condition for applying the rule", wider=Effect.WEAKER),
    "context": CONTEXT,
    "imageExtractors": undecided("images are looked for at other places"),
    "skipBackgroundRequests": flag(
        Words("requests of Kyverno's own controllers are passed over", "requests of Kyverno's own controllers count"),
        strict=False,
        default=True,
    ),
    "reportProperties": neutral("only what reports say changed"),
    "validate": validate,
    "verifyImages": verify_images,
    "mutate": undecided("it changes objects in another way"),
    "generate": undecided("it makes objects in another way"),
}
