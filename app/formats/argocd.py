"""Argo CD Application and ApplicationSet: sources, values, parameters, Kustomize overrides, the image updater."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory import Artifact, ImageUse, Source
from app.core.yaml import Entry, Mapping, Node, Scalar, Sequence
from app.formats.base import (
    OCI,
    Claim,
    Place,
    artifact_use,
    chart_use,
    find_by_shape,
    find_groups,
    object_of,
    recognised,
    source_use,
    text_at,
    text_of,
    written,
)

NAME = "argocd"

_KINDS = ("Application", "ApplicationSet")
_UPDATER = "argocd-image-updater.argoproj.io/"
_FIXED = re.compile(r"sha256:[0-9a-f]{64}|v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?")


def claims(_path: str, document: Node) -> bool:
    """Whether this is an Application or a set of them."""
    return text_at(document, "kind") in _KINDS and text_at(document, "apiVersion").startswith("argoproj.io/")


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images that the application sets; one that an updater picks at run time is a problem."""
    place = Place(path, NAME, object_of(document))
    yield from find_by_shape(document, place)
    yield from _below(document, place)


def _below(node: Node, place: Place) -> Iterator[ImageUse]:
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _below(item, place.into(index))
    if not isinstance(node, Mapping):
        return
    if (location := written(node.get("repoURL"))) is not None:
        yield from _source(node, location, place)
    for entry in node.entries:
        yield from _entry(entry, place.into(entry.key.text))


def _entry(entry: Entry, place: Place) -> Iterator[ImageUse]:
    key, value = entry.key.text, entry.value
    if key == "parameters" and isinstance(value, Sequence):
        yield from _parameters(value, place)
    elif key == "images" and isinstance(value, Sequence) and place.steps[-2:-1] == ("kustomize",):
        yield from _renamed(value, place)
    elif isinstance(value, Scalar) and key.startswith(_UPDATER):
        if key.endswith("image-list"):
            yield place.unclear(value, "the image is chosen at run time")
    else:
        yield from _below(value, place)


def _source(source: Mapping, location: Scalar, place: Place) -> Iterator[ImageUse]:
    # A chart of a registry is written without a scheme; what is no chart is a revision of a git repository.
    chart, revision = written(source.get("chart")), written(source.get("targetRevision"))
    if chart is not None:
        where = location.text if "://" in location.text else f"{OCI}{location.text}"
        use = chart_use(place, chart, where, revision)
        if use is not None:
            yield use
        return
    revision = revision or written(source.get("revision"))
    if location.text.startswith(OCI) and revision is not None and _FIXED.fullmatch(revision.text):
        sign = "@" if revision.text.startswith("sha256:") else ":"
        whole = replace(revision, text=f"{location.text}{sign}{revision.text}")
        yield artifact_use(place, whole, Artifact.OTHER)
        return
    kind = "OCI artifact" if location.text.startswith(OCI) else "Git repository"
    yield source_use(
        place, Source(kind, text_at(source, "path"), location.text, text_of(revision)), revision or location
    )


def _parameters(parameters: Sequence, place: Place) -> Iterator[ImageUse]:
    """Helm parameters say one value each (`image.tag`); those of one image are put together."""
    images: dict[str, list[Entry]] = {}
    for item in parameters.items:
        name = item.get("name") if isinstance(item, Mapping) else None
        value = item.get("value") if isinstance(item, Mapping) else None
        if isinstance(name, Scalar) and isinstance(value, Scalar):
            above, _, last = name.text.rpartition(".")
            images.setdefault(above, []).append(Entry(Scalar(last, name.line, text_line=name.text_line), value))
    for above, entries in images.items():
        # Of one that is said twice, either counts (AT-124).
        yield from find_groups(Mapping(tuple(entries), parameters.line), place.into(*above.split(".")))[0]


def _renamed(images: Sequence, place: Place) -> Iterator[ImageUse]:
    """Return what takes the place of an image and keeps its tag (`ghcr.io/acme/api=docker.io/acme/api`)."""
    for index, item in enumerate(images.items):
        text = text_of(item).partition("=")[2]
        if isinstance(item, Scalar) and recognised(text, Claim.LIKELY) is None:
            reference = recognised(text, Claim.SURE)
            if reference is not None:
                yield place.into(index).use(reference, item)
