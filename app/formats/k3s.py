"""The HelmChart objects of k3s and RKE2: the chart, and the images in its values."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node
from app.formats.base import Place, chart_use, find_by_shape, object_of, text_at

NAME = "k3s-helmchart"


def claims(_path: str, document: Node) -> bool:
    """Whether this is such an object."""
    return text_at(document, "apiVersion").startswith("helm.cattle.io/") and bool(text_at(document, "kind"))


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the chart, and the images of the values, which stand in a text."""
    place = Place(path, NAME, object_of(document))
    yield from find_by_shape(document, place)
    spec = document.get("spec") if isinstance(document, Mapping) else None
    if isinstance(spec, Mapping):
        use = chart_use(place.into("spec"), spec.get("chart"), spec.get("repo") or "", spec.get("version"))
        if use is not None:
            yield use
