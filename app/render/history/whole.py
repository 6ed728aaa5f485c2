"""`json`: one document with all events and all gaps (`assay.history/v1`), written as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.core.history import Gap, Unseen
from app.render.document import Json, line
from app.render.history.documents import gap_document
from app.render.history.lines import Lines
from app.render.history.scope import Scope, limits

HISTORY: Final = "assay.history/v1"


def whole_json(scope: Scope, lines: Lines) -> Iterator[str]:
    """Write the document: only the gaps, and what nobody can see, are held until its end."""
    gaps: list[Json] = []
    unseen: list[Json] = []
    yield f"{line(_head(scope)).removesuffix('}')},\n"
    yield '"events":['
    between = "\n"
    for one in lines:
        if isinstance(one, Gap):
            (unseen if isinstance(one, Unseen) else gaps).append(gap_document(one))
            continue
        for event in one.splitlines():
            yield f"{between}{event}"
            between = ",\n"
    yield '\n],\n"gaps":['
    yield ",".join(f"\n{line(gap)}" for gap in gaps)
    yield '\n],\n"unseen":['
    yield ",".join(f"\n{line(one)}" for one in unseen)
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
