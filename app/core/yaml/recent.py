"""What was read lately, so that the same text is not read again: bounded by the nodes that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from sys import getsizeof

from app.core.yaml.nodes import Node

MAX_KEPT = 50_000
"""Nodes of either half; one takes some 250 bytes, and a text counts for the bytes that it takes."""

_OF_A_TEXT = 20
_AS_A_NODE = 100
_Key = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Stream:
    """What was read: documents, how many nodes they have, and which of these may stand in several places."""

    documents: tuple[Node, ...]
    nodes: int
    shared: tuple[Node, ...]


class Recent:
    """The documents of texts, in two halves: when the new one is full it becomes the old one, and that is forgotten.

    What is asked for again moves to the new half. Nothing is locked: threads that meet here count a text too little
    until the halves change places, and no more.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._new: dict[_Key, Stream] = {}
        self._old: dict[_Key, Stream] = {}
        self._weight = 0

    def get(self, key: _Key) -> Stream | None:
        """Return what was read of a text, `None` when it is not kept."""
        found = self._new.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: _Key, stream: Stream) -> None:
        """Keep what was read of a text; what would take all the room is not kept."""
        weight = stream.nodes + getsizeof(key[0]) // _AS_A_NODE + _OF_A_TEXT
        if weight > MAX_KEPT:
            return
        if self._weight + weight > MAX_KEPT:
            self._old, self._new, self._weight = self._new, {}, 0
        self._new[key] = stream
        self._weight += weight
