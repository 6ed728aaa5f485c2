"""When what was weakened was put back: a later edit of the same field of the same object, in the same file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from app.core.history import Event, PolicyChange
from app.core.inventory import ObjectReference
from app.core.policy_edit import Effect, PolicyEdit
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

    @classmethod
    def of(cls, events: Iterable[Event]) -> Returns:
        """Read policy changes, the oldest first."""
        made = cls()
        waiting: dict[Key, _Waiting] = {}
        for event in events:
            if isinstance(event.what, PolicyChange):
                made._read(event, event.what, waiting)
        return made

    def _read(self, event: Event, what: PolicyChange, waiting: dict[Key, _Waiting]) -> None:
        for edit in what.edits:
            key = (what.path, edit.field, edit.resource)
            still, undone, exactly = _split(waiting.get(key, []), edit)
            for weaker in undone:
                self.back.setdefault(place_of(weaker), []).append(PutBack(event, exactly))
                undoes = self.undoes.setdefault(place_of(event), [])
                undoes += [] if weaker in undoes else [weaker]
            if edit.effect is Effect.WEAKER:
                self.weakened[place_of(event)] = self.weakened.get(place_of(event), 0) + 1
                still = [*still, (event, edit)]
            waiting[key] = still

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


def place_of(event: Event) -> Key:
    """Return what tells the policy changes of a history apart: the commit, the file, the object."""
    what = event.what
    return (event.facts.commit, what.path, what.resource) if isinstance(what, PolicyChange) else ("", "", None)


def _split(waiting: _Waiting, edit: PolicyEdit) -> tuple[_Waiting, list[Event], bool]:
    """Part weakenings of a field into those that still hold after an edit and those that do not; and say how exactly.

    What says again what it said before undoes that weakening and every one since. Where nothing does, something that
    makes it stronger undoes all of them, and not exactly.
    """
    for place, (_, old) in enumerate(waiting):
        if _restores(edit, old):
            return waiting[:place], [weaker for weaker, _ in waiting[place:]], True
    if edit.effect is Effect.STRONGER:
        return [], [weaker for weaker, _ in waiting], False
    return waiting, [], False


def _restores(edit: PolicyEdit, old: PolicyEdit) -> bool:
    if edit.after != old.before or (old.before or "").endswith(ELLIPSIS):
        # Of a value that was cut nobody can say whether it is the same.
        return False
    # Of entries that were added to a list, only the removal of the same one takes it back.
    return old.before is not None or not old.field or edit.before == old.after
