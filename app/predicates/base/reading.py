"""Reading hostile JSON with a position: every refusal names the place, nothing is guessed, everything is bounded.

A predicate is signed by somebody whom the policy trusts, but its scanner may be broken or compromised (the Trivy
supply-chain compromise of 2026, GHSA-69fq-xp46-6x23): no number is taken that could not be a count, no text without a
limit, and a shape that is not the expected one is never read as "nothing found".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_DEPTH = 64
MAX_NODES = 1_000_000
MAX_COUNT = 1_000_000
MAX_TEXT = 4096
MAX_SHOWN = 256
MAX_DOCUMENT = 32 * 1024 * 1024


class Malformed(Exception):
    """A predicate has a wrong shape; `path` is where, in our words and indexes only, `reason` is one clause."""

    def __init__(self, path: str, reason: str) -> None:
        """Keep the place and the reason."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """A JSON value and where it stands; every method that expects a shape raises `Malformed` for any other."""

    value: object
    path: str = "predicate"

    def refuse(self, reason: str) -> Malformed:
        """Make the error that names this place."""
        return Malformed(self.path, reason)

    @property
    def absent(self) -> bool:
        """Whether nothing stands here: the key is missing or its value is null."""
        return self.value is None

    def object(self) -> Mapping[str, object]:
        """Expect an object."""
        if not isinstance(self.value, Mapping):
            raise self.refuse("is missing" if self.absent else "is not an object")
        return self.value

    def has(self, key: str) -> bool:
        """Say whether the object here has this key, be its value null."""
        return key in self.object()

    def get(self, key: str) -> Place:
        """Go to a member of the object here; a missing one is an absent place."""
        return Place(self.object().get(key), f"{self.path}.{key}")

    def down(self, *keys: str) -> Place:
        """Go down several members; absent as soon as one is missing."""
        place = self
        for key in keys:
            place = Place(None, f"{place.path}.{key}") if place.absent else place.get(key)
        return place

    def items(self) -> Iterator[Place]:
        """Go through the list here."""
        if not isinstance(self.value, list | tuple):
            raise self.refuse("is missing" if self.absent else "is not a list")
        for index, value in enumerate(self.value):
            yield Place(value, f"{self.path}[{index}]")

    def text(self) -> str:
        """Expect a text that is not empty."""
        found = self.optional_text()
        if not found:
            raise self.refuse("is missing" if self.absent else "is empty")
        return found

    def optional_text(self) -> str:
        """Expect a text; empty when nothing stands here."""
        if self.absent:
            return ""
        if not isinstance(self.value, str):
            raise self.refuse("is not a text")
        if len(self.value) > MAX_TEXT:
            raise self.refuse(f"is longer than {MAX_TEXT} characters")
        return self.value

    def count(self) -> int:
        """Expect a whole number that can be a count."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.refuse("is missing" if self.absent else "is not a whole number")
        if not 0 <= self.value <= MAX_COUNT:
            raise self.refuse(f"is not between 0 and {MAX_COUNT}")
        return self.value

    def flag(self) -> bool:
        """Expect true or false."""
        if not isinstance(self.value, bool):
            raise self.refuse("is missing" if self.absent else "is neither true nor false")
        return self.value

    def time(self) -> datetime | None:
        """Expect an RFC 3339 time; `None` when nothing stands here, or Go's zero time."""
        text = self.optional_text()
        if not text:
            return None
        try:
            stated = datetime.fromisoformat(text)
            if stated.tzinfo is None:
                raise self.refuse("is a time without a zone")
            moment = stated.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.refuse("is not a time") from error
        return None if moment.year == 1 else moment


def bounded(root: Place) -> Place:
    """Return the place itself once it is known to be of bounded depth and size and to hold only finite numbers."""
    waiting: list[tuple[object, int]] = [(root.value, 1)]
    nodes = 0
    while waiting:
        value, depth = waiting.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise root.refuse(f"is nested deeper than {MAX_DEPTH}")
        if nodes > MAX_NODES:
            raise root.refuse(f"has more than {MAX_NODES} values")
        if isinstance(value, Mapping):
            waiting.extend((child, depth + 1) for child in value.values())
        elif isinstance(value, list | tuple):
            waiting.extend((child, depth + 1) for child in value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise root.refuse("holds a number that is not finite")
    return root


def document(predicate: object) -> Place:
    """Return the bounded predicate; one written as a JSON text (real SPDX attestations are) is read first."""
    root = Place(predicate)
    if not isinstance(predicate, str):
        return bounded(root)
    if len(predicate) > MAX_DOCUMENT:
        raise root.refuse(f"is longer than {MAX_DOCUMENT} characters")
    try:
        # Two parsers may read two values from a repeated key, so a repeated key is refused, as NaN is.
        return bounded(Place(json.loads(predicate, object_pairs_hook=_unique, parse_constant=_no_constant)))
    except (ValueError, RecursionError) as error:
        raise root.refuse("is a text that is not JSON") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found


def _no_constant(name: str) -> object:
    raise ValueError(name)


def shown(text: str) -> str:
    """Cut a text to what a list or table can carry."""
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
