"""ConfigMaps with which Kyverno and the policy controller are set up: they act like policies of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.admission.base import (
    Comparator,
    Data,
    Field,
    PolicyObject,
    Words,
    judged,
    neutral,
    ordered,
    placeholders,
    table,
    texts_relation,
    undecided,
    unknown,
)
from app.admission.base.languages import wildcard
from app.admission.base.whole import object_of, whole
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit

NAME = "engine_settings"

_KYVERNO, _CONTROLLER = "kyverno", "config-policy-controller"
_FILTER = re.compile(r"\[([^\[\]]*)\]")
_LEFT_OUT = Words("more requests are left out", "fewer requests are left out")


def claims(reference: ObjectReference) -> bool:
    """Whether this object sets up an engine: a ConfigMap, by its name."""
    return reference.api_version == "v1" and reference.kind == "ConfigMap" and reference.name in (_KYVERNO, _CONTROLLER)


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    return () if known is None else _KINDS[known.reference.name](before, after)


def _filters(field: Field) -> Iterable[PolicyEdit]:
    """Compare `[kind,namespace,name]` filters: each leaves some objects out."""
    sides = [_filtered(side) for side in (field.before, field.after)]
    if sides[0] is None or sides[1] is None:
        found = unknown("filters that are not understood, or are filled in elsewhere")
    else:
        found = texts_relation(sides[0], sides[1], wildcard)
    yield judged(field, found, _LEFT_OUT, wider=Effect.WEAKER)


def _filtered(data: Data) -> list[Data] | None:
    text = "" if data is None else data
    if not isinstance(text, str) or placeholders(text) or _FILTER.sub("", text).strip(" \t\r\n,"):
        return None
    return [",".join([*(part.strip() for part in one.split(",")), "*", "*"][:3]) for one in _FILTER.findall(text)]


def _listed(field: Field) -> Iterable[PolicyEdit]:
    """Compare names with commas between them, of users or groups that are let through."""
    if not all(side is None or isinstance(side, str) for side in (field.before, field.after)):
        yield field.cannot_tell("it is no text")
        return
    sides: list[list[Data]] = [
        [part.strip() for part in str(side or "").split(",") if part.strip()] for side in (field.before, field.after)
    ]
    yield judged(field, texts_relation(sides[0], sides[1], wildcard), _LEFT_OUT, wider=Effect.WEAKER)


def _narrowing(field: Field) -> Iterable[PolicyEdit]:
    """Compare what narrows the requests that Kyverno is asked about; it is text that is not looked into."""
    if field.before is None:
        yield field.weaker("Kyverno is asked about fewer requests")
    elif field.after is None:
        yield field.stronger("Kyverno is asked about all requests again")
    else:
        yield field.cannot_tell("whether Kyverno is asked about fewer requests is not known")


_NAMES = undecided("which names of images patterns match changed")
_KYVERNO_DATA: dict[str, Comparator] = {
    "resourceFilters": _filters,
    **dict.fromkeys(("excludeGroups", "excludeUsernames", "excludeRoles", "excludeClusterRoles"), _listed),
    "excludeGroupRole": _listed,
    "webhooks": _narrowing,
    "matchConditions": _narrowing,
    "defaultRegistry": _NAMES,
    "enableDefaultRegistryMutation": _NAMES,
    **dict.fromkeys(("webhookAnnotations", "webhookLabels", "generateSuccessEvents"), neutral()),
}
_NO_MATCH = ordered(
    {"deny": 2, "warn": 1, "allow": 0},
    Words("images that no policy covers pass", "images that no policy covers are refused, or warned about"),
    default="deny",
)
_EMPTY = ordered(
    {"true": 1, "false": 0},
    Words("a policy without authorities lets images pass", "a policy without authorities refuses images"),
    default="true",
)
_CONTROLLER_DATA: dict[str, Comparator] = {
    "no-match-policy": _NO_MATCH,
    "fail-on-empty-authorities": _EMPTY,
    "_example": neutral("it is an example"),
}
_GONE = undecided("the engine's own settings count again")


def _of(data: dict[str, Comparator]) -> Comparator:
    return object_of({"data": table(data)})


def _only_data(data: dict[str, Comparator]) -> Comparator:
    """Return the comparator of settings that are new or gone, beside which the engine's own count."""
    of = table(data)
    return lambda field: list(of(field.child("data"))) or [field.neutral("it sets nothing")]


_KINDS = {
    _KYVERNO: whole(_of(_KYVERNO_DATA), new=_GONE, gone=_GONE),
    _CONTROLLER: whole(_of(_CONTROLLER_DATA), new=_only_data(_CONTROLLER_DATA), gone=_only_data(_CONTROLLER_DATA)),
}
