"""Waiver files as texts → waivers, and what is wrong with the files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import PolicyError
from app.core.tree import File
from app.policy.waivers.reading import read_waiver
from app.policy.waivers.trivyignore import read_trivyignore
from app.policy.waivers.waiver import FOLDER, TRIVYIGNORE, Waiver

MAX_FILES: Final = 200
_ENDINGS: Final = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class WaiverFiles:
    """Waiver files as read: `unread` says, in a clause, why some that are there may be missing from `files`."""

    files: tuple[File, ...] = ()
    trivyignore: File | None = None
    unread: str = ""


def is_waiver(path: str) -> bool:
    """Say whether a path is one at which a waiver is read."""
    return path.startswith(f"{FOLDER}/") and path.lower().endswith(_ENDINGS)


def waiver_paths(listed: Sequence[str], *, whole: bool) -> tuple[tuple[str, ...], str]:
    """Return which of the listed paths are read, and a clause that says what is not; empty when all are."""
    found = [path for path in listed if is_waiver(path)]
    if not whole:
        return tuple(found[:MAX_FILES]), f"{FOLDER} could not be listed whole"
    return tuple(found[:MAX_FILES]), f"{FOLDER} has more than {MAX_FILES} files" if len(found) > MAX_FILES else ""


def read_files(files: WaiverFiles) -> tuple[tuple[Waiver, ...], tuple[PolicyError, ...]]:
    """Read all waivers; a file with a fault waives nothing, and takes nothing from the others."""
    found: list[Waiver] = []
    errors: list[PolicyError] = []
    for file in files.files:
        waiver, wrong = read_waiver(file)
        found += () if waiver is None else (waiver,)
        errors += wrong
    if files.trivyignore is not None:
        waivers, wrong = read_trivyignore(files.trivyignore)
        found += waivers
        errors += wrong
    if files.unread:
        errors.append(PolicyError(f"{files.unread}: what was not read waives nothing", path=FOLDER))
    return tuple(found), tuple(errors)


def faults(files: Iterable[File]) -> tuple[PolicyError, ...]:
    """Return every fault of waiver files."""
    return tuple(error for file in files for error in read_waiver(file)[1])


__all__ = ["FOLDER", "MAX_FILES", "TRIVYIGNORE", "WaiverFiles", "faults", "is_waiver", "read_files", "waiver_paths"]
