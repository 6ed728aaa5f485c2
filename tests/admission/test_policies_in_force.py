"""The policies that a file holds, each with the word for what it does to what breaks it."""

from __future__ import annotations

import pytest

from app import admission
from app.core.errors import Unreadable
from app.core.tree import File


def _words(text: str) -> list[tuple[str, str]]:
    return [(one.resource.kind, one.action) for one in admission.in_force(File("a.yaml", text))]


@pytest.mark.parametrize(
    ("api", "kind", "rest", "word"),
    [
        ("kyverno.io/v1", "ClusterPolicy", "spec: {validationFailureAction: Enforce}", "Enforce"),
        ("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{validate: {failureAction: Audit}}]}", "Audit"),
        (
            *("kyverno.io/v1", "ClusterPolicy"),
            "spec: {rules: [{validate: {failureAction: Audit}}, {validate: {failureAction: Enforce}}, {mutate: {}}]}",
            "Audit, Enforce",
        ),
        ("kyverno.io/v1", "ClusterPolicy", "spec: {rules: none}", ""),
        ("constraints.gatekeeper.sh/v1beta1", "K8sAny", "spec: {enforcementAction: warn}", "warn"),
        ("constraints.gatekeeper.sh/v1beta1", "K8sAny", "spec: {}", "deny"),
        (
            *("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
            "spec: {validationActions: [Deny, Audit]}",
            "Deny, Audit",
        ),
        (
            *("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
            "webhooks: [{failurePolicy: Fail}, {failurePolicy: Fail}, {name: x}]",
            "Fail",
        ),
        ("policy.sigstore.dev/v1beta1", "ClusterImagePolicy", "spec: {mode: warn}", "warn"),
        ("networking.k8s.io/v1", "NetworkPolicy", "spec: {}", ""),
    ],
)
def test_tells_the_word(api: str, kind: str, rest: str, word: str) -> None:
    assert _words(f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a}}\n{rest}\n") == [(kind, word)]


def test_a_namespace_is_a_policy_only_where_it_says_a_level() -> None:
    plain = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"
    level = plain.replace("name: a", "name: a, labels: {pod-security.kubernetes.io/enforce: baseline}")
    assert _words(f"{plain}---\n{level}") == [("Namespace", "baseline")]


def test_what_is_no_policy_is_left_out() -> None:
    assert _words("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n") == []


def test_what_cannot_be_read_is_no_answer() -> None:
    with pytest.raises(Unreadable):
        admission.in_force(File("a.yaml", None, "larger than 1 MiB"))


def test_only_a_kustomization_brings_anything() -> None:
    assert admission.held(File("a.yaml", "resources: [b.yaml]")).brings is None
    assert [admission.is_overlay(path) for path in ("a/kustomization.yaml", "a.yaml")] == [True, False]
