"""What an engine compares: one object of one file, as plain data with its places."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from app.core.inventory import ObjectReference
from app.core.yaml import Mapping as MappingNode
from app.core.yaml import Node, Scalar
from app.core.yaml import Sequence as SequenceNode

Data = Mapping[str, "Data"] | Sequence["Data"] | str | int | float | bool | None
"""JSON-like data: mappings, sequences, text, numbers, flags; `None` stands for null and for what is not there."""

Step = str | int
"""A key of a mapping or a position in a sequence."""

# What the YAML reader of Kubernetes takes for a flag.
_FLAGS = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}")
_PLACEHOLDER = re.compile(r"\{\{|\$\{|\$\(|<%|<<[A-Z_]")


@dataclass(frozen=True, slots=True)
class PolicyObject:
    """One object: the file that holds it, where it begins, what it is called, and its data."""

    path: str
    line: int
    reference: ObjectReference
    data: Data
    node: Node

    @classmethod
    def of(cls, path: str, node: Node) -> PolicyObject:
        """Make an object of a document or an entry of a `List`."""
        return cls(path, node.line, reference_of(node), plain(node), node)

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return group_of(self.reference)

    def line_of(self, steps: Sequence[Step]) -> int:
        """Return the line of the value under these steps, or of the deepest part that is there."""
        node: Node | None = self.node
        line = self.line
        for step in steps:
            node = _below(node, step)
            if node is None:
                return line
            line = node.place if isinstance(node, Scalar) else node.line
        return line


def group_of(reference: ObjectReference) -> str:
    """Return the API group of an object; empty for the core group."""
    group, slash, _ = reference.api_version.partition("/")
    return group if slash else ""


def plain(node: Node) -> Data:
    """Return a node's data as Kubernetes reads it; a scalar that its reader would take otherwise stays text."""
    if isinstance(node, MappingNode):
        return {entry.key.text: plain(entry.value) for entry in node.entries}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    return _scalar(node)


def reference_of(node: Node) -> ObjectReference:
    """Return what an object is called as it is written (`n` is a name, and no flag), with empty text where silent."""
    return ObjectReference(
        _written(node, "apiVersion"),
        _written(node, "kind"),
        _written(node, "metadata", "namespace"),
        _written(node, "metadata", "name"),
    )


def _written(node: Node | None, *keys: str) -> str:
    for key in keys:
        node = node.get(key) if isinstance(node, MappingNode) else None
    return node.text if isinstance(node, Scalar) and not node.null else ""


def at(data: Data, *keys: str) -> Data:
    """Return what lies under a path of keys; `None` when nothing does."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def text_at(data: Data, *keys: str) -> str:
    """Return the text under a path of keys; empty when there is none."""
    found = at(data, *keys)
    return found if isinstance(found, str) else ""


def same(one: Data, other: Data) -> bool:
    """Say whether two data are the same; unlike `==`, true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def unmatched(these: Sequence[Data], others: Sequence[Data]) -> tuple[Data, ...]:
    """Return the entries that have no equal among others, each of which is used up once."""
    left = Counter(canonical(one) for one in others)
    found = []
    for one in these:
        mark = canonical(one)
        if left[mark]:
            left[mark] -= 1
        else:
            found.append(one)
    return tuple(found)


def canonical(data: Data) -> str:
    """Return a text that is the same for the same data only."""
    return json.dumps(data, sort_keys=True)


def placeholders(data: Data) -> bool:
    """Say whether any text within is filled in elsewhere (`{{ … }}`, `${…}`)."""
    return any(isinstance(leaf, str) and _PLACEHOLDER.search(leaf) is not None for leaf in leaves(data))


def leaves(data: Data) -> Iterator[Data]:
    """Return every value and every key within data."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield key
            yield from leaves(value)
    elif is_list(data):
        for item in data:
            yield from leaves(item)
    else:
        yield data


def is_list(data: Data) -> TypeGuard[Sequence[Data]]:
    """Say whether data is a sequence and no text."""
    return isinstance(data, Sequence) and not isinstance(data, str)


def _scalar(node: Scalar) -> Data:
    text = node.text
    if not node.plain:
        return text
    if node.null:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _below(node: Node | None, step: Step) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None
