"""The word with which a policy object says what it does to what breaks it."""

from __future__ import annotations

from typing import Final

from app.admission.base.objects import Data, PolicyObject, at, is_list, text_at

_PLACES: Final = (
    ("spec", "validationFailureAction"),
    ("spec", "enforcementAction"),
    ("spec", "validationActions"),
    ("spec", "mode"),
)
_LEVEL: Final = "pod-security.kubernetes.io/enforce"


def action_of(found: PolicyObject) -> str:
    """Return what it says (`Enforce`, `deny`, `Deny, Audit`, `restricted`); empty where it says nothing."""
    if found.reference.kind == "Namespace":
        return text_at(found.data, "metadata", "labels", _LEVEL)
    if found.group.endswith("constraints.gatekeeper.sh"):
        return text_at(found.data, "spec", "enforcementAction") or "deny"
    words = next((word for place in _PLACES if (word := _word(at(found.data, *place)))), "")
    return words or _together(found.data)


def _word(data: Data) -> str:
    if is_list(data):
        return ", ".join(one for one in data if isinstance(one, str))
    return data if isinstance(data, str) else ""


def _together(data: Data) -> str:
    """Return what the rules of a policy, or its webhooks, say each for itself; each word once."""
    rules, hooks = at(data, "spec", "rules"), at(data, "webhooks")
    words = [text_at(one, "validate", "failureAction") for one in (rules if is_list(rules) else ())]
    words += [text_at(one, "failurePolicy") for one in (hooks if is_list(hooks) else ())]
    return ", ".join(dict.fromkeys(word for word in words if word))
