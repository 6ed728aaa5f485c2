"""From when to when each exception and waiver was open, as far as its changes in a range tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.core.history import Event, PolicyChange
from app.core.policy_edit import PolicyEdit
from app.render.history.facts import is_list_of_waivers
from app.render.history.identity import Place, came_from, place

_WORDS: Final = re.compile(r".*?until (\S+)(?: by |$)", re.DOTALL)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class Span:
    """One exception or waiver. `opened` is `None` for one that was there before the range, `closed` while it is open.

    `terms` is what it says of itself, as it was last written; `ends` the moment after which it lets nothing pass, where
    it names one. `first` is the first event of it, `changes` are those in between.
    """

    path: str
    first: Event
    opened: Event | None = None
    closed: Event | None = None
    terms: str = ""
    ends: datetime | None = None
    changes: list[Event] = field(default_factory=list)

    def over(self, at: datetime) -> datetime | None:
        """Return when it ended, if it had by a moment: taken out, or at the end that it names; `None` while open."""
        out = None if self.closed is None else self.closed.facts.committed_at
        found = [one for one in (out, self.ends) if one is not None and one <= at]
        return min(found, default=None)

    def days(self, at: datetime) -> int | None:
        """Return for how many days it was open up to a moment; `None` when its beginning is not in the range."""
        if self.opened is None:
            return None
        # A wrong clock may put the end before the beginning.
        return max(((self.over(at) or at) - self.opened.facts.committed_at).days, 0)


def spans(events: Iterable[Event]) -> tuple[Span, ...]:
    """Read the changes of exceptions and waivers, the oldest first; return the newest exception first."""
    made = _Spans()
    for event in events:
        if isinstance(event.what, PolicyChange):
            made.follow(event.what)
            for edit in event.what.edits:
                made.read(event, event.what, edit)
    return tuple(reversed(made.found))


@dataclass(slots=True)
class _Spans:
    """Every span, and which of them is the current one of a file or object."""

    found: list[Span] = field(default_factory=list)
    current: dict[Place, Span] = field(default_factory=dict)

    def follow(self, what: PolicyChange) -> None:
        """Take the current span of an exception with it to its new file or name."""
        old = came_from(what)
        if old in self.current:
            self.current[place(what)] = moved = self.current.pop(old)
            moved.path = what.path

    def read(self, event: Event, what: PolicyChange, edit: PolicyEdit) -> None:
        """Read one edit of an exception."""
        key = place(what)
        if is_list_of_waivers(what.path) and edit.field:
            # Each entry is a waiver of its own.
            key, edit = (f"{what.path}: {edit.after or edit.before}", None), replace(edit, field="")
        if edit.field:
            self._changed(key, event, edit)
        elif edit.after is None:
            # Gone; or a file with a fault, which lets nothing pass.
            self._closed(key, event, there=edit.before is not None)
        elif edit.before is None:
            self._opened(key, event, edit)
        else:
            self._changed(key, event, edit)

    def _opened(self, key: Place, event: Event, edit: PolicyEdit) -> None:
        words = edit.after or ""
        terms = _WORDS.match(words)
        span = Span(key[0], event, opened=event, terms=words if terms else edit.sentence)
        span.ends = _end(terms[1]) if terms else None
        self.found.append(span)
        self.current[key] = span

    def _changed(self, key: Place, event: Event, edit: PolicyEdit) -> None:
        span = self._known(key, event)
        if event not in span.changes and event is not span.opened:
            span.changes.append(event)
        if edit.field == "expires":
            span.ends = _end(edit.after or "") or span.ends
            span.terms = f"{span.terms} (now until {edit.after})" if span.terms else f"until {edit.after}"

    def _closed(self, key: Place, event: Event, *, there: bool) -> None:
        if there or key in self.current:
            span = self._known(key, event)
            span.closed = event
            del self.current[key]

    def _known(self, key: Place, event: Event) -> Span:
        """Return the current span; what changes and was never seen to begin was there before the range."""
        span = self.current.get(key)
        if span is None:
            span = self.current[key] = Span(key[0], event)
            self.found.append(span)
        return span


def _end(text: str) -> datetime | None:
    """Read the end of a waiver: the day through whose end it holds, or a time."""
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(days=1)
        at = datetime.fromisoformat(text.upper())
        return None if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
