"""One waiver: its scope, until when, and who answers for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from app.core.verdict import Waived
from app.policy.waivers.scope import Scope

FOLDER: Final = ".github/assay/waivers"
TRIVYIGNORE: Final = ".trivyignore.yaml"
SOON: Final = timedelta(days=14)
"""How long before its end a waiver that is used is named."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver as read: it holds from `starts` (`None`: since ever) to before `ends`.

    `until` is its end as people say it; `line` is where it begins in its file.
    """

    path: str
    line: int
    owner: str
    reason: str
    ticket: str
    until: str
    ends: datetime
    starts: datetime | None = None
    scope: Scope = field(default_factory=Scope)

    def idle(self, at: datetime, max_days: int | None) -> str:
        """Say in one clause why it does not hold at a moment; empty when it holds."""
        if at >= self.ends:
            return f"ended on {self.until}"
        if self.starts is not None and at < self.starts:
            return f"does not hold before {self.starts:%Y-%m-%d}"
        if max_days is not None and self.ends - at > timedelta(days=max_days):
            return f"runs until {self.until}, more than the {max_days} days from now that a waiver may"
        return ""

    def turns(self, at: datetime, max_days: int | None) -> datetime | None:
        """Return the next moment at which it begins or ceases to hold; `None` when there is none."""
        opens = None if max_days is None else self.ends - timedelta(days=max_days)
        return min((one for one in (self.starts, opens, self.ends) if one is not None and one > at), default=None)

    @property
    def told(self) -> Waived:
        """What a finding says of it."""
        return Waived(self.path, self.until, self.ends, self.owner, self.reason, self.ticket)


def told(used: Iterable[Waiver]) -> tuple[Waived, ...]:
    """Return what a finding says of several, each once, in a fixed order."""
    return tuple(sorted({one.told for one in used}))
