"""Files that only a kustomization tells to be manifests: their names have no ending that says so.

`resources: [deployment]` makes a manifest of any file. So where a file of such a name changed, the kustomizations in
its own folder and those around it are read, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import Unreadable
from app.formats.kustomization import NAMES, parse
from app.jobs.ports import Source

MAX_FILES: Final = 200
"""Files of other names whose kustomizations are looked for."""

_AT_A_TIME: Final = 60
_AROUND: Final = 3
_SPELLINGS: Final = (*NAMES, "Kustomization")


@dataclass(frozen=True, slots=True)
class Named:
    """The files that kustomizations name, on either side."""

    before: frozenset[str]
    after: frozenset[str]


def named_files(
    source: Source, sides: tuple[Iterable[str | None], Iterable[str | None]], commits: tuple[str, str]
) -> Named:
    """Return which of the paths of either side a kustomization of that side takes as a manifest, patch or values."""
    (old, new), (base, head) = sides, commits
    return Named(_named(source, old, base), _named(source, new, head))


def _named(source: Source, paths: Iterable[str | None], commit: str) -> frozenset[str]:
    wanted = sorted({path for path in paths if path is not None})[:MAX_FILES]
    lists = sorted({f"{folder}{name}" for path in wanted for folder in _folders(path) for name in _SPELLINGS})
    taken: set[str] = set()
    for start in range(0, len(lists), _AT_A_TIME):
        taken |= _taken(source, commit, lists[start : start + _AT_A_TIME])
    return frozenset(taken.intersection(wanted))


def _folders(path: str) -> list[str]:
    """Return its folder and those around it, nearest first, each as the beginning of a path."""
    parts = path.split("/")[:-1]
    return [f"{'/'.join(parts[:count])}/" if count else "" for count in range(len(parts), -1, -1)][:_AROUND]


def _taken(source: Source, commit: str, paths: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for path, file in source.read(commit, paths).items():
        try:
            found |= {taken.path for taken in parse(path, file.text or "").takes}
        except Unreadable:
            continue
    return found
