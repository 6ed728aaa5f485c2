"""Kustomize: `images`, patches, generators, replacements; charts; what is taken from outside of the repository."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse, Source
from app.core.yaml import Mapping, Node, Sequence
from app.formats.base import (
    Place,
    chart_use,
    find_by_shape,
    has,
    is_remote,
    object_of,
    source_use,
    text_at,
    written,
)

NAME = "kustomize"

_FILES = ("kustomization.yaml", "kustomization.yml", "kustomization")
_OWN = ("resources", "images", "patches", "components", "bases", "patchesStrategicMerge", "configMapGenerator")
_PATHS = ("resources", "bases", "components", "crds", "generators", "transformers", "validators", "configurations")
_REF = ("ref", "version")


def claims(path: str, document: Node) -> bool:
    """Whether this is a kustomization; the kind may be left out in a file of its name."""
    if text_at(document, "apiVersion").startswith("kustomize.config.k8s.io/"):
        return True
    named = path.rpartition("/")[2].lower() in _FILES
    return named and any(has(document, key) for key in (*_OWN, "helmCharts", "replacements"))


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that the kustomization sets, patches in or generates, its charts and its remote bases."""
    place = Place(path, NAME, object_of(document), pods=True)
    yield from find_by_shape(document, place)
    for key in (*_PATHS, "patches"):
        for at, item in _items(document, key, place):
            yield from _remote(item.get("path") if isinstance(item, Mapping) else item, at)
    for key in ("helmCharts", "helmChartInflationGenerator"):
        for at, item in _items(document, key, place):
            yield from _chart(item, at)


def _items(document: Node, key: str, place: Place) -> Iterator[tuple[Place, Node]]:
    found = document.get(key) if isinstance(document, Mapping) else None
    for index, item in enumerate(found.items if isinstance(found, Sequence) else ()):
        yield place.into(key, index), item


def _remote(node: Node | None, place: Place) -> Iterator[ImageUse]:
    path = written(node)
    if path is None or not is_remote(path.text):
        return
    location, _, query = path.text.partition("?")
    # `?ref=` is what moves; the other parameters tell how to fetch it.
    asked = dict(part.partition("=")[::2] for part in query.split("&"))
    version = next((asked[key] for key in _REF if asked.get(key)), "")
    location = location if version else path.text
    yield source_use(place, Source("Kustomize base", "", location, version), path)


def _chart(node: Node, place: Place) -> Iterator[ImageUse]:
    if not isinstance(node, Mapping):
        return
    # The inflation generator of old writes `chartName` and `chartRepo`.
    name, location = node.get("name") or node.get("chartName"), node.get("repo") or node.get("chartRepo")
    if written(location) is None:
        return  # it lies in this repository
    use = chart_use(place, name, location or "", node.get("version") or node.get("chartVersion"))
    if use is not None:
        yield use
