"""What happens on a violation: the action of each rule, and how an edit anywhere in the policy changes it.

Kyverno's versions disagree, so an edit is weaker if it is weaker in any of these readings:

1. Since 1.19 each rule has its own action: its overrides, its action, the policy's overrides, the policy's action.
2. Before, one action counted for the whole policy: that of the first rule that sets one, else the policy's.
3. The choice of rules that may block takes the policy's overrides whenever the rule has none, whatever its action.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.admission.base import Data, Field, at, entries, is_list, placeholders, same, unmatched
from app.core.policy_edit import Effect, PolicyEdit, Severity, combined

_SPEC_FIELDS = ("validationFailureAction", "validationFailureActionOverrides")
_SENTENCES = {
    Effect.WEAKER: "violations will be logged, not blocked",
    Effect.STRONGER: "violations will be blocked",
    Effect.NEUTRAL: "the same happens on a violation",
    Effect.CANNOT_TELL: "what happens on a violation depends on overrides that cannot be compared",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """The spec of a policy, of which actions are asked; `first` is the action that older versions take for all."""

    spec: Data
    first: str
    names: tuple[str, ...]

    @classmethod
    def of(cls, spec: Data) -> Policy:
        """Make it of a spec."""
        rules = entries(at(spec, "rules"))
        first = next((found for found in map(_first_action, rules) if found), "")
        return cls(spec, first, _namespaces(entries(at(spec, "validationFailureActionOverrides"))))

    def blocks(self, rule: Data, namespace: str) -> tuple[bool, bool, bool]:
        """Say for each reading whether a violation of a rule is blocked in a namespace."""
        overrides = _overridden(at(self.spec, "validationFailureActionOverrides"), namespace)
        own_overrides, own = _own_overrides(rule, namespace), own_action(rule)
        whole = overrides or _text(at(self.spec, "validationFailureAction"))
        by_rule = own_overrides or own or whole
        by_cache = own_overrides or overrides or by_rule
        return _enforces(by_rule), _enforces(overrides or self.first or whole), _enforces(by_cache)

    def may_block(self, rule: Data) -> bool:
        """Say whether a violation of a rule is blocked anywhere, in any reading."""
        return any(any(self.blocks(rule, namespace)) for namespace in ("", *self.names[:MAX_NAMES]))


Policies = tuple[Policy, Policy]
"""A policy before and after."""

MAX_NAMES = 100
"""Namespaces that overrides name and that are looked at one by one."""


def own_action(rule: Data) -> str:
    """Return the action that a rule sets itself; empty when it sets none."""
    found = _text(at(rule, "validate", "failureAction"))
    if found:
        return found
    actions = [_text(at(one, "failureAction")) for one in entries(at(rule, "verifyImages"))]
    enforcing = next((action for action in actions if _enforces(action)), "")
    return enforcing or next((action for action in actions if action), "")


def action_edits(spec: Field, rules: Iterable[Field], policies: Policies) -> Iterable[PolicyEdit]:
    """Return the edits of every action field, and of rules whose action changed although nothing of theirs did."""
    changed = [spec.child(name) for name in _SPEC_FIELDS if spec.child(name).changed]
    shared: list[Effect] = []
    for rule in rules:
        fields = [field for field in _own_fields(rule) if field.changed]
        effect = _effect(policies, rule)
        if fields:
            yield _edit(fields[0], effect)
        elif changed:
            shared.append(effect)
        elif effect is not Effect.NEUTRAL:
            sentence = f"{_SENTENCES[effect]}: some versions of Kyverno take one action for the whole policy"
            yield rule.edit(effect, sentence)
    for field in changed:
        yield _edit(field, combined(shared))


def _edit(field: Field, effect: Effect) -> PolicyEdit:
    return field.edit(effect, _SENTENCES[effect])


def _own_fields(rule: Field) -> tuple[Field, ...]:
    validate = rule.child("validate")
    fields = [validate.child("failureAction"), validate.child("failureActionOverrides")]
    images = rule.child("verifyImages")
    actions = [[at(one, "failureAction") for one in entries(side)] for side in (images.before, images.after)]
    fields.append(images.child("failureAction").with_values(_shown(actions[0]), _shown(actions[1])))
    return tuple(fields)


def _shown(actions: Sequence[Data]) -> Data:
    found = [action for action in actions if action is not None]
    return found[0] if len(found) == 1 else (found or None)


def _effect(policies: Policies, rule: Field) -> Effect:
    before, after = policies
    overrides = [_all_overrides(one.spec, side) for one, side in ((before, rule.before), (after, rule.after))]
    names = ("", *_namespaces([*overrides[0], *overrides[1]]))
    edited = not same(overrides[0], overrides[1])
    if len(names) > MAX_NAMES or (edited and not all(map(_comparable, overrides))):
        return Effect.WEAKER if _adds_audit(overrides[0], overrides[1]) else Effect.CANNOT_TELL
    actions = _plain_actions(before, rule.before), _plain_actions(after, rule.after)
    if placeholders(actions[0]) or placeholders(actions[1]):
        return Effect.NEUTRAL if same(actions[0], actions[1]) else Effect.CANNOT_TELL
    found = set()
    for namespace in names:
        for old, new in zip(before.blocks(rule.before, namespace), after.blocks(rule.after, namespace), strict=True):
            found.add(Effect.NEUTRAL if old is new else Effect.STRONGER if new else Effect.WEAKER)
    return combined(found)


def _plain_actions(policy: Policy, rule: Data) -> Data:
    return [at(policy.spec, "validationFailureAction"), own_action(rule), policy.first]


def _all_overrides(spec: Data, rule: Data) -> list[Data]:
    own = at(rule, "validate", "failureActionOverrides")
    return [*entries(at(spec, "validationFailureActionOverrides")), *entries(own)]


def _comparable(overrides: Sequence[Data]) -> bool:
    """Say whether overrides name namespaces only, without patterns."""
    return all(
        isinstance(one, Mapping)
        and {"action", "namespaces"}.issuperset(one)
        and is_list(one.get("namespaces") or [])
        and not any(sign in str(name) for name in entries(one.get("namespaces")) for sign in "*?{$")
        for one in overrides
    )


def _adds_audit(before: Sequence[Data], after: Sequence[Data]) -> bool:
    return any(not _enforces(_text(at(one, "action"))) for one in unmatched(after, before))


def _namespaces(overrides: Iterable[Data]) -> tuple[str, ...]:
    """Return every namespace that an override names."""
    return tuple(sorted({str(name) for one in overrides for name in entries(at(one, "namespaces"))}))


def _overridden(overrides: Data, namespace: str) -> str:
    for one in entries(overrides):
        names = entries(at(one, "namespaces"))
        # An override for neither namespaces nor labels is for everything; one for labels may be for this.
        if namespace in names or (not names and at(one, "namespaceSelector") is None):
            return _text(at(one, "action"))
    return ""


def _own_overrides(rule: Data, namespace: str) -> str:
    return _overridden(at(rule, "validate", "failureActionOverrides"), namespace)


def _first_action(rule: Data) -> str:
    """Return the action that older versions see in a rule: that of the first image entry only."""
    images = entries(at(rule, "verifyImages"))
    return _text(at(rule, "validate", "failureAction")) or (_text(at(images[0], "failureAction")) if images else "")


def _enforces(action: str) -> bool:
    return action in ("Enforce", "enforce")


def _text(data: Data) -> str:
    return data if isinstance(data, str) else ""


def severity(policies: Policies, rule: Field) -> Severity:
    """Return what is at stake with a rule: blocking if a violation of it is blocked before or after."""
    sides = zip(policies, (rule.before, rule.after), strict=True)
    blocks = any(one is not None and policy.may_block(one) for policy, one in sides)
    return Severity.BLOCKING if blocks else Severity.REPORTING


def without_actions(field: Field) -> Field:
    """Return a rule's `validate` or `verifyImages` without the actions, which are compared together."""
    return field.with_values(_stripped(field.before), _stripped(field.after))


def _stripped(data: Data) -> Data:
    if is_list(data):
        return [_stripped(one) for one in data]
    if not isinstance(data, Mapping):
        return data
    return {key: value for key, value in data.items() if key not in ("failureAction", "failureActionOverrides")}
