"""Labels of namespaces, and the API server's configuration of how Pods are checked."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect, Severity
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, told, with_

PSA = "pod-security.kubernetes.io"
IGNORED = "admission.gatekeeper.sh/ignore"
CHECKED = "policy.sigstore.dev/include"
CONNAISSEUR = "securesystemsengineering.connaisseur/webhook"


def namespace(labels: object = None, **metadata: object) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n", "labels": labels, **metadata}}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("restricted", "baseline", WEAKER),
        ("baseline", "privileged", WEAKER),
        ("privileged", "restricted", STRONGER),
        (None, "privileged", WEAKER),
        ("restricted", None, WEAKER),
        (None, "restricted", STRONGER),
        ("privileged", None, STRONGER),
        (None, "baseline", CANNOT_TELL),
        ("baseline", None, CANNOT_TELL),
        ("baseline", "Restricted", CANNOT_TELL),
        ("baseline", "${LEVEL}", CANNOT_TELL),
    ],
)
@pytest.mark.parametrize("mode", ["enforce", "audit", "warn"])
def test_levels(mode: str, before: object, after: object, wanted: Effect) -> None:
    sides = [namespace({"x": "y", **({} if one is None else {f"{PSA}/{mode}": one})}) for one in (before, after)]
    severity = Severity.BLOCKING if mode == "enforce" else Severity.REPORTING
    found = [(edit.effect, edit.severity) for edit in edits(*sides)]
    assert found == [(wanted, severity if after != "${LEVEL}" else Severity.BLOCKING)]


def level(name: str, version: str | None) -> Object:
    return namespace({f"{PSA}/enforce": name, **({} if version is None else {f"{PSA}/enforce-version": version})})


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (level("baseline", "latest"), level("baseline", None), NEUTRAL),
        (level("privileged", "v1.20"), level("privileged", None), NEUTRAL),
        (level("baseline", "v1.20"), level("baseline", "v1.30"), CANNOT_TELL),
        (level("privileged", "v1.20"), level("baseline", "v1.30"), CANNOT_TELL),
    ],
)
def test_versions(before: Object, after: Object, wanted: Effect) -> None:
    assert effect(before, after) is wanted


@pytest.mark.parametrize(
    ("label", "before", "after", "wanted"),
    [
        (CHECKED, "true", None, WEAKER),
        (CHECKED, "true", "yes", WEAKER),
        (CHECKED, None, "true", STRONGER),
        (CHECKED, None, "false", NEUTRAL),
        (IGNORED, None, "", WEAKER),
        (IGNORED, "a", None, STRONGER),
        (IGNORED, "a", "b", NEUTRAL),
        (CONNAISSEUR, None, "ignore", WEAKER),
        (CONNAISSEUR, "validate", None, WEAKER),
        (CONNAISSEUR, "ignore", None, STRONGER),
        (CONNAISSEUR, None, "validate", STRONGER),
        (CONNAISSEUR, None, "odd", CANNOT_TELL),
        ("kustomize.toolkit.fluxcd.io/prune", None, "disabled", NEUTRAL),
        ("team", "a", None, CANNOT_TELL),
        ("evilhelm.sh/chart", "a", None, CANNOT_TELL),
        ("app.kubernetes.io/part-of", "a", None, CANNOT_TELL),
        ("app.kubernetes.io/version", "1", "2", NEUTRAL),
        ("control-plane", None, "a", CANNOT_TELL),
        ("policy.sigstore.dev/exclude", None, "true", CANNOT_TELL),
        ("{{ label }}", None, "a", CANNOT_TELL),
    ],
)
def test_labels(label: str, before: object, after: object, wanted: Effect) -> None:
    sides = (namespace({"x": "y", **({} if one is None else {label: one})}) for one in (before, after))
    assert effect(*sides) is wanted


def test_an_annotation_that_is_called_like_a_label_has_no_effect() -> None:
    sides = namespace({"a": "b"}), namespace({"a": "b"}, annotations={f"{PSA}/enforce": "restricted"})
    assert told(*sides) == {("metadata.annotations", NEUTRAL)}


def test_other_annotations_are_told_on_their_own() -> None:
    marked = namespace(None, annotations={"kyverno.io/odd": "1", f"{PSA}/enforce": "baseline"})
    assert told(namespace(), marked) == {("metadata.annotations.kyverno.io/odd", CANNOT_TELL)}


def test_a_new_namespace_is_judged_by_what_its_labels_switch() -> None:
    assert effect(None, namespace({f"{PSA}/enforce": "privileged", "team": "a"})) is WEAKER
    assert effect(None, namespace({f"{PSA}/enforce": "restricted", f"{PSA}/enforce-version": "v1.30"})) is STRONGER
    assert effect(None, namespace({"team": "a"})) is NEUTRAL
    assert effect(None, with_(namespace(), "metadata.labels", None)) is NEUTRAL


def test_a_namespace_that_goes_is_neutral() -> None:
    assert effect(namespace({f"{PSA}/enforce": "restricted"}), None) is NEUTRAL


def test_another_name_is_neutral() -> None:
    assert effect(namespace({"a": "b"}), namespace({"a": "b"}, name="m")) is NEUTRAL


@pytest.mark.parametrize(
    "after",
    [namespace(["a"]), namespace(None, annotations=["a"]), {**namespace(), "metadata": ["a"]}],
)
def test_an_unexpected_form_cannot_be_told(after: Object) -> None:
    assert effect(namespace({"a": "b"}), after) is CANNOT_TELL


def configuration(**fields: object) -> Object:
    return {"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration", **fields}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"defaults": {"enforce": "baseline"}}, {"defaults": {"enforce": "privileged"}}, WEAKER),
        ({"defaults": {"enforce": "baseline"}}, {"defaults": {}}, WEAKER),
        ({"defaults": {"warn": "baseline"}}, {"defaults": {"warn": "restricted"}}, STRONGER),
        ({"defaults": {}}, {"defaults": {"audit-version": "v1.30"}}, CANNOT_TELL),
        ({"exemptions": {"usernames": []}}, {"exemptions": {"usernames": ["a"]}}, WEAKER),
        ({"exemptions": {"namespaces": ["a"]}}, {"exemptions": {}}, STRONGER),
        ({"exemptions": {}}, {"exemptions": {"runtimeClasses": ["a"]}}, WEAKER),
        ({}, {"strange": 1}, CANNOT_TELL),
    ],
)
def test_the_servers_configuration(before: dict[str, object], after: dict[str, object], wanted: Effect) -> None:
    alone = configuration(**before), configuration(**after)
    plugins = (
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AdmissionConfiguration",
            "plugins": [{"name": "PodSecurity", "configuration": one}],
        }
        for one in alone
    )
    assert effect(*alone) is wanted
    assert effect(*plugins) is wanted


def plugins(*listed: object) -> Object:
    return {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": list(listed)}


def test_other_plugins_cannot_be_told() -> None:
    assert effect(plugins(), plugins({"name": "ImagePolicyWebhook"})) is CANNOT_TELL
    assert effect(plugins({"name": "A"}, {"name": "B"}), plugins({"name": "B"}, {"name": "A"})) is CANNOT_TELL


def test_a_plugin_that_comes_with_exemptions_is_weaker() -> None:
    one = {"name": "PodSecurity", "configuration": configuration(exemptions={"namespaces": ["a"]})}
    assert effect(plugins(), plugins(one)) is WEAKER
