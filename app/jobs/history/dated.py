"""Clocks of those who committed that were wrong: what bounds of time leave out by them, and dates in the future."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from app.core.history import Event, Gap
from app.jobs.history.wanted import WantedHistory

_MOST: Final = 100
_AHEAD: Final = timedelta(hours=1)
_AFTER: Final = "though a later commit of the branch is dated within the bounds: a clock was wrong"
_BEFORE: Final = "though an earlier commit of the branch is dated within the bounds: a clock was wrong"


@dataclass(slots=True)
class Dated:
    """Watches a line, oldest first, for commits that only their own date puts outside of the bounds.

    A commit that is dated too late though one after it is not, or too early though one before it is not, may well
    belong to the time that was asked about.
    """

    wanted: WantedHistory
    _late: list[tuple[str, datetime]] = field(default_factory=list)
    _more: int = 0
    _begun: bool = False

    def left_out(self, commit: str, at: datetime) -> Iterator[Gap]:
        """Yield a gap for each commit of which it shows now that it was left out so."""
        since, until = self.wanted.since, self.wanted.until
        if until is not None and at > until:
            if len(self._late) < _MOST:
                self._late.append((commit, at))
            else:
                self._more += 1
        elif since is not None and at < since:
            if self._begun:
                yield Gap(commit, "", f"it is dated {at.isoformat()} and left out, {_BEFORE}")
        else:
            self._begun = True
            yield from (
                Gap(one, "", f"it is dated {when.isoformat()} and left out, {_AFTER}") for one, when in self._late
            )
            if self._more:
                yield Gap("", "", f"{self._more:,} more commits are left out, {_AFTER}")
            self._late, self._more = [], 0


def ahead(at: datetime | None, now: datetime) -> bool:
    """Whether a commit is dated in the future; that clocks differ a little is no matter."""
    return at is not None and at > now + _AHEAD


def dated_at(found: Event | Gap, now: datetime) -> Event | Gap:
    """Return what was found, its commit as one with a wrong clock when it is dated in the future."""
    if isinstance(found, Gap) or not ahead(found.facts.committed_at, now):
        return found
    return replace(found, facts=replace(found.facts, skewed=True))
