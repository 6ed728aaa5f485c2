"""JSON of a kept document, walked without trusting it: what is missing or of another type is empty, never an error.

Text comes out visible (control and bidirectional characters are written out) and bounded; templates escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.render.plain import cut, visible

LONGEST: Final = 20_000
_LARGEST: Final = 10**15


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document."""

    _value: object

    def at(self, *path: str) -> Node:
        """Return what stands at a path of keys; an empty node where nothing does."""
        return Node(self._found(path))

    def raw(self, *path: str) -> str:
        """Return the string at a path as it stands, to compare it; never to show it."""
        value = self._found(path)
        return value if isinstance(value, str) else ""

    def text(self, *path: str) -> str:
        """Return the string or number at a path, fit to be shown; empty where there is none."""
        value = self._found(path)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return str(value) if abs(value) < _LARGEST else "a very large number"
        return cut(visible(value), LONGEST) if isinstance(value, str) else ""

    def lines(self, *path: str) -> tuple[str, ...]:
        """Return the lines of the string at a path, each fit to be shown."""
        return tuple(visible(line) for line in cut(self.raw(*path), LONGEST).split("\n"))

    def number(self, *path: str) -> float | None:
        """Return the finite number at a path."""
        value = self._found(path)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            return None
        return value

    def flag(self, *path: str) -> bool:
        """Say whether `true` stands at a path."""
        return self._found(path) is True

    def items(self, *path: str) -> tuple[Node, ...]:
        """Return the entries of the list at a path."""
        value = self._found(path)
        return tuple(Node(one) for one in value) if isinstance(value, list) else ()

    def pairs(self, *path: str) -> tuple[tuple[str, Node], ...]:
        """Return the entries of the object at a path with their keys, fit to be shown."""
        value = self._found(path)
        return tuple((visible(key), Node(one)) for key, one in value.items()) if isinstance(value, dict) else ()

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return self._value is not None and self._value not in ("", [], {})

    def _found(self, path: tuple[str, ...]) -> object:
        value = self._value
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value
