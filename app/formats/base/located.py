"""Where in a tree a line of its file is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.core.yaml import Mapping, Node, Scalar
from app.formats.base.place import Place, Steps


@dataclass(slots=True)
class Locator:
    """Finds the place of a line in documents; each comes with the place of its root.

    What is in no document (a text of several lines inside one, a comment) is a key at `elsewhere`.
    """

    documents: Iterable[tuple[Node, Place]]
    elsewhere: Place
    _places: dict[tuple[int, str], Place] | None = field(default=None, init=False)

    def __call__(self, line: int, key: str) -> Place:
        """Return the place of a key whose value is at a line."""
        if self._places is None:
            self._places = {
                found: root.into(*steps) for node, root in self.documents for found, steps in _scalars(node, ())
            }
        return self._places.get((line, key)) or self.elsewhere.into(key)


def _scalars(node: Node, steps: Steps) -> Iterator[tuple[tuple[int, str], Steps]]:
    """Return the lines and keys of all scalars below a node, with the steps to them."""
    if isinstance(node, Scalar):
        key = next((step for step in reversed(steps) if isinstance(step, str)), "")
        yield from (((line, key), steps) for line in node.lines)
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield from _scalars(entry.value, (*steps, entry.key.text))
    else:
        for index, item in enumerate(node.items):
            yield from _scalars(item, (*steps, index))
