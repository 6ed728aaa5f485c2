"""Helm values files: an image as text, or as registry, repository, tag and digest in any nesting."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node
from app.formats.base import Place, find_by_shape, find_charts, has

NAME = "helm-values"


def claims(path: str, document: Node) -> bool:
    """Whether the file is named as values files are; any other name is found by shape all the same."""
    return "values" in path.rpartition("/")[2].lower() and isinstance(document, Mapping) and not has(document, "kind")


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images and charts that the values set."""
    place = Place(path, NAME)
    yield from find_by_shape(document, place)
    yield from find_charts(document, place)
