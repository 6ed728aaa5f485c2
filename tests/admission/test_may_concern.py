"""What is said to have no part in any edit has none: engines claim nothing in it, whatever way it is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import admission
from app.admission.comparing import Engines
from app.core.errors import Unreadable
from app.core.tree import File

DATA = Path(__file__).parents[2] / "../shared/data/policies/dev.jsonl.gz"
CLAIMED = (
    *(("kyverno.io/v1", "ClusterPolicy"), ("policies.kyverno.io/v1alpha1", "ValidatingPolicy")),
    *(("templates.gatekeeper.sh/v1", "ConstraintTemplate"), ("constraints.gatekeeper.sh/v1beta1", "K8sAny")),
    *(("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"), ("v1", "Namespace")),
    *(("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"), ("networking.k8s.io/v1", "NetworkPolicy")),
    *(("policy.sigstore.dev/v1beta1", "ClusterImagePolicy"), ("policy.sigstore.dev/v1alpha1", "TrustRoot")),
    *(("config.openshift.io/v1", "Image"), ("config.openshift.io/v1", "ImagePolicy")),
    *(("portieris.cloud.ibm.com/v1", "ImagePolicy"), ("securityenforcement.admission.cloud.ibm.com/v1", "ImagePolicy")),
    *(("config.ratify.deislabs.io/v1", "Verifier"), ("cilium.io/v2", "CiliumClusterwideNetworkPolicy")),
    *(("projectcalico.org/v3", "GlobalNetworkPolicy"), ("policy.networking.k8s.io/v1", "AdminNetworkPolicy")),
    *(("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"), ("rbac.authorization.k8s.io/v1", "Role")),
    *(("apiserver.config.k8s.io/v1", "AdmissionConfiguration"),),
    *(("pod-security.admission.config.k8s.io/v1", "PodSecurityConfiguration"),),
)


def _quoted(text: str, hidden: int) -> str:
    """Write a text in double quotes, one letter as an escape."""
    at = hidden % len(text)
    forms = (f"\\x{ord(text[at]):02x}", f"\\u{ord(text[at]):04x}", f"\\U{ord(text[at]):08x}", f"\\\n  {text[at]}")
    return f'"{text[:at]}{forms[hidden % len(forms)]}{text[at + 1 :]}"'


STYLES = st.one_of(
    st.just(lambda text: text),
    st.just(lambda text: f"'{text}'"),
    st.just(lambda text: f'"{text}"'),
    st.just(lambda text: f"!!str {text}"),
    st.just(lambda text: f"&anchor {text}"),
    st.just(lambda text: f">-\n  {text}"),
    st.just(lambda text: f"|-\n  {text}"),
    st.integers(0, 200).map(lambda hidden: lambda text: _quoted(text, hidden)),
)
CONFIGS = st.sampled_from(("kyverno", "config-policy-controller"))


@given(st.sampled_from(CLAIMED), STYLES, STYLES)
@settings(max_examples=200, deadline=None)
def test_a_policy_is_seen_however_it_is_written(claimed: tuple[str, str], one: object, other: object) -> None:
    api, kind = claimed
    assert callable(one)
    assert callable(other)
    file = File("a.yaml", f"apiVersion: {one(api)}\nkind: {other(kind)}\nmetadata: {{name: a}}\n")
    assert admission.in_force(file) or kind == "Namespace"
    assert admission.held(file).concerns


@given(CONFIGS, STYLES)
@settings(max_examples=60, deadline=None)
def test_the_settings_of_an_engine_are_seen(name: str, style: object) -> None:
    assert callable(style)
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n name: {style(name)}\n"
    assert admission.held(File("a.yaml", text)).concerns


BESIDE = st.text("\t\n\r\x85\u2028 #,:[]{}'\"&*!?-|>.~a", max_size=4)
AROUND = st.sampled_from(
    (
        "apiVersion: v1\nkind: {}",
        "kind: {}\napiVersion: v1",
        "{{apiVersion: v1, kind: {}}}",
        '{{"kind":{},"apiVersion":"v1"}}',
    )
)


@given(AROUND, BESIDE, BESIDE)
@settings(max_examples=200, deadline=None)
def test_a_namespace_is_seen_whatever_stands_beside_it(around: str, before: str, after: str) -> None:
    file = File("a.yaml", around.format(f"{before}Namespace{after}"))
    assert admission.held(file).spoken or not _claimed(file)


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "kind: Namespace",
            "kind: Namespace # a",
            "kind: 'Namespace'",
            'kind: "Namespace"\t',
            "kind: !!str Namespace",
        ),
        *("kind: &a Namespace", "kind:\n  Namespace", "kind: Namespace\r", "kind: Namespace\u2028"),
        *("kind: >-\n  Namespace", "a: {&a Namespace : 1}\nkind: *a"),
    ],
)
def test_a_namespace_is_seen_in_every_style(kind: str) -> None:
    assert admission.held(File("a.yaml", f"{kind}\napiVersion: v1\n")).policies


@pytest.mark.parametrize(
    "text", ["a: 1", "a: the Namespace of it", "kind: Deployment\nspec: {image: a}", "targetNamespace: x", ""]
)
def test_what_holds_no_policy_has_no_part(text: str) -> None:
    assert not admission.held(File("a.yaml", text)).concerns


def test_what_cannot_be_had_may_be_anything() -> None:
    assert admission.held(File("a.yaml", None, "larger than 1 MiB")).concerns


def test_a_list_brings_the_same_when_only_its_images_move() -> None:
    texts = ("resources: [a.yaml]\nimages: [{name: a, newTag: '1'}]", "resources: [a.yaml] # x", "resources: [b.yaml]")
    one, same, other = (admission.held(File("kustomization.yaml", text)).brings for text in texts)
    assert (one == same, one == other) == (True, False)


@pytest.mark.needs_data
@pytest.mark.skipif(not DATA.exists(), reason="the folder of real data is not beside the checkout")
def test_every_real_policy_is_seen() -> None:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    files = [File(one["path"], one[side]) for one in records for side in ("base", "head") if one[side] is not None]
    passed = [file for file in files if not admission.held(file).concerns]
    assert [file.path for file in passed if _claimed(file)] == []


def _claimed(file: File) -> bool:
    try:
        return bool(Engines(admission.ENGINES, ()).policies(file))
    except Unreadable:
        return False
