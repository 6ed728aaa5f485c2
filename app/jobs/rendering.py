"""What changes only after rendering: images that no changed file names, or names in parts.

Rendering only ever adds: whatever the files themselves say is judged all the same. What cannot be rendered is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app import formats
from app.core.errors import Unavailable, Unreadable
from app.core.inventory import ImageChange, ImageUse, diff
from app.core.tree import DIRECTORY, ChangedFile, File, Tool
from app.formats.kustomization import Graph, is_kustomization, parse
from app.jobs.ports import Renderer, Source
from app.jobs.takers import read_graph

FORMAT: Final = "rendered"
"""What stands for the format of a place that was found by rendering."""

MAX_ROOTS = 20
"""Folders that one review renders, each at both commits."""

MAX_FILES = 500
MAX_CHARACTERS = 8 * 1024 * 1024
_TOO_MUCH: Final = f"it takes more than {MAX_FILES} files or {MAX_CHARACTERS // (1024 * 1024)} MiB"
_DEPTH = 20
_CHART: Final = "Chart.yaml"
_NAMES: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Image changes that rendering shows, what could not be rendered in sentences, and the charts that were."""

    images: tuple[ImageChange, ...] = ()
    notes: tuple[str, ...] = ()
    charts: tuple[str, ...] = ()

    def shows(self, path: str) -> bool:
        """Say whether a file lies in a chart that was rendered at both commits."""
        return any(path.startswith(f"{chart}/" if chart else "") for chart in self.charts)


@dataclass(frozen=True, slots=True)
class _Root:
    """A folder that is rendered, and the file of it that a reader is pointed to."""

    tool: Tool
    folder: str
    file: str


def render_changes(
    renderer: Renderer, source: Source, files: Sequence[ChangedFile], commits: tuple[str, str]
) -> Rendered:
    """Render the kustomizations and charts that changed files belong to, at both `commits`, and compare the images."""
    changed = sorted({path for file in files for path in file.paths if formats.reads(path)})
    if not changed:
        return Rendered()
    try:
        roots = _roots(source, commits[1], changed)
    except Unavailable:
        return Rendered(notes=("nothing could be rendered: GitHub did not list the repository",))
    before: list[ImageUse] = []
    after: list[ImageUse] = []
    charts: list[str] = []
    notes = [f"{len(roots) - MAX_ROOTS:,} more folders were not rendered"] if len(roots) > MAX_ROOTS else []
    for root in roots[:MAX_ROOTS]:
        try:
            sides = [_side(renderer, source, commit, root) for commit in commits]
        except Unreadable as error:
            notes.append(f"`{root.folder or '.'}` could not be rendered: {error.reason}")
            continue
        before += sides[0]
        after += sides[1]
        charts += [root.folder] if root.tool is Tool.HELM else []
    return Rendered(diff(before, after, {}), tuple(notes), tuple(charts))


def with_rendered(images: tuple[ImageChange, ...], rendered: tuple[ImageChange, ...]) -> tuple[ImageChange, ...]:
    """Add changes that only rendering shows; one that the files tell as well keeps the places of the files."""
    known = {change.key for change in images}
    return (*images, *(change for change in rendered if change.key not in known))


def _roots(source: Source, head: str, changed: Sequence[str]) -> tuple[_Root, ...]:
    graph, listing = read_graph(source, head, changed[0])
    named = {path.rpartition("/")[0]: path for path in listing.paths if is_kustomization(path)}
    charts = {path.rpartition("/")[0] for path in listing.paths if path.rpartition("/")[2] == _CHART}
    found = {_Root(Tool.KUSTOMIZE, folder, named[folder]) for folder in _kustomized(graph, changed) if folder in named}
    for path in changed:
        around = [folder for folder in _around(path) if folder in charts]
        if around:  # the outermost: a chart within a chart is rendered with it
            found.add(_Root(Tool.HELM, around[0], f"{around[0]}/{_CHART}".lstrip("/")))
    return tuple(sorted(found, key=lambda root: (root.folder, root.tool.value)))


def _kustomized(graph: Graph, changed: Iterable[str]) -> set[str]:
    return {folder for path in changed for folder in graph.roots(path)}


def _around(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _side(renderer: Renderer, source: Source, commit: str, root: _Root) -> list[ImageUse]:
    """Return the images of one side; none where the folder is not there. Raises `Unreadable`."""
    gather = _kustomization if root.tool is Tool.KUSTOMIZE else _chart
    files = gather(source, commit, root.folder)
    if not files:
        return []
    made = renderer.render(root.tool, root.folder, files)
    if made.text is None:
        raise Unreadable(made.problem or "")
    return [
        replace(use, path=root.file, line=1, lines=(), parts=None, format=FORMAT, warning="")
        for use in formats.find_images("rendered.yaml", made.text)
        if use.problem is None
    ]


def _chart(source: Source, commit: str, folder: str) -> Mapping[str, str]:
    listing = source.list(commit, folder)
    if f"{folder}/{_CHART}".lstrip("/") not in listing.paths:
        return {}
    if not listing.whole or len(listing.paths) > MAX_FILES:
        raise Unreadable(f"it has more than {MAX_FILES} files")
    return _Gathered().take(source.read(commit, listing.paths))


def _kustomization(source: Source, commit: str, root: str) -> Mapping[str, str]:
    """Gather what a build reads: the lists, followed from folder to folder, and the files that they name."""
    gathered, level, seen = _Gathered(), [root], {root}
    for _ in range(_DEPTH):
        if not level:
            break
        asked = [f"{folder}/{name}".lstrip("/") for folder in level for name in _NAMES]
        lists = gathered.take(source.read(commit, asked))
        taken = {name for path in asked if path in lists for name in _taken(path, lists[path])} - seen
        seen |= taken
        if len(seen) > MAX_FILES:
            raise Unreadable(_TOO_MUCH)
        found = source.read(commit, sorted(taken))
        gathered.take({path: file for path, file in found.items() if file.problem != DIRECTORY})
        # A folder: some sources say so, others do not know it as a file.
        level = [path for path in sorted(taken) if path not in found or found[path].problem == DIRECTORY]
    return gathered.files if any(f"{root}/{name}".lstrip("/") in gathered.files for name in _NAMES) else {}


def _taken(path: str, text: str) -> set[str]:
    kustomization = parse(path, text)
    if kustomization.outside:
        raise Unreadable(f"{path} takes {kustomization.outside[0]}, which does not lie in the repository")
    return {taken.path for taken in kustomization.takes}


class _Gathered:
    """Files for a program, within bounds; what is no plain text file is refused."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self._characters = 0

    def take(self, found: Mapping[str, File]) -> Mapping[str, str]:
        """Add files and return all of them; raises `Unreadable`."""
        for path, file in found.items():
            if file.text is None:
                raise Unreadable(f"{path} is {file.problem}")
            self._characters += 0 if path in self.files else len(file.text)
            self.files[path] = file.text
        if len(self.files) > MAX_FILES or self._characters > MAX_CHARACTERS:
            raise Unreadable(_TOO_MUCH)
        return self.files
