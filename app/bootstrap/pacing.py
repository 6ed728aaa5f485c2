"""Writes to GitHub in their turn: the budget that all processes share, and which looks wait for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.adapters.pacing import Limits, Share, WriteBudget
from app.adapters.work_queue import Work
from app.core.pull_request import StatusState
from app.jobs.ports import Looks
from app.settings import Settings


class Budget(Protocol):
    """What installations may write, and which looks may begin; its methods raise `NotYet`."""

    def book(self, installation: int, share: Share) -> float:
        """Book a write."""
        ...

    def admit(self, installation: int, *, promised: float | None) -> None:
        """Return when a look may begin, whose pull request has this turn already."""
        ...

    def pause(self, installation: int, seconds: float) -> None:
        """Let nobody ask GitHub anything."""
        ...

    def check(self, installation: int) -> None:
        """Return unless paused."""
        ...

    def close(self) -> None:
        """Let go of every connection."""
        ...


def write_budget(settings: Settings, seen: Callable[[int, float], None] | None = None) -> WriteBudget:
    """Open the budget of this configuration's installations; `seen` is told what is left of one at each write."""
    limits = None if settings.write_limits is None else Limits(*settings.write_limits)
    url = settings.database_url.reveal()
    return WriteBudget(url, limits) if seen is None else WriteBudget(url, limits, seen=seen)


@dataclass(frozen=True, slots=True)
class Turns:
    """Lets looks begin while there is room for what they will write."""

    budget: Budget
    looks: Looks

    def wait(self, work: Work) -> None:
        """Raise `NotYet` for a look that would find no room for its writes, before it costs anybody anything.

        A look that may take a success back never waits here, nor does a merge queue, nor a person who asked: those
        wait only while GitHub wants no request at all.
        """
        asked = work.recheck_by is not None or work.ref.is_group
        if asked or work.ref.head is None or self._stands_green(work):
            self.budget.check(work.ref.installation)
        else:
            self.budget.admit(work.ref.installation, promised=work.turn)

    def _stands_green(self, work: Work) -> bool:
        said = self.looks.said(work.ref.repository_id, work.ref.head or "")
        return any(status.state is StatusState.SUCCESS for status in said)
