"""Values of Gatekeeper's chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Field,
    Words,
    number,
    ordered,
    quantity,
    table,
    undecided,
)
from app.admission.base.expressions import expression_list
from app.admission.chart_values.words import EXEMPT, EXEMPT_PREFIX, OTHER, PLAIN, RUNNING, failure, off, on, selector
from app.core.policy_edit import Effect, PolicyEdit


def _marks(field: Field) -> Iterable[PolicyEdit]:
    """Compare labels of namespaces that may be left out: more of them leave out more."""
    sides = [set(side) if isinstance(side, Mapping) else set() for side in (field.before, field.after)]
    if sides[1] - sides[0] or not sides[0] - sides[1]:
        yield field.weaker("other namespaces may be left out")
    else:
        yield field.stronger("fewer namespaces may be left out")


GATEKEEPER: dict[str, Comparator] = {
    "validatingWebhookFailurePolicy": failure("Ignore"),
    "validatingWebhookCheckIgnoreFailurePolicy": failure("Fail"),
    "disableValidatingWebhook": off("requests are checked"),
    "disableAudit": off("what is there already is checked"),
    "disableMutation": undecided("whether objects are changed changed"),
    "validatingWebhookExemptNamespacesLabels": _marks,
    "validatingWebhookObjectSelector": selector,
    "validatingWebhookMatchConditions": expression_list(
        "expression", "a condition for being asked", wider=Effect.WEAKER
    ),
    "validatingWebhookCustomRules": undecided("which requests are checked changed"),
    "validatingWebhookScope": ordered(
        {"*": 1, "Namespaced": 0, "Cluster": 0},
        Words("fewer requests are checked", "more requests are checked"),
        default="*",
    ),
    "enableConnectOperations": on("connecting is checked", default=False),
    "enableDeleteOperations": on("deletions are checked", default=False),
    "enableGeneratorResourceExpansion": on("what is made of an object is checked", default=True),
    "enableExternalData": undecided("rules may ask for data from elsewhere, or may not"),
    "auditInterval": number(
        Words("what is there is checked more seldom", "what is there is checked more often"),
        wider=Effect.WEAKER,
        reading=quantity,
        default=60,
    ),
    "auditMatchKindOnly": undecided("which objects are audited changed"),
    "auditFromCache": undecided("which objects are audited changed"),
    "controllerManager": table(
        {
            "exemptNamespaces": EXEMPT,
            "exemptNamespacePrefixes": EXEMPT_PREFIX,
            **RUNNING,
        },
        unknown_field=OTHER,
    ),
    "audit": table(RUNNING, unknown_field=OTHER),
    "replicas": PLAIN,
}
