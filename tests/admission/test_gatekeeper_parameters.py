"""Parameters of the Gatekeeper library: that one lets more pass is said, that it lets less pass never is."""

from __future__ import annotations

import pytest

from tests.admission.edits import CANNOT_TELL, NEUTRAL, WEAKER, Object, effect


def constraint(kind: str, parameters: object) -> Object:
    return {
        "apiVersion": "constraints.gatekeeper.sh/v1beta1",
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": {"parameters": parameters},
    }


LABEL = {"key": "team", "allowedRegex": "^a$"}
KVS = {"kind": "Ingress"}
RANGE = {"min": 1, "max": 2}

ROWS: list[tuple[str, str, object, object]] = [
    ("Mine", "exemptImages", None, ["a/*"]),
    ("K8sPSPPrivilegedContainer", "exemptImages", ["a/b"], ["a/*"]),
    ("K8sAllowedRepos", "repos", ["a/b"], ["a/"]),
    ("K8sAllowedRepos", "repos", ["a/"], ["a"]),
    ("K8sAllowedReposv2", "allowedImages", ["a/b"], ["a/b", "c/*"]),
    ("K8sDisallowedRepos", "repos", ["a/", "b/"], ["a/"]),
    ("K8sDisallowedTags", "tags", ["latest", "main"], ["latest"]),
    ("K8sRequiredLabels", "labels", [LABEL], []),
    ("K8sRequiredLabels", "labels", [LABEL], [{"key": "team"}]),
    ("K8sRequiredLabels", "labels", [LABEL], [{**LABEL, "allowedRegex": "^a.*$"}]),
    ("K8sRequiredLabels", "labels", [LABEL], [{**LABEL, "key": "other"}]),
    ("K8sRequiredAnnotations", "annotations", [LABEL], None),
    ("K8sRequiredResources", "limits", ["cpu", "memory"], ["cpu"]),
    ("K8sRequiredResources", "requests", ["cpu"], None),
    ("K8sRequiredProbes", "probes", ["readinessProbe", "livenessProbe"], ["livenessProbe"]),
    ("K8sRequiredProbes", "probeTypes", ["httpGet"], ["httpGet", "exec"]),
    ("K8sContainerLimits", "cpu", "200m", "1"),
    ("K8sContainerLimits", "memory", "1Gi", "2Gi"),
    ("K8sContainerRequests", "cpu", "200m", "300m"),
    ("K8sContainerRatios", "ratio", "2", "3"),
    ("K8sContainerRatios", "cpuRatio", "2", "3"),
    ("K8sContainerEphemeralStorageLimit", "ephemeral-storage", "1Gi", "2Gi"),
    ("K8sReplicaLimits", "ranges", [RANGE], [RANGE, {"min": 5, "max": 9}]),
    ("K8sHorizontalPodAutoscaler", "ranges", [RANGE], [RANGE, {"min": 5, "max": 9}]),
    ("K8sHorizontalPodAutoscaler", "enforceScaleTargetRef", True, False),
    ("K8sHorizontalPodAutoscaler", "minimumReplicaSpread", 2, 1),
    ("K8sExternalIPs", "allowedIPs", [], ["1.2.3.4"]),
    ("K8sStorageClass", "allowedStorageClasses", ["a"], ["a", "b"]),
    ("NoUpdateServiceAccount", "allowedUsers", [], ["a"]),
    ("NoUpdateServiceAccount", "allowedGroups", [], ["a"]),
    ("K8sDisallowAnonymous", "allowedRoles", [], ["a"]),
    ("K8sDisallowAnonymous", "disallowAuthenticated", True, None),
    ("K8sHttpsOnly", "tlsOptional", None, True),
    ("VerifyDeprecatedAPI", "kvs", [KVS, {"kind": "Job"}], [KVS]),
    ("K8sPSPCapabilities", "allowedCapabilities", ["a"], ["*"]),
    ("K8sPSPCapabilities", "requiredDropCapabilities", ["ALL"], []),
    ("K8sPSPVolumeTypes", "volumes", ["secret"], ["*"]),
    ("K8sPSPFlexVolumes", "allowedFlexVolumes", [], [{"driver": "a"}]),
    ("K8sPSPHostFilesystem", "allowedHostPaths", [], [{"pathPrefix": "/"}]),
    ("K8sPSPAppArmor", "allowedProfiles", ["runtime/default"], ["runtime/default", "unconfined"]),
    ("K8sPSPSeccomp", "allowedProfiles", ["RuntimeDefault"], ["*"]),
    ("K8sPSPSELinuxV2", "allowedSELinuxOptions", [], [{"level": "a"}]),
    ("K8sPSPForbiddenSysctls", "forbiddenSysctls", ["*"], ["kernel.*"]),
    ("K8sPSPForbiddenSysctls", "allowedSysctls", ["a"], ["a", "b"]),
    ("K8sPSPForbiddenSysctls", "allowedSysctls", ["a"], None),
    ("K8sPSPHostNetworkingPorts", "hostNetwork", False, True),
    ("K8sPSPHostNetworkingPorts", "max", 80, 9000),
    ("K8sPSPHostNetworkingPorts", "min", 80, 1),
    ("K8sPSPProcMount", "procMount", "Default", "Unmasked"),
    ("K8sPSPAllowedUsers", "runAsUser", {"rule": "MustRunAs"}, {"rule": "RunAsAny"}),
    ("K8sPSPAllowedUsers", "runAsGroup", {"rule": "MustRunAs", "ranges": []}, {"rule": "MustRunAs", "ranges": [RANGE]}),
    ("K8sPSPFSGroup", "rule", "MustRunAs", "MayRunAs"),
    ("K8sPSPFSGroup", "ranges", [RANGE], [RANGE, {"min": 5, "max": 9}]),
]


@pytest.mark.parametrize(("kind", "name", "strict", "lenient"), ROWS)
def test_a_parameter_that_lets_more_pass_is_weaker(kind: str, name: str, strict: object, lenient: object) -> None:
    assert effect(*(constraint(kind, {name: one, "z": 1}) for one in (strict, lenient))) is WEAKER


@pytest.mark.parametrize(
    ("kind", "name", "strict", "lenient"), [one for one in ROWS if one[3] != [{**LABEL, "key": "other"}]]
)
def test_that_a_parameter_lets_less_pass_is_up_to_the_template(
    kind: str, name: str, strict: object, lenient: object
) -> None:
    assert effect(*(constraint(kind, {name: one, "z": 1}) for one in (lenient, strict))) is CANNOT_TELL


@pytest.mark.parametrize(
    ("before", "after"),
    [({"mine": 1}, {"mine": 2}), ({"repos": ["a", "b"]}, {"repos": ["b", "a"]}), ({"a": 1}, []), ({"a": 1}, "a")],
)
def test_all_else_cannot_be_told(before: object, after: object) -> None:
    assert effect(constraint("K8sAllowedRepos", before), constraint("K8sAllowedRepos", after)) is CANNOT_TELL


def test_another_required_label_is_weaker_whatever_else_is_asked_for() -> None:
    one, other = ([{"key": f"pod-security.kubernetes.io/{mode}", "allowedRegex": "restricted"}] for mode in "ab")
    sides = (constraint("K8sRequiredLabels", {"labels": labels}) for labels in (one, other))
    assert effect(*sides) is WEAKER


def test_no_parameters_are_empty_ones() -> None:
    assert effect(constraint("Mine", None), constraint("Mine", {})) is NEUTRAL
