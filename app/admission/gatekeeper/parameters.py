"""Parameters of constraints: what a template of the Gatekeeper library does with them.

A template is code that a repository may have changed under the same name, and it is not looked at here. So what is
known of a parameter is only used to see that a constraint gets weaker; that it gets stronger is never said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.admission.base import (
    Comparator,
    Dialect,
    Field,
    Words,
    flag,
    named,
    number,
    opaque_list,
    ordered,
    quantity,
    table,
    texts,
    undecided,
)
from app.admission.base.languages import EVERYTHING, NOTHING, Language, exact, prefix, regex, starred, trailing_star
from app.admission.base.whole import loosens, unless_weaker
from app.core.policy_edit import Effect, PolicyEdit

_UP_TO_CODE = "whether a parameter lets more pass is up to the code of its template"
_ALLOWED = Words("more is allowed", "less is allowed")
_DEMANDED = Words("more is asked for or forbidden", "less is asked for or forbidden")


def parameters(field: Field) -> Iterable[PolicyEdit]:
    """Compare the parameters of a constraint by its kind."""
    known = field.new or field.old
    kind = known.reference.kind if known is not None else ""
    sides = (field.before, field.after)
    if not all(side is None or isinstance(side, Mapping) for side in sides):
        yield field.cannot_tell("it has an unexpected form")
        return
    for key in field.names:
        child = field.child(key)
        if child.changed:
            of = _TABLE.get(kind, {}).get(key) or _ANY.get(key) or undecided(_UP_TO_CODE)
            yield from unless_weaker(of, _UP_TO_CODE)(child)
    if not field.names:
        yield field.neutral("it is empty")


def _allows(dialect: Dialect, empty: Language = NOTHING) -> Comparator:
    return texts(dialect, _ALLOWED, wider=Effect.WEAKER, empty=empty)


def _demands(dialect: Dialect) -> Comparator:
    return texts(dialect, _DEMANDED, wider=Effect.STRONGER)


_LARGEST = number(Words("the limit is higher", "the limit is lower"), wider=Effect.WEAKER, reading=quantity)
_LEAST = number(Words("the limit is higher", "the limit is lower"), wider=Effect.STRONGER, reading=quantity)
_ALLOWED_LIST = opaque_list(_ALLOWED, wider=Effect.WEAKER, what="what is allowed")
_DEMANDED_LIST = opaque_list(_DEMANDED, wider=Effect.STRONGER, what="what is forbidden")
_MARKS = named(
    "key",
    table(
        {
            "key": loosens("another one is asked for: what carries only that one passes"),
            "allowedRegex": texts(regex, _ALLOWED, wider=Effect.WEAKER, empty=EVERYTHING),
        }
    ),
    words=_DEMANDED,
    wider=Effect.STRONGER,
)
_RANKED = ordered(
    {"RunAsAny": 0, "MayRunAs": 1, "MustRunAs": 2, "MustRunAsNonRoot": 2},
    Words("more users or groups are allowed", "fewer users or groups are allowed"),
    default="RunAsAny",
)
_RULE = table({"rule": _RANKED, "ranges": _ALLOWED_LIST})
_LIMITS = {"cpu": _LARGEST, "memory": _LARGEST}
_PROC_MOUNT = ordered(
    {"Default": 1, "Unmasked": 0}, Words("more of /proc may be seen", "less of /proc may be seen"), default="Default"
)


def _strict(of: str, *, strict: bool) -> Comparator:
    return flag(Words(f"{of} is no longer asked for", f"{of} is asked for"), strict=strict, default=False)


_ANY: dict[str, Comparator] = {"exemptImages": _allows(trailing_star)}
_TABLE: dict[str, dict[str, Comparator]] = {
    "K8sAllowedRepos": {"repos": _allows(prefix)},
    "K8sAllowedReposv2": {"allowedImages": _allows(trailing_star)},
    "K8sDisallowedRepos": {"repos": _demands(prefix)},
    "K8sDisallowedTags": {"tags": _demands(exact)},
    "K8sRequiredLabels": {"labels": _MARKS},
    "K8sRequiredAnnotations": {"annotations": _MARKS},
    "K8sRequiredResources": {"limits": _demands(exact), "requests": _demands(exact)},
    "K8sRequiredProbes": {"probes": _demands(exact), "probeTypes": _allows(exact)},
    "K8sContainerLimits": _LIMITS,
    "K8sContainerRequests": _LIMITS,
    "K8sContainerRatios": {"ratio": _LARGEST, "cpuRatio": _LARGEST},
    "K8sContainerEphemeralStorageLimit": {"ephemeral-storage": _LARGEST},
    "K8sReplicaLimits": {"ranges": _ALLOWED_LIST},
    "K8sHorizontalPodAutoscaler": {
        "ranges": _ALLOWED_LIST,
        "minimumReplicaSpread": _LEAST,
        "enforceScaleTargetRef": _strict("a target that exists", strict=True),
    },
    "K8sExternalIPs": {"allowedIPs": _allows(exact)},
    "K8sStorageClass": {"allowedStorageClasses": _allows(exact)},
    "NoUpdateServiceAccount": {"allowedUsers": _allows(exact), "allowedGroups": _allows(exact)},
    "K8sDisallowAnonymous": {
        "allowedRoles": _allows(exact),
        "disallowAuthenticated": _strict("that nobody is let in by being logged in", strict=True),
    },
    "K8sHttpsOnly": {"tlsOptional": _strict("TLS", strict=False)},
    "VerifyDeprecatedAPI": {"kvs": _DEMANDED_LIST},
    "K8sPSPCapabilities": {"allowedCapabilities": _allows(starred), "requiredDropCapabilities": _demands(exact)},
    "K8sPSPVolumeTypes": {"volumes": _allows(starred)},
    "K8sPSPFlexVolumes": {"allowedFlexVolumes": _ALLOWED_LIST},
    "K8sPSPHostFilesystem": {"allowedHostPaths": _ALLOWED_LIST},
    "K8sPSPAppArmor": {"allowedProfiles": _allows(starred)},
    "K8sPSPSeccomp": {"allowedProfiles": _allows(starred)},
    "K8sPSPSELinuxV2": {"allowedSELinuxOptions": _ALLOWED_LIST},
    "K8sPSPForbiddenSysctls": {
        "forbiddenSysctls": _demands(trailing_star),
        "allowedSysctls": _allows(trailing_star, EVERYTHING),
    },
    "K8sPSPHostNetworkingPorts": {
        "hostNetwork": _strict("a network of its own", strict=False),
        "min": _LEAST,
        "max": _LARGEST,
    },
    "K8sPSPProcMount": {"procMount": _PROC_MOUNT},
    "K8sPSPAllowedUsers": dict.fromkeys(("runAsUser", "runAsGroup", "supplementalGroups", "fsGroup"), _RULE),
    "K8sPSPFSGroup": {"rule": _RANKED, "ranges": _ALLOWED_LIST},
}
