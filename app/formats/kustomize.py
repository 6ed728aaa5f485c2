"""Kustomize: `images` with newName, newTag and digest; patches, generators and inlined chart values by shape."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.core.yaml import Node
from app.formats.base import Place, find_by_shape, has, object_of, text_at

NAME = "kustomize"

_FILES = ("kustomization.yaml", "kustomization.yml", "kustomization")
_OWN = ("resources", "images", "patches", "components", "bases", "patchesStrategicMerge", "configMapGenerator")


def claims(path: str, document: Node) -> bool:
    """Whether this is a kustomization; the kind may be left out in a file of its name."""
    if text_at(document, "apiVersion").startswith("kustomize.config.k8s.io/"):
        return True
    named = path.rpartition("/")[2].lower() in _FILES
    return named and any(has(document, key) for key in _OWN)


def extract(path: str, document: Node) -> Iterable[ImageUse]:
    """Return the images that the kustomization sets, patches in or generates."""
    return find_by_shape(document, Place(path, NAME, object_of(document), pods=True))
