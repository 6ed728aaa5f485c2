"""Objects of a repository by their ids, through one long `cat-file` program."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.adapters.git_history.process import Ended, Late, Place, Running, silenced
from app.core.errors import Unavailable
from app.core.tree import MAX_FILE

_AT_A_TIME: Final = 500
_MAX_TREE: Final = 64 * 1024 * 1024
_TREES: Final = 200_000
_HEADER: Final = 3
_SKIPPED: Final = 8 * 1024 * 1024
# Stands for the content of a blob that is over what is read, at any length.
TOO_LARGE: Final = b" " * (MAX_FILE + 1)

Entry = tuple[str, str]
"""Mode and id."""


_Object = tuple[str, bytes]
_Most = tuple[int, bool]


class _Huge(Exception):
    """An object has much more than is read; what was read of it is `found`."""

    def __init__(self, found: _Object) -> None:
        super().__init__()
        self.found = found


@dataclass(slots=True)
class Objects:
    """Reads objects; what is missing or broken is `None`. Trees that were read are remembered, within a bound.

    So is an object about which git says nothing; raises `Unavailable` when there are too many of those.
    """

    place: Place
    _running: Running | None = None
    _trees: OrderedDict[str, Mapping[str, Entry]] = field(default_factory=OrderedDict)
    _entries: int = 0
    _silent: set[str] = field(default_factory=set)

    def read(self, oids: Sequence[str], most: int = MAX_FILE, *, cut: bool = False) -> Iterator[_Object | None]:
        """Yield kind and content of each, in order.

        Content over `most` bytes is `TOO_LARGE`, or with `cut` its first bytes, one more than `most`.
        """
        for start in range(0, len(oids), _AT_A_TIME):
            yield from self._read(oids[start : start + _AT_A_TIME], (most, cut))

    def blobs(self, oids: Iterable[str]) -> dict[str, bytes]:
        """Return the content of those that are blobs and are there."""
        wanted = sorted(set(oids))
        return {
            oid: found[1]
            for oid, found in zip(wanted, self.read(wanted), strict=True)
            if found is not None and found[0] == "blob"
        }

    def tree(self, oid: str) -> Mapping[str, Entry] | None:
        """Return the entries of a tree; `None` when it cannot be read."""
        if oid in self._trees:
            self._trees.move_to_end(oid)
            return self._trees[oid]
        (found,) = self.read((oid,), _MAX_TREE)
        tree = None if found is None or found[0] != "tree" or found[1] is TOO_LARGE else _tree(found[1], len(oid) // 2)
        if tree is None:
            # It may be fetched yet.
            return None
        self._trees[oid] = tree
        self._entries += 1 + len(tree)
        while self._entries > _TREES and len(self._trees) > 1:
            self._entries -= 1 + len(self._trees.popitem(last=False)[1])
        return tree

    def close(self) -> None:
        """End the program."""
        if self._running is not None and self._running.ours:
            self._running.end()
        self._running = None

    def _read(self, oids: Sequence[str], most: _Most) -> Iterator[_Object | None]:
        # Each of these would cost the whole time again.
        silent = self._silent.intersection(oids)
        answers = self._each([oid for oid in oids if oid not in silent], most)
        yield from (None if oid in silent else next(answers) for oid in oids)

    def _each(self, left: list[str], most: _Most) -> Iterator[_Object | None]:
        while left:
            answers = self._answers(left, most)
            yield from answers
            left = left[len(answers) :]

    def _answers(self, oids: Sequence[str], most: _Most) -> list[_Object | None]:
        """Return what is said of the first of these, of one at least."""
        found: list[_Object | None] = []
        running = self._started()
        try:
            running.say("".join(f"{oid}\n" for oid in oids).encode("ascii", "replace"))
            found.extend(_answer(running, most) for _ in oids)
        except Ended:
            # It died over this one: a broken object is as good as none.
            self.close()
            found.append(None)
        except Late:
            self.close()
            self._silent.add(oids[len(found)])
            found.append(None)
            if len(self._silent) > self.place.limits.silences:
                raise silenced(self.place.limits) from None
        except _Huge as huge:
            # To begin anew takes less time than to pass over what it would say.
            self.close()
            found.append(huge.found)
        except Unavailable:
            self.close()
            raise
        return found

    def _started(self) -> Running:
        if self._running is None or not self._running.ours:
            self._running = self.place.start("cat-file", "--batch")
        return self._running


def _answer(running: Running, limit: _Most) -> _Object | None:
    words = running.until(b"\n").split(b" ")
    if len(words) != _HEADER or not words[2].isdigit():
        return None
    size, kind = int(words[2]), words[1].decode("ascii", "replace")
    most, cut = limit
    if size <= most:
        return kind, running.exactly(size + 1)[:-1]
    content = running.exactly(most + 1) if cut else TOO_LARGE
    rest = size + 1 - (len(content) if cut else 0)
    if rest > _SKIPPED:
        raise _Huge((kind, content))
    running.skip(rest)
    return kind, content


def _tree(content: bytes, length: int) -> dict[str, Entry] | None:
    found: dict[str, Entry] = {}
    at = 0
    while at < len(content):
        space, end = content.find(b" ", at), content.find(b"\0", at)
        if not at < space < end or end + length >= len(content):
            return None
        name = content[space + 1 : end].decode("utf-8", "surrogateescape")
        mode = content[at:space].decode("ascii", "replace").zfill(6)
        found[name] = (mode, content[end + 1 : end + 1 + length].hex())
        at = end + 1 + length
    return found
