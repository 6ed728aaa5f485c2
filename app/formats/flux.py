"""Flux HelmRelease: images in its values and in its post-renderers."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node
from app.formats.base import Place, find_by_shape, object_of, text_at

NAME = "flux-helmrelease"


def claims(_path: str, document: Node) -> bool:
    """Whether this is a HelmRelease of any version of Flux."""
    api_version = text_at(document, "apiVersion")
    return text_at(document, "kind") == "HelmRelease" and api_version.startswith(("helm.toolkit.", "helm.fluxcd.io/"))


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that the release sets; the values are read as a values file of their own."""
    place = Place(path, NAME, object_of(document))
    spec = document.get("spec") if isinstance(document, Mapping) else None
    if not isinstance(spec, Mapping):
        return
    for entry in spec.entries:
        yield from find_by_shape(entry.value, place.into("spec", entry.key.text))
