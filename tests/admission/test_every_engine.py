"""What holds for every engine of objects: it never breaks, and never calls safe what it does not understand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import admission
from app.core.policy_edit import PolicyEdit, combined
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, told

DOCS = Path(__file__).parents[2] / "docs/policies.md"
KINDS = (
    *(("constraints.gatekeeper.sh/v1beta1", one) for one in ("K8sAllowedRepos", "K8sRequiredLabels", "Mine")),
    ("templates.gatekeeper.sh/v1", "ConstraintTemplate"),
    ("config.gatekeeper.sh/v1alpha1", "Config"),
    ("syncset.gatekeeper.sh/v1alpha1", "SyncSet"),
    ("expansion.gatekeeper.sh/v1beta1", "ExpansionTemplate"),
    ("externaldata.gatekeeper.sh/v1beta1", "Provider"),
    ("mutations.gatekeeper.sh/v1", "Assign"),
    *(("admissionregistration.k8s.io/v1", f"{one}AdmissionPolicy") for one in ("Validating", "Mutating")),
    *(("admissionregistration.k8s.io/v1", f"{one}AdmissionPolicyBinding") for one in ("Validating", "Mutating")),
    *(("admissionregistration.k8s.io/v1", f"{one}WebhookConfiguration") for one in ("Validating", "Mutating")),
    ("v1", "Namespace"),
    ("apiserver.config.k8s.io/v1", "AdmissionConfiguration"),
    ("pod-security.admission.config.k8s.io/v1", "PodSecurityConfiguration"),
    ("policy.sigstore.dev/v1beta1", "ClusterImagePolicy"),
    ("policy.sigstore.dev/v1alpha1", "TrustRoot"),
    ("config.openshift.io/v1", "ClusterImagePolicy"),
    ("config.openshift.io/v1", "Image"),
    ("portieris.cloud.ibm.com/v1", "ClusterImagePolicy"),
    *(("config.ratify.deislabs.io/v1beta1", one) for one in ("Policy", "Verifier", "KeyManagementProvider", "Store")),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("cilium.io/v2", "CiliumNetworkPolicy"),
    *(("rbac.authorization.k8s.io/v1", one) for one in ("ClusterRole", "RoleBinding")),
)
TOP = (
    *(
        "spec",
        "webhooks",
        "rules",
        "subjects",
        "roleRef",
        "data",
        "plugins",
        "defaults",
        "exemptions",
        "aggregationRule",
    ),
)
INNER = (
    *(
        "match",
        "kinds",
        "apiGroups",
        "namespaces",
        "excludedNamespaces",
        "labelSelector",
        "matchLabels",
        "scope",
        "name",
    ),
    *("enforcementAction", "scopedEnforcementActions", "action", "enforcementPoints", "parameters", "repos", "labels"),
    *(
        "exemptImages",
        "key",
        "allowedRegex",
        "targets",
        "target",
        "rego",
        "libs",
        "code",
        "crd",
        "validation",
        "processes",
    ),
    *(
        "sync",
        "syncOnly",
        "gvks",
        "failurePolicy",
        "rules",
        "operations",
        "resources",
        "apiVersions",
        "verbs",
        "matchPolicy",
    ),
    *(
        "matchConditions",
        "expression",
        "validations",
        "validationActions",
        "paramRef",
        "matchResources",
        "resourceRules",
    ),
    *("clientConfig", "timeoutSeconds", "namespaceSelector", "images", "glob", "authorities", "keyless", "identities"),
    *(
        "issuer",
        "subject",
        "subjectRegExp",
        "ctlog",
        "url",
        "static",
        "attestations",
        "predicateType",
        "policy",
        "mode",
    ),
    *(
        "sigstoreKeys",
        "tLogs",
        "remote",
        "root",
        "trustPolicies",
        "keys",
        "tLogVerify",
        "level",
        "scopes",
        "trustStores",
    ),
    *("artifactVerificationPolicies", "podSelector", "policyTypes", "ingress", "egress", "from", "to", "ports", "type"),
    *(
        "configuration",
        "enforce",
        "namespaces",
        "usernames",
        "value",
        "applyTo",
        "registrySources",
        "allowedRegistries",
    ),
)
TEXTS = st.sampled_from(
    [
        *(
            "deny",
            "warn",
            "dryrun",
            "scoped",
            "*",
            "a*",
            "*b",
            "a",
            "Fail",
            "Ignore",
            "Exact",
            "Deny",
            "Allow",
            "Audit",
        ),
        *("ghcr.io/**", "pass", "fail", "enforce", "all", "any", "skip", "strict", "Ingress", "Egress", "restricted"),
        *(
            "webhook",
            "sync",
            "${x}",
            "{{ x }}",
            "(",
            "[a]",
            "^a.*$",
            "CREATE",
            "pods",
            "create",
            "kyverno.io",
            "",
            "true",
        ),
        'package a\nviolation[{"msg": msg}] {\n  input.a\n  msg := "x"\n}\n',
        'package a\nviolation[{"msg": msg}] {\n  input.a\n  input.b\n  msg := "x"\n}\n',
        "-----BEGIN PUBLIC KEY-----\na\n-----END PUBLIC KEY-----",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers(-1, 3) | TEXTS
KEYS = st.sampled_from(INNER)
DATA = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)
KIND = st.sampled_from(KINDS)
BODY = st.dictionaries(st.sampled_from(TOP), DATA, max_size=2) | st.builds(lambda spec: {"spec": spec}, DATA)


def of(kind: tuple[str, str], body: object, **metadata: object) -> Object:
    return {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "x", **metadata}, **dict(body)}  # type: ignore[call-overload]


def both(kind: tuple[str, str], before: object, after: object) -> tuple[PolicyEdit, ...]:
    return edits(of(kind, before), of(kind, after))


@given(KIND, BODY, BODY)
@settings(deadline=None, max_examples=200)
def test_comparing_never_breaks_and_never_overlooks(kind: tuple[str, str], before: object, after: object) -> None:
    assert bool(both(kind, before, after)) is (json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True))


@given(KIND, BODY)
@settings(deadline=None, max_examples=100)
def test_nothing_differs_from_itself(kind: tuple[str, str], body: object) -> None:
    assert both(kind, body, body) == ()


@given(KIND, BODY, BODY)
@settings(deadline=None, max_examples=200)
def test_what_gets_stronger_is_never_neutral_or_stronger_on_the_way_back(
    kind: tuple[str, str], before: object, after: object
) -> None:
    if combined(edit.effect for edit in both(kind, before, after)) is STRONGER:
        assert combined(edit.effect for edit in both(kind, after, before)) in (WEAKER, CANNOT_TELL)


@given(KIND, BODY)
@settings(deadline=None, max_examples=100)
def test_an_object_that_comes_or_goes_is_always_told(kind: tuple[str, str], body: object) -> None:
    assert edits(None, of(kind, body))
    assert edits(of(kind, body), None)


@pytest.mark.parametrize("kind", [one for one in KINDS if one[1] != "Image"])
def test_a_field_that_is_not_known_cannot_be_told(kind: tuple[str, str]) -> None:
    effects = [edit.effect for edit in both(kind, {}, {"strange": 1})]
    assert effects == [CANNOT_TELL]


@pytest.mark.parametrize("kind", [one for one in KINDS if one[1] not in ("Namespace", "Provider")])
def test_the_version_of_the_interface_says_nothing(kind: tuple[str, str]) -> None:
    other = (kind[0].partition("/")[0] + "/v9", kind[1])
    assert told(of(kind, {"spec": {}}), of(other, {"spec": {}})) == {("apiVersion", NEUTRAL)}


@pytest.mark.parametrize("engine", [*admission.ENGINES, *admission.FILE_ENGINES], ids=lambda engine: engine.NAME)
def test_every_engine_has_a_chapter(engine: admission.Engine | admission.FileEngine) -> None:
    assert f"\n### {engine.NAME}\n" in DOCS.read_text()
