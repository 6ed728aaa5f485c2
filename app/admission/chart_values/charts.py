"""Charts of policy engines, and what is known of their values."""

from __future__ import annotations

from collections.abc import Mapping

from app.admission.base import (
    Comparator,
    table,
    undecided,
)
from app.admission.chart_values.connaisseur import CONNAISSEUR
from app.admission.chart_values.gatekeeper import GATEKEEPER
from app.admission.chart_values.kyverno import KYVERNO, KYVERNO_POLICIES
from app.admission.chart_values.words import OTHER, PLAIN, RUNNING, failure, selector

_POLICY_CONTROLLER: dict[str, Comparator] = {
    "webhook": table(
        {
            **RUNNING,
            "failurePolicy": failure("Fail"),
            "namespaceSelector": selector,
            "replicaCount": PLAIN,
        },
        unknown_field=OTHER,
    ),
    "cosign": undecided("which keys are trusted changed"),
}


CHARTS: Mapping[str, Mapping[str, Comparator]] = {
    "kyverno-policies": KYVERNO_POLICIES,
    "kyverno": KYVERNO,
    "gatekeeper": GATEKEEPER,
    "policy-controller": _POLICY_CONTROLLER,
    "connaisseur": CONNAISSEUR,
    "ratify": {},
}
"""What is known of the values of each chart."""


def values_of(chart: str) -> Comparator:
    """Return the comparator of the values of a chart; a value that is not known cannot be told."""
    return table({**RUNNING, **CHARTS.get(chart, {})}, unknown_field=OTHER)
