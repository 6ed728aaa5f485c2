"""Kept documents, read for pages: bounded in size, in number at a time, and in what is remembered of them."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from app.core.errors import Error
from app.render.document import CHECK
from app.web.pages.node import Node

LARGEST: Final = 16_000_000
"""Characters of a document that is shown; a larger one can still be downloaded."""

_REMEMBERED: Final = 24_000_000
_DELETED: Final = "Only that it was judged is kept: its details were deleted with age (ASSAY_KEEP_DAYS)."
_NO_JSON: Final = "What was recorded is not JSON, so it cannot be shown."


class NotReadable(Error):
    """A document cannot be shown, with the reason as a sentence."""


def read(text: str) -> Node:
    """Read a document; raises `NotReadable` for what is none of this version, or was deleted with age."""
    if not text:
        raise NotReadable(_DELETED)
    try:
        told: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReadable(_NO_JSON) from error
    node = Node(told)
    schema = node.text("schema")
    if schema != CHECK:
        named = f"of the form {schema}" if schema else "of no form that this version knows"
        raise NotReadable(f"What was recorded is {named}; this version shows {CHECK}.")
    return node


class Documents:
    """Reads documents by their record's id, one large one at a time; safe to share between threads.

    A record never changes, so what was read is remembered: as many documents as fit into a bounded number of
    characters, the least recently used forgotten first.
    """

    def __init__(self, fetch: Callable[[Iterable[int], int], tuple[tuple[int, str], ...]]) -> None:
        """Bind the ledger's `documents`."""
        self._fetch = fetch
        self._lock = threading.Lock()
        self._one = threading.Lock()
        self._kept: OrderedDict[int, tuple[int, Node]] = OrderedDict()

    def node(self, record: int) -> Node:
        """Return a document; raises `NotReadable` for one that cannot be shown, `Unavailable`."""
        with self._lock:
            kept = self._kept.get(record)
            if kept is not None:
                self._kept.move_to_end(record)
                return kept[1]
        # Reading ten million characters takes ten times as much memory for a moment.
        with self._one:
            found = self._fetch((record,), LARGEST)
            if not found:
                raise NotReadable(
                    f"What was recorded has more than {LARGEST:,} characters, which is too large to show."
                )
            node = read(found[0][1])
        self._remember(record, len(found[0][1]), node)
        return node

    def _remember(self, record: int, size: int, node: Node) -> None:
        with self._lock:
            self._kept[record] = (size, node)
            while sum(size for size, _ in self._kept.values()) > _REMEMBERED and len(self._kept) > 1:
                self._kept.popitem(last=False)
