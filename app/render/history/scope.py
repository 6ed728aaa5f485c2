"""What a report is about: which repository and range, what was left out on purpose, and what else was asked."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from app.core.history import Event, Gap

Stream: TypeAlias = Iterable[Event | Gap]
"""Events, the oldest first, and what could not be read among them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked. `revisions` is the range as it was written, `tip` the newest commit of it (empty for none).

    `filters` say in words what was asked for only. `records` and `evidence`: the app's records were given, the
    registries were asked. `base` is the commit that the range leaves out with all before it, empty for none; `ends_at`
    the moment up to which it tells. `options` are those of the command that make the same report again. `floors` were
    heeded besides the policy, where the registries were asked.
    """

    repository: str
    revisions: str
    tip: str
    asked_at: datetime
    filters: tuple[str, ...] = ()
    records: bool = False
    evidence: bool = False
    base: str = ""
    ends_at: datetime | None = None
    options: tuple[str, ...] = ()
    floors: tuple[str, ...] = ()

    @property
    def until(self) -> datetime:
        """Up to which moment what is still open is open: a wrong clock does not reach beyond now."""
        return self.asked_at if self.ends_at is None else min(self.ends_at, self.asked_at)

    def command(self, form: str) -> str:
        """Say by which command the same report is made again in a clone, whatever the branch has become meanwhile."""
        end = self.tip or self.revisions
        revisions = f"{self.base}..{end}" if self.base else end
        return shlex.join(["assay", "history", "--format", form, *self.options, revisions])


RECONSTRUCTED: Final = (
    "Everything here is reconstructed from git. What was known of an image when it was promoted, and which checks ran "
    "then, is in no commit."
)
APPROVALS_UNKNOWN: Final = "Approvals are not known from git alone: an empty field does not say that nobody approved."
AS_DECLARED: Final = "Git says what was declared, not what ran in a cluster, nor when."
NAMES_CLAIMED: Final = (
    "Names of authors and numbers of pull requests are what commits say. That a commit is signed is reported; the "
    "signature itself is not proved."
)
ONLY_EVENTS: Final = (
    "Only commits that change an image, a policy or what governs the repository are events. A chart of an index, a "
    "remote base or a git revision that moves is none, and listed apart: which images it brings stands in no file here."
)
FROM_ELSEWHERE: Final = (
    "These charts of an index, remote bases and git revisions came or moved. Which images came with them stands in no "
    "file of this repository."
)
PARTLY_RECORDED: Final = (
    "Where a record of the app was found, what was known then stands beside the event; of every other event, approvals "
    "and checks are not known. A record that is joined by the number in a commit's message alone is marked as such."
)
TODAY: Final = "What a registry proves today says nothing of what it would have proved at the time of the change."
NO_FLOOR: Final = (
    "Verdicts of today are by the policy at the tip of the range alone. The owner's floor was not read: it may ask for "
    "more (--floor)."
)


def limits(scope: Scope) -> tuple[str, ...]:
    """Return what nobody can learn from this report, in sentences."""
    first = (PARTLY_RECORDED,) if scope.records else (RECONSTRUCTED, APPROVALS_UNKNOWN)
    return (*first, AS_DECLARED, NAMES_CLAIMED, ONLY_EVENTS, *((TODAY, _floors(scope)) if scope.evidence else ()))


def _floors(scope: Scope) -> str:
    if not scope.floors:
        return NO_FLOOR
    return f"Verdicts of today are by the policy at the tip of the range with {' and '.join(scope.floors)}."
