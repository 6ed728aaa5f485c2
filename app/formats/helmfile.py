"""Helmfile: the charts of releases, by their own reference or by the name of a repository of the same file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory import ImageUse
from app.core.yaml import Mapping, Node, Sequence
from app.formats.base import OCI, Place, chart_use, find_by_shape, has, text_at, written

NAME = "helmfile"


def claims(_path: str, document: Node) -> bool:
    """Whether the document lists releases of charts."""
    return any(has(item, "chart") for item in _items(document, "releases")) and not has(document, "kind")


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the charts of all releases, and the images in the values that are written here."""
    place = Place(path, NAME)
    yield from find_by_shape(document, place)
    repositories = {text_at(item, "name"): _location(item) for item in _items(document, "repositories")}
    for index, item in enumerate(_items(document, "releases")):
        if not isinstance(item, Mapping) or (chart := written(item.get("chart"))) is None:
            continue
        here = place.into("releases", index)
        alias, slash, name = chart.text.partition("/")
        location = repositories.get(alias, "") if slash else ""
        if location.startswith(OCI):
            use = chart_use(here, replace(chart, text=name), location, item.get("version"))
        else:
            use = chart_use(here, chart, location, item.get("version"))
        if use is not None:
            yield use


def _items(document: Node, key: str) -> tuple[Node, ...]:
    found = document.get(key) if isinstance(document, Mapping) else None
    return found.items if isinstance(found, Sequence) else ()


def _location(repository: Node) -> str:
    url = text_at(repository, "url")
    return f"{OCI}{url.removeprefix(OCI)}" if text_at(repository, "oci") == "true" else url
