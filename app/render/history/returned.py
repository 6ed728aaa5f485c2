"""When what was weakened was put back: a later edit of the same field of the same policy.

A policy is followed where it was moved to another file or given another name. One that is taken away and comes again
in another file, or in the same commit with another namespace, is no proof that it is as strong as before, nor for the
same cluster: such a return is told, and counts as none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from app.core.history import Event, PolicyChange
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
from app.render.history.identity import Identity, Place, came_from, comes, goes, identity, place
from app.render.history.standing import environment_of
from app.render.plain import ELLIPSIS

Key: TypeAlias = tuple[str, str, ObjectReference | None]
_Waiting: TypeAlias = list[tuple[Event, PolicyEdit]]


@dataclass(frozen=True, slots=True)
class PutBack:
    """The event that put something back; `exactly`: the field says again what it said before."""

    event: Event
    exactly: bool


@dataclass(slots=True)
class Returns:
    """What became of every weakening. Answers are by `place_of` an event."""

    back: dict[Key, list[PutBack]] = field(default_factory=dict)
    weakened: dict[Key, int] = field(default_factory=dict)
    undoes: dict[Key, list[Event]] = field(default_factory=dict)
    came: dict[Key, Event] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Returns:
        """Read policy changes, the oldest first, those of one commit together."""
        made = cls()
        waiting: dict[Place, dict[str, _Waiting]] = {}
        gone = _Gone()
        for event in events:
            if isinstance(event.what, PolicyChange):
                _follow(event.what, waiting)
                made._read(event, event.what, waiting.setdefault(place(event.what), {}))
                for old, new in gone.read(event, event.what):
                    made.came.setdefault(place_of(old), new)
        return made

    def _read(self, event: Event, what: PolicyChange, waiting: dict[str, _Waiting]) -> None:
        for edit in what.edits:
            still, undone, exactly = _split(waiting.get(edit.field, []), edit)
            for weaker in undone:
                self.back.setdefault(place_of(weaker), []).append(PutBack(event, exactly))
                undoes = self.undoes.setdefault(place_of(event), [])
                undoes += [] if weaker in undoes else [weaker]
            if edit.effect is Effect.WEAKER:
                self.weakened[place_of(event)] = self.weakened.get(place_of(event), 0) + 1
                still = [*still, (event, edit)]
            waiting[edit.field] = still

    def weakens(self, event: Event) -> bool:
        """Say whether any edit of an event made something weaker."""
        return place_of(event) in self.weakened

    def closed(self, event: Event) -> PutBack | None:
        """Return what put back the last part of what an event weakened; `None` while any part is not put back."""
        found = self.back.get(place_of(event), [])
        if not found or len(found) < self.weakened.get(place_of(event), 0):
            return None
        return PutBack(found[-1].event, all(one.exactly for one in found))

    def partly(self, event: Event) -> bool:
        """Say whether some of what an event weakened was put back, and not all."""
        return bool(self.back.get(place_of(event))) and self.closed(event) is None

    def again(self, event: Event) -> Event | None:
        """Return what brought a policy again that an event took away, where nobody can tell whether it is as before."""
        return None if self.closed(event) is not None else self.came.get(place_of(event))


@dataclass(slots=True)
class _Gone:
    """Policies that were taken away and did not come again yet; of the last commit also by name and kind alone."""

    by_identity: dict[Identity | str, list[Event]] = field(default_factory=dict)
    commit: str = ""
    went: dict[tuple[str, str, str], list[Event]] = field(default_factory=dict)
    came: dict[tuple[str, str, str], Event] = field(default_factory=dict)

    def read(self, event: Event, what: PolicyChange) -> Iterable[tuple[Event, Event]]:
        """Yield what an event, or its commit, brings again of what was taken away."""
        if event.facts.commit != self.commit:
            self.commit, self.went, self.came = event.facts.commit, {}, {}
        known = identity(what.resource)
        called = None if known is None else (known[0], known[1], known[3])
        if any(map(comes, what.edits)):
            yield from ((old, event) for old in self.by_identity.pop(known or what.path, ()))
            if called is not None:
                yield from ((old, event) for old in self.went.pop(called, ()))
                self.came.setdefault(called, event)
        if any(goes(edit) and edit.effect is Effect.WEAKER for edit in what.edits):
            self.by_identity.setdefault(known or what.path, []).append(event)
            if called is not None:
                self.went.setdefault(called, []).append(event)
                yield from ((event, new) for new in (self.came.get(called),) if new is not None)


def _follow(what: PolicyChange, waiting: dict[Place, dict[str, _Waiting]]) -> None:
    """Take what waits of a policy with it to its new file or name, within its environment.

    Where it leaves one environment for another, it is no longer there that it is put back.
    """
    old = came_from(what)
    if old is None or old not in waiting or len({environment_of(path) for path in (old[0], what.path)} - {""}) > 1:
        return
    here = waiting.setdefault(place(what), {})
    for name, some in waiting.pop(old).items():
        here[name] = [*here.get(name, ()), *some]


def place_of(event: Event) -> Key:
    """Return what tells the policy changes of a history apart: the commit, the file, the object."""
    what = event.what
    return (event.facts.commit, what.path, what.resource) if isinstance(what, PolicyChange) else ("", "", None)


def _split(waiting: _Waiting, edit: PolicyEdit) -> tuple[_Waiting, list[Event], bool]:
    """Part weakenings of a field into those that still hold after an edit and those that do not; and say how exactly.

    What says again what it said before undoes that weakening and every one since. Where nothing does, something that
    makes it stronger undoes all of them, and not exactly.
    """
    for number, (_, old) in enumerate(waiting):
        if _restores(edit, old):
            return waiting[:number], [weaker for weaker, _ in waiting[number:]], True
    if edit.effect is Effect.STRONGER:
        return [], [weaker for weaker, _ in waiting], False
    return waiting, [], False


def _restores(edit: PolicyEdit, old: PolicyEdit) -> bool:
    if edit.after != old.before or (old.before or "").endswith(ELLIPSIS):
        # Of a value that was cut nobody can say whether it is the same.
        return False
    # Of entries that were added to a list, only the removal of the same one takes it back.
    return old.before is not None or not old.field or edit.before == old.after
