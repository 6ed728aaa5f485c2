"""Values of Kyverno's chart, and of the chart of its policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Field,
    Words,
    flag,
    ordered,
    table,
    texts,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.base.languages import exact
from app.admission.chart_values.words import OTHER, PLAIN, RUNNING, failure, off, on
from app.core.policy_edit import Effect, PolicyEdit

_ACTION = ordered(
    {"Enforce": 1, "enforce": 1, "Audit": 0, "audit": 0},
    Words("violations will be logged, not blocked", "violations will be blocked"),
    default="Audit",
)


_EMPTY = "it means the same"


def _actions(field: Field) -> Iterable[PolicyEdit]:
    """Compare actions by policy; where none is written that of all policies counts."""
    if not all(side is None or isinstance(side, Mapping) for side in (field.before, field.after)):
        yield field.cannot_tell("it has an unexpected form")
        return
    changed = [child for child in map(field.child, field.names) if child.changed]
    for child in changed:
        both = child.before is not None and child.after is not None
        yield from _ACTION(child) if both else (child.cannot_tell("whether a policy has an action of its own"),)
    if not changed:
        yield field.neutral(_EMPTY)


_STANDARD = ordered(
    {"privileged": 0, "baseline": 1, "restricted": 2},
    Words("fewer policies are installed", "more policies are installed"),
    default="baseline",
)
_INSTALLED = texts(
    exact, Words("one more policy is installed", "a policy is no longer installed"), wider=Effect.STRONGER
)


def _added_or_gone(more: str, less: str) -> Comparator:
    """Return the comparator of exceptions: with more of them more passes; an edit cannot be told."""

    def comparator(field: Field) -> Iterable[PolicyEdit]:
        if not all(side is None or isinstance(side, Mapping) for side in (field.before, field.after)):
            yield field.cannot_tell("it has an unexpected form")
            return
        changed = [child for child in map(field.child, field.names) if child.changed]
        for child in changed:
            if child.before is None:
                yield child.weaker(more)
            else:
                yield child.stronger(less) if child.after is None else child.cannot_tell(f"{more}, or fewer")
        if not changed:
            yield field.neutral(_EMPTY)

    return comparator


def _labels(field: Field) -> Iterable[PolicyEdit]:
    """Compare the labels that every policy of the chart gets; one of them makes Kyverno remove it."""
    if not all(side is None or isinstance(side, Mapping) for side in (field.before, field.after)):
        yield field.cannot_tell("it has an unexpected form")
        return
    changed = [child for child in map(field.child, field.names) if child.changed]
    for child in changed:
        if str(child.steps[1][-1]).startswith("cleanup.kyverno.io/"):
            yield child.cannot_tell("Kyverno removes the policies at another time")
        else:
            yield child.neutral("no policy engine reads it")
    if not changed:
        yield field.neutral(_EMPTY)


KYVERNO_POLICIES: dict[str, Comparator] = {
    "podSecurityStandard": _STANDARD,
    "podSecurityPolicies": _INSTALLED,
    "includeOtherPolicies": _INSTALLED,
    "includeRestrictedPolicies": _INSTALLED,
    "validationFailureAction": _ACTION,
    "validationFailureActionByPolicy": _actions,
    "validationFailureActionOverrides": undecided("what happens on a violation is overridden otherwise"),
    "policyExclude": _added_or_gone("more is left out", "less is left out"),
    "policyPreconditions": _added_or_gone("rules ask for more before they apply", "rules apply without asking"),
    "failurePolicy": failure("Fail"),
    "background": on("what is there already is reported", default=True),
    "customLabels": _labels,
    "autogenControllers": undecided("for which controllers rules are made changed"),
}
_FEATURES = {
    "policyExceptions": table(
        {
            "enabled": flag(Words("exceptions count", "exceptions no longer count"), strict=False, default=False),
            "namespace": undecided("exceptions of other namespaces count"),
        }
    ),
    "admissionReports": table({"enabled": on("violations are reported", default=True)}),
    "forceFailurePolicyIgnore": table(
        {"enabled": off("requests are refused when Kyverno does not answer")},
    ),
    "registryClient": table({"allowInsecure": off("who answers for a registry is checked")}, unknown_field=OTHER),
}
_CONFIG_LIST = texts(exact, Words("more requests are left out", "fewer requests are left out"), wider=Effect.WEAKER)
KYVERNO: dict[str, Comparator] = {
    "config": table(
        {
            "resourceFilters": _CONFIG_LIST,
            "resourceFiltersInclude": _CONFIG_LIST,
            "resourceFiltersExclude": undecided("fewer of the chart's own filters, or more"),
            **dict.fromkeys(("excludeGroups", "excludeUsernames", "excludeRoles", "excludeClusterRoles"), _CONFIG_LIST),
            "webhooks": undecided("which requests Kyverno is asked about changed"),
            "matchConditions": expression_list("expression", "a condition for asking Kyverno", wider=Effect.WEAKER),
            "defaultRegistry": undecided("which names of images patterns match changed"),
            "enableDefaultRegistryMutation": undecided("which names of images patterns match changed"),
        },
        unknown_field=OTHER,
    ),
    "features": table(_FEATURES, unknown_field=OTHER),
    **dict.fromkeys(
        ("admissionController", "backgroundController", "cleanupController", "reportsController"),
        table({**RUNNING, "replicas": PLAIN}, unknown_field=OTHER),
    ),
}
