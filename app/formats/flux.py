"""Flux HelmRelease: images in its values and in its post-renderers."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node
from app.formats.base import Place, find_by_shape, object_of, text_at

NAME = "flux-helmrelease"

_GROUPS = ("helm.toolkit.fluxcd.io/", "helm.fluxcd.io/", "flux.weave.works/")


def claims(_path: str, document: Node) -> bool:
    """Whether this is a HelmRelease of any version of Flux."""
    api_version = text_at(document, "apiVersion")
    return text_at(document, "kind") == "HelmRelease" and api_version.startswith(_GROUPS)


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that the release sets; the values are read as a values file of their own."""
    yield from _below(document, Place(path, NAME, object_of(document)))


def _below(node: Node, place: Place) -> Iterator[ImageUse]:
    for entry in node.entries if isinstance(node, Mapping) else ():
        below = place.into(entry.key.text)
        if below.steps == ("spec",) and isinstance(entry.value, Mapping):
            yield from _below(entry.value, below)
        else:
            yield from find_by_shape(entry.value, below)
