"""`json`: one document with all events and all gaps (`assay.history/v1`), written as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.core.history import Event
from app.render.document import Json, line
from app.render.history.documents import event_document, gap_document
from app.render.history.scope import Scope, Stream, limits

HISTORY: Final = "assay.history/v1"


def whole_json(scope: Scope, stream: Stream) -> Iterator[str]:
    """Write the document: only the gaps are held until its end."""
    gaps: list[Json] = []
    yield f"{line(_head(scope)).removesuffix('}')},\n"
    yield '"events":['
    between = "\n"
    for one in stream:
        if isinstance(one, Event):
            yield f"{between}{line(event_document(one))}"
            between = ",\n"
        else:
            gaps.append(gap_document(one))
    yield '\n],\n"gaps":['
    yield ",".join(f"\n{line(gap)}" for gap in gaps)
    yield f'\n],\n"complete":{"false" if gaps else "true"}}}\n'


def _head(scope: Scope) -> Json:
    return {
        "schema": HISTORY,
        "repository": scope.repository,
        "range": scope.revisions,
        "tip": scope.tip or None,
        "asked_at": scope.asked_at.isoformat(),
        "filters": list(scope.filters),
        "limits": list(limits(scope)),
    }
