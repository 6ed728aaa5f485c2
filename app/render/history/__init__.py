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
from app.render.history.lines import jsonl
from app.render.history.markdown_report import markdown
from app.render.history.oscal import oscal
from app.render.history.scope import Scope, Stream
from app.render.history.whole import whole_json

__all__ = [
    "FORMATS",
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
]

Writer: TypeAlias = Callable[[Scope, Stream], Iterator[str]]
_PLAIN: Final = {"jsonl": jsonl, "json": whole_json, "csv": csv_rows, "markdown": markdown}
_WITH_CONTROLS: Final = {"html": html_report, "oscal": oscal}
FORMATS: Final = (*_PLAIN, *_WITH_CONTROLS)
IN_FORCE_FORMATS: Final[Mapping[str, Callable[[Moment], str]]] = {
    "text": in_force_text,
    "markdown": in_force_markdown,
    "json": in_force_json,
}


def writer_of(form: str, controls: Sequence[Control]) -> Writer:
    """Return what writes a format of `FORMATS`; `controls` are those that a report is held against."""
    plain = _PLAIN.get(form)
    return partial(_WITH_CONTROLS[form], controls) if plain is None else plain
