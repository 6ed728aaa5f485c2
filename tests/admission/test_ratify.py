"""Ratify's policies, verifiers and keys, row by row."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, effect

PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


def ratify(kind: str, **spec: object) -> Object:
    return {"apiVersion": "config.ratify.deislabs.io/v1beta1", "kind": kind, "metadata": {"name": "x"}, "spec": spec}


def policy(**types: object) -> Object:
    return ratify("Policy", parameters={"artifactVerificationPolicies": types})


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (policy(default="all"), policy(default="any"), WEAKER),
        (policy(default="any"), policy(default="all"), STRONGER),
        (policy(default="any"), policy(default="any", sbom="any"), CANNOT_TELL),
        (policy(default="any"), ratify("Policy", parameters={"artifactVerificationPolicies": []}), CANNOT_TELL),
        (policy(default="any"), ratify("Policy", parameters={"other": 1}), CANNOT_TELL),
        (policy(), ratify("NamespacedPolicy", type="rego-policy"), WEAKER),
        (ratify("Policy", type="config-policy"), ratify("Policy", type="rego-policy"), CANNOT_TELL),
        (None, policy(), CANNOT_TELL),
        (policy(), None, WEAKER),
    ],
)
def test_policies(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def notation(**policy_: object) -> Object:
    document = {"version": "1.0", "trustPolicies": [{"name": "default", **policy_}]}
    return ratify("Verifier", parameters={"trustPolicyDoc": document})


def level(name: str) -> dict[str, object]:
    return {"level": name}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ({"signatureVerification": level("strict")}, {"signatureVerification": level("permissive")}, WEAKER),
        ({"signatureVerification": level("permissive")}, {"signatureVerification": level("audit")}, WEAKER),
        ({"signatureVerification": level("skip")}, {"signatureVerification": level("audit")}, STRONGER),
        ({"signatureVerification": level("strict")}, {"signatureVerification": level("odd")}, CANNOT_TELL),
        (
            {"signatureVerification": level("strict")},
            {"signatureVerification": {**level("strict"), "override": {}}},
            CANNOT_TELL,
        ),
        ({"trustedIdentities": ["a"]}, {"trustedIdentities": ["*"]}, WEAKER),
        ({"trustedIdentities": ["a", "b"]}, {"trustedIdentities": ["a"]}, STRONGER),
        ({"trustStores": ["ca:a"]}, {"trustStores": ["ca:a", "ca:b"]}, WEAKER),
        ({"registryScopes": ["*"]}, {"registryScopes": ["ghcr.io/a"]}, WEAKER),
        ({"registryScopes": ["ghcr.io/a"]}, {"registryScopes": ["*"]}, STRONGER),
        ({}, {"strange": 1}, CANNOT_TELL),
    ],
)
def test_notation(before: dict[str, object], after: dict[str, object], wanted: Effect) -> None:
    assert effect(notation(**before), notation(**after)) is wanted


def cosign(*policies: object, **parameters: object) -> Object:
    return ratify("Verifier", parameters={"trustPolicies": list(policies), **parameters})


def trusting(**fields: object) -> Object:
    return cosign({"name": "default", "scopes": ["*"], **fields})


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (trusting(), trusting(tLogVerify=False), WEAKER),
        (trusting(), trusting(tLogVerify=True), NEUTRAL),
        (trusting(keyless={}), trusting(keyless={"ctLogVerify": False}), WEAKER),
        (trusting(keyless={"certificateIdentity": "a"}), trusting(keyless={"certificateIdentity": "b"}), WEAKER),
        (trusting(keyless={"certificateIdentity": "a"}), trusting(keyless={}), WEAKER),
        (
            trusting(keyless={"certificateIdentityRegExp": "^a$"}),
            trusting(keyless={"certificateIdentityRegExp": "a"}),
            WEAKER,
        ),
        (trusting(keyless={}), trusting(keyless={"certificateOIDCIssuer": "a"}), STRONGER),
        (trusting(keys=["a"]), trusting(keys=["a", "b"]), WEAKER),
        (trusting(keys=["a", "b"]), trusting(keys=["a"]), STRONGER),
        (trusting(keys=["a"]), trusting(keys=["b"]), CANNOT_TELL),
        (trusting(rekorURL="a"), trusting(rekorURL="b"), WEAKER),
        (trusting(), cosign({"name": "default", "scopes": ["ghcr.io/**"]}), CANNOT_TELL),
        (trusting(), cosign({"name": "other", "scopes": ["*"]}), NEUTRAL),
        (trusting(), cosign(), CANNOT_TELL),
        (cosign({"name": "a"}, {"name": "b"}), cosign({"name": "b"}, {"name": "a"}), CANNOT_TELL),
        (cosign(key="a"), cosign(key="b"), WEAKER),
        (cosign(), cosign(verificationCerts=["a"]), CANNOT_TELL),
        (cosign(), cosign(strange="a"), CANNOT_TELL),
        (ratify("Verifier", artifactTypes="a"), ratify("Verifier", artifactTypes="b"), CANNOT_TELL),
        (None, cosign(), CANNOT_TELL),
        (cosign(), None, WEAKER),
    ],
)
def test_cosign(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted


def keys(value: object = None, kind: str = "KeyManagementProvider", **spec: object) -> Object:
    return ratify(kind, type="inline", parameters={"value": value}, **spec)


@pytest.mark.parametrize("kind", ["KeyManagementProvider", "NamespacedKeyManagementProvider", "CertificateStore"])
def test_keys(kind: str) -> None:
    one, two = (PEM.format(text) for text in ("one", "two"))
    assert effect(keys(one, kind), keys(two, kind)) is WEAKER
    assert effect(keys(one + two, kind), keys(two, kind)) is STRONGER
    assert effect(keys(one, kind), keys(one, kind, refreshInterval="1m")) is CANNOT_TELL
    assert effect(keys(one, kind), {**keys(one, kind), "spec": {"type": "azurekeyvault"}}) is WEAKER
    assert effect(None, keys(one, kind)) is WEAKER
    assert effect(keys(one, kind), None) is CANNOT_TELL


def test_where_artifacts_are_looked_for_cannot_be_told() -> None:
    one, two = (ratify("Store", name=name) for name in "ab")
    assert [effect(None, one), effect(one, two), effect(one, None)] == [CANNOT_TELL] * 3
