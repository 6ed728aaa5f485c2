"""Files that only a kustomization or a chart tells to be manifests: their names have no ending that says so.

`resources: [deployment.txt]` makes a manifest of any file, and whatever lies in `templates` of a chart is one. So where
a file of such a name changed, the kustomizations in its own folder and those around it are read, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import Unreadable
from app.formats.kustomization import NAMES, Taken, parse
from app.jobs.ports import Source

MAX_ASKED: Final = 120
"""Names that are asked for as they may be; where it were more, the repository is listed first."""

_AT_A_TIME: Final = 60
_AROUND: Final = 3
_SPELLINGS: Final = (*NAMES, "Kustomization")
_CHART: Final = "Chart.yaml"
_TEMPLATES: Final = "templates/"
_NOTES: Final = "notes.txt"


@dataclass(frozen=True, slots=True)
class Named:
    """The files that kustomizations and charts name, on either side; of `data`, only a ConfigMap or Secret is made."""

    before: frozenset[str]
    after: frozenset[str]
    data: frozenset[str] = frozenset()


def named_files(
    source: Source, sides: tuple[Iterable[str | None], Iterable[str | None]], commits: tuple[str, str]
) -> Named:
    """Return which of the paths of either side that side takes as a manifest, patch, template or values."""
    (old, new), (base, head) = sides, commits
    before, after = _named(source, old, base), _named(source, new, head)
    manifests = {path for path, data in (*before.items(), *after.items()) if not data}
    return Named(frozenset(before), frozenset(after), frozenset(before.keys() | after.keys()) - manifests)


def _named(source: Source, paths: Iterable[str | None], commit: str) -> dict[str, bool]:
    """Return which paths are taken, and of each whether it is only data."""
    wanted = sorted({path for path in paths if path is not None})
    around = {f"{folder}{name}" for path in wanted for folder in _folders(path) for name in _SPELLINGS}
    charts = {path: [f"{folder}{_CHART}" for folder in _chart_folders(path)] for path in wanted}
    lists = around.union(*charts.values())
    if len(lists) > MAX_ASKED:
        listing = source.list(commit, "")
        lists = lists.intersection(listing.paths) if listing.whole else lists
    asked, found = sorted(lists), dict[str, str]()
    for start in range(0, len(asked), _AT_A_TIME):
        read = source.read(commit, asked[start : start + _AT_A_TIME])
        found |= {path: file.text or "" for path, file in read.items()}
    taken = {one.path: one.data for one in _taken(found)}
    return {
        path: taken.get(path, False) for path in wanted if path in taken or not found.keys().isdisjoint(charts[path])
    }


def _folders(path: str) -> list[str]:
    """Return its folder and those around it, nearest first, each as the beginning of a path."""
    parts = path.split("/")[:-1]
    return [f"{'/'.join(parts[:count])}/" if count else "" for count in range(len(parts), -1, -1)][:_AROUND]


def _chart_folders(path: str) -> Iterator[str]:
    """Return the folders whose chart would render a file; notes are shown to people."""
    if path.lower().endswith(f"{_TEMPLATES}{_NOTES}"):
        return
    at = path.find(_TEMPLATES)
    while at >= 0:
        if at == 0 or path[at - 1] == "/":
            yield path[:at]
        at = path.find(_TEMPLATES, at + 1)


def _taken(lists: dict[str, str]) -> Sequence[Taken]:
    """Return what lists take, what is only data first: another list may take it as more."""
    found: list[Taken] = []
    for path, text in lists.items():
        try:
            found += parse(path, text).takes if not path.endswith(_CHART) else ()
        except Unreadable:
            continue
    return sorted(found, key=lambda one: not one.data)
