"""What was read lately, so that the same text is not read again: bounded by the nodes that are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict

from app.core.yaml.nodes import Node

MAX_KEPT = 100_000
"""Nodes of all texts together; one takes some 250 bytes, and characters of a text count for as much as they take."""

_OF_A_TEXT = 20
_AS_A_NODE = 100
_Key = tuple[str, bool]


class Recent:
    """The documents of texts; what was not asked for the longest leaves first. Threads may share one."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: OrderedDict[_Key, tuple[tuple[Node, ...], int]] = OrderedDict()
        self._nodes = 0
        self._lock = threading.Lock()

    def get(self, key: _Key) -> tuple[Node, ...] | None:
        """Return the documents of a text, `None` when they are not kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: _Key, documents: tuple[Node, ...], nodes: int) -> None:
        """Keep the documents of a text; one that would take the room of all is not kept."""
        weight = nodes + len(key[0]) // _AS_A_NODE + _OF_A_TEXT
        if weight > MAX_KEPT:
            return
        with self._lock:
            self._nodes += weight - self._kept.pop(key, (documents, 0))[1]
            self._kept[key] = (documents, weight)
            while self._nodes > MAX_KEPT:
                self._nodes -= self._kept.popitem(last=False)[1][1]
