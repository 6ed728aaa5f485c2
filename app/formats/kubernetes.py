"""Kubernetes objects of any kind: workloads, Lists, custom resources, documents inside ConfigMaps."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Scalar, Style
from app.formats.base import Place, find_by_shape, find_charts, has, object_of

NAME = "kubernetes"

_WORKLOADS = frozenset(
    {
        "Pod",
        "PodTemplate",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "Rollout",
        "DeploymentConfig",
    }
)
"""Kinds in which every `image` is an image, so that anything else there is a problem."""

_POLICY_GROUPS = (
    "kyverno.io",
    "gatekeeper.sh",
    "policy.sigstore.dev",
    "policies.kubewarden.io",
    "admissionregistration.k8s.io",
    "wgpolicyk8s.io",
)
"""Policies hold patterns and variables where others hold images."""


_ENCODED = {"Secret": "data", "ConfigMap": "binaryData"}


def claims(_path: str, document: Node) -> bool:
    """Whether the document says what object it is; what else it says changes nothing."""
    return has(document, "apiVersion", "kind")


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images and charts of an object; of a List, every object is a document of its own."""
    reference = object_of(document)
    group = reference.api_version.partition("/")[0]
    place = Place(path, NAME, reference, strict=reference.kind in _WORKLOADS, pods=True)
    uses = find_by_shape(document, place)
    if group.endswith(_POLICY_GROUPS):
        yield from (use for use in uses if use.problem is None)
    else:
        yield from uses
        yield from find_charts(document, place)
        yield from _encoded(document, place)


def _encoded(document: Node, place: Place) -> Iterator[ImageUse]:
    """Return the images in texts that a Secret or ConfigMap holds encoded: values of a chart may lie there."""
    key = _ENCODED.get(place.object.kind if place.object else "", "")
    data = document.get(key) if isinstance(document, Mapping) else None
    for entry in data.entries if isinstance(data, Mapping) else ():
        if isinstance(entry.value, Scalar) and (text := _decoded(entry.value.text)):
            # Its lines cannot be pointed to: all stand at the value.
            shown = replace(entry.value, text=text, style=Style.QUOTED, raw="")
            yield from find_by_shape(shown, place.into(key, entry.key.text))


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except ValueError:
        return ""
