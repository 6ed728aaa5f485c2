"""Crossplane: packages, which are artifacts of a registry, and the charts of its Helm provider."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import Artifact, ImageUse
from app.core.yaml import Mapping, Node
from app.formats.base import Place, artifact_use, chart_use, find_by_shape, object_of, text_at, written

NAME = "crossplane"

_PACKAGES = "pkg.crossplane.io/"
_HELM = "helm.crossplane.io/"


def claims(_path: str, document: Node) -> bool:
    """Whether this is a package, or a release of the Helm provider."""
    group = text_at(document, "apiVersion")
    return bool(text_at(document, "kind")) and group.startswith((_PACKAGES, _HELM))


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the package or the chart, and whatever else names an image."""
    place = Place(path, NAME, object_of(document))
    spec = document.get("spec") if isinstance(document, Mapping) else None
    package = written(spec.get("package")) if isinstance(spec, Mapping) else None
    field = place.into("spec", "package").field
    yield from (use for use in find_by_shape(document, place) if package is None or use.field != field)
    if package is not None:
        yield artifact_use(place.into("spec", "package"), package, Artifact.OTHER)
    provider = spec.get("forProvider") if isinstance(spec, Mapping) else None
    chart = provider.get("chart") if isinstance(provider, Mapping) else None
    if isinstance(chart, Mapping):
        here = place.into("spec", "forProvider", "chart")
        name = written(chart.get("url")) or written(chart.get("name"))
        use = chart_use(here, name, chart.get("repository") or "", chart.get("version"))
        if use is not None:
            yield use
