"""One side of a change: its files, what they hold, and where kustomizations lead among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.admission.base import PolicyObject
from app.admission.comparing.held import Held, Look
from app.admission.comparing.kustomization import Kustomization, candidates
from app.core.tree import File

MAX_OBJECTS = 2_000
"""Policy objects of either side; more of them is one edit that cannot be told."""

MAX_DEPTH = 6
_NOTHING = Held()


@dataclass(frozen=True, slots=True)
class Side:
    """The objects of some files in order, and why others could not be read, by path."""

    objects: tuple[PolicyObject, ...]
    unread: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Files:
    """The known files of one side by path, and how what they hold is found."""

    by_path: Mapping[str, File]
    look: Look

    def held(self, path: str) -> Held:
        """Return what a file holds; nothing when it is not known."""
        file = self.by_path.get(path)
        return _NOTHING if file is None else self.look(file)

    def text(self, path: str) -> str:
        """Return a file's text; empty when it is not known."""
        file = self.by_path.get(path)
        return "" if file is None else file.text or ""

    def policies(self, paths: Iterable[str]) -> Iterator[PolicyObject]:
        """Return the policies of some files, as far as these can be read."""
        for path in paths:
            yield from self.held(path).policies

    def overlays(self) -> Iterator[Kustomization]:
        """Return every kustomization that is known."""
        for file in self.by_path.values():
            overlay = self.look(file).overlay
            if overlay is not None:
                yield overlay

    def side(self, paths: Iterable[str]) -> Side:
        """Read the policy objects of files, within a bound."""
        objects: list[PolicyObject] = []
        unread: dict[str, str] = {}
        for path in paths:
            held = self.held(path)
            if held.unread is not None:
                unread[path] = held.unread
            elif len(objects) + len(held.policies) > MAX_OBJECTS:
                unread[path] = f"the change touches more than {MAX_OBJECTS:,} policy objects"
            else:
                objects += held.policies
        return Side(tuple(objects), unread)

    def reached(self, root: str) -> Iterator[str]:
        """Return the files that a kustomization brings, also through others, as far as they are known; each once."""
        seen = {root}
        waiting = [(root, 0)]
        while waiting:
            path, depth = waiting.pop()
            overlay = self.held(path).overlay
            if overlay is None or depth >= MAX_DEPTH:
                continue
            for brought in overlay.brings:
                for candidate in candidates(brought):
                    if candidate not in seen:
                        seen.add(candidate)
                        yield candidate
                        waiting.append((candidate, depth + 1))

    def missing(self, root: str, entries: Sequence[str]) -> frozenset[str]:
        """Return the files that some entries of a kustomization lead to and that were not read yet."""
        found = {candidate for entry in entries for candidate in candidates(entry)}
        found |= {further for one in tuple(found) for further in self.reached(one)}
        return frozenset(path for path in found if path not in self.by_path and path != root)
