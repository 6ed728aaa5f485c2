"""What one step did to policies: most steps are seen to do nothing, the others are read as a pull request is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app import admission
from app.core.history import Gap, PolicyChange, Step
from app.core.policy_edit import PolicyEdit, grouped, is_governance
from app.core.tree import File
from app.jobs.history.memory import Memory
from app.jobs.history.sides import NOTHING, Sides, commits_of
from app.jobs.own_edits import Ours, read_own_edits
from app.jobs.policy_edits import read_edits
from app.policy import PATH


@dataclass(slots=True)
class OwnPolicy:
    """What our own policy names at the commit that a step is compared with; read again where it may have changed."""

    _commit: str = ""
    _ours: Ours = field(default_factory=Ours)

    def at(self, step: Step, sides: Sides) -> Ours:
        """Return what it names before a step."""
        base, head = commits_of(step)
        if base == NOTHING:
            self._ours = Ours()
        elif base != self._commit:
            self._ours = Ours.at(sides, base)
        ours = self._ours
        self._commit = "" if any(PATH in file.paths for file in step.files) else head
        return ours


def policy_events(step: Step, sides: Sides, memory: Memory, ours: Ours) -> Iterator[PolicyChange | Gap]:
    """Yield every policy that changed; one whose file cannot be read is a gap, too."""
    edits = _edits(step, sides, memory) + read_own_edits(sides, step.files, commits_of(step), ours)
    moved = {file.path: file.previous_path for file in step.files}
    for some in grouped(edits):
        path, resource = some[0].path, some[0].resource
        yield PolicyChange(path, resource, some, governance=is_governance(path), path_before=moved.get(path))
        yield from (Gap(step.stored.commit, path, edit.sentence) for edit in some if edit.unread)


def _edits(step: Step, sides: Sides, memory: Memory) -> tuple[PolicyEdit, ...]:
    if not _may_edit(step, sides, memory):
        return ()

    def seen(file: File) -> File:
        # What holds no policy and no patch of one takes no part: it need not be parsed, over and over.
        plain = admission.is_overlay(file.path) or memory.held(file).concerns
        return file if plain else File(file.path, "")

    return read_edits(sides.seeing(seen), step.files, commits_of(step), memory.held)


def _may_edit(step: Step, sides: Sides, memory: Memory) -> bool:
    return any(_may_concern(path, step, sides, memory) for file in step.files for path in file.paths)


def _may_concern(path: str, step: Step, sides: Sides, memory: Memory) -> bool:
    """Whether a changed path is more than a file without policies, or a list that brings the same as before."""
    if not memory.may_hold_policies(path):
        return False
    if path in step.links:
        return True
    old, new = sides.before[1][path], sides.after[1][path]
    files = [sides.file(path, oid) for oid in (old, new) if oid is not None]
    if any(memory.held(file).concerns for file in files):
        return True
    if not admission.is_overlay(path):
        return False
    return len(files) < 2 or memory.held(files[0]).brings != memory.held(files[1]).brings  # noqa: PLR2004 - both sides
