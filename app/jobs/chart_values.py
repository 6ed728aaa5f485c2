"""Values of vendored charts that changed and end in images which no file here names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.errors import Unavailable, Unreadable
from app.core.inventory import ImageUse, UnreadablePlace
from app.core.tree import ChangedFile
from app.formats.chart_values import changed_values, image_values, is_values, part_of
from app.jobs.ports import Source

MAX_TEMPLATES = 200
_AT_A_TIME = 60
_SAID = "the chart's templates make images of this value, and what they become is not seen without rendering"


def unseen_values(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str], seen: Iterable[ImageUse]
) -> tuple[UnreadablePlace, ...]:
    """Return places in values files of charts in this repository whose change moves images unseen.

    `seen` are the images of the head side: a value that is part of one of them is judged already. Nothing is asked for
    while every changed value is; else the chart's templates are read.
    """
    lines: dict[str, set[int]] = {}
    for use in seen:
        lines.setdefault(use.path, set()).update({use.line, *use.lines})
    left = {
        path: {name: line for name, line in changed.items() if line not in lines.get(path, ())}
        for path, changed in _changed(source, files, commits)
    }
    left = {path: changed for path, changed in left.items() if changed}
    if not left:
        return ()
    try:
        return tuple(sorted(_places(source, commits[1], left)))
    except Unavailable:
        return ()  # it is looked for to tell more, never to judge


def _changed(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str]
) -> Iterator[tuple[str, dict[str, int]]]:
    for file in files:
        old, new = file.base_path, file.head_path
        if old is None or new is None or not is_values(new):
            continue
        before, after = source.read(commits[0], [old]).get(old), source.read(commits[1], [new]).get(new)
        if before is None or after is None or before.text is None or after.text is None:
            continue
        try:
            yield new, changed_values(before.text, after.text)
        except Unreadable:
            continue  # the file is told as unreadable already


def _places(source: Source, head: str, left: dict[str, dict[str, int]]) -> Iterator[UnreadablePlace]:
    charts = {path: f"{path.rpartition('/')[0]}/Chart.yaml".lstrip("/") for path in left}
    there = source.read(head, sorted(set(charts.values())))
    for path, changed in sorted(left.items()):
        if charts[path] not in there:
            continue
        values = image_values(_templates(source, head, path.rpartition("/")[0]))
        hits = {name: line for name, line in changed.items() if part_of(name, values)}
        if hits:
            name, line = min(hits.items(), key=lambda item: (item[1], item[0]))
            also = f" (and of {len(hits) - 1} more)" if len(hits) > 1 else ""
            yield UnreadablePlace(path, line, f"{name}{also}: {_SAID}", elsewhere=True, source=True)


def _templates(source: Source, head: str, chart: str) -> Iterator[str]:
    listing = source.list(head, f"{chart}/templates".lstrip("/"))
    paths = listing.paths[:MAX_TEMPLATES]
    for start in range(0, len(paths), _AT_A_TIME):
        for file in source.read(head, paths[start : start + _AT_A_TIME]).values():
            yield file.text or ""
