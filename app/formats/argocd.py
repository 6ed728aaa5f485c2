"""Argo CD Application and ApplicationSet: values, parameters, Kustomize overrides, image-updater annotations."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Entry, Mapping, Node, Scalar, Sequence
from app.formats.base import Place, find_by_shape, find_groups, object_of, text_at

NAME = "argocd"

_KINDS = ("Application", "ApplicationSet")
_UPDATER = "argocd-image-updater.argoproj.io/"


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
    for entry in node.entries:
        below = place.into(entry.key.text)
        if entry.key.text == "parameters" and isinstance(entry.value, Sequence):
            yield from _parameters(entry.value, below)
        elif isinstance(entry.value, Scalar) and entry.key.text.startswith(_UPDATER):
            if entry.key.text.endswith("image-list"):
                yield below.unclear(entry.value, "the image is chosen at run time")
        else:
            yield from _below(entry.value, below)


def _parameters(parameters: Sequence, place: Place) -> Iterator[ImageUse]:
    """Helm parameters say one value each (`image.tag`); those of one image are put together."""
    images: dict[str, list[Entry]] = {}
    for item in parameters.items:
        name = item.get("name") if isinstance(item, Mapping) else None
        value = item.get("value") if isinstance(item, Mapping) else None
        if isinstance(name, Scalar) and isinstance(value, Scalar):
            above, _, last = name.text.rpartition(".")
            images.setdefault(above, []).append(Entry(Scalar(last, name.line), value))
    for above, entries in images.items():
        keys = {entry.key.text for entry in entries}
        if len(keys) == len(entries):
            uses, _ = find_groups(Mapping(tuple(entries), parameters.line), place.into(*above.split(".")))
            yield from uses
