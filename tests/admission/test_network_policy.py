"""Network policies, row by row."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect

LABELS = {"matchLabels": {"app": "a"}}
A, B = {"podSelector": {"matchLabels": {"a": "a"}}}, {"podSelector": {"matchLabels": {"b": "b"}}}
PORT, OTHER_PORT = {"port": 80}, {"port": 443}


def policy(**spec: object) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "n"},
        "spec": {"podSelector": LABELS, **spec},
    }


def ingress(*rules: object) -> Object:
    return policy(ingress=list(rules))


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (ingress({"from": [A]}), ingress({"from": [A]}, {"from": [B]}), WEAKER),
        (ingress({"from": [A]}, {"from": [B]}), ingress({"from": [A]}), STRONGER),
        (ingress({"from": [A]}), ingress({"from": [A, B]}), WEAKER),
        (ingress({"from": [A, B]}), ingress({"from": [B]}), STRONGER),
        (ingress({"from": [A]}), ingress({"from": [B]}), CANNOT_TELL),
        (ingress({"from": [A]}), ingress({"from": []}), WEAKER),
        (ingress({"from": [A]}), ingress({}), WEAKER),
        (ingress({}), ingress({"from": [A]}), STRONGER),
        (ingress({}), ingress({"from": []}), NEUTRAL),
        (ingress({"from": [A], "ports": [PORT]}), ingress({"from": [A], "ports": [PORT, OTHER_PORT]}), WEAKER),
        (ingress({"from": [A], "ports": [PORT]}), ingress({"from": [A, B], "ports": []}), WEAKER),
        (ingress({"from": [A], "ports": [PORT]}), ingress({"from": [A, B], "ports": [OTHER_PORT]}), CANNOT_TELL),
        (ingress({"from": [A]}), ingress({"from": [A, B], "strange": 1}), CANNOT_TELL),
        (ingress({"from": [A]}, {"from": [B]}), ingress({"ports": [PORT]}, {"from": [B]}, {}), CANNOT_TELL),
        (ingress({"from": [A]}), ingress({"from": ["${PEER}"]}), CANNOT_TELL),
        (ingress({"from": [A]}), policy(ingress={"from": [A]}), CANNOT_TELL),
        (ingress({"from": [A]}), ingress(), STRONGER),
        (ingress(), policy(), NEUTRAL),
        (policy(egress=[{"to": [A]}]), policy(egress=[{"to": [A, B]}]), WEAKER),
        (policy(policyTypes=["Ingress", "Egress"]), policy(policyTypes=["Ingress"]), WEAKER),
        (policy(policyTypes=["Ingress"]), policy(policyTypes=["Ingress", "Egress"]), STRONGER),
        (policy(), policy(policyTypes=["Ingress"]), NEUTRAL),
        (policy(policyTypes=["Ingress"]), policy(policyTypes=["Sideways"]), CANNOT_TELL),
        (policy(policyTypes=["Odd"], ingress=[]), policy(policyTypes=["Odd"], ingress=[{}]), WEAKER),
        (
            policy(egress=[{"to": [A]}], policyTypes=["Ingress"]),
            policy(egress=[{"to": [A]}], policyTypes=["Ingress", "Egress"]),
            CANNOT_TELL,
        ),
        (policy(podSelector={}), policy(), WEAKER),
        (policy(), policy(podSelector={}), STRONGER),
        (ingress({"from": [A]}), policy(podSelector={}, ingress=[{"from": [A]}]), CANNOT_TELL),
        (policy(), policy(strange=1), CANNOT_TELL),
        (policy(), {**policy(), "spec": []}, CANNOT_TELL),
        (None, policy(), STRONGER),
        (None, ingress({"from": [A]}), CANNOT_TELL),
        (policy(), None, WEAKER),
    ],
)
def test_policies(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


@pytest.mark.parametrize(
    ("api", "kind"),
    [("cilium.io/v2", "CiliumNetworkPolicy"), ("projectcalico.org/v3", "GlobalNetworkPolicy")],
)
def test_rules_that_deny_cannot_be_told(api: str, kind: str) -> None:
    one = {**policy(), "apiVersion": api, "kind": kind}
    assert [effect(None, one), effect(one, {**one, "spec": {}}), effect(one, None)] == [CANNOT_TELL] * 3


def test_other_objects_of_networks_are_no_policies() -> None:
    assert edits(None, {**policy(), "kind": "Ingress"}) == ()
