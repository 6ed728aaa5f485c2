"""Both sides of one step as a source: changed files by their blobs, everything else through the clone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.core.errors import Unavailable
from app.core.history import MISSING, Step
from app.core.tree import File, Listing, file_of
from app.jobs.history.memory import Memory
from app.jobs.history.ports import HistoryClone

NOTHING: Final = "0" * 40
"""Stands for the commit before the first, in which no path exists."""

_PLAIN: Final = "100644"
_NONE: Final = Listing((), whole=True)
Blobs = Mapping[str, str | None]
"""The blobs of changed plain files by path; `None` for a path that is not there on this side."""


def commits_of(step: Step) -> tuple[str, str]:
    """Return the two that are compared; the beginning of a history is compared with nothing."""
    return step.parent or NOTHING, step.stored.commit


def _as_it_is(file: File) -> File:
    return file


@dataclass(frozen=True, slots=True)
class Sides:
    """What a step changed, as a `Source`; `seen` makes another file of each that is read."""

    clone: HistoryClone
    memory: Memory
    before: tuple[str, Blobs]
    after: tuple[str, Blobs]
    seen: Callable[[File], File] = _as_it_is

    @classmethod
    def of(cls, clone: HistoryClone, memory: Memory, step: Step) -> Sides:
        """Say which blobs the step's files have on either side."""
        olds: dict[str, str | None] = {file.base_path: file.before for file in step.files if file.base_path is not None}
        news: dict[str, str | None] = {file.head_path: file.after for file in step.files if file.head_path is not None}
        before, after = (dict.fromkeys(others) | own for own, others in ((olds, news), (news, olds)))
        for path in step.links:
            del before[path], after[path]
        base, head = commits_of(step)
        return cls(clone, memory, (base, before), (head, after))

    def seeing(self, seen: Callable[[File], File]) -> Sides:
        """Return the same with another way to see files."""
        return replace(self, seen=seen)

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        """Return each path's content at one of the two commits; the `Source` port.

        Raises `Unavailable` when the clone lacks a file that did not change: what it brings would be overlooked.
        """
        if commit == NOTHING:
            return {}
        known = (self.before if commit == self.before[0] else self.after)[1]
        found: dict[str, File] = {}
        rest = []
        for path in sorted(set(paths)):
            if path not in known:
                rest.append(path)
            elif (oid := known[path]) is not None:
                found[path] = self.file(path, oid)
        others = self.clone.read(commit, rest) if rest else {}
        if any(file.problem == MISSING for file in others.values()):
            raise Unavailable("a file beside those that changed is missing in this clone", permanent=True)
        found.update(others)
        return {path: self.seen(file) for path, file in found.items()}

    def list(self, commit: str, folder: str) -> Listing:
        """Return what lies below a folder; the `Source` port."""
        return _NONE if commit == NOTHING else self.clone.list(commit, folder)

    def file(self, path: str, oid: str) -> File:
        """Return a plain file by its blob."""
        found = self.memory.texts.get(oid)
        if found is None:
            found = keep(self.memory, oid, self.clone.blobs((oid,)).get(oid))
        return File(path, found.text, found.problem)


def keep(memory: Memory, oid: str, content: bytes | None) -> File:
    """Decode a blob and remember it; its path is left empty."""
    found = File("", None, MISSING) if content is None else file_of("", _PLAIN, content)
    memory.texts.keep(oid, found, 1 + len(found.text or ""))
    return found
