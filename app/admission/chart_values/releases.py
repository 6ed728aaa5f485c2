"""Finds where the chart of a policy engine is installed, and with which values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.admission.base import Data, PolicyObject, at, entries, plain, text_at
from app.admission.base.objects import Step
from app.admission.chart_values.charts import CHARTS
from app.core.errors import Unreadable
from app.core.tree import File
from app.core.yaml import read

MENTIONS = re.compile("|".join(rf"(?<![a-z0-9]){name}(?![a-z0-9])" for name in sorted(CHARTS, key=len, reverse=True)))
_VALUES_NAME = re.compile(r"(?:^|[-_.])values(?:[-_.]|$)")


@dataclass(frozen=True, slots=True)
class Release:
    """One installation of a chart: how it is told from others, where it stands, and its values.

    `around`: where the chart comes from, and what else sets it up. `held`: a tool is told to let it be. `is_file`: only
    values, of which nobody knows who takes them.
    """

    name: tuple[str, ...]
    chart: str
    place: PolicyObject
    values: Data
    steps: tuple[Step, ...] = ()
    around: Data = None
    held: bool = False
    is_file: bool = False


def releases(file: File) -> Iterator[Release]:
    """Return every release of a known chart in a file; none when it cannot be read, which is told elsewhere."""
    try:
        documents = read(file.text or "")
    except Unreadable:
        return
    for document in documents:
        place = PolicyObject.of(file.path, document)
        if isinstance(place.data, Mapping):
            yield from _of_document(place)


def _of_document(place: PolicyObject) -> Iterator[Release]:
    kind = place.reference.kind
    if kind == "HelmRelease":
        yield from _flux(place)
    elif kind == "Application":
        yield from _argo(place)
    elif kind == "HelmChart":
        yield from _k3s(place)
    elif kind == "Kustomization" or (not kind and at(place.data, "helmCharts") is not None):
        yield from _kustomize(place)
    elif not kind and _VALUES_NAME.search(place.path.rpartition("/")[2].lower()):
        yield from _values_file(place)


def _name(place: PolicyObject, chart: str, *more: str) -> tuple[str, ...]:
    known = place.reference
    # Without a name of its own a release is told by its file.
    return chart, known.kind, known.namespace, known.name or place.path, *more


def _flux(place: PolicyObject) -> Iterator[Release]:
    chart = text_at(place.data, "spec", "chart", "spec", "chart").rpartition("/")[2]
    # A patch of a release does not name the chart.
    chart = chart or text_at(place.data, "spec", "chartRef", "name") or place.reference.name
    if chart in CHARTS:
        yield Release(
            _name(place, chart),
            chart,
            place,
            at(place.data, "spec", "values"),
            ("spec", "values"),
            _without(at(place.data, "spec"), _FLUX_RUNNING),
            held=at(place.data, "spec", "suspend") is True,
        )


def _argo(place: PolicyObject) -> Iterator[Release]:
    spec = at(place.data, "spec")
    for source in (at(spec, "source"), *entries(at(spec, "sources"))):
        chart = text_at(source, "chart") or text_at(source, "path").rpartition("/")[2]
        if chart in CHARTS:
            helm = at(source, "helm")
            values = at(helm, "valuesObject")
            text = at(helm, "values")
            yield Release(
                _name(place, chart),
                chart,
                place,
                _parsed(text) if values is None and isinstance(text, str) else values,
                ("spec",),
                [
                    _without(source, ("helm",)),
                    _without(helm, ("values", "valuesObject")),
                    _without(spec, _ARGO_SOURCES),
                ],
            )


_FLUX_RUNNING = (
    *("values", "suspend", "interval", "timeout", "maxHistory", "install", "upgrade", "uninstall", "rollback", "test"),
)
_ARGO_SOURCES = ("source", "sources")


def _without(data: Data, names: Sequence[str]) -> Data:
    return {name: one for name, one in data.items() if name not in names} if isinstance(data, Mapping) else data


def _k3s(place: PolicyObject) -> Iterator[Release]:
    chart = text_at(place.data, "spec", "chart").rpartition("/")[2]
    if chart in CHARTS:
        text = at(place.data, "spec", "valuesContent")
        around = _without(at(place.data, "spec"), ("valuesContent",))
        yield Release(_name(place, chart), chart, place, _parsed(text), ("spec", "valuesContent"), around)


def _kustomize(place: PolicyObject) -> Iterator[Release]:
    for position, one in enumerate(entries(at(place.data, "helmCharts"))):
        chart = text_at(one, "name")
        if chart in CHARTS:
            name = (chart, "helmCharts", place.path, text_at(one, "releaseName"))
            steps = ("helmCharts", position, "valuesInline")
            yield Release(name, chart, place, at(one, "valuesInline"), steps, _without(one, ("valuesInline",)))


def _values_file(place: PolicyObject) -> Iterator[Release]:
    """Return values of a file that has a chart's name in its path, or as the key of a chart that holds others."""
    for chart in CHARTS:
        under = at(place.data, chart)
        if isinstance(under, Mapping):
            yield Release((chart, "values", place.path), chart, place, under, (chart,), is_file=True)
            return
    found = MENTIONS.findall(place.path.lower())
    if found:
        chart = found[-1]
        yield Release((chart, "values", place.path), chart, place, place.data, (), is_file=True)


def _parsed(text: Data) -> Data:
    """Return values that are written as text; the text itself when it cannot be read, or nothing."""
    if not isinstance(text, str):
        return None
    try:
        documents = read(text)
    except Unreadable:
        return text
    return plain(documents[0]) if len(documents) == 1 else text
