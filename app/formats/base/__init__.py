"""What formats share: places, references by how sure their key is, split references, the search by shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from app.core.inventory import ImageUse, ObjectReference
from app.core.yaml import Mapping, Node, Scalar, Sequence
from app.formats.base.annotated import complete, find_annotations
from app.formats.base.assignments import find_assigned, find_settings
from app.formats.base.charts import find_charts
from app.formats.base.commands import find_commands, find_commands_in
from app.formats.base.doubled import find_in_readings
from app.formats.base.groups import find_groups
from app.formats.base.json_comments import without_comments
from app.formats.base.literals import find_literals, find_open
from app.formats.base.located import Locator
from app.formats.base.mentions import find_mentions, without_scheme
from app.formats.base.outline import Syntax, rough_tree
from app.formats.base.outside import (
    OCI,
    artifact_use,
    chart_at_object,
    chart_use,
    is_remote,
    reference_to,
    source_use,
    text_of,
    written,
)
from app.formats.base.place import Place, Steps
from app.formats.base.policy_markers import find_marked
from app.formats.base.reference import Claim, folded, problem, recognised, templated
from app.formats.base.shapes import find_by_shape


class DocumentFormat(Protocol):
    """A format whose files are YAML or JSON, one document at a time; the first that claims a document reads it."""

    NAME: str

    def claims(self, path: str, document: Node) -> bool:
        """Whether this document is of this format."""
        ...

    def extract(self, path: str, document: Node) -> Iterable[ImageUse]:
        """Return the images that the document uses."""
        ...


class TextFormat(Protocol):
    """A format whose files are no YAML."""

    NAME: str

    def matches(self, path: str) -> bool:
        """Whether a file of this path is of this format."""
        ...

    def extract(self, path: str, text: str) -> Iterable[ImageUse]:
        """Return the images that the file uses; may raise `Unreadable`."""
        ...


def text_at(document: Node | None, *keys: str) -> str:
    """Return the text under a path of keys; empty when there is none."""
    for key in keys:
        found = document.get(key) if isinstance(document, Mapping) else None
        if found is None:
            return ""
        document = found
    return document.text if isinstance(document, Scalar) and not document.null else ""


def object_of(document: Node) -> ObjectReference:
    """Return the Kubernetes object that a document describes, with empty text where it is silent."""
    return ObjectReference(
        text_at(document, "apiVersion"),
        text_at(document, "kind"),
        text_at(document, "metadata", "namespace"),
        text_at(document, "metadata", "name"),
    )


def listed(document: Node) -> tuple[Node, ...]:
    """Return the objects of a Kubernetes List; empty for any other document."""
    items = document.get("items") if isinstance(document, Mapping) else None
    if not isinstance(items, Sequence) or not has(document, "apiVersion", "kind"):
        return ()
    return items.items if text_at(document, "kind").endswith("List") else ()


def without(document: Node, *keys: str) -> Mapping:
    """Return a mapping without these keys; an empty one for what is none."""
    entries = document.entries if isinstance(document, Mapping) else ()
    return Mapping(tuple(entry for entry in entries if entry.key.text not in keys), document.line)


def has(document: Node, *keys: str) -> bool:
    """Whether a document is a mapping with all of these keys."""
    return isinstance(document, Mapping) and all(document.get(key) is not None for key in keys)


__all__ = [
    "OCI",
    "Claim",
    "DocumentFormat",
    "Locator",
    "Place",
    "Steps",
    "Syntax",
    "TextFormat",
    "artifact_use",
    "chart_at_object",
    "chart_use",
    "complete",
    "find_annotations",
    "find_assigned",
    "find_by_shape",
    "find_charts",
    "find_commands",
    "find_commands_in",
    "find_groups",
    "find_in_readings",
    "find_literals",
    "find_marked",
    "find_mentions",
    "find_open",
    "find_settings",
    "folded",
    "has",
    "is_remote",
    "listed",
    "object_of",
    "problem",
    "recognised",
    "reference_to",
    "rough_tree",
    "source_use",
    "templated",
    "text_at",
    "text_of",
    "without",
    "without_comments",
    "without_scheme",
    "written",
]
