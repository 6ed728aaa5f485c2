"""What is proved today of an image against what is proved today of the one that it replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from app.core.history import EvidenceToday

_MOST: Final = 5


def against_old(today: EvidenceToday) -> tuple[str, ...]:
    """Say the word for the image before, and each measure that is another one now; nothing where none is known."""
    before = today.document.get("before")
    if not isinstance(before, Mapping):
        return ()
    moved = list(_moved(before.get("measures"), today.document.get("measures")))
    more = len(moved) - _MOST
    return (
        f"before: {before.get('signature')}",
        *moved[:_MOST],
        *([f"{more} more measures differ"] if more > 0 else []),
    )


def _moved(before: object, after: object) -> Iterator[str]:
    olds, news = (one if isinstance(one, Mapping) else {} for one in (before, after))
    for key in sorted({*olds, *news}, key=str):
        old, new = _value(olds.get(key)), _value(news.get(key))
        if old != new:
            yield f"{key}: {old} → {new}"


def _value(measure: object) -> str:
    return str(measure.get("value")) if isinstance(measure, Mapping) else "not known"
