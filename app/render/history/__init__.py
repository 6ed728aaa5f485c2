"""The history of a repository in every format. Each reads a stream of events once and writes as it goes.

writer_of   the writer of a format, by its name
FORMATS     their names
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from app.render.history.controls import Control, joined, read_controls
from app.render.history.csv_rows import csv_rows
from app.render.history.documents import gap_line
from app.render.history.html import html_report
from app.render.history.in_force import Moment, in_force_json, in_force_markdown, in_force_text
from app.render.history.lines import Lines, jsonl, written
from app.render.history.markdown_report import markdown
from app.render.history.oscal import oscal
from app.render.history.scope import Scope, Stream
from app.render.history.whole import whole_json

__all__ = [
    "FORMATS",
    "FROM_LINES",
    "IN_FORCE_FORMATS",
    "Control",
    "Moment",
    "Scope",
    "Stream",
    "Writer",
    "gap_line",
    "joined",
    "read_controls",
    "writer_of",
    "written",
]

Writer: TypeAlias = Callable[[Scope, Stream], Iterator[str]]
FROM_LINES: Final[Mapping[str, Callable[[Scope, Lines], Iterator[str]]]] = {"jsonl": jsonl, "json": whole_json}
"""Those that are made of events as lines of `jsonl`."""

_PLAIN: Final = {"csv": csv_rows, "markdown": markdown}
_WITH_CONTROLS: Final = {"html": html_report, "oscal": oscal}
FORMATS: Final = (*FROM_LINES, *_PLAIN, *_WITH_CONTROLS)
IN_FORCE_FORMATS: Final[Mapping[str, Callable[[Moment], str]]] = {
    "text": in_force_text,
    "markdown": in_force_markdown,
    "json": in_force_json,
}


def writer_of(form: str, controls: Sequence[Control]) -> Writer:
    """Return what writes a format of `FORMATS`; `controls` are those that a report is held against."""
    from_lines = FROM_LINES.get(form)
    if from_lines is not None:
        return lambda scope, stream: from_lines(scope, written(stream))
    plain = _PLAIN.get(form)
    return partial(_WITH_CONTROLS[form], controls) if plain is None else plain
