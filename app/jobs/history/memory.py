"""What was read already, within bounds: each blob is decoded once and parsed once, wherever it comes up again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from app import admission, formats
from app.core.errors import Unreadable
from app.core.inventory import ImageUse
from app.core.tree import File
from app.jobs.changes import find_uses

MAX_TEXT: Final = 32 * 1024 * 1024
"""Characters of texts that are kept, and of those of which it is known what they hold."""

_MAX_PATHS: Final = 200_000
_OF_AN_IMAGE: Final = 500
_OF_AN_ANSWER: Final = 200
_OF_OBJECTS: Final = 12
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


@dataclass(slots=True)
class Bounded(Generic[_K, _V]):
    """Values by key; what was not asked for the longest leaves first."""

    most: int
    _kept: OrderedDict[_K, tuple[_V, int]] = field(default_factory=OrderedDict)
    _held: int = 0

    def get(self, key: _K) -> _V | None:
        """Return what is kept; `None` when nothing is."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: _K, value: _V, size: int) -> None:
        """Keep a value that is as large as `size` says."""
        self._held += size - self._kept.pop(key, (value, 0))[1]
        self._kept[key] = (value, size)
        while self._held > self.most and len(self._kept) > 1:
            self._held -= self._kept.popitem(last=False)[1][1]


@dataclass(slots=True)
class Memory:
    """Texts by blob, and by path and text the images and what files hold for policies."""

    texts: Bounded[str, File] = field(default_factory=lambda: Bounded(MAX_TEXT))
    _uses: Bounded[tuple[str, str, bool], tuple[ImageUse, ...] | Unreadable] = field(
        default_factory=lambda: Bounded(MAX_TEXT)
    )
    _held: Bounded[tuple[str, str], admission.Held] = field(default_factory=lambda: Bounded(MAX_TEXT))
    _paths: dict[str, tuple[bool, bool, bool]] = field(default_factory=dict)

    def is_read(self, path: str) -> bool:
        """Whether the content of a file of this path is looked at."""
        return self._of(path)[0]

    def is_document(self, path: str) -> bool:
        """Answer as `formats.is_document` does."""
        return self._of(path)[1]

    def may_hold_policies(self, path: str) -> bool:
        """Answer as `admission.reads` does."""
        return self._of(path)[2]

    def _of(self, path: str) -> tuple[bool, bool, bool]:
        found = self._paths.get(path)
        if found is None:
            if len(self._paths) >= _MAX_PATHS:
                self._paths.clear()
            policies = admission.reads(path)
            read = formats.reads(path) or policies or formats.may_move(path)
            found = self._paths[path] = (read, formats.is_document(path), policies)
        return found

    def find(self, path: str, text: str, taken: bool) -> tuple[ImageUse, ...]:  # noqa: FBT001 - as `find_uses`
        """Answer as `find_uses` does."""
        key = (path, text, taken)
        found = self._uses.get(key)
        if found is None:
            try:
                found = find_uses(path, text, taken)
            except Unreadable as error:
                found = error.with_traceback(None)
            images = 0 if isinstance(found, Unreadable) else len(found)
            self._uses.keep(key, found, _OF_AN_ANSWER + len(text) + _OF_AN_IMAGE * images)
        if isinstance(found, Unreadable):
            raise Unreadable(found.reason, line=found.line)
        return found

    def held(self, file: File) -> admission.Held:
        """Answer as `admission.held` does."""
        if file.text is None:
            return admission.held(file)
        key = (file.path, file.text)
        found = self._held.get(key)
        if found is None:
            found = admission.held(file)
            # Objects with their places take many times the room of their text.
            self._held.keep(key, found, _OF_AN_ANSWER + len(file.text) * (_OF_OBJECTS if found.policies else 1))
        return found
