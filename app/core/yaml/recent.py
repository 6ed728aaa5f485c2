"""What was read lately, so that the same text is not read again: bounded by the nodes that are kept."""

from __future__ import annotations

from app.core.yaml.nodes import Node

MAX_KEPT = 50_000
"""Nodes of either half; one takes some 250 bytes, and the characters of a text count for as much as they take."""

_OF_A_TEXT = 20
_AS_A_NODE = 100
_Key = tuple[str, bool]
_Kept = tuple[tuple[Node, ...], int]


class Recent:
    """The documents of texts, in two halves: when the new one is full it becomes the old one, and that is forgotten.

    What is asked for again moves to the new half. Nothing is locked: threads that meet here count a text too little
    until the halves change places, and no more.
    """

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._new: dict[_Key, _Kept] = {}
        self._old: dict[_Key, _Kept] = {}
        self._weight = 0

    def get(self, key: _Key) -> tuple[Node, ...] | None:
        """Return the documents of a text, `None` when they are not kept."""
        found = self._new.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self._put(key, found)
        return found[0]

    def keep(self, key: _Key, documents: tuple[Node, ...], nodes: int) -> None:
        """Keep the documents of a text; one that would take all the room is not kept."""
        weight = nodes + len(key[0]) // _AS_A_NODE + _OF_A_TEXT
        if weight <= MAX_KEPT:
            self._put(key, (documents, weight))

    def _put(self, key: _Key, kept: _Kept) -> None:
        if self._weight + kept[1] > MAX_KEPT:
            self._old, self._new, self._weight = self._new, {}, 0
        self._new[key] = kept
        self._weight += kept[1]
