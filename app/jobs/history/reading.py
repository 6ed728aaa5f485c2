"""What the steps of a history did to images and policies, by the same reading as a pull request."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.core.errors import Unavailable
from app.core.history import MISSING, Arrived, Event, Gap, ImageUpdate, PolicyChange, Step
from app.core.tree import ChangedFile
from app.jobs.history.facts import facts_of, left_out
from app.jobs.history.images import image_events
from app.jobs.history.kept import Answer
from app.jobs.history.memory import Memory
from app.jobs.history.policies import OwnPolicy, policy_events
from app.jobs.history.ports import HistoryClone
from app.jobs.history.sides import Sides, keep
from app.jobs.history.wanted import WantedHistory

_AT_A_TIME: Final = 50
_MOST_FILES: Final = 20_000
_BLOBS: Final = 200
_MAX_TOLD: Final = 20
_LOST: Final = f"{MISSING}: what the commit did to it is not known"


@dataclass(slots=True)
class Reader:
    """Reads what commits of one clone did, and remembers what it read; nothing that is `wanted` is left out."""

    clone: HistoryClone
    wanted: WantedHistory
    _memory: Memory = field(default_factory=Memory)
    _own: OwnPolicy = field(default_factory=OwnPolicy)

    def __call__(self, arrived: Sequence[Arrived]) -> dict[str, Answer]:
        """Return what each of these commits did, and what of it could not be read."""
        answers: dict[str, Answer] = {}
        some: list[Step] = []
        weight = 0
        for step in self.clone.steps(arrived):
            if isinstance(step, Gap):
                known = answers.get(step.commit, Answer(None))
                answers[step.commit] = Answer(known.committed_at, (*known.found, step), lasting=False)
                continue
            some.append(step)
            weight += len(step.files)
            if len(some) == _AT_A_TIME or weight > _MOST_FILES:
                self._together(some, answers)
                some, weight = [], 0
        self._together(some, answers)
        return answers

    def _together(self, steps: Sequence[Step], answers: dict[str, Answer]) -> None:
        """Fetch what several steps need at once, then read one after the other."""
        wanted = {
            oid
            for step in steps
            for file in step.files
            if self._memory.is_read(file.path)
            for oid in (file.before, file.after)
            if oid is not None and self._memory.texts.get(oid) is None
        }
        waiting = iter(sorted(wanted))
        while oids := tuple(itertools.islice(waiting, _BLOBS)):
            blobs = self.clone.blobs(oids)
            for oid in oids:
                keep(self._memory, oid, blobs.get(oid))
        for step in steps:
            commit = step.stored.commit
            before = answers.get(commit, Answer(None))
            answers[commit] = self._answer(step, before)

    def _answer(self, step: Step, before: Answer) -> Answer:
        at = step.stored.committed_at
        if not self.wanted.wants_time(at) or not self._is_asked_for(step):
            return replace(before, committed_at=at)
        whole, lost = self._without_lost(step)
        lasting = before.lasting and not lost
        sides = Sides.of(self.clone, self._memory, whole)
        try:
            found = (*before.found, *self._found(whole, sides), *lost)
        except Unavailable as error:
            gap = Gap(step.stored.commit, "", f"what the commit changed could not be read: {error}")
            return Answer(at, (*before.found, gap), lasting=False)
        return Answer(at, tuple(dict.fromkeys(found)), lasting=lasting)

    def _found(self, step: Step, sides: Sides) -> Iterator[Event | Gap]:
        facts = facts_of(step)
        found: list[ImageUpdate | PolicyChange | Gap] = [*image_events(step, sides, self._memory)]
        if not self.wanted.images:
            found += policy_events(step, sides, self._memory, self._own.at(step, sides))
        yield from (what if isinstance(what, Gap) else Event(facts, what) for what in found)
        if found:
            yield from (Gap(step.stored.commit, "", sentence) for sentence in left_out(step))

    def _is_asked_for(self, step: Step) -> bool:
        return self.wanted.wants_any(path for file in step.files for path in file.paths)

    def _without_lost(self, step: Step) -> tuple[Step, tuple[Gap, ...]]:
        """Leave out files of which a blob is missing; each is told, and one that is not there is not compared."""
        lost = [file for file in step.files if self._is_lost(file, step)]
        if not lost:
            return step, ()
        kept = tuple(file for file in step.files if file not in lost)
        told = tuple(Gap(step.stored.commit, file.path, _LOST) for file in lost[:_MAX_TOLD])
        if len(lost) > _MAX_TOLD:
            more = f"the content of {len(lost) - _MAX_TOLD:,} more files is missing in this clone"
            told = (*told, Gap(step.stored.commit, "", more))
        return replace(step, files=kept, links=step.links - {path for file in lost for path in file.paths}), told

    def _is_lost(self, file: ChangedFile, step: Step) -> bool:
        if not self._memory.is_read(file.path) or not step.links.isdisjoint(file.paths):
            return False
        known = (self._memory.texts.get(oid) for oid in (file.before, file.after) if oid is not None)
        return any(one is not None and one.problem == MISSING for one in known)
