"""Read the wanted files out of a repository that holds them, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.adapters.git_fetch.repository import Repository
from app.adapters.git_raw import RawChange
from app.core.tree import MAX_FILE, File, file_of, mode_problem

MAX_BYTES = 48 * 1024 * 1024
"""Bytes of contents that are held of either side: somewhat more than a review reads."""

# Stands for the content of a blob that is larger than what is read: one byte over it.
_LARGER = b" " * (MAX_FILE + 1)


@dataclass(frozen=True, slots=True)
class Place:
    """A file at a commit."""

    commit: str
    path: str
    mode: str
    oid: str

    @property
    def has_content(self) -> bool:
        """Whether its blob is a file's text: a link's is a path, a submodule has none here."""
        return mode_problem(self.mode) is None


def places(changes: Iterable[RawChange], commit: str, *, old: bool) -> Iterator[Place]:
    """Yield one side of changed files."""
    for change in changes:
        file = change.file
        path, oid, mode = (
            (file.base_path, file.before, change.old_mode) if old else (file.head_path, file.after, file.mode)
        )
        if path is not None and oid is not None and mode is not None:
            yield Place(commit, path, mode, oid)


def read(repository: Repository, wanted: Sequence[Place]) -> dict[tuple[str, str], tuple[File, str]]:
    """Return the files of one side in order of their paths, until `MAX_BYTES` are held; what is missing is left out."""
    sizes = _sizes(repository, {place.oid for place in wanted if place.has_content})
    taken, held = [], 0
    for place in sorted((place for place in wanted if place.has_content), key=lambda one: one.path):
        size = sizes.get(place.oid)
        if size is None:
            continue
        held += size if size <= MAX_FILE else 0
        if held > MAX_BYTES:
            break
        taken.append(place)
    blobs = _blobs(repository, {place.oid for place in taken if sizes[place.oid] <= MAX_FILE})
    taken += [place for place in wanted if not place.has_content]
    return {
        (place.commit, place.path): (file_of(place.path, place.mode, blobs.get(place.oid, _LARGER)), place.oid)
        for place in taken
    }


def _sizes(repository: Repository, oids: set[str]) -> dict[str, int]:
    output = repository.ask(("cat-file", "--batch-check", "--buffer"), _lines(oids))
    sizes = {}
    for line in output.decode("ascii", "replace").splitlines():
        oid, *about = line.split(" ")
        if about[:1] == ["blob"]:
            sizes[oid] = int(about[1])
    return sizes


def _blobs(repository: Repository, oids: set[str]) -> dict[str, bytes]:
    output = repository.ask(("cat-file", "--batch", "--buffer"), _lines(oids)) if oids else b""
    found, at = {}, 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, _kind, size = output[at:end].decode("ascii").split(" ")
        found[oid] = output[end + 1 : end + 1 + int(size)]
        at = end + 1 + int(size) + 1
    return found


def _lines(oids: set[str]) -> bytes:
    return "".join(f"{oid}\n" for oid in sorted(oids)).encode("ascii")
