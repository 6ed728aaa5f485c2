"""What a repository's page takes out of many kept documents: counts over time, and waivers. No I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from app.render.plots import Plot, Point, Series
from app.web.pages.node import Node

MOST_PLOTS: Final = 8
_LINES: Final = (("critical", "vulnerabilities.critical"), ("high", "vulnerabilities.high"))
_MOST_IMAGES: Final = 200
_MOST_WAIVERS: Final = 200
_LONG_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Image:
    """An image as a pull request brings it, with its counts: critical, high; `None` is no data."""

    name: str
    counts: tuple[float | None, ...]


Heeded: TypeAlias = tuple[str, datetime | None]
"""A waiver that let something pass: its path, as it stands, and its end, `None` where that cannot be read."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one document says; `has_policy`: a policy file judged."""

    images: tuple[Image, ...]
    waivers: tuple[Heeded, ...]
    has_policy: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One record with what its document says."""

    number: int
    at: datetime
    verdict: str
    facts: Facts


def facts_of(document: Node) -> Facts:
    """Take out what pages of repositories show."""
    images = (
        Image(
            change.text("repository"),
            tuple(change.number("evidence", "after", "posture", "measures", key, "value") for _, key in _LINES),
        )
        for change in document.items("changes")[:_MOST_IMAGES]
        if change.at("evidence", "after") and change.text("repository")
    )
    waived = (
        (waiver.raw("path"), moment(waiver.raw("ends")))
        for finding in document.items("findings")
        for waiver in finding.items("waived")
    )
    # One waiver passes many findings; the order of the document stays.
    waivers = tuple(dict.fromkeys(waived))[:_MOST_WAIVERS]
    return Facts(tuple(images), waivers, bool(document.text("policy", "path")))


def moment(text: str) -> datetime | None:
    """Read a time with its zone; `None` for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def plots(looks: Iterable[Look], now: datetime) -> tuple[Plot, ...]:
    """Plot the counts of each image over the pull requests that brought it, the image that moved last first."""
    points: defaultdict[str, list[tuple[datetime, tuple[float | None, ...]]]] = defaultdict(list)
    for look in sorted(looks, key=lambda one: (one.at, one.number)):
        for image in look.facts.images:
            points[image.name].append((look.at, image.counts))
    known = {name: at for name, at in points.items() if any(value is not None for _, values in at for value in values)}
    latest = sorted(known, key=lambda name: (known[name][-1][0], name), reverse=True)[:MOST_PLOTS]
    return tuple(
        Plot(
            f"image-{place}",
            name[:_LONG_NAME],
            tuple(
                Series(label, tuple(Point(at, values[line]) for at, values in known[name]))
                for line, (label, _) in enumerate(_LINES)
            ),
            now,
        )
        for place, name in enumerate(latest)
    )


def heeded(looks: Iterable[Look]) -> dict[Heeded, list[int]]:
    """Return for each waiver that let something pass the pull requests where it did."""
    seen: defaultdict[Heeded, set[int]] = defaultdict(set)
    for look in looks:
        for waiver in look.facts.waivers:
            seen[waiver].add(look.number)
    return {waiver: sorted(numbers) for waiver, numbers in seen.items()}
