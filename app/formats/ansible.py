"""Ansible: images of container modules in tasks, and what variables of roles and inventories hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.inventory import ImageUse
from app.core.yaml import Entry, Mapping, Node, Scalar, Sequence
from app.formats.base import Claim, Place, find_by_shape, has, recognised

NAME = "ansible"

_FOLDERS = frozenset({"roles", "playbooks", "group_vars", "host_vars", "ansible"})
_RUNS = re.compile(r"(?:[\w.]+\.)?(?:docker_container|podman_container|docker_swarm_service|docker_service)")
_PULLS = re.compile(r"(?:[\w.]+\.)?(?:docker_image|docker_image_pull|podman_image)")
_FREE_FORM = re.compile(r"(?<!\S)image=[\"']?([^\s\"']+)")


def claims(path: str, document: Node) -> bool:
    """Whether the file lies where Ansible's do, or is a list of plays or of tasks that run containers."""
    if not _FOLDERS.isdisjoint(path.lower().split("/")):
        return True
    items = document.items if isinstance(document, Sequence) else ()
    return any(has(item, "hosts") or any(True for _ in _modules(item)) for item in items)


def extract(path: str, document: Node) -> Iterator[ImageUse]:
    """Return the images; what a template fills in is told where it differs."""
    place = Place(path, NAME)
    known: set[str] = set()
    for here, module in _found(document, place):
        for use in _of_module(module, here):
            known.add(use.field)
            yield use
    yield from (use for use in find_by_shape(document, place) if use.field not in known)


def _modules(node: Node) -> Iterator[Entry]:
    for entry in node.entries if isinstance(node, Mapping) else ():
        if _RUNS.fullmatch(entry.key.text) or _PULLS.fullmatch(entry.key.text):
            yield entry


def _found(node: Node, place: Place) -> Iterator[tuple[Place, Entry]]:
    """Find every task that uses a module for containers, in blocks too."""
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _found(item, place.into(index))
    elif isinstance(node, Mapping):
        for entry in _modules(node):
            yield place.into(entry.key.text), entry
        for entry in node.entries:
            if not isinstance(entry.value, Scalar):
                yield from _found(entry.value, place.into(entry.key.text))


def _of_module(module: Entry, place: Place) -> Iterator[ImageUse]:
    """Find what the search by shape does not: arguments in one text, an image that is called `name`."""
    value = module.value
    if isinstance(value, Scalar):
        match = _FREE_FORM.search(value.text)
        reference = recognised(match[1], Claim.SURE) if match else None
        if reference is not None:
            yield place.use(reference, value)
    elif isinstance(value, Mapping) and _PULLS.fullmatch(module.key.text) and not has(value, "build"):
        name, tag = value.get("name"), value.text("tag")
        # A name and a tag below a key that ends in `image` are put together by the search by shape.
        if isinstance(name, Scalar) and not name.null and (tag is None or not module.key.text.endswith("image")):
            written = name.text if tag is None or ":" in name.text.rpartition("/")[2] else f"{name.text}:{tag}"
            reference = recognised(written, Claim.SURE)
            if reference is not None:
                yield place.into("name").use(reference, name)
