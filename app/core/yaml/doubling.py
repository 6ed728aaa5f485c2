"""One key twice in a mapping: some readers take the first, others the last. Every reading, and where they part."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.errors import Unreadable
from app.core.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence

MAX_READINGS = 4
"""Values of one key that are told apart; every reading costs as much as a document."""

MAX_DOUBLED = 20
"""Doubled keys of one document that are looked at; they may nest, and each costs as much as what it holds."""

_SENTENCE = 60

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Doubling:
    """A key that stands twice or more: the steps to it, its second key, and all its values in their order."""

    steps: Steps
    key: Scalar
    values: tuple[Node, ...]

    @property
    def reason(self) -> str:
        """Say what is wrong, in one clause."""
        text = self.key.text
        return f"ambiguous: key {text if len(text) <= _SENTENCE else f'{text[: _SENTENCE - 1]}…'} twice"


def doublings(node: Node, steps: Steps = ()) -> Iterator[Doubling]:
    """Find every key that stands twice, also inside of what stands twice."""
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from doublings(item, (*steps, index))
    if not isinstance(node, Mapping):
        return
    for key, entries in _doubled(node).items():
        yield Doubling((*steps, key), entries[1].key, tuple(entry.value for entry in entries))
    for entry in (*node.entries, *node.doubled):
        yield from doublings(entry.value, (*steps, entry.key.text))


def readings(node: Node) -> tuple[Node, ...]:
    """Return the node as readers may take it: every first value, every second, …, the last where there are fewer.

    A node without doubled keys is its only reading. Raises `Unreadable` when a key stands too often, or too
    many do.
    """
    if not _has_doubled(node):
        return (node,)
    found = tuple(itertools.islice(doublings(node), MAX_DOUBLED + 1))
    if len(found) > MAX_DOUBLED:
        raise Unreadable(f"ambiguous: more than {MAX_DOUBLED} keys twice")
    most = max(len(one.values) for one in found)
    if most > MAX_READINGS:
        raise Unreadable(f"ambiguous: one key more than {MAX_READINGS} times")
    return tuple(_reading(node, number) for number in range(most))


def _has_doubled(node: Node) -> bool:
    """Whether any key stands twice; most documents have none, and are only looked through."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if one.doubled:
                return True
            waiting.extend(entry.value for entry in one.entries)
        elif isinstance(one, Sequence):
            waiting.extend(one.items)
    return False


def content(node: Node) -> str:
    """Return what a node says, without its places: two nodes that say the same are read alike."""
    if isinstance(node, Scalar):
        return repr((node.text, node.plain))
    if isinstance(node, Sequence):
        return f"[{','.join(map(content, node.items))}]"
    entries = (*node.entries, *node.doubled)
    return f"{{{','.join(f'{content(entry.key)}:{content(entry.value)}' for entry in entries)}}}"


def _doubled(mapping: Mapping) -> dict[str, list[Entry]]:
    again = {entry.key.text for entry in mapping.doubled}
    found: dict[str, list[Entry]] = {}
    for entry in (*mapping.entries, *mapping.doubled) if again else ():
        if entry.key.text in again:
            found.setdefault(entry.key.text, []).append(entry)
    return found


def _reading(node: Node, number: int) -> Node:
    if isinstance(node, Sequence):
        return Sequence(tuple(_reading(item, number) for item in node.items), node.line)
    if isinstance(node, Scalar):
        return node
    doubled = _doubled(node)
    chosen = (_at(doubled.get(entry.key.text, [entry]), number) for entry in node.entries)
    return Mapping(tuple(Entry(one.key, _reading(one.value, number)) for one in chosen), node.line)


def _at(entries: list[Entry], number: int) -> Entry:
    return entries[min(number, len(entries) - 1)]
