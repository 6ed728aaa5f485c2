"""What one file holds for a comparison: told of the file alone, so whoever compares often may remember it."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace

from app.admission.base import Engine, FileEngine, PolicyObject, reference_of
from app.admission.comparing.kustomization import Kustomization, kustomization
from app.core.errors import Unreadable
from app.core.inventory import ObjectReference
from app.core.tree import File
from app.core.yaml import Mapping as MappingNode
from app.core.yaml import Node, NotYaml, read
from app.core.yaml import Sequence as SequenceNode

_POLICY = re.compile(
    r"kyverno\.io/|gatekeeper\.sh/|sigstore\.dev/|admissionregistration\.k8s\.io/|ratify\.deislabs\.io/"
    r"|pod-security\.kubernetes\.io/|NetworkPolicy|ClusterImagePolicy"
)
_ESCAPED = re.compile(r"\\[xuU][0-9A-Fa-f]")
_MAX_LISTS = 4
_NOT_READ = "it could not be read"


def _anything(text: str) -> bool:  # noqa: ARG001 - the shape of `speaks`
    return True


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of objects and those of whole files.

    `speaks`: whether a text has a word without which no engine claims an object in it, be it readable or not.
    """

    of_objects: tuple[Engine, ...]
    of_files: tuple[FileEngine, ...]
    speaks: Callable[[str], bool] = _anything

    def claiming(self, reference: ObjectReference) -> Engine | None:
        """Return the engine that compares this object; `None` when it is no policy."""
        return next((engine for engine in self.of_objects if engine.claims(reference)), None)

    def held(self, file: File) -> Held:
        """Return what a file holds."""
        if file.text is None:
            return Held(unread=file.problem or _NOT_READ, spoken=True)
        whole = tuple(engine for engine in self.of_files if engine.matches(file.path, file.text))
        known = Held(overlay=kustomization(file), whole=whole, spoken=self.speaks(file.text))
        if not known.spoken:
            return known
        try:
            return replace(known, policies=self.policies(file))
        except Unreadable as error:
            return replace(known, unread=_why(file.text, error))

    def policies(self, file: File) -> tuple[PolicyObject, ...]:
        """Return every object of a file that is a policy; raises `Unreadable`."""
        if file.text is None:
            raise Unreadable(file.problem or _NOT_READ)
        nodes = (node for document in read(file.text) for node in _opened(document, _MAX_LISTS))
        return tuple(
            PolicyObject.of(file.path, node) for node in nodes if self.claiming(reference_of(node)) is not None
        )


@dataclass(frozen=True, slots=True)
class Held:
    """The policies of a file, why it cannot be read if it may hold some, and what it says as a kustomization.

    `whole` are the engines that compare it as a whole file. `spoken`: it has a word of a policy, or of a patch of one.
    """

    policies: tuple[PolicyObject, ...] = ()
    unread: str | None = None
    overlay: Kustomization | None = None
    whole: tuple[FileEngine, ...] = ()
    spoken: bool = False

    @property
    def concerns(self) -> bool:
        """Whether the file may have a part in any edit, but for what it brings and patches as a kustomization.

        Groups and kinds stand in a text as they are read, but for letters that are written as escapes. So of a file
        that has none of the words no text could tell a policy, or a patch of one.
        """
        return self.spoken or bool(self.whole)

    @property
    def brings(self) -> Hashable:
        """What is the same for two kustomizations that bring and patch the same files."""
        overlay = self.overlay
        return None if overlay is None else (overlay.brings, overlay.patches, overlay.elsewhere)


Look = Callable[[File], Held]
"""Returns what a file holds."""


def _why(text: str, error: Unreadable) -> str | None:
    """Say why a text cannot be read that may be a policy, which it mostly says.

    What other readers may read all the same could hide that behind escapes; what is no YAML at all could not.
    """
    no_yaml = isinstance(error, NotYaml)
    if _POLICY.search(text) is None and (no_yaml or _ESCAPED.search(text) is None):
        return None
    return "a template, and what it renders to is not known" if no_yaml and "{{" in text else error.reason


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
