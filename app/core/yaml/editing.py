"""The documents of a text that differs from one that was read in the values of some lines, without reading it whole.

A changed line holds a key and its value or an item of a list, and nothing else but a comment: `- tag: 1.2  # why`. That
it is no part of a longer text is known from the documents that were read: the key and the value stand in them, at this
line. Up to the value the parser has met the same characters, so it is in the same state; the new value is plain text,
or text in the same quotes, of letters and signs that mean nothing to YAML; and it ends where the old one did: before a
comment, or without one, where the parser looks on the next line for more of it. So all that differs is the text of one
scalar.
"""

from __future__ import annotations

import bisect
import re

from app.core.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence, Style
from app.core.yaml.recent import Stream

_MOST = 20
_LINE = re.compile(
    r"""(\ *(?:-\ +)*([A-Za-z_][\w./-]*):\ +|\ *(?:-\ +)+)  # a key, in lists or not; or an item of a list
    (["']?)([\w./](?:[\w./@+-]|:(?=[\w./]))*)\3  # its text
    (?:\ *|\ +(\#)[\ !#-&(-~]*)  # a comment; in one with quotes a longer text might end
    """,
    re.ASCII | re.VERBOSE,
)


def edited(known: Stream, before: str, after: str) -> tuple[Node, ...] | None:
    """Return the documents of `after`, given what was read of `before`; `None` where it is to be read as a whole.

    A value inside of what stands in several places, by alias or merge, is one of those.
    """
    old, new = before.split("\n"), after.split("\n")
    if len(old) != len(new):
        return None
    changed = [number for number, (left, right) in enumerate(zip(old, new, strict=True), 1) if left != right]
    if len(changed) > _MOST:
        return None
    documents, shared = known.documents, frozenset(map(id, known.shared))
    for number in changed:
        edit = _Edit.of(number, old[number - 1], new[number - 1])
        found = None if edit is None else edit.among(documents, shared)
        if found is None:
            return None
        documents = found
    return documents


class _Edit:
    """One line with another value."""

    __slots__ = ("_key", "_line", "_new", "_old", "_style")

    def __init__(self, line: int, old: re.Match[str], new: re.Match[str]) -> None:
        self._line = line
        self._key, self._old, self._new = old[2], old[4], new[4]
        self._style = Style.QUOTED if old[3] else Style.PLAIN

    @classmethod
    def of(cls, line: int, old: str, new: str) -> _Edit | None:
        """Return the edit that makes one line of another; `None` when more than a value differs."""
        left, right = _LINE.fullmatch(old), _LINE.fullmatch(new)
        if left is None or right is None or left.group(1, 3, 5) != right.group(1, 3, 5):
            return None
        # Some parsers do not take a colon in plain text inside of braces.
        return cls(line, left, right) if (":" in left[4]) == (":" in right[4]) else None

    def among(self, nodes: tuple[Node, ...], shared: frozenset[int]) -> tuple[Node, ...] | None:
        """Return documents, or items of a list, with the value in its place; `None` when it is not found."""
        at = bisect.bisect_right(nodes, self._line, key=_line_of) - 1
        node = None if at < 0 else self._inside(nodes[at], shared)
        return None if node is None else (*nodes[:at], node, *nodes[at + 1 :])

    def _inside(self, node: Node, shared: frozenset[int]) -> Node | None:
        if isinstance(node, Scalar):
            return self._scalar(node) if self._key is None else None
        if id(node) in shared:
            return None
        if isinstance(node, Sequence):
            items = self.among(node.items, shared)
            return None if items is None else Sequence(items, node.line)
        at = bisect.bisect_right(node.entries, self._line, key=_line_of_key) - 1
        entry = None if at < 0 else self._entry(node.entries[at], shared)
        return None if entry is None else Mapping((*node.entries[:at], entry, *node.entries[at + 1 :]), node.line)

    def _entry(self, entry: Entry, shared: frozenset[int]) -> Entry | None:
        key, value = entry.key, entry.value
        if not isinstance(value, Scalar):
            found = self._inside(value, shared)
        else:
            is_key = (key.text, key.style, key.line) == (self._key, Style.PLAIN, self._line)
            found = self._scalar(value) if is_key else None
        return None if found is None else Entry(key, found)

    def _scalar(self, scalar: Scalar) -> Scalar | None:
        if (scalar.text, scalar.style, scalar.line) != (self._old, self._style, self._line):
            return None
        return Scalar(self._new, scalar.line, scalar.style, scalar.line)


def _line_of(node: Node) -> int:
    return node.line


def _line_of_key(entry: Entry) -> int:
    return entry.key.line
