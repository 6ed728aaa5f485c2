"""What the doctor found, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from app.core.diagnosis import Diagnosis, Health, worst
from app.render.plain import visible

SCHEMA: Final = "assay.doctor/v1"
_MARKS: Final = {Health.FINE: "ok", Health.LOOK: "look", Health.UNKNOWN: "?", Health.WRONG: "WRONG"}


def document(found: Iterable[Diagnosis]) -> Mapping[str, object]:
    """Make the document of `assay doctor`."""
    listed = tuple(found)
    return {
        "schema": SCHEMA,
        "health": worst(listed).value,
        "checks": [
            {
                "area": one.area,
                "what": one.what,
                "health": one.health.value,
                "sentence": one.sentence,
                "remedy": one.remedy or None,
            }
            for one in listed
        ],
    }


def terminal(found: Iterable[Diagnosis]) -> Iterator[str]:
    """Yield a line for each thing as it is found, what to do below it, and the whole at the end."""
    area, kept = "", []
    for one in found:
        kept.append(one)
        if one.area != area:
            area = one.area
            yield f"{area}\n"
        yield f"  {_MARKS[one.health]:<6}{visible(one.what)}: {visible(one.sentence)}\n"
        if one.remedy:
            yield f"        → {visible(one.remedy)}\n"
    wrong = sum(one.health is Health.WRONG for one in kept)
    unknown = sum(one.health is Health.UNKNOWN for one in kept)
    yield f"{len(kept)} things looked at: {wrong} wrong, {unknown} could not be told\n"
