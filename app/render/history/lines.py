"""`jsonl`: one event a line, as it comes. Gaps are no events: the caller says them on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from app.core.history import Event, Gap
from app.render.document import line
from app.render.history.documents import event_document
from app.render.history.scope import Scope, Stream

Lines: TypeAlias = Iterable[str | Gap]
"""A stream whose events are written: each text is one line of `jsonl`, or several, each with its end."""


def jsonl(scope: Scope, lines: Lines) -> Iterator[str]:  # noqa: ARG001 - every format is asked alike
    """Write each event as one line of ASCII."""
    return (one for one in lines if isinstance(one, str))


def written(stream: Stream) -> Iterator[str | Gap]:
    """Write the events of a stream."""
    return (one if isinstance(one, Gap) else jsonl_line(one) for one in stream)


def jsonl_line(event: Event) -> str:
    """Write an event as one line."""
    return f"{line(event_document(event))}\n"
