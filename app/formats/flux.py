"""Flux HelmRelease: the chart it takes, and the images in its values and post-renderers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory import ImageUse, Source
from app.core.yaml import Mapping, Node
from app.formats.base import (
    Place,
    chart_at_object,
    chart_use,
    find_by_shape,
    object_of,
    reference_to,
    source_use,
    text_at,
    written,
)

NAME = "flux-helmrelease"

_GROUPS = ("helm.toolkit.fluxcd.io/", "helm.fluxcd.io/", "flux.weave.works/")


def claims(_path: str, document: Node) -> bool:
    """Whether this is a HelmRelease of any version of Flux."""
    api_version = text_at(document, "apiVersion")
    return text_at(document, "kind") == "HelmRelease" and api_version.startswith(_GROUPS)


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that the release sets, and its chart; the values are read as a values file of their own."""
    place = Place(path, NAME, object_of(document))
    yield from _below(document, place)
    spec = document.get("spec") if isinstance(document, Mapping) else None
    if isinstance(spec, Mapping):
        yield from _chart(spec, place.into("spec"))


def _below(node: Node, place: Place) -> Iterator[ImageUse]:
    for entry in node.entries if isinstance(node, Mapping) else ():
        below = place.into(entry.key.text)
        if below.steps == ("spec",) and isinstance(entry.value, Mapping):
            yield from _below(entry.value, below)
        elif below.steps not in (("spec", "chart"), ("spec", "chartRef")):
            is_release = entry.key.text == "values"
            yield from find_by_shape(entry.value, replace(below, release=True) if is_release else below)


def _chart(spec: Mapping, place: Place) -> Iterator[ImageUse]:
    chart, reference = spec.get("chart"), spec.get("chartRef")
    template = chart.get("spec") if isinstance(chart, Mapping) else None
    if isinstance(template, Mapping):
        yield from chart_at_object(template, place.into("chart", "spec"))
    elif isinstance(chart, Mapping):
        yield from _old_chart(chart, place.into("chart"))
    name = written(reference.get("name")) if isinstance(reference, Mapping) else None
    if name is not None:
        here = place.into("chartRef")
        yield source_use(here, Source("chart", "", reference_to(reference, here), ""), name)


def _old_chart(chart: Mapping, place: Place) -> Iterator[ImageUse]:
    """Flux 1 and the first Helm operators: a chart of an index, or a folder of a git repository."""
    git = written(chart.get("git"))
    if git is not None:
        at = written(chart.get("ref")) or git
        version = at.text if at is not git else ""
        yield source_use(place, Source("chart", chart.text("path") or "", git.text, version), at)
        return
    use = chart_use(place, chart.get("name"), chart.get("repository") or "", chart.get("version"))
    if use is not None:
        yield use
