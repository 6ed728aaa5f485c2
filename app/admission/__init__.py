"""Policies of admission controllers: which files are read, and what a change does to the strength of each policy.

Objects are compared over a whole change, by group, kind, namespace and name: never by file or version. A weaker part
is never made good by a stronger one, and what cannot be decided is `cannot tell`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

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
from app.admission.comparing import Engines, Held, Look, compare_files, is_kustomization, tree_of
from app.admission.comparing import wanted as wanted_of
from app.core.history import PolicyInForce
from app.core.policy_edit import PolicyEdit
from app.core.tree import File

__all__ = [
    "ENGINES",
    "FILE_ENGINES",
    "Held",
    "Look",
    "compare",
    "held",
    "in_force",
    "is_overlay",
    "reads",
    "wanted",
]

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

# Every word without which no engine claims an object, no unreadable file may be a policy, and no patch takes one away.
_WORDS = (
    *("kyverno", "config-policy-controller", "gatekeeper.sh", "ratify.deislabs.io", "sigstore.dev"),
    *("admissionregistration.k8s.io", "rbac.authorization.k8s.io", "NetworkPolicy", "ImagePolicy"),
    *("config.openshift.io", "apiserver.config", "PodSecurityConfiguration", "pod-security", "$patch"),
)
# Longer words hold this one, and much is said of it: only where the text of a scalar can end it may be a kind. What
# begins with letters is looked for a hundred times faster than what begins with a look behind.
_NAMESPACE = re.compile(r"Namespace(?<![A-Za-z]Namespace)[\"']?[ \t]*(?:\Z|[\r\n\x85\u2028\u2029#:,\]}])")
_ESCAPED = re.compile(r"\\[xuU\r\n\x85\u2028\u2029]")
_ENDINGS = (".yaml", ".yml", ".json", ".tpl", ".tmpl")


def _speaks(text: str) -> bool:
    return (
        any(word in text for word in _WORDS)
        or ("Namespace" in text and _NAMESPACE.search(text) is not None)
        or ("\\" in text and _ESCAPED.search(text) is not None)
    )


_ENGINES = Engines(ENGINES, FILE_ENGINES, _speaks)


def reads(path: str) -> bool:
    """Return whether files of this path are looked into; the case of letters does not hide a file."""
    name = path.lower()
    return name.endswith(_ENDINGS) or name.rpartition("/")[2] == "kustomization" or _is_whole(path)


Sides = tuple[Iterable[File], Iterable[File]]
"""Files at the base, and files at the head."""


def compare(
    before: Iterable[File], after: Iterable[File], around: Sides = ((), ()), *, look: Look | None = None
) -> tuple[PolicyEdit, ...]:
    """Return every edit of a policy between the changed files as they were and as they are, sorted by place.

    `around` are files that did not change and were `wanted`; `look` may answer for `held`. Never raises: a file that
    cannot be read, and was or is a policy, is an edit whose effect cannot be told.
    """
    look = look or functools.cache(held)
    olds, news, beside = tuple(before), tuple(after), tuple(around[1])
    objects = (one for file in (*news, *beside) for one in look(file).policies)
    return rbac.with_roles_beside(compare_files(_ENGINES, tree_of(look, (olds, news), (around[0], beside))), objects)


def wanted(
    before: Iterable[File], after: Iterable[File], around: Sides = ((), ()), *, look: Look | None = None
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the paths that should be read besides, at the base and at the head, to know what overlays apply.

    To be asked again with what was read, until nothing is wanted that was not asked for already.
    """
    return wanted_of(tree_of(look or functools.cache(held), (tuple(before), tuple(after)), around))


def held(file: File) -> Held:
    """Return what a file holds for a comparison."""
    return _ENGINES.held(file)


def is_overlay(path: str) -> bool:
    """Whether a file of this path may bring others and patch them."""
    return is_kustomization(path)


def in_force(file: File) -> tuple[PolicyInForce, ...]:
    """Return the policies that a file holds, a namespace only where it says a level; raises `Unreadable`."""
    claimed = _ENGINES.policies(file)
    found = (PolicyInForce(one.path, one.line, one.reference, action_of(one)) for one in claimed)
    return tuple(one for one in found if one.action or one.resource.kind != "Namespace")


def _is_whole(path: str) -> bool:
    return any(engine.matches(path, "") for engine in FILE_ENGINES)
