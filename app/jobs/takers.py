"""Who takes a changed file: the overlays of a Kustomize base, and files that lists take in or let go.

This is told to people and decides nothing: a file that cannot be read here is passed over, and a repository that does
not answer costs the sentence, not the verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.core.errors import Unavailable, Unreadable
from app.core.inventory import ImageChange
from app.core.tree import ChangedFile, FileStatus, Listing
from app.formats.kustomization import Graph, Kustomization, Taken, dropped, is_kustomization, parse
from app.jobs.ports import Source

MAX_KUSTOMIZATIONS = 2_000
"""Kustomizations that one review reads to find who takes a file; the nearest come first."""

MAX_NAMED = 10
"""Overlays that one sentence names."""

MAX_SENTENCES = 20
"""Sentences of each kind that are told."""

_AT_A_TIME = 60
_BASE: Final = re.compile(r"(?:^|[-_.])(?:bases?|common|shared|templates?)(?:$|[-_.])", re.IGNORECASE)
_COMPONENT: Final = re.compile(r"components?", re.IGNORECASE)
_BASE_PARTS, _COMPONENT_PARTS = 3, 2
_UNKNOWN: Final = "which overlays take it could not be found out"


def who_takes(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str], images: Iterable[ImageChange]
) -> tuple[str, ...]:
    """Return sentences about who takes what changed.

    Most changes cost nothing: the repository is listed only when an image moved in a folder that is named as shared
    (`base`, `common`, `components/…`), and only then its kustomizations are read.
    """
    lists = tuple(_lists(source, files, commits))
    moved = {use.path for change in images if change.after is not None for use in change.uses}
    return (*_taken(source, commits[1], sorted(path for path in moved if is_shared(path))), *lists[:MAX_SENTENCES])


def is_shared(path: str) -> bool:
    """Say by the names of its nearest folders whether others are likely to take a file."""
    folders = path.split("/")[:-1]
    if any(_BASE.search(folder) for folder in folders[-_BASE_PARTS:]):
        return True
    return any(_COMPONENT.fullmatch(folder) for folder in folders[-_COMPONENT_PARTS:])


def _taken(source: Source, head: str, paths: Sequence[str]) -> Iterator[str]:
    if not paths:
        return
    try:
        graph, listing = read_graph(source, head, paths[0])
    except Unavailable:
        yield f"`{paths[0]}`: {_UNKNOWN}"
        return
    groups: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        groups.setdefault(graph.takers(path), []).append(path)
    for takers, taken in sorted(groups.items(), key=lambda item: item[1])[:MAX_SENTENCES]:
        if takers:
            also = f" and {len(taken) - 1:,} more" if len(taken) > 1 else ""
            yield f"`{taken[0]}`{also} is taken by {_named(takers)}{'' if listing.whole else ', and maybe others'}"


def _named(folders: Sequence[str]) -> str:
    names = ", ".join(f"`{folder}`" for folder in folders[:MAX_NAMED])
    rest = len(folders) - MAX_NAMED
    return names if rest <= 0 else f"{names} and {rest:,} more"


def read_graph(source: Source, head: str, near: str) -> tuple[Graph, Listing]:
    """Return who takes whom at a commit, the nearest read first, and what else lies there.

    The listing is not whole when it was cut or some kustomizations were not read.
    """
    listing = source.list(head, "")
    found = sorted((path for path in listing.paths if is_kustomization(path)), key=lambda path: _distance(path, near))
    read = found[:MAX_KUSTOMIZATIONS]
    whole = listing.whole and len(read) == len(found)
    return Graph(_parsed(source, head, read)), replace(listing, whole=whole)


def _distance(path: str, near: str) -> tuple[int, str]:
    """Sort what shares most of its folders first."""
    ours, theirs = path.split("/"), near.split("/")
    shared = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), len(theirs))
    return (len(ours) + len(theirs) - 2 * shared, path)


def _parsed(source: Source, commit: str, paths: Sequence[str]) -> Iterator[Kustomization]:
    for start in range(0, len(paths), _AT_A_TIME):
        for path, file in source.read(commit, paths[start : start + _AT_A_TIME]).items():
            try:
                yield parse(path, file.text or "")
            except Unreadable:
                continue


def _lists(source: Source, files: Sequence[ChangedFile], commits: tuple[str, str]) -> Iterator[str]:
    """Tell what changed lists take in or let go that the change itself does not touch."""
    changed = {
        file.path: file.base_path
        for file in files
        if file.status is FileStatus.MODIFIED and is_kustomization(file.path) and file.base_path is not None
    }
    before = {one.path: one for one in _parsed(source, commits[0], sorted(changed.values()))}
    after = {one.path: one for one in _parsed(source, commits[1], sorted(changed))}
    for path in sorted(before.keys() & after.keys()):
        yield from _difference(before[path], after[path], _touched(files))


def _difference(
    before: Kustomization, after: Kustomization, touched: Mapping[FileStatus, frozenset[str]]
) -> Iterator[str]:
    out = _beyond(dropped(before, after), touched[FileStatus.REMOVED])
    if out:
        yield f"`{after.path}` no longer takes {_named(out)}"
    new = _beyond(dropped(after, before), touched[FileStatus.ADDED])
    if new:
        yield f"`{after.path}` now takes {_named(new)}, which this change does not show"


def _beyond(taken: Iterable[Taken], touched: frozenset[str]) -> list[str]:
    """Leave out what the change itself adds or removes, as a file or as a whole folder."""
    return [one.path for one in taken if one.path not in touched]


def _touched(files: Iterable[ChangedFile]) -> dict[FileStatus, frozenset[str]]:
    """Return the paths and folders in which something was added or removed; a rename does both."""
    found: dict[FileStatus, set[str]] = {FileStatus.ADDED: set(), FileStatus.REMOVED: set()}
    for file in files:
        renamed = file.status is FileStatus.RENAMED
        if renamed or file.status is FileStatus.ADDED:
            found[FileStatus.ADDED] |= _around(file.path)
        if renamed or file.status is FileStatus.REMOVED:
            found[FileStatus.REMOVED] |= _around(file.previous_path or file.path)
    return {status: frozenset(paths) for status, paths in found.items()}


def _around(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
