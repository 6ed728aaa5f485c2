"""Rules that change or make objects: what security may depend on is named."""

from __future__ import annotations

import pytest

from app.admission.kyverno.doing import touched


@pytest.mark.parametrize(
    ("done", "word"),
    [
        ({"spec": {"securityContext": {}}}, "securityContext"),
        ({"spec": {"automountServiceAccountToken": True}}, "ServiceAccount"),
        ({"spec": {"initContainers": [{"image": "a"}]}}, "image"),
        ("- op: add\n  path: /metadata/labels/team\n  value: a", "labels"),
        ({"metadata": {"+(labels)": {"a": "b"}}}, "labels"),
        ({"kind": "ClusterRoleBinding"}, "ClusterRoleBinding"),
        ({"resourceRules": [{"resources": ["rolebindings"]}]}, "rolebindings"),
        ({"apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy"}, "kyverno.io/v"),
        ({"kind": "CiliumNetworkPolicy"}, "NetworkPolicy"),
        ({"apiServer": {"extraArgs": {"disable-admission-plugins": "PodSecurity"}}}, "disable-admission-plugins"),
        ({"path": "/etc/kubernetes/policies/audit-policy.yaml"}, "audit-policy"),
    ],
)
def test_what_security_may_depend_on_is_named(done: object, word: str) -> None:
    assert touched([done]) == word  # type: ignore[list-item]  # written out as plain data


@pytest.mark.parametrize(
    "done",
    [
        {"spec": {"identityRef": {"kind": "AWSClusterRoleIdentity"}}},
        {"kubeletExtraArgs": {"+(node-labels)": "role=worker"}},
        {"spec": {"replicas": 3, "paused": False}},
        {"metadata": {"annotations": {"kyverno.io/last-applied-patches": "a"}}},
        None,
    ],
)
def test_what_is_only_named_alike_is_not(done: object) -> None:
    assert touched([done]) == ""  # type: ignore[list-item]  # written out as plain data
