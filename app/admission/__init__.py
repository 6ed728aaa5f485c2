"""Policies of admission controllers: which files are read, and what a change does to the strength of each policy.

Objects are compared over a whole change, by group, kind, namespace and name: never by file or version. A weaker part
is never made good by a stronger one, and what cannot be decided is `cannot tell`.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable

from app.admission import (
    chart_values,
    cluster_image_policy,
    codeowners,
    engine_settings,
    gatekeeper,
    kyverno,
    network_policy,
    pod_security,
    ratify,
    rbac,
    trust_root,
    validating_admission_policy,
    webhook_configuration,
    workflows,
)
from app.admission.base import Engine, FileEngine
from app.admission.base.action import action_of
from app.admission.comparing import (
    Engines,
    compare_files,
    is_kustomization,
    kustomization,
    objects_among,
    objects_of,
    tree_of,
)
from app.admission.comparing import wanted as wanted_of
from app.core.history import PolicyInForce
from app.core.policy_edit import PolicyEdit
from app.core.tree import File

ENGINES: tuple[Engine, ...] = (
    kyverno,
    gatekeeper,
    validating_admission_policy,
    webhook_configuration,
    pod_security,
    cluster_image_policy,
    trust_root,
    ratify,
    network_policy,
    rbac,
    engine_settings,
)
"""Engines of Kubernetes objects: the first that claims an object compares it."""

FILE_ENGINES: tuple[FileEngine, ...] = (chart_values, codeowners, workflows)
"""Engines of whole files."""

_ENGINES = Engines(ENGINES, FILE_ENGINES)
# Every word without which no engine claims an object, no unreadable file may be a policy, and no patch takes one away.
_WORDS = re.compile(
    r"kyverno|config-policy-controller|gatekeeper\.sh|ratify\.deislabs\.io|sigstore\.dev"
    r"|admissionregistration\.k8s\.io|rbac\.authorization\.k8s\.io|NetworkPolicy|ImagePolicy|config\.openshift\.io"
    r"|(?<![A-Za-z])Namespace(?![A-Za-z])|apiserver\.config|PodSecurityConfiguration|pod-security|\$patch"
    r"|\\[xuU\r\n\x85\u2028\u2029]"
)
_ENDINGS = (".yaml", ".yml", ".json", ".tpl", ".tmpl")


def reads(path: str) -> bool:
    """Return whether files of this path are looked into; the case of letters does not hide a file."""
    name = path.lower()
    return name.endswith(_ENDINGS) or name.rpartition("/")[2] == "kustomization" or _is_whole(path)


Sides = tuple[Iterable[File], Iterable[File]]
"""Files at the base, and files at the head."""


def compare(before: Iterable[File], after: Iterable[File], around: Sides = ((), ())) -> tuple[PolicyEdit, ...]:
    """Return every edit of a policy between the changed files as they were and as they are, sorted by place.

    `around` are files that did not change and were `wanted`. Never raises: a file that cannot be read, and was or is a
    policy, is an edit whose effect cannot be told.
    """
    olds, news, beside = tuple(before), tuple(after), tuple(around[1])
    return rbac.with_roles_beside(
        compare_files(_ENGINES, tree_of((olds, news), (around[0], beside))), objects_among((*news, *beside))
    )


def wanted(
    before: Iterable[File], after: Iterable[File], around: Sides = ((), ())
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the paths that should be read besides, at the base and at the head, to know what overlays apply.

    To be asked again with what was read, until nothing is wanted that was not asked for already.
    """
    return wanted_of(_ENGINES, tree_of((tuple(before), tuple(after)), around))


def may_concern(file: File) -> bool:
    """Whether a file may have a part in any edit; of one that has none, no text could tell a policy or a patch of one.

    Groups and kinds stand in a text as they are read, but for letters that are written as escapes.
    """
    if file.text is None or _WORDS.search(file.text) is not None:
        return True
    return any(engine.matches(file.path, file.text) for engine in FILE_ENGINES)


def is_overlay(path: str) -> bool:
    """Whether a file of this path may bring others and patch them."""
    return is_kustomization(path)


def brings(file: File) -> Hashable:
    """Return what is the same for two texts of a kustomization that bring and patch the same files."""
    found = kustomization(file)
    return None if found is None else (found.brings, found.patches)


def in_force(file: File) -> tuple[PolicyInForce, ...]:
    """Return the policies that a file holds, a namespace only where it says a level; raises `Unreadable`."""
    claimed = (one for one in objects_of(file) if _ENGINES.claiming(one.reference) is not None)
    found = (PolicyInForce(one.path, one.line, one.reference, action_of(one)) for one in claimed)
    return tuple(one for one in found if one.action or one.resource.kind != "Namespace")


def _is_whole(path: str) -> bool:
    return any(engine.matches(path, "") for engine in FILE_ENGINES)
