"""Helm values of policy engines: where they are found, and which way each of them goes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import admission
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import File
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER

KYVERNO, POLICIES, GATEKEEPER, CONTROLLER, CONNAISSEUR = (
    *("kyverno", "kyverno-policies", "gatekeeper", "policy-controller", "connaisseur"),
)


def flux(name: str, values: object, **spec: object) -> dict[str, object]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "engine"},
        "spec": {"chart": {"spec": {"chart": name, "version": "1"}}, "values": values, **spec},
    }


def compared(before: object, after: object, path: str = "release.yaml") -> tuple[PolicyEdit, ...]:
    sides = ([] if one is None else [File(path, json.dumps(one))] for one in (before, after))
    return admission.compare(*sides)


def effect(before: object, after: object, path: str = "release.yaml") -> Effect:
    return combined(edit.effect for edit in compared(before, after, path))


def nested(path: str, value: object) -> dict[str, object]:
    key, _, rest = path.partition(".")
    if value is None:
        return {}
    return {key: nested(rest, value) if rest else value}


LABELS = {"matchLabels": {"a": "b"}}
CONDITION = [{"name": "a", "expression": "b"}]
RULE, NARROW = {"pattern": "*", "validator": "default"}, {"pattern": "ghcr.io/*", "validator": "allow"}


def validator(**fields: object) -> object:
    return [{"name": "default", "type": "cosign", **fields}]


ROOT, OTHER_ROOT = {"name": "default", "key": "a"}, {"name": "default", "key": "b"}
RULES, VALIDATORS = "application.policy", "application.validators"


@pytest.mark.parametrize(
    "row",
    [
        (GATEKEEPER, "validatingWebhookFailurePolicy", "Fail", None, WEAKER),
        (GATEKEEPER, "validatingWebhookFailurePolicy", None, "Fail", STRONGER),
        (GATEKEEPER, "validatingWebhookCheckIgnoreFailurePolicy", None, "Ignore", WEAKER),
        (GATEKEEPER, "disableValidatingWebhook", None, True, WEAKER),
        (GATEKEEPER, "disableAudit", True, False, STRONGER),
        (GATEKEEPER, "disableMutation", None, True, CANNOT_TELL),
        (GATEKEEPER, "validatingWebhookExemptNamespacesLabels", None, {"a": ["b"]}, WEAKER),
        (GATEKEEPER, "validatingWebhookExemptNamespacesLabels", {"a": ["b"]}, {"a": ["b", "c"]}, WEAKER),
        (GATEKEEPER, "validatingWebhookExemptNamespacesLabels", {"a": ["b"]}, {}, STRONGER),
        (GATEKEEPER, "validatingWebhookObjectSelector", None, LABELS, WEAKER),
        (GATEKEEPER, "validatingWebhookMatchConditions", None, CONDITION, WEAKER),
        (GATEKEEPER, "validatingWebhookCustomRules", None, {}, CANNOT_TELL),
        (GATEKEEPER, "validatingWebhookScope", None, "Namespaced", WEAKER),
        (GATEKEEPER, "enableConnectOperations", True, None, WEAKER),
        (GATEKEEPER, "enableDeleteOperations", None, True, STRONGER),
        (GATEKEEPER, "enableGeneratorResourceExpansion", None, False, WEAKER),
        (GATEKEEPER, "enableExternalData", None, False, CANNOT_TELL),
        (GATEKEEPER, "auditInterval", 60, 600, WEAKER),
        (GATEKEEPER, "auditInterval", None, 30, STRONGER),
        (GATEKEEPER, "auditMatchKindOnly", None, True, CANNOT_TELL),
        (GATEKEEPER, "controllerManager.exemptNamespaces", None, ["a"], WEAKER),
        (GATEKEEPER, "controllerManager.exemptNamespacePrefixes", ["a-b"], ["a-"], WEAKER),
        (GATEKEEPER, "controllerManager.resources", None, {"limits": {}}, NEUTRAL),
        (GATEKEEPER, "replicas", 1, 3, NEUTRAL),
        (KYVERNO, "config.resourceFilters", None, ["[Pod,a,*]"], WEAKER),
        (KYVERNO, "config.excludeGroups", ["a", "b"], ["a"], STRONGER),
        (KYVERNO, "config.webhooks", None, {"namespaceSelector": LABELS}, CANNOT_TELL),
        (KYVERNO, "config.matchConditions", CONDITION, [], STRONGER),
        (KYVERNO, "features.policyExceptions.enabled", None, True, WEAKER),
        (KYVERNO, "features.policyExceptions.namespace", "a", "*", CANNOT_TELL),
        (KYVERNO, "features.admissionReports.enabled", None, False, WEAKER),
        (KYVERNO, "features.forceFailurePolicyIgnore.enabled", None, True, WEAKER),
        (KYVERNO, "features.registryClient.allowInsecure", None, True, WEAKER),
        (KYVERNO, "features.strange", None, True, CANNOT_TELL),
        (KYVERNO, "admissionController.replicas", 1, 3, NEUTRAL),
        (POLICIES, "podSecurityStandard", "restricted", None, WEAKER),
        (POLICIES, "podSecurityStandard", "baseline", "restricted", STRONGER),
        (POLICIES, "podSecurityStandard", "baseline", "custom", CANNOT_TELL),
        (POLICIES, "podSecurityPolicies", ["a", "b"], ["a"], WEAKER),
        (POLICIES, "includeOtherPolicies", None, ["a"], STRONGER),
        (POLICIES, "validationFailureAction", "Enforce", None, WEAKER),
        (POLICIES, "validationFailureActionByPolicy", {"a": "Enforce"}, {"a": "Audit"}, WEAKER),
        (POLICIES, "validationFailureActionByPolicy", {"a": "Enforce"}, {}, CANNOT_TELL),
        (POLICIES, "validationFailureActionByPolicy", {"a": "Enforce"}, ["a"], CANNOT_TELL),
        (POLICIES, "validationFailureActionOverrides", None, {"all": []}, CANNOT_TELL),
        (POLICIES, "policyExclude", None, {"a": {"any": []}}, WEAKER),
        (POLICIES, "policyExclude", {"a": {"any": []}}, {}, STRONGER),
        (POLICIES, "policyExclude", {"a": {"any": []}}, {"a": {"any": [1]}}, CANNOT_TELL),
        (POLICIES, "policyExclude", {"a": {"any": []}}, ["a"], CANNOT_TELL),
        (POLICIES, "policyExclude", {"a": {"any": []}, "b": {}}, {"a": {"any": [1]}, "b": {}}, CANNOT_TELL),
        (POLICIES, "validationFailureActionByPolicy", {"a": "Enforce", "b": "x"}, {"a": "Audit", "b": "x"}, WEAKER),
        (POLICIES, "policyPreconditions", None, {"a": {"all": []}}, WEAKER),
        (POLICIES, "failurePolicy", None, "Ignore", WEAKER),
        (POLICIES, "background", None, False, WEAKER),
        (POLICIES, "autogenControllers", None, "none", CANNOT_TELL),
        (CONTROLLER, "webhook.failurePolicy", None, "Ignore", WEAKER),
        (CONTROLLER, "webhook.namespaceSelector", LABELS, None, STRONGER),
        (CONTROLLER, "cosign", None, {"a": "b"}, CANNOT_TELL),
        (CONTROLLER, "webhook.configData", None, {"no-match-policy": "allow"}, CANNOT_TELL),
        (CONNAISSEUR, RULES, [RULE], [RULE, NARROW], CANNOT_TELL),
        (CONNAISSEUR, RULES, [RULE], [{**RULE, "with": {"threshold": 1}}], NEUTRAL),
        (CONNAISSEUR, RULES, [{**RULE, "with": {"threshold": 2}}], [{**RULE, "with": {"threshold": 1}}], WEAKER),
        (CONNAISSEUR, RULES, [{**RULE, "with": {"required": ["a"]}}], [{**RULE, "with": {}}], WEAKER),
        (CONNAISSEUR, RULES, [{**RULE, "with": {}}], [{**RULE, "with": {"mode": "insecureValidateOnly"}}], WEAKER),
        (CONNAISSEUR, RULES, [{**RULE, "with": {"trustRoot": "a"}}], [{**RULE, "with": {"trustRoot": "b"}}], WEAKER),
        (CONNAISSEUR, RULES, [RULE], [{**RULE, "validator": "allow"}], WEAKER),
        (CONNAISSEUR, RULES, [RULE], [{**RULE, "pattern": "a"}], CANNOT_TELL),
        (CONNAISSEUR, RULES, [RULE, NARROW], [NARROW, RULE], NEUTRAL),
        (CONNAISSEUR, RULES, [RULE], "all", CANNOT_TELL),
        (CONNAISSEUR, VALIDATORS, validator(trustRoots=[ROOT]), validator(trustRoots=[OTHER_ROOT]), WEAKER),
        (CONNAISSEUR, VALIDATORS, validator(), validator(trustRoots=[ROOT]), WEAKER),
        (CONNAISSEUR, VALIDATORS, validator(), validator(type="static", approve=True), WEAKER),
        (CONNAISSEUR, VALIDATORS, validator(), validator(type="notaryv1"), WEAKER),
        (CONNAISSEUR, VALIDATORS, validator(), validator(host="a"), CANNOT_TELL),
        (CONNAISSEUR, VALIDATORS, validator(), [*validator(), {"name": "b"}], NEUTRAL),
        (CONNAISSEUR, VALIDATORS, [*validator(), {"name": "b"}], validator(), CANNOT_TELL),
        (CONNAISSEUR, VALIDATORS, [*validator(), {"name": "b"}], [{"name": "b"}, *validator()], CANNOT_TELL),
        (CONNAISSEUR, "application.features.detectionMode", None, True, WEAKER),
        (CONNAISSEUR, "application.features.namespacedValidation", None, {"mode": "ignore"}, WEAKER),
        (CONNAISSEUR, "application.features.namespacedValidation", None, {"mode": "validate"}, WEAKER),
        (CONNAISSEUR, "application.features.namespacedValidation", {"mode": "validate"}, None, CANNOT_TELL),
        (CONNAISSEUR, "application.features.automaticChildApproval", False, None, WEAKER),
        (CONNAISSEUR, "application.features.automaticUnchangedApproval", None, True, WEAKER),
        (CONNAISSEUR, "application.features.resourceValidationMode", None, "podsOnly", WEAKER),
        (CONNAISSEUR, "kubernetes.webhook.failurePolicy", None, "Ignore", WEAKER),
        (CONNAISSEUR, "kubernetes.deployment.replicasCount", 1, 3, NEUTRAL),
        ("ratify", "policy", None, {"useRego": True}, CANNOT_TELL),
        (KYVERNO, "image", {"tag": "1"}, {"tag": "2"}, NEUTRAL),
        (KYVERNO, "strange", None, 1, CANNOT_TELL),
    ],
)
def test_values(row: tuple[str, str, object, object, Effect]) -> None:
    chart, path, before, after, wanted = row
    sides = (flux(chart, {"x": 1, **nested(path, one)}) for one in (before, after))
    assert effect(*sides) is wanted


STRICT, LENIENT = {"failurePolicy": "Fail"}, {"failurePolicy": "Ignore"}


def argo(values: object, *, text: bool = False, many: bool = False, **helm: object) -> dict[str, object]:
    written = {"values": json.dumps(values)} if text else {"valuesObject": values}
    source = {"chart": POLICIES, "targetRevision": "1", "helm": {**written, **helm}}
    spec = {"sources": [{"repoURL": "other"}, source]} if many else {"source": source}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, "spec": spec}


def k3s(values: str) -> dict[str, object]:
    chart = {"chart": POLICIES, "valuesContent": values}
    return {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "a"}, "spec": chart}


def kustomized(values: object, version: str = "1") -> dict[str, object]:
    return {"helmCharts": [{"name": "other"}, {"name": POLICIES, "version": version, "valuesInline": values}]}


def patched(values: object) -> dict[str, object]:
    return {"kind": "HelmRelease", "metadata": {"name": POLICIES}, "spec": {"values": values}}


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (flux(POLICIES, STRICT), flux(POLICIES, LENIENT), "a.yaml"),
        (flux(f"./charts/{POLICIES}", STRICT), flux(f"./charts/{POLICIES}", LENIENT), "a.yaml"),
        (
            flux("", STRICT, chart=None, chartRef={"name": POLICIES}),
            flux("", LENIENT, chart=None, chartRef={"name": POLICIES}),
            "a.yaml",
        ),
        (argo(STRICT), argo(LENIENT), "a.yaml"),
        (argo(STRICT, text=True), argo(LENIENT, text=True), "a.yaml"),
        (argo(STRICT, many=True), argo(LENIENT, many=True), "a.yaml"),
        (k3s(json.dumps(STRICT)), k3s(json.dumps(LENIENT)), "a.yaml"),
        (kustomized(STRICT), kustomized(LENIENT), "kustomization.yaml"),
        (STRICT, LENIENT, f"charts/{POLICIES}/values.yaml"),
        (STRICT, LENIENT, f"values-{POLICIES}.yaml"),
        (STRICT, LENIENT, f"apps/{POLICIES}-values.yaml"),
        (patched(STRICT), patched(LENIENT), "patch.yaml"),
        ({POLICIES: STRICT}, {POLICIES: LENIENT}, "umbrella/values.yaml"),
    ],
)
def test_where_values_are_found(before: object, after: object, path: str) -> None:
    assert effect(before, after, path) is WEAKER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (flux("app", STRICT), flux("app", LENIENT)),
        ({**flux(POLICIES, STRICT), "kind": "Other"}, {**flux(POLICIES, LENIENT), "kind": "Other"}),
        ([flux(POLICIES, STRICT)], [flux(POLICIES, LENIENT)]),
        (argo(STRICT) | {"spec": {"source": {"path": "apps/kyverno-docs"}}}, argo(LENIENT) | {"spec": {}}),
        (k3s("a: b") | {"spec": {"chart": "app"}}, k3s("a: b") | {"spec": {"chart": "kyverno-like"}}),
        ({"helmCharts": [{"name": "kyverno-app"}]}, {"helmCharts": [{"name": "app"}]}),
    ],
)
def test_other_charts_are_none_of_them(before: object, after: object) -> None:
    assert [edit.sentence for edit in compared(before, after) if "installed" not in edit.sentence] == []


MENTIONED = {"note": "kyverno"}


@pytest.mark.parametrize(
    "one",
    [flux("app", MENTIONED), k3s(json.dumps(MENTIONED)) | {"spec": {"chart": "app", "note": "kyverno"}}, [MENTIONED]],
)
def test_what_only_mentions_an_engine_is_none_of_them(one: object) -> None:
    assert compared(one, None) == ()


def test_two_releases_of_one_name_are_told_apart_by_their_files() -> None:
    one, other = (json.dumps(flux(POLICIES, values)) for values in (STRICT, LENIENT))
    before = [File("a.yaml", one), File("b.yaml", one)]
    found = admission.compare(before, [File("a.yaml", other), File("b.yaml", one)])
    assert [(edit.path, edit.effect) for edit in found] == [("a.yaml", WEAKER)]


def test_a_release_that_moves_is_the_same_release() -> None:
    text = json.dumps(flux(POLICIES, STRICT))
    assert admission.compare([File("a.yaml", text)], [File("b.yaml", text)]) == ()


def test_a_second_release_of_one_name_in_a_file_is_new() -> None:
    one = json.dumps(flux(POLICIES, STRICT))
    found = admission.compare([File("a.yaml", one)], [File("a.yaml", f"{one}\n---\n{one}")])
    assert [edit.effect for edit in found] == [CANNOT_TELL]


def test_a_file_of_values_of_nobody_is_none_of_them() -> None:
    assert compared(STRICT, {**LENIENT, "note": "not kyverno"}, "app/values.yaml") == ()


def test_another_version_or_other_values_cannot_be_told() -> None:
    assert effect(kustomized(STRICT), kustomized(STRICT, "2"), "kustomization.yaml") is CANNOT_TELL
    assert effect(argo(STRICT), argo(STRICT, parameters=[{"name": "a", "value": "b"}])) is CANNOT_TELL


@pytest.mark.parametrize(("before", "after"), [("a: b", "- ["), ("a: b", "a: b\n---\nc: d"), ("a: b", "")])
def test_values_that_cannot_be_read_cannot_be_told(before: str, after: str) -> None:
    assert effect(k3s(before), k3s(after)) is CANNOT_TELL
    assert effect(k3s(before), {**k3s(""), "spec": {"chart": POLICIES}}) is CANNOT_TELL


def test_a_release_that_is_suspended_is_weaker() -> None:
    one, held = flux(KYVERNO, {}), flux(KYVERNO, {}, suspend=True)
    assert [effect(one, held), effect(held, one)] == [WEAKER, STRONGER]


def test_an_engine_that_comes_or_goes() -> None:
    assert [effect(None, flux(KYVERNO, {})), effect(flux(KYVERNO, {}), None)] == [CANNOT_TELL, WEAKER]


def test_a_file_of_values_that_comes_or_goes_is_judged_by_what_it_says() -> None:
    path = f"{POLICIES}/values.yaml"
    assert [effect(None, LENIENT, path), effect(LENIENT, None, path)] == [WEAKER, STRONGER]
    assert compared(None, {}, path) == ()


def test_a_value_of_a_new_file_is_told_with_its_line() -> None:
    text = "# values\nkyverno-policies:\n  # often\n  failurePolicy: Ignore\n"
    (found,) = admission.compare([], [File("a/values.yaml", text)])
    assert (found.field, found.line) == ("values.failurePolicy", 4)


def test_a_schema_of_values_sets_nothing() -> None:
    path = f"{POLICIES}/values.schema.json"
    assert compared(None, {"$schema": "http://json-schema.org/schema#", "properties": {"a": {}}}, path) == ()
    assert effect(None, {**LENIENT, "properties": {}}, path) is WEAKER


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [({"team": "a"}, NEUTRAL), ({"cleanup.kyverno.io/ttl": "1h"}, CANNOT_TELL), ("a", CANNOT_TELL)],
)
def test_labels_of_the_charts_policies(labels: object, wanted: Effect) -> None:
    assert effect(flux(POLICIES, {}), flux(POLICIES, {"customLabels": labels})) is wanted


@pytest.mark.parametrize("name", ["customLabels", "policyExclude", "validationFailureActionByPolicy"])
def test_an_empty_table_of_the_charts_policies_is_none(name: str) -> None:
    assert effect(flux(POLICIES, {"background": True}), flux(POLICIES, {"background": True, name: {}})) is NEUTRAL


def test_of_the_labels_of_the_charts_policies_only_what_changed_is_told() -> None:
    sides = (flux(POLICIES, {"customLabels": {"cleanup.kyverno.io/ttl": "1h", **more}}) for more in ({}, {"a": "b"}))
    assert [(edit.field, edit.effect) for edit in compared(*sides)] == [("values.customLabels.a", NEUTRAL)]


def test_a_file_that_cannot_be_read_is_told_once() -> None:
    found = admission.compare([File("a/values.yaml", "kyverno: {}\n")], [File("a/values.yaml", "kyverno: [\n")])
    assert CANNOT_TELL in {edit.effect for edit in found} or found == ()


def test_edits_of_values_name_their_release() -> None:
    found = compared(flux(POLICIES, STRICT), flux(POLICIES, LENIENT))
    assert [(edit.field, edit.resource and edit.resource.name) for edit in found] == [
        ("values.failurePolicy", "engine")
    ]
    assert {edit.resource for edit in compared(STRICT, LENIENT, f"{POLICIES}/values.yaml")} == {None}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["Fail", "Ignore", "a", "${a}"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "config",
                        "features",
                        "webhook",
                        "application",
                        "policy",
                        "validators",
                        "with",
                        "controllerManager",
                    ),
                    *("failurePolicy", "policyExclude", "podSecurityPolicies", "pattern", "name", "type", "trustRoots"),
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=15,
)
CHART = st.sampled_from([KYVERNO, POLICIES, GATEKEEPER, CONTROLLER, CONNAISSEUR, "ratify"])


@given(CHART, VALUES, VALUES)
@settings(deadline=None, max_examples=200)
def test_comparing_never_breaks_and_never_overlooks(chart: str, before: object, after: object) -> None:
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert bool(compared(flux(chart, before), flux(chart, after))) is not same
