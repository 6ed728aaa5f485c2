"""What one step of a history did to images and policies, by the same reading as a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.core.errors import Unavailable
from app.core.history import CommitFacts, Event, Gap, ImageUpdate, PolicyChange, Step
from app.core.policy_edit import grouped, is_governance
from app.jobs.changes import read_changes
from app.jobs.history.facts import facts_of
from app.jobs.history.ports import HistoryClone
from app.jobs.history.wanted import WantedHistory
from app.jobs.own_edits import Ours, read_own_edits
from app.jobs.policy_edits import read_edits

NOTHING: Final = "0" * 40
"""Stands for the commit before the first, in which no path exists."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the events of steps of one clone."""

    clone: HistoryClone
    wanted: WantedHistory

    def events(self, step: Step | Gap) -> tuple[Event | Gap, ...]:
        """Return what a step did, in order of place, and what of it could not be read; a gap is handed on."""
        if isinstance(step, Gap):
            return (step,)
        facts = facts_of(step)
        if not self.wanted.wants_commit(facts) or not step.files:
            return ()
        try:
            found = [*self._images(facts, step), *self._policies(facts, step)]
        except Unavailable as error:
            return (Gap(facts.commit, "", f"what the commit changed could not be read: {error}"),)
        return tuple(one for one in found if self._wants(one))

    def _wants(self, found: Event | Gap) -> bool:
        return self.wanted.wants_any((found.path,)) if isinstance(found, Gap) else self.wanted.wants(found)

    def _images(self, facts: CommitFacts, step: Step) -> Iterator[Event | Gap]:
        changes = read_changes(self.clone, step.files, _commits(step))
        yield from (Event(facts, ImageUpdate(change)) for change in changes.images)
        for place in (*changes.unreadable, *changes.elsewhere):
            yield Gap(facts.commit, place.path, _at(place.line, place.reason))

    def _policies(self, facts: CommitFacts, step: Step) -> Iterator[Event | Gap]:
        edits = read_edits(self.clone, step.files, _commits(step))
        edits += read_own_edits(self.clone, step.files, _commits(step), Ours.at(self.clone, _commits(step)[0]))
        for some in grouped(edits):
            first = some[0]
            yield Event(facts, PolicyChange(first.path, first.resource, some, governance=is_governance(first.path)))


def _commits(step: Step) -> tuple[str, str]:
    """Return the two that are compared; the beginning of a history is compared with nothing."""
    return step.parent or NOTHING, step.stored.commit


def _at(line: int, reason: str) -> str:
    return f"line {line}: {reason}" if line else reason
