"""Any other YAML or JSON: images by shape, because what is not detected is not reviewed."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.inventory import ImageUse
from app.core.yaml import Node
from app.formats.base import Place, find_by_shape

NAME = "yaml"


def claims(_path: str, _document: Node) -> bool:
    """Claim whatever nobody else does."""
    return True


def extract(path: str, document: Node) -> Iterable[ImageUse]:
    """Return the images that the document seems to use."""
    return find_by_shape(document, Place(path, NAME))
