"""Kustomizations: which files each one brings, and with which patches."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from app.admission.base import Data, PolicyObject, at, entries, plain
from app.admission.base.objects import canonical
from app.core.errors import Unreadable
from app.core.tree import File
from app.core.yaml import read

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_BRINGS = ("resources", "components", "bases", "crds")
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")
_FILES = (".yaml", ".yml", ".json")
_SHOWN = 200
_REMOTE = ("://", "git@", "github.com/", "?ref=")


def _meaning(text: str) -> str:
    """Return what is the same for two texts that differ in spaces, comments or order of keys only."""
    try:
        documents = read(text)
    except Unreadable:
        return text
    return canonical([plain(document) for document in documents])


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch: whom it names as its target, its text, or the file that holds it, and where it is listed.

    Two are the same when their texts mean the same.
    """

    target: Data
    text: str = field(compare=False)
    path: str
    line: int = field(default=0, compare=False)
    meaning: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Read the text."""
        object.__setattr__(self, "meaning", _meaning(self.text))

    @property
    def shown(self) -> str:
        """What a person is shown of it."""
        return self.path or self.text.strip()[:_SHOWN]


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One kustomization: paths of what it brings in its order, its patches, and what it brings from elsewhere."""

    path: str
    brings: tuple[str, ...]
    patches: tuple[Patch, ...]
    elsewhere: frozenset[str] = frozenset()


def is_kustomization(path: str) -> bool:
    """Say whether a file of this path is a kustomization."""
    return posixpath.basename(path) in NAMES


def kustomization(file: File) -> Kustomization | None:
    """Read a kustomization; `None` when it is none that can be read."""
    try:
        documents = read(file.text) if file.text is not None and is_kustomization(file.path) else ()
    except Unreadable:
        return None
    if len(documents) != 1:
        return None
    whole = PolicyObject.of(file.path, documents[0])
    data = whole.data
    folder = posixpath.dirname(file.path)
    listed = [entry for key in _BRINGS for entry in entries(at(data, key)) if isinstance(entry, str)]
    brings = [_inside(folder, entry) for entry in listed]
    patches = tuple(
        _patch(folder, key, entry, whole.line_of((key, position)))
        for key in _PATCHES
        for position, entry in enumerate(entries(at(data, key)))
    )
    elsewhere = frozenset(entry for entry, inside in zip(listed, brings, strict=True) if not inside)
    return Kustomization(file.path, tuple(one for one in brings if one), patches, elsewhere)


def _patch(folder: str, key: str, entry: Data, line: int) -> Patch:
    if isinstance(entry, str):
        is_path = key == "patchesStrategicMerge" and "\n" not in entry and entry.endswith(_FILES)
        return Patch(None, "" if is_path else entry, _inside(folder, entry) if is_path else "", line)
    path, text = at(entry, "path"), at(entry, "patch")
    return Patch(
        at(entry, "target"),
        text if isinstance(text, str) else "",
        _inside(folder, path) if isinstance(path, str) else "",
        line,
    )


def _inside(folder: str, entry: str) -> str:
    """Return the path that an entry leads to; empty when it leads out of the repository."""
    if any(sign in entry for sign in _REMOTE):
        return ""
    found = posixpath.normpath(posixpath.join(folder, entry))
    return "" if found.startswith(("..", "/")) else found


def candidates(path: str) -> tuple[str, ...]:
    """Return the files of which one is meant by what a kustomization brings: a file, or a folder with its own."""
    return (path,) if path.endswith(_FILES) else tuple(f"{path}/{name}" for name in NAMES)
