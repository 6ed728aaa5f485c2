"""Which kustomizations take which files: what a Kustomize build of each folder reads, as far as it lies here.

Nothing is built: the lists of every kustomization are read, and a path is followed only as text, within the repository.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from app.core.yaml import Mapping, Node, Sequence, read
from app.formats.base import is_remote, written

NAMES: Final = ("kustomization.yaml", "kustomization.yml", "kustomization")
"""Names of a file that makes its folder a kustomization, in lower case."""

_LISTS: Final = (
    *("resources", "bases", "components", "crds", "generators", "transformers", "validators", "configurations"),
    "patchesStrategicMerge",
)
_WITH_PATH: Final = ("patches", "patchesJson6902", "replacements")
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")
_FILES_OF: Final = ("files", "envs")
_LONGEST: Final = 4096
_CHARTS: Final = "charts"
_CHART_LISTS: Final = ("helmCharts", "helmChartInflationGenerator")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file or folder that a kustomization names, from the repository's root, and the line where it does.

    `data`: it is only taken into a ConfigMap or Secret.
    """

    path: str
    line: int
    data: bool = False


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One kustomization: its file, and what it takes; `folder` is empty for the repository's root.

    `outside` is what it takes from outside of the repository, as written: addresses, and charts by their names.
    """

    path: str
    takes: tuple[Taken, ...]
    outside: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The folder that it makes a kustomization."""
        return self.path.rpartition("/")[0]


def is_kustomization(path: str) -> bool:
    """Say by its name whether a file is a kustomization."""
    return path.rpartition("/")[2].lower() in NAMES


def parse(path: str, text: str) -> Kustomization:
    """Read what a kustomization takes; raises `Unreadable`."""
    found: dict[str, Taken] = {}
    outside: set[str] = set()
    for document in read(text):
        outside |= {name for key in _CHART_LISTS for name in _chart_names(document, key)}
        named = (*((one, False) for one in _named(document)), *((one, True) for one in _data(document)))
        for (name, line), data in named:
            place = None if is_remote(name) else within(path.rpartition("/")[0], name)
            if place is None:
                outside.add(name)
            elif place not in found or (found[place].data and not data):
                found[place] = Taken(place, line, data)
    return Kustomization(path, tuple(taken for _, taken in sorted(found.items())), tuple(sorted(outside)))


def _chart_names(document: Node, key: str) -> Iterator[str]:
    items = _items(document, key)
    yield from (name for name, _ in _texts([*(_field(item, "name") for item in items)]))
    yield from (name for name, _ in _texts([*(_field(item, "chartName") for item in items)]))


def within(folder: str, name: str) -> str | None:
    """Return what a relative path names, from the root; `None` when it leads out of the repository, or can be none."""
    if name.startswith("/") or "\0" in name or len(name) > _LONGEST:
        return None
    parts = folder.split("/") if folder else []
    for step in name.split("/"):
        if step == "..":
            if not parts:
                return None
            parts.pop()
        elif step not in {"", "."}:
            parts.append(step)
    return "/".join(parts)


def _named(document: Node) -> Iterator[tuple[str, int]]:
    for key in _LISTS:
        yield from _texts(_items(document, key))
    for key in _WITH_PATH:
        yield from _texts(_field(item, "path") for item in _items(document, key))
    yield from _texts([_field(_field(document, "openapi"), "path")])
    home = _field(_field(document, "helmGlobals"), "chartHome")
    home_text = next(_texts([home]), (_CHARTS, 0))[0]
    for item in _items(document, "helmCharts"):
        yield from _texts([_field(item, "valuesFile"), *_items(item, "additionalValuesFiles")])
        if written(_field(item, "repo")) is None:
            yield from ((f"{home_text}/{name}", line) for name, line in _texts([_field(item, "name")]))


def _data(document: Node) -> Iterator[tuple[str, int]]:
    for key in _GENERATORS:
        for item in _items(document, key):
            yield from _texts([*_each(item, _FILES_OF), _field(item, "env")], assigned=True)


def _each(item: Node, keys: Iterable[str]) -> Iterator[Node]:
    for key in keys:
        yield from _items(item, key)


def _texts(nodes: Iterable[Node | None], *, assigned: bool = False) -> Iterator[tuple[str, int]]:
    for node in nodes:
        scalar = written(node)
        # An inline patch has several lines; a generated file may be written `key=path`.
        if scalar is not None and "\n" not in scalar.text:
            yield scalar.text.rpartition("=")[2] if assigned else scalar.text, scalar.place


def _field(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _items(node: Node, key: str) -> tuple[Node, ...]:
    found = _field(node, key)
    return tuple(found.items) if isinstance(found, Sequence) else ()


class Graph:
    """Who takes whom among kustomizations."""

    def __init__(self, kustomizations: Iterable[Kustomization]) -> None:
        """Read every list once."""
        self._users: dict[str, set[str]] = {}
        for one in kustomizations:
            for taken in one.takes:
                self._users.setdefault(taken.path, set()).add(one.folder)

    def takers(self, path: str) -> tuple[str, ...]:
        """Return the folders of all kustomizations that a file reaches, directly or through others, sorted.

        Its own folder is left out, and so is one around it: that it takes what lies in it goes without saying. A file
        in a folder that is taken as a whole without being a kustomization itself is not taken: Kustomize refuses that.
        """
        found = self._reached(path)
        return tuple(sorted(folder for folder in found if not f"{path}/".startswith(f"{folder}/" if folder else "")))

    def roots(self, path: str) -> tuple[str, ...]:
        """Return the folders that a file reaches and that no other kustomization takes, its own among them."""
        own = {path.rpartition("/")[0]} if is_kustomization(path) else set()
        return tuple(sorted(folder for folder in self._reached(path) | own if not self._users.get(folder)))

    def _reached(self, path: str) -> set[str]:
        found: set[str] = set()
        waiting = [path.rpartition("/")[0] if is_kustomization(path) else path]
        while waiting:
            for folder in self._users.get(waiting.pop(), ()):
                if folder not in found:
                    found.add(folder)
                    waiting.append(folder)
        return found


def dropped(before: Kustomization, after: Kustomization) -> tuple[Taken, ...]:
    """Return what the old list takes and the new one does not, with the old lines."""
    kept = {taken.path for taken in after.takes}
    return tuple(taken for taken in before.takes if taken.path not in kept)
