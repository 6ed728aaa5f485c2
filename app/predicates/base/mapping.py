"""Mappings: measures taken from any predicate by JSON pointer, as a policy file declares them.

Grammar: RFC 6901 (JSON Pointer). Nothing is guessed: a member that is not there, or is of another kind than declared,
makes the whole predicate unreadable, with the place.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from app.core.posture import Basis, Better, Measure, Value
from app.predicates.base.reading import Place, document, shown

CUSTOM_KEY: Final = re.compile(r"custom(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){1,4}")
_ESCAPES: Final = re.compile(r"~(?![01])")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_MAX_STEPS: Final = 32


class Kind(enum.Enum):
    """What a mapped member must hold."""

    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class MappedMeasure:
    """One measure of one predicate type: where it stands (`pointer`), and how it is read and judged."""

    predicate_type: str
    key: str
    label: str
    pointer: tuple[str, ...]
    kind: Kind
    better: Better


def is_custom(key: str) -> bool:
    """Say whether a measure is one of a policy's own."""
    return CUSTOM_KEY.fullmatch(key) is not None


def parse_pointer(text: str) -> tuple[str, ...] | None:
    """Read a JSON pointer to a member; `None` for anything else, also for the pointer to the whole document."""
    if not text.startswith("/") or _ESCAPES.search(text) or text.count("/") > _MAX_STEPS:
        return None
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))


def mapped_measures(predicate: object, mapped: Iterable[MappedMeasure]) -> tuple[Measure, ...]:
    """Take every mapped measure from a predicate; raises `Malformed` when one of them is not there as declared."""
    root = document(predicate)
    return tuple(_measure(one, _follow(root, one.pointer)) for one in mapped)


def _measure(one: MappedMeasure, place: Place) -> Measure:
    # What such a number rests on is not told, so two of them that say to count vulnerabilities are not comparable.
    basis = Basis() if "vulnerabilities" in one.key.split(".") else None
    return Measure(one.key, one.label, _value(one.kind, place), one.better, predicate_type="", basis=basis)


def _value(kind: Kind, place: Place) -> Value:
    match kind:
        case Kind.NUMBER:
            return place.count()
        case Kind.FLAG:
            return place.flag()
        case Kind.TEXT:
            return shown(place.text())
        case _:
            assert_never(kind)


def _follow(root: Place, pointer: tuple[str, ...]) -> Place:
    """Go to what a pointer names; the paths are the policy's own text, never the predicate's."""
    place = root
    for step in pointer:
        if isinstance(place.value, Mapping):
            place = place.get(step)
        elif isinstance(place.value, list | tuple) and _INDEX.fullmatch(step):
            index, entries = int(step), place.value
            place = Place(entries[index] if index < len(entries) else None, f"{place.path}[{index}]")
        else:
            raise place.refuse(f"has no member {shown(step)}")
    return place
