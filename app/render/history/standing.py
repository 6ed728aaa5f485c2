"""The newest version of every image, and by month how those versions stood: what they are named by, what was known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from app.core.environment_names import NAMES
from app.core.history import Event, ImageUpdate
from app.core.inventory import ImageChange
from app.render.history.facts import VERIFIED, by_digest, critical_then, runs, word_then
from app.render.history.marks import image_of, month

MOST_IMAGES: Final = 20_000

Key: TypeAlias = tuple[str, str]
"""What an image is called, and the environment that it stands in (empty where no folder says)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the newest versions of images stood: of `images`, so many are `pinned`; and what was recorded of them.

    `words` have a recorded word for their signature, `verified` the good one; `counted` have a recorded count of
    vulnerabilities, `critical` of them together.
    """

    images: int = 0
    pinned: int = 0
    words: int = 0
    verified: int = 0
    counted: int = 0
    critical: float = 0


@dataclass(slots=True)
class Newest:
    """The last change of one image in one environment. `paths` are where it was brought and not taken out again."""

    event: Event
    changes: int = 0
    paths: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Images:
    """Every image with its newest version, at most `most` of them, and how they stood at the end of each month.

    An image that was taken out wherever it had been brought stands no more.
    """

    most: int = MOST_IMAGES
    found: dict[Key, Newest] = field(default_factory=dict)
    months: dict[str, Standing] = field(default_factory=dict)
    left_out: int = 0
    now: Standing = Standing()

    def add(self, event: Event) -> None:
        """Take the next event."""
        what = event.what
        if not isinstance(what, ImageUpdate):
            return
        if what.change.name_before is not None:
            self._take_out(str(what.change.name_before), _places(what.change))
        for environment, paths in _places(what.change).items():
            self._change((image_of(what.change), environment), event, paths)
        self.months[month(event.facts.committed_at)] = self.now

    def _change(self, key: Key, event: Event, paths: set[str]) -> None:
        old = self.found.pop(key, None)
        before = Newest(event) if old is None else old
        self._count(old, -1)
        if isinstance(event.what, ImageUpdate) and event.what.change.after is None:
            # Elsewhere in this environment, the version before may still stand.
            newest = Newest(before.event, before.changes + 1, before.paths - paths)
        else:
            newest = Newest(event, before.changes + 1, before.paths | paths)
        self._count(newest, 1)
        # What changed last stands last, so that the first is the oldest.
        self.found[key] = newest
        if len(self.found) > self.most:
            oldest = next(iter(self.found))
            self._count(self.found.pop(oldest), -1)
            self.left_out += 1

    def _take_out(self, name: str, places: dict[str, set[str]]) -> None:
        for environment, paths in places.items():
            old = self.found.get((name, environment))
            if old is not None:
                self._count(old, -1)
                old.paths -= paths
                self._count(old, 1)

    def _count(self, newest: Newest | None, sign: int) -> None:
        if newest is None or not newest.paths or not runs(newest.event):
            return
        event, now = newest.event, self.now
        word, critical = word_then(event), critical_then(event)
        self.now = Standing(
            images=now.images + sign,
            pinned=now.pinned + sign * by_digest(event),
            words=now.words + sign * bool(word),
            verified=now.verified + sign * (word == VERIFIED),
            counted=now.counted + sign * (critical is not None),
            critical=now.critical + sign * (critical or 0),
        )

    def listed(self) -> Iterator[tuple[Key, Newest]]:
        """Yield every image that still stands, by its name."""
        return iter(sorted(((key, one) for key, one in self.found.items() if one.paths), key=lambda pair: pair[0]))


def environment_of(path: str) -> str:
    """Return the first folder of a path that is called as environments are; empty for none."""
    return next((one for one in path.split("/")[:-1] if one.lower() in NAMES), "")


def _places(change: ImageChange) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for use in change.uses:
        found.setdefault(environment_of(use.path), set()).add(use.path)
    return found or {"": {""}}
