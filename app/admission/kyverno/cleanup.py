"""Policies that delete: CleanupPolicy, ClusterCleanupPolicy and DeletingPolicy refuse nothing.

One that deletes exceptions ends them, so losing it is weaker; one that deletes policies or bindings is not told.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import Data, Field, PolicyObject, at, leaves
from app.core.policy_edit import PolicyEdit

KINDS = frozenset({"CleanupPolicy", "ClusterCleanupPolicy", "DeletingPolicy", "NamespacedDeletingPolicy"})
_POLICIES = ("polic", "binding", "webhook", "constraint", "networkpolicies", "namespace", "role", "*")


def compare_cleanup(old: PolicyObject | None, new: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Compare two policies that delete."""
    field = Field.of(old, new)
    targets = [str(leaf).lower() for side in (field.before, field.after) for leaf in _targets(side)]
    if any("exception" in target for target in targets):
        if new is None:
            yield field.weaker("exceptions are no longer ended")
        else:
            yield field.cannot_tell("it decides when exceptions end")
    elif not targets or any(word in target for target in targets for word in _POLICIES):
        yield field.cannot_tell("it may delete policies or what they depend on")
    else:
        yield field.neutral("it deletes objects, and admits or refuses none")


def _targets(data: Data) -> Iterable[Data]:
    """Return what is deleted, as it is named: kinds, or resources."""
    spec = at(data, "spec")
    for path in (("match",), ("matchConstraints", "resourceRules")):
        yield from (leaf for leaf in leaves(at(spec, *path)) if leaf is not None and leaf not in _WORDS)


_WORDS = frozenset(
    {
        *("any", "all", "resources", "kinds", "names", "namespaces", "selector", "namespaceSelector", "matchLabels"),
        *("matchExpressions", "annotations", "key", "operator", "values", "apiGroups", "apiVersions", "operations"),
        *("CREATE", "UPDATE", "DELETE", "CONNECT", "scope", "resourceNames", "name", "operations"),
    }
)
