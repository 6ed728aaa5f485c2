"""How much is shown: a ladder of details, each step of which drops one whole part, so that the comment always fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BUDGET: Final = 60_000
"""Bytes of UTF-8 for the whole comment. GitHub's limit is 65,536 characters; bytes are safe under every counting."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What is shown; `items` bounds every list, `rows` the rows of the table that stand for a change of their own."""

    packages: bool = True
    details_of_ok: bool = True
    details: bool = True
    provenance: bool = True
    files: bool = True
    ok_rows: bool = True
    review_reasons: bool = True
    rows: int = 300
    items: int = 40
    dropped: tuple[str, ...] = ()


def _ladder() -> tuple[Detail, ...]:
    steps: list[Detail] = [Detail()]
    for change, words in (
        ({"packages": False}, "package lists"),
        ({"details_of_ok": False}, "vulnerability lists of images that are OK"),
        ({"details": False}, "vulnerability lists"),
        ({"provenance": False}, "provenance"),
        ({"files": False}, "file lists"),
        ({"ok_rows": False}, "rows of images that are OK"),
        ({"review_reasons": False, "items": 15}, "reasons for review"),
    ):
        last = steps[-1]
        fields = {name: getattr(last, name) for name in Detail.__dataclass_fields__}
        steps.append(Detail(**(fields | change | {"dropped": (*last.dropped, words)})))
    least = steps[-1]
    for rows, items in ((50, 10), (20, 5), (5, 3), (1, 1)):
        fields = {name: getattr(least, name) for name in Detail.__dataclass_fields__}
        steps.append(Detail(**(fields | {"rows": rows, "items": items, "dropped": (*least.dropped, "most rows")})))
    return tuple(steps)


LADDER: Final = _ladder()
"""From everything to the least; package lists go first, rows of what is blocked last."""
