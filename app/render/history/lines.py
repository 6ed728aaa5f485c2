"""`jsonl`: one event a line, as it comes. Gaps are no events: the caller says them on standard error."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.history import Event
from app.render.document import line
from app.render.history.documents import event_document
from app.render.history.scope import Scope, Stream


def jsonl(scope: Scope, stream: Stream) -> Iterator[str]:  # noqa: ARG001 - every format is asked alike
    """Write each event as one line of ASCII."""
    for one in stream:
        if isinstance(one, Event):
            yield jsonl_line(one)


def jsonl_line(event: Event) -> str:
    """Write an event as one line."""
    return f"{line(event_document(event))}\n"
