"""Roles and bindings: who comes to write policies."""

from __future__ import annotations

import pytest

from app import admission
from app.core.policy_edit import Effect, combined
from app.core.tree import File
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, file, with_

API = "rbac.authorization.k8s.io/v1"
PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}


def rule(group: str, resource: str, *verbs: str, **more: object) -> dict[str, object]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **more}


def role(*rules: object, **metadata: object) -> Object:
    return {
        "apiVersion": API,
        "kind": "ClusterRole",
        "metadata": {"name": "r", **metadata},
        "rules": list(rules),
    }


POLICIES = rule("kyverno.io", "clusterpolicies", "get", "update")


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (role(PODS), role(PODS, rule("", "secrets", "get")), NEUTRAL),
        (role(PODS), role(PODS, POLICIES), WEAKER),
        (role(PODS, POLICIES), role(PODS), STRONGER),
        (role(POLICIES), role(rule("kyverno.io", "clusterpolicies", "get")), STRONGER),
        (role(POLICIES), role(rule("kyverno.io", "*", "update")), WEAKER),
        (role(rule("kyverno.io", "clusterpolicies", "get")), role(POLICIES), WEAKER),
        (role(PODS), role(rule("*", "*", "*")), WEAKER),
        (role(PODS), role(rule("", "namespaces", "patch")), WEAKER),
        (role(PODS), role(rule("admissionregistration.k8s.io", "validatingwebhookconfigurations", "delete")), WEAKER),
        (role(PODS), role(rule("policy.sigstore.dev", "clusterimagepolicies", "create")), WEAKER),
        (role(PODS), role(rule("rbac.authorization.k8s.io", "clusterroles", "escalate")), WEAKER),
        (role(PODS), role(rule("rbac.authorization.k8s.io", "roles", "bind")), WEAKER),
        (role(PODS), role(rule("", "users", "impersonate")), WEAKER),
        (role(POLICIES), role({**POLICIES, "resourceNames": ["one"]}), STRONGER),
        (role({**POLICIES, "resourceNames": ["one"]}), role({**POLICIES, "resourceNames": ["one", "two"]}), WEAKER),
        (role({**POLICIES, "resourceNames": ["one"]}), role({**POLICIES, "resourceNames": ["two"]}), WEAKER),
        (role(PODS), role("pods"), CANNOT_TELL),
        (role(PODS), role({"apiGroups": {}, "resources": [], "verbs": []}), CANNOT_TELL),
        (role(PODS), {**role(), "rules": "all"}, CANNOT_TELL),
        (role(PODS), role(rule("", "${RESOURCE}", "get")), CANNOT_TELL),
        (role(), {**role(), "aggregationRule": {}}, CANNOT_TELL),
        (role(), role(labels={"a": "b"}), NEUTRAL),
        (None, role(PODS), NEUTRAL),
        (None, role(POLICIES), WEAKER),
        (role(POLICIES), None, STRONGER),
        (None, {**role(), "aggregationRule": {"clusterRoleSelectors": []}}, CANNOT_TELL),
        (None, with_(role(), "rules", None), NEUTRAL),
        # An engine may need what its role loses.
        (role(POLICIES, name="kyverno:admission"), role(name="kyverno:admission"), CANNOT_TELL),
        (role(POLICIES), role(rule("kyverno.io", "clusterpolicies", "delete")), WEAKER),
    ],
)
def test_roles(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def test_what_can_newly_be_done_is_shown() -> None:
    found = edits(role(PODS), role(PODS, rule("", "namespaces", "patch"), {**POLICIES, "resourceNames": ["one"]}))
    assert [edit.witness for edit in found] == ["patch namespaces"]
    assert edits(role(), role(rule("kyverno.io", "*", "create")))[0].witness == "create policies of kyverno.io"


AGGREGATED = {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (role(POLICIES), role(POLICIES, labels=AGGREGATED), WEAKER),
        (role(PODS), role(PODS, labels=AGGREGATED), NEUTRAL),
        (role(POLICIES, labels=AGGREGATED), role(POLICIES), CANNOT_TELL),
        (role(POLICIES, labels=AGGREGATED), role(POLICIES, labels={**AGGREGATED, "a": "b"}), NEUTRAL),
        (None, role(PODS, labels=AGGREGATED), NEUTRAL),
    ],
)
def test_roles_that_become_a_part_of_others(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def user(name: str) -> dict[str, str]:
    return {"kind": "User", "name": name}


def binding(name: str, *subjects: object) -> Object:
    return {
        "apiVersion": API,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "b"},
        "roleRef": {"kind": "ClusterRole", "name": name},
        "subjects": list(subjects),
    }


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (binding("cluster-admin"), binding("cluster-admin", user("a")), WEAKER),
        (binding("view"), binding("view", user("a")), NEUTRAL),
        (binding("mine"), binding("mine", user("a")), CANNOT_TELL),
        (binding("mine", user("a"), user("b")), binding("mine", user("b")), NEUTRAL),
        (binding("mine", user("system:kyverno")), binding("mine"), CANNOT_TELL),
        (binding("mine"), binding("other"), CANNOT_TELL),
        (None, binding("cluster-admin", user("a")), WEAKER),
        (None, binding("mine", user("a")), CANNOT_TELL),
        (binding("cluster-admin", user("a")), None, NEUTRAL),
    ],
)
def test_bindings(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def test_a_role_of_ones_own_may_be_called_like_one_that_only_sees() -> None:
    one, two = (with_(binding("view", *subjects), "roleRef.kind", "Role") for subjects in ((), (user("a"),)))
    assert effect(one, two) is CANNOT_TELL


def giving(name: str = "r", kind: str = "ClusterRole", **metadata: object) -> Object:
    return {
        "apiVersion": API,
        "kind": f"{kind}Binding",
        "metadata": {"name": "b", **metadata},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": "a", "namespace": "a"}],
    }


def of_binding(beside: Object, given: Object, path: str = "app/role.yaml") -> Effect:
    """Say what the edit of a new binding is, with a role in some file."""
    found = admission.compare([], [file(beside, path=path), file(given, path="app/binding.yaml")])
    return combined(edit.effect for edit in found if edit.resource and edit.resource.kind.endswith("Binding"))


READER = "extension-apiserver-authentication-reader"
NAMED_ROLE = {**role(PODS, namespace="a"), "kind": "Role"}


@pytest.mark.parametrize(
    ("beside", "given", "path", "wanted"),
    [
        (role(PODS), giving(), "app/role.yaml", NEUTRAL),
        (role(POLICIES), giving(), "app/role.yaml", CANNOT_TELL),
        (role(PODS), giving(), "elsewhere/role.yaml", CANNOT_TELL),
        (role(PODS), giving("other"), "app/role.yaml", CANNOT_TELL),
        (role(PODS, name="admin"), giving("admin"), "app/role.yaml", CANNOT_TELL),
        (role(PODS, name="system:a"), giving("system:a"), "app/role.yaml", CANNOT_TELL),
        (role(PODS, name="kyverno:a"), giving("kyverno:a"), "app/role.yaml", CANNOT_TELL),
        (with_(role(), "rules", None), giving(), "app/role.yaml", CANNOT_TELL),
        ({**role(PODS), "aggregationRule": {}}, giving(), "app/role.yaml", CANNOT_TELL),
        ({**role(PODS), "$patch": "replace"}, giving(), "app/role.yaml", CANNOT_TELL),
        (role(PODS, annotations={"argocd.argoproj.io/hook": "Skip"}), giving(), "app/role.yaml", CANNOT_TELL),
        (
            role(PODS, annotations={"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}),
            giving(),
            "app/role.yaml",
            CANNOT_TELL,
        ),
        (NAMED_ROLE, giving(kind="Role", namespace="a"), "app/role.yaml", NEUTRAL),
        (NAMED_ROLE, giving(kind="Role", namespace="b"), "app/role.yaml", CANNOT_TELL),
        (role(PODS), giving("system:auth-delegator"), "app/role.yaml", NEUTRAL),
        (role(PODS), giving(READER, "Role", namespace="kube-system"), "app/role.yaml", NEUTRAL),
        (role(PODS), giving(READER, "Role", namespace="a"), "app/role.yaml", CANNOT_TELL),
    ],
)
def test_a_binding_is_judged_by_the_role_beside_it(beside: Object, given: Object, path: str, wanted: Effect) -> None:
    assert of_binding(beside, given, path) is wanted


def test_a_role_that_is_written_twice_counts_as_what_can_do_more() -> None:
    files = [file(giving(), role(PODS), path="app/a.yaml"), file(role(POLICIES), path="other/a.yaml")]
    found = admission.compare([], [*files, File("app/broken.yaml", "a: [")])
    assert {edit.effect for edit in found if edit.resource and edit.resource.name == "b"} == {CANNOT_TELL}


@pytest.mark.parametrize(("beside", "wanted"), [(role(PODS), NEUTRAL), (role(POLICIES), CANNOT_TELL)])
def test_a_binding_that_an_overlay_newly_brings_is_judged_by_the_role_beside_it(beside: Object, wanted: Effect) -> None:
    held = file(giving(), beside, path="app/rbac.yaml")
    olds, news = (File("kustomization.yaml", f"resources: [{one}]\n") for one in ("", "app/rbac.yaml"))
    found = admission.compare([olds], [news], ([held], [held]))
    assert {edit.effect for edit in found if edit.resource and edit.resource.name == "b"} == {wanted}


@pytest.mark.parametrize(("name", "wanted"), [("app", NEUTRAL), ("kyverno:admin", CANNOT_TELL)])
def test_a_role_that_was_put_together_of_others_is_gone(name: str, wanted: Effect) -> None:
    assert effect({**role(name=name), "aggregationRule": {"clusterRoleSelectors": []}}, None) is wanted
