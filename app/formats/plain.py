"""Any other YAML or JSON: images and charts by shape, because what is not detected is not reviewed."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Node
from app.formats.base import Place, find_by_shape, find_charts

NAME = "yaml"


def claims(_path: str, _document: Node) -> bool:
    """Claim whatever nobody else does."""
    return True


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images and charts that the document seems to use."""
    place = Place(path, NAME)
    yield from find_by_shape(document, place)
    yield from find_charts(document, place)
