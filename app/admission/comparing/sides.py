"""The policy objects of one side of a change, and the files in which there may be more that nobody can read."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.admission.base import Engine, FileEngine, PolicyObject
from app.core.errors import Unreadable
from app.core.inventory import ObjectReference
from app.core.tree import File
from app.core.yaml import Mapping as MappingNode
from app.core.yaml import Node, NotYaml, read
from app.core.yaml import Sequence as SequenceNode

MAX_OBJECTS = 2_000
"""Policy objects of either side; more of them is one edit that cannot be told."""

_POLICY = re.compile(
    r"kyverno\.io/|gatekeeper\.sh/|sigstore\.dev/|admissionregistration\.k8s\.io/|ratify\.deislabs\.io/"
    r"|pod-security\.kubernetes\.io/|NetworkPolicy|ClusterImagePolicy"
)
_ESCAPED = re.compile(r"\\[xuU][0-9A-Fa-f]")
_MAX_LISTS = 4


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of objects and those of whole files."""

    of_objects: tuple[Engine, ...]
    of_files: tuple[FileEngine, ...]

    def claiming(self, reference: ObjectReference) -> Engine | None:
        """Return the engine that compares this object; `None` when it is no policy."""
        return next((engine for engine in self.of_objects if engine.claims(reference)), None)


@dataclass(frozen=True, slots=True)
class Side:
    """The objects of some files in order, and why others could not be read, by path."""

    objects: tuple[PolicyObject, ...]
    unread: Mapping[str, str]


def side_of(engines: Engines, files: Iterable[File]) -> Side:
    """Read the policy objects of files."""
    objects: list[PolicyObject] = []
    unread: dict[str, str] = {}
    for file in files:
        try:
            found = [one for one in objects_of(file) if engines.claiming(one.reference) is not None]
        except Unreadable as error:
            if _may_be_policy(file, error):
                template = isinstance(error, NotYaml) and "{{" in (file.text or "")
                unread[file.path] = "a template, and what it renders to is not known" if template else error.reason
            continue
        if len(objects) + len(found) > MAX_OBJECTS:
            unread[file.path] = f"the change touches more than {MAX_OBJECTS:,} policy objects"
        else:
            objects += found
    return Side(tuple(objects), unread)


def _may_be_policy(file: File, error: Unreadable) -> bool:
    """Say whether a file that cannot be read may be a policy: one without text may, one with text mostly says so.

    What other readers may read all the same could hide that behind escapes; what is no YAML at all could not.
    """
    if file.text is None or _POLICY.search(file.text) is not None:
        return True
    return not isinstance(error, NotYaml) and _ESCAPED.search(file.text) is not None


def objects_of(file: File) -> tuple[PolicyObject, ...]:
    """Return every object of a file; raises `Unreadable`."""
    if file.text is None:
        raise Unreadable(file.problem or "it could not be read")
    return _known(file.path, file.text) if len(file.text) <= _SMALL else _objects(file.path, file.text)


def _objects(path: str, text: str) -> tuple[PolicyObject, ...]:
    return tuple(PolicyObject.of(path, node) for document in read(text) for node in _opened(document, _MAX_LISTS))


# A comparison asks for the objects of each file again and again, once an overlay that reaches it.
_SMALL = 8 * 1024
_known = functools.lru_cache(maxsize=256)(_objects)


def objects_among(files: Iterable[File]) -> Iterator[PolicyObject]:
    """Return every object of the files that can be read."""
    for file in files:
        try:
            yield from objects_of(file)
        except Unreadable:
            continue


def _opened(node: Node, depth: int) -> Iterator[Node]:
    """Return an object, or those that a `List` holds."""
    if isinstance(node, SequenceNode) and depth:
        for item in node.items:
            yield from _opened(item, depth - 1)
    elif isinstance(node, MappingNode):
        items = node.get("items")
        if depth and isinstance(items, SequenceNode) and (node.text("kind") or "").endswith("List"):
            for item in items.items:
                yield from _opened(item, depth - 1)
        else:
            yield node
