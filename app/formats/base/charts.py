"""Charts by shape: a mapping that says a chart, where it lies and which version, whatever kind of object holds it."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse, Source
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base.keys import keys_of
from app.formats.base.outside import OCI, chart_use, source_use, text_of
from app.formats.base.place import Place, Steps
from app.formats.base.reference import folded

_NAMES = ("chart", "chartname", "chartref", "helmchart")
_PLACES = ("repourl", "repositoryurl", "repository", "repo", "chartrepo", "charturl", "url")
_VERSIONS = ("chartversion", "version", "targetrevision", "revision")


def find_charts(node: Node, place: Place) -> Iterator[ImageUse]:
    """Return every chart below a node that is said in one mapping, with a version or an address of its own."""
    for mapping, steps in _candidates(node):
        found = _chart(mapping, place.into(*steps))
        if found is not None:
            yield found


def _candidates(node: Node) -> list[tuple[Mapping, Steps]]:
    """Find the few mappings that speak of a chart or an artifact at all."""
    found: list[tuple[Mapping, Steps]] = []
    _collect(node, (), found)
    return found


def _collect(node: Node, steps: Steps, found: list[tuple[Mapping, Steps]]) -> None:
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if not isinstance(item, Scalar):
                _collect(item, (*steps, index), found)
    elif isinstance(node, Mapping):
        if _speaks(node):
            found.append((node, steps))
        for entry in node.entries:
            if not isinstance(entry.value, Scalar):
                _collect(entry.value, (*steps, entry.key.text), found)


def _speaks(mapping: Mapping) -> bool:
    of_charts = keys_of(mapping).speaks_of_charts
    for entry in mapping.entries:
        value = entry.value
        if not isinstance(value, Scalar):
            continue
        if value.text.startswith(OCI) or (of_charts and "hart" in entry.key.text.lower()):
            return True
    return False


def _chart(mapping: Mapping, place: Place) -> ImageUse | None:
    values = {
        folded(entry.key.text): entry.value
        for entry in reversed(mapping.entries)
        if isinstance(entry.value, Scalar) and text_of(entry.value)
    }
    name, location, version = (_first(values, keys) for keys in (_NAMES, _PLACES, _VERSIONS))
    if name is not None and (version is not None or location is not None or name.text.startswith(OCI)):
        return chart_use(place, name, location or "", version)
    if location is None or version is None or not location.text.startswith(OCI):
        return None
    called = text_of(values.get("name"))
    if called and not location.text.endswith(f"/{called}"):
        # The address of the chart itself, or of the place where one of this name lies: nobody can tell.
        return source_use(place, Source("chart", called, location.text, version.text), version)
    return chart_use(place, location, "", version)


def _first(values: dict[str, Scalar], keys: tuple[str, ...]) -> Scalar | None:
    return next((values[key] for key in keys if key in values), None)
