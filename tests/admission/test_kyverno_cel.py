"""Policies of `policies.kyverno.io`, and those that delete."""

from __future__ import annotations

import pytest

from app.core.policy_edit import Effect, Severity
from tests.admission.edits import CANNOT_TELL, NEUTRAL, STRONGER, WEAKER, Object, edits, effect, with_

RULES = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
HOLDS = {"expression": "object.spec.x == 1"}
POLICY: Object = {
    "apiVersion": "policies.kyverno.io/v1",
    "kind": "ValidatingPolicy",
    "metadata": {"name": "p"},
    "spec": {"matchConstraints": {"resourceRules": RULES}, "validations": [HOLDS]},
}
KEYLESS = {"cosign": {"keyless": {"identities": [{"subject": "a", "issuer": "i"}]}}}
AUDIT_TOO = ["Deny", "Audit"]


def controllers(*names: str) -> object:
    return {"podControllers": {"controllers": list(names)}}


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("validationActions", None, ["Deny"], NEUTRAL),
        ("validationActions", ["Deny"], ["Warn"], WEAKER),
        ("validationActions", AUDIT_TOO, ["Audit"], WEAKER),
        ("validationActions", ["Audit"], ["Deny"], STRONGER),
        ("validationActions", AUDIT_TOO, ["Deny"], WEAKER),
        ("validationActions", ["Deny"], AUDIT_TOO, STRONGER),
        ("validationActions", ["Deny"], ["Dance"], CANNOT_TELL),
        ("failurePolicy", None, "Ignore", WEAKER),
        ("matchConstraints.resourceRules.0.operations", ["CREATE"], ["CREATE", "UPDATE"], STRONGER),
        ("matchConstraints.resourceRules.0.resources", ["pods", "services"], ["pods"], WEAKER),
        ("matchConstraints.namespaceSelector", None, {"matchLabels": {"a": "b"}}, WEAKER),
        ("matchConditions", None, [HOLDS], WEAKER),
        ("matchConditions", [HOLDS], None, STRONGER),
        ("validations", [HOLDS], [HOLDS, {"expression": "b"}], STRONGER),
        ("validations", [HOLDS, {"expression": "b"}], [HOLDS], WEAKER),
        ("validations", [HOLDS], [{"expression": "b"}], CANNOT_TELL),
        ("validations", [HOLDS], [{**HOLDS, "message": "no"}], NEUTRAL),
        ("variables", None, [{"name": "a"}], CANNOT_TELL),
        ("auditAnnotations", None, [{"key": "a"}], NEUTRAL),
        ("evaluation", None, {"admission": {"enabled": False}}, WEAKER),
        ("evaluation", {"background": {"enabled": False}}, None, STRONGER),
        ("evaluation", None, {"mode": "JSON"}, WEAKER),
        ("evaluation", {"mode": "JSON"}, None, STRONGER),
        ("evaluation", {"mode": "Kubernetes"}, None, NEUTRAL),
        ("evaluation", {"mode": "Strange"}, None, CANNOT_TELL),
        ("autogen", None, controllers("deployments"), WEAKER),
        ("autogen", None, controllers(), WEAKER),
        ("autogen", controllers("deployments"), controllers("deployments", "jobs"), STRONGER),
        ("autogen", controllers("deployments"), None, STRONGER),
        ("autogen", controllers("deployments"), controllers("jobs"), CANNOT_TELL),
        ("autogen", None, {"validatingAdmissionPolicy": {"enabled": True}}, CANNOT_TELL),
        ("autogen", None, {"podControllers": {}}, NEUTRAL),
        ("webhookConfiguration", None, {"timeoutSeconds": 3}, CANNOT_TELL),
        ("invented", None, 1, CANNOT_TELL),
    ],
)
def test_a_field_of_a_validating_policy(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(with_(POLICY, f"spec.{path}", before), with_(POLICY, f"spec.{path}", after)) is wanted


@pytest.mark.parametrize("kind", ["ValidatingPolicy", "NamespacedValidatingPolicy", "ImageValidatingPolicy"])
def test_a_policy_that_is_gone_is_weaker(kind: str) -> None:
    assert (effect({**POLICY, "kind": kind}, None), effect(None, {**POLICY, "kind": kind})) == (WEAKER, STRONGER)


def test_a_policy_that_only_reports_is_of_that_severity() -> None:
    audits = with_(POLICY, "spec.validationActions", ["Audit"])
    found = [*edits(audits, None), *edits(None, audits)]
    assert [(one.effect, one.severity) for one in found] == [
        (WEAKER, Severity.REPORTING),
        (STRONGER, Severity.REPORTING),
    ]


def test_a_part_of_a_policy_cannot_be_told() -> None:
    assert effect(None, with_(POLICY, "spec.validations", None)) is CANNOT_TELL


IMAGES: Object = {
    **POLICY,
    "kind": "ImageValidatingPolicy",
    "spec": {
        "matchImageReferences": [{"glob": "ghcr.io/*"}],
        "attestors": [{"name": "a", **KEYLESS}],
        "attestations": [{"name": "s", "intoto": {"type": "x"}}],
        "validations": [HOLDS],
    },
}


@pytest.mark.parametrize(
    ("path", "before", "after", "wanted"),
    [
        ("matchImageReferences", [{"glob": "a/*"}], [{"glob": "a/*"}, {"glob": "b/*"}], STRONGER),
        ("matchImageReferences", [{"glob": "a/*"}], [{"glob": "a/b/*"}], WEAKER),
        ("matchImageReferences", [{"glob": "a/*"}], None, STRONGER),
        ("matchImageReferences", None, [{"glob": "a/*"}], WEAKER),
        ("matchImageReferences", [{"glob": "a/*"}], [{"glob": "{a,b}/*"}], CANNOT_TELL),
        ("matchImageReferences", [{"expression": "a"}], [{"expression": "b"}], CANNOT_TELL),
        ("matchImageReferences", [{"expression": "a"}], [{"expression": "a"}, {"glob": "b"}], STRONGER),
        ("matchImageReferences", [{"glob": "b"}, {"expression": "a"}], [{"glob": "b"}], WEAKER),
        ("matchImageReferences", [{"glob": "b"}], [{"glob": "b"}, {"expression": "a"}], STRONGER),
        ("matchImageReferences", None, [{"expression": "a"}], CANNOT_TELL),
        ("validationConfigurations", None, {"required": False}, WEAKER),
        ("validationConfigurations", None, {"verifyDigest": False}, WEAKER),
        ("validationConfigurations", {"mutateDigest": False}, None, STRONGER),
        ("images", None, [{"name": "a", "expression": "b"}], STRONGER),
        ("images", [{"name": "a", "expression": "b"}], None, WEAKER),
        ("images", [{"name": "a", "expression": "b"}], [{"name": "a", "expression": "c"}], CANNOT_TELL),
        ("attestors", [{"name": "a"}], [{"name": "a"}, {"name": "b"}], CANNOT_TELL),
        ("attestors", [{"name": "a"}, {"name": "b"}], [{"name": "a"}], CANNOT_TELL),
        ("attestors.0.name", "a", "b", CANNOT_TELL),
        ("attestors.0.cosign.keyless.identities", [{"subject": "a"}], [{"subject": "a"}, {"subject": "b"}], WEAKER),
        ("attestors.0.cosign.keyless.identities", [{"subject": "a"}, {"subject": "b"}], [{"subject": "a"}], STRONGER),
        ("attestors.0.cosign.keyless.identities", [{"subject": "a"}], None, WEAKER),
        ("attestors.0.cosign.keyless.identities", None, [{"subject": "a"}], CANNOT_TELL),
        ("attestors.0.cosign.keyless.roots", "a", "b", WEAKER),
        ("attestors.0.cosign.key", {"data": "a"}, {"data": "b"}, WEAKER),
        ("attestors.0.cosign.certificate", {"value": "a"}, {"value": "b"}, WEAKER),
        ("attestors.0.cosign.tuf", {"mirror": "a"}, {"mirror": "b"}, WEAKER),
        ("attestors.0.cosign.ctlog", None, {"insecureIgnoreTlog": True}, WEAKER),
        ("attestors.0.cosign.ctlog", None, {"insecureIgnoreSCT": True}, WEAKER),
        ("attestors.0.cosign.ctlog", {"url": "a"}, {"url": "b"}, WEAKER),
        ("attestors.0.cosign.annotations", None, {"a": "b"}, CANNOT_TELL),
        ("attestors.0.cosign.source", None, {"repository": "b"}, CANNOT_TELL),
        ("attestors.0.notary", {"certs": "a"}, {"certs": "b"}, WEAKER),
        ("attestors.0.invented", None, 1, CANNOT_TELL),
        ("attestations.0.intoto", {"type": "a"}, {"type": "b"}, WEAKER),
        ("attestations.0.name", "a", "b", CANNOT_TELL),
        ("attestations", [{"name": "a"}], None, CANNOT_TELL),
        ("credentials", None, {"allowInsecureRegistry": True}, WEAKER),
        ("credentials", None, {"secrets": ["a"]}, NEUTRAL),
        ("credentials", None, "x", CANNOT_TELL),
        ("imageRules", None, [{"glob": "a"}], CANNOT_TELL),
    ],
)
def test_a_field_of_an_image_validating_policy(path: str, before: object, after: object, wanted: Effect) -> None:
    assert effect(with_(IMAGES, f"spec.{path}", before), with_(IMAGES, f"spec.{path}", after)) is wanted


@pytest.mark.parametrize("kind", ["MutatingPolicy", "GeneratingPolicy", "NamespacedMutatingPolicy"])
@pytest.mark.parametrize(("data", "wanted"), [("x", NEUTRAL), ("securityContext", CANNOT_TELL)])
def test_policies_that_change_or_make(kind: str, data: str, wanted: Effect) -> None:
    policy = {**POLICY, "kind": kind, "spec": {"mutations": [{"expression": data}]}}
    assert (effect(policy, None), effect(None, policy)) == (wanted, wanted)


def cleanup(kind: str, group: str = "kyverno.io/v2") -> Object:
    match = {"any": [{"resources": {"kinds": [kind]}}]}
    return {"apiVersion": group, "kind": "CleanupPolicy", "metadata": {"name": "c"}, "spec": {"match": match}}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (cleanup("Pod"), None, NEUTRAL),
        (None, cleanup("Pod"), NEUTRAL),
        (cleanup("PolicyException"), None, WEAKER),
        (None, cleanup("PolicyException"), CANNOT_TELL),
        (None, cleanup("ClusterPolicy"), CANNOT_TELL),
        (None, {**cleanup("Pod"), "spec": {}}, CANNOT_TELL),
        (
            {**POLICY, "kind": "DeletingPolicy", "spec": {"matchConstraints": {"resourceRules": RULES}}},
            None,
            NEUTRAL,
        ),
    ],
)
def test_policies_that_delete(before: Object | None, after: Object | None, wanted: Effect) -> None:
    assert effect(before, after) is wanted
