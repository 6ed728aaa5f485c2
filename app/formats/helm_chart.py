"""Helm's Chart.yaml and requirements.yaml: the charts that a chart is made of, and the images that it lists."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse, Source
from app.core.yaml import Mapping, Node, Sequence
from app.formats.base import Place, chart_use, find_by_shape, source_use, text_at, text_of, written

NAME = "helm-chart"

_FILES = ("chart.yaml", "chart.yml", "requirements.yaml", "requirements.yml")


def claims(path: str, document: Node) -> bool:
    """Whether the file is named as charts name it, and is no object of Kubernetes."""
    return path.rpartition("/")[2].lower() in _FILES and isinstance(document, Mapping) and not text_at(document, "kind")


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the dependencies, the version of the application (the tag of images without one), and listed images."""
    place = Place(path, NAME)
    yield from find_by_shape(document, place)
    dependencies = _at(document, "dependencies")
    for index, item in enumerate(dependencies.items if isinstance(dependencies, Sequence) else ()):
        here, where = place.into("dependencies", index), text_of(_at(item, "repository"))
        # Without a repository it lies in the folder `charts`.
        use = chart_use(here, _at(item, "name"), where, _at(item, "version")) if where else None
        if use is not None:
            yield use
    if (version := written(_at(document, "appVersion"))) is not None:
        source = Source("application version", text_at(document, "name"), "", version.text)
        yield source_use(place.into("appVersion"), source, version)


def _at(node: Node, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None
