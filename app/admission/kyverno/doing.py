"""What rules that change or make objects touch: whether security may depend on it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.admission.base import Data, leaves

SAFE = "it changes or makes objects, and admits or refuses none"

_TOUCHES = (
    re.compile(
        r"securityContext|seccomp|apparmor|capabilities|privileged|runAs|image|serviceAccount"
        r"|host(?:Path|Network|PID|IPC|Port|Users)|NetworkPolicy|PolicyException|pod-security",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:Cluster)?Role(?:Binding)?s?\b|\b(?:cluster)?role(?:binding)?s\b|\broleRef\b"),
    # Labels of the object itself; those that are given to a node are another thing.
    re.compile(r"(?<![\w-])labels\b"),
    re.compile(r"kyverno\.io/v|gatekeeper\.sh|sigstore\.dev|ratify\.deislabs\.io|admissionregistration\.k8s\.io"),
    # Arguments of the API server.
    re.compile(
        r"(?:en|dis)able-admission-plugins|admission-control-config|authorization-mode|anonymous-auth|audit-policy"
    ),
)


def touched(done: Iterable[Data]) -> str:
    """Return a word of what is done that security may depend on; empty when there is none."""
    words = sorted({leaf for part in done for leaf in leaves(part) if isinstance(leaf, str)})
    return next((found[0] for mark in _TOUCHES for word in words if (found := mark.search(word))), "")


def of_security(word: str) -> str:
    """Say that something is done that security may depend on."""
    return f"it changes or makes what security may depend on: {word}"
