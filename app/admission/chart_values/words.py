"""What the values of several charts have in common."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import (
    Comparator,
    Field,
    Words,
    flag,
    neutral,
    ordered,
    selector_edits,
    texts,
)
from app.admission.base.languages import exact, prefix
from app.core.policy_edit import Effect, PolicyEdit

PLAIN = neutral("nothing that is admitted depends on it")
_IMAGE = neutral("images are judged as images")
# How an engine runs, and not what it refuses.
RUNNING: dict[str, Comparator] = {
    **dict.fromkeys(
        (
            *(
                "affinity",
                "commonLabels",
                "imagePullSecrets",
                "nodeSelector",
                "podAnnotations",
                "podLabels",
                "priorityClass",
            ),
            *(
                "priorityClassName",
                "resources",
                "tolerations",
                "topologySpreadConstraints",
                "serviceMonitor",
                "metrics",
            ),
            *("metricsService", "grafana", "logLevel", "pdb", "podDisruptionBudget", "labels", "annotations"),
        ),
        PLAIN,
    ),
    "image": _IMAGE,
}
OTHER = "what the chart does with it is not known"


def off(what: str, *, default: bool = False) -> Comparator:
    """Return the comparator of a flag that switches something off."""
    return flag(Words(f"{what} no longer", f"{what} again"), strict=False, default=default)


def on(what: str, *, default: bool) -> Comparator:
    """Return the comparator of a flag that switches something on."""
    return flag(Words(f"{what} no longer", f"{what} as well"), strict=True, default=default)


def failure(default: str) -> Comparator:
    """Return the comparator of what happens when an engine does not answer."""
    words = Words("requests pass when the engine does not answer", "requests are refused when it does not answer")
    return ordered({"Fail": 1, "Ignore": 0}, words, default=default)


EXEMPT = texts(exact, Words("more namespaces are left out", "fewer namespaces are left out"), wider=Effect.WEAKER)
EXEMPT_PREFIX = texts(
    prefix, Words("more namespaces are left out", "fewer namespaces are left out"), wider=Effect.WEAKER
)


def selector(field: Field) -> Iterable[PolicyEdit]:
    """Compare a label selector of what an engine is asked about."""
    return selector_edits(field, wider=Effect.STRONGER)
