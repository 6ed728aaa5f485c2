"""Which commits and which events of a history somebody wants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.globs import Glob, PathGlob
from app.core.history import Event, Gap, ImageUpdate, InForce, PolicyChange
from app.core.inventory import ImageUse
from app.core.oci import ImageName
from app.jobs.history.environments import Environment


@dataclass(frozen=True, slots=True)
class WantedHistory:
    """What to tell of a repository's history; whatever is not given leaves nothing out.

    `revision` is a commit, tag or branch (all that it reaches) or `A..B` (what B reaches and A does not). `since` and
    `until` bound the committer's time, both included; a commit whose clock is wrong is left out alone. `paths` are
    gitignore-style patterns, `images` globs on normalised names; one of each is enough. `environment` is one that an
    event's file belongs to. A file that was moved counts by its old path, too: it left that place.
    """

    revision: str = "HEAD"
    since: datetime | None = None
    until: datetime | None = None
    paths: tuple[PathGlob, ...] = ()
    images: tuple[Glob, ...] = ()
    environment: Environment | None = None

    def wants_time(self, committed_at: datetime) -> bool:
        """Whether a time lies within the bounds."""
        after = self.since is None or committed_at >= self.since
        return after and (self.until is None or committed_at <= self.until)

    @property
    def all_events(self) -> bool:
        """Whether every event of a commit is asked for, whatever it is of."""
        return not self.paths and not self.images and self.environment is None

    def wants(self, found: Event | Gap) -> bool:
        """Whether an event is of a file and image that is asked for; a policy is no image, and a gap may hide both."""
        if isinstance(found, Gap):
            return not found.path or self.wants_any((found.path,))
        what = found.what
        if isinstance(what, ImageUpdate):
            named = self._wants_image(what.change.name, what.change.name_before)
            return named and self.wants_any(path for use in what.change.uses for path in _both(use))
        return not self.images and self.wants_any(_both(what))

    def of(self, found: InForce) -> InForce:
        """Return what is asked for of what a commit holds."""
        images = (use for use in found.images if self._wants_image(use.name) and self._wants_path(use.path))
        policies = (one for one in found.policies if not self.images and self._wants_path(one.path))
        return replace(
            found, images=tuple(images), policies=tuple(policies), gaps=tuple(filter(self.wants, found.gaps))
        )

    def _wants_image(self, *named: ImageName | None) -> bool:
        names = {str(name) for name in named if name is not None}
        return not self.images or any(glob.matches(name) for glob in self.images for name in names)

    def wants_any(self, paths: Iterable[str]) -> bool:
        """Whether any of these paths is asked for."""
        return any(self._wants_path(path) for path in paths)

    def _wants_path(self, path: str) -> bool:
        if self.paths and not any(glob.covers(path) for glob in self.paths):
            return False
        return self.environment is None or self.environment.has(path)


def _both(one: ImageUse | PolicyChange) -> tuple[str, ...]:
    return (one.path,) if one.path_before is None else (one.path_before, one.path)
