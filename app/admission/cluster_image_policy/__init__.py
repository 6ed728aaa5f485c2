"""Image policies that are called alike: those of Sigstore's policy controller, of OpenShift, and of IBM."""

from __future__ import annotations

from collections.abc import Iterable

from app.admission.base import PolicyObject, group_of
from app.admission.cluster_image_policy.others import compare_ibm, compare_openshift, compare_registries
from app.admission.cluster_image_policy.policy import compare_policy
from app.core.inventory import ObjectReference
from app.core.policy_edit import PolicyEdit

NAME = "cluster_image_policy"

_KINDS = {
    ("policy.sigstore.dev", "ClusterImagePolicy"): compare_policy,
    ("cosigned.sigstore.dev", "ClusterImagePolicy"): compare_policy,
    ("config.openshift.io", "ClusterImagePolicy"): compare_openshift,
    ("config.openshift.io", "ImagePolicy"): compare_openshift,
    ("config.openshift.io", "Image"): compare_registries,
    ("securityenforcement.admission.cloud.ibm.com", "ClusterImagePolicy"): compare_ibm,
    ("securityenforcement.admission.cloud.ibm.com", "ImagePolicy"): compare_ibm,
    ("portieris.cloud.ibm.com", "ClusterImagePolicy"): compare_ibm,
    ("portieris.cloud.ibm.com", "ImagePolicy"): compare_ibm,
}


def claims(reference: ObjectReference) -> bool:
    """Whether this object is an image policy of one of them, by its own group."""
    return (group_of(reference), reference.kind) in _KINDS


def compare(before: PolicyObject | None, after: PolicyObject | None) -> Iterable[PolicyEdit]:
    """Return what differs and what it does."""
    known = after or before
    return () if known is None else _KINDS[known.group, known.reference.kind](before, after)
