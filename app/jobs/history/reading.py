"""What the steps of a history did to images and policies, by the same reading as a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.core.errors import Unavailable
from app.core.history import Arrived, Event, Gap, ImageUpdate, PolicyChange, Step
from app.jobs.history.facts import facts_of
from app.jobs.history.images import image_events
from app.jobs.history.memory import Memory
from app.jobs.history.policies import OwnPolicy, policy_events
from app.jobs.history.ports import HistoryClone
from app.jobs.history.sides import MISSING, Sides, keep
from app.jobs.history.wanted import WantedHistory

_AT_A_TIME: Final = 50
_MAX_TOLD: Final = 20
_LOST: Final = f"{MISSING}: what the commit did to it is not known"

Found = tuple[Event | Gap, ...]


@dataclass(slots=True)
class Reader:
    """Reads the events of one clone, and remembers what it read."""

    clone: HistoryClone
    wanted: WantedHistory
    _memory: Memory = field(default_factory=Memory)
    _own: OwnPolicy = field(default_factory=OwnPolicy)

    def __call__(self, arrived: Sequence[Arrived]) -> tuple[Found, ...]:
        """Return what each of these commits did, and what of it could not be read."""
        found: list[Found] = []
        some: list[Step | Gap] = []
        for step in self.clone.steps(arrived):
            some.append(step)
            if len(some) == _AT_A_TIME:
                found += self._together(some)
                some = []
        return (*found, *self._together(some))

    def _together(self, steps: Sequence[Step | Gap]) -> Iterator[Found]:
        """Fetch what several steps need at once, then read one after the other."""
        wanted = {
            oid
            for step in steps
            if isinstance(step, Step)
            for file in step.files
            if self._memory.is_read(file.path)
            for oid in (file.before, file.after)
            if oid is not None and self._memory.texts.get(oid) is None
        }
        blobs = self.clone.blobs(wanted)
        for oid in wanted:
            keep(self._memory, oid, blobs.get(oid))
        for step in steps:
            yield (step,) if isinstance(step, Gap) else tuple(self._events(step))

    def _events(self, step: Step) -> Iterator[Event | Gap]:
        facts = facts_of(step)
        if not self.wanted.wants_commit(facts) or not self._is_asked_for(step):
            return
        whole, lost = self._without_lost(step)
        sides = Sides.of(self.clone, self._memory, whole)
        try:
            found: list[ImageUpdate | PolicyChange | Gap] = [*image_events(whole, sides, self._memory)]
            if not self.wanted.images:
                found += policy_events(whole, sides, self._memory, self._own.at(whole, sides))
        except Unavailable as error:
            found = [Gap(facts.commit, "", f"what the commit changed could not be read: {error}")]
        told = set()
        for what in (*found, *lost):
            if isinstance(what, Gap):
                if self._wants_gap(what) and what not in told:
                    told.add(what)
                    yield what
            elif self.wanted.wants(event := Event(facts, what)):
                yield event

    def _is_asked_for(self, step: Step) -> bool:
        return self.wanted.wants_any(path for file in step.files for path in file.paths)

    def _wants_gap(self, gap: Gap) -> bool:
        return not gap.path or self.wanted.wants_any((gap.path,))

    def _without_lost(self, step: Step) -> tuple[Step, tuple[Gap, ...]]:
        """Leave out files of which a blob is missing; each is told, and one that is not there is not compared."""
        lost = [
            file
            for file in step.files
            if any(self._is_lost(path, step, file.before, file.after) for path in file.paths)
        ]
        if not lost:
            return step, ()
        kept = tuple(file for file in step.files if file not in lost)
        told = tuple(Gap(step.stored.commit, file.path, _LOST) for file in lost[:_MAX_TOLD])
        if len(lost) > _MAX_TOLD:
            more = f"the content of {len(lost) - _MAX_TOLD:,} more files is missing in this clone"
            told = (*told, Gap(step.stored.commit, "", more))
        links = step.links - {path for file in lost for path in file.paths}
        return replace(step, files=kept, links=links), told

    def _is_lost(self, path: str, step: Step, *oids: str | None) -> bool:
        if path in step.links or not self._memory.is_read(path):
            return False
        files = (self._memory.texts.get(oid) for oid in oids if oid is not None)
        return any(file is not None and file.problem == MISSING for file in files)
