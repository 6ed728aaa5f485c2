"""What every section of the page is made from, and the links between its rows."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.history import Event, ImageUpdate, PolicyChange
from app.render.history import marks
from app.render.history.returned import Returns
from app.render.history.scope import Scope, Stream
from app.render.history.spans import Span, spans
from app.render.history.tally import Kept, Tally


@dataclass(frozen=True, slots=True)
class Page:
    """One report: what was asked, what was counted and kept, what became of weakenings, when exceptions were open.

    `rows` are the events that have a row in each part of the page.
    """

    scope: Scope
    tally: Tally
    policies: Kept
    returns: Returns
    spans: tuple[Span, ...]
    rows: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, scope: Scope, stream: Stream) -> Page:
        """Read a stream to its end."""
        tally = Tally.of(stream)
        # Policies and what governs the repository lie in different files: neither undoes the other.
        policies = tally.policies
        returns = Returns.of((*policies.with_(tally.places).events, *tally.governance.events))
        kept = {"p": policies, "g": tally.governance, "z": tally.neutral, "i": tally.promotions, "a": tally.around}
        kept |= {"o": tally.overridden, "u": tally.unapproved, "x": tally.exceptions, "w": tally.waived}
        rows = {place: frozenset(map(id, one.events)) for place, one in kept.items()}
        return cls(scope, tally, policies, returns, spans(tally.exceptions.events), rows)

    @property
    def records(self) -> bool:
        """Whether records of the app were given, so that what they do not have says something."""
        counts = self.tally.counts
        return self.scope.records or bool(counts["recorded"] or counts["recorded_by_number"])

    def before_records(self, event: Event) -> bool:
        """Say whether an event is older than the first record of the app."""
        since = self.tally.recorded_since
        return since is not None and marks.utc(event.facts.committed_at) < since


def newest(events: Iterable[Event]) -> list[Event]:
    """Return events in the order in which they are shown."""
    return sorted(events, key=lambda one: one.facts.committed_at, reverse=True)


def anchor(place: str, event: Event) -> str:
    """Name an event's row in a part of the page, whose letter is `place`: the same in each report of the event."""
    told = json.dumps([event.facts.commit, *_about(event.what)]).encode()
    return f"{place}-{hashlib.blake2s(told, digest_size=12).hexdigest()}"


def _about(what: ImageUpdate | PolicyChange) -> list[str]:
    if isinstance(what, PolicyChange):
        return [what.path, str(what.resource)]
    change = what.change
    place = [f"{one.path}:{one.line}" for one in change.uses[:1]]
    return [str(change.name), str(change.name_before), str(change.before), str(change.after), *place]


def link(page: Page, place: str, event: Event) -> str:
    """Lead to an event's row, by the beginning of its commit's id; one that is left out of the page is only named."""
    named = f"<code>{html.escape(marks.short(event))}</code>"
    return f'<a href="#{anchor(place, event)}">{named}</a>' if id(event) in page.rows.get(place, ()) else named


def newest_commits(page: Page, rows: Iterable[tuple[str, Event]], most: int) -> tuple[str, ...]:
    """Lead to rows, given as part of the page and event, the newest last: of each commit to one, the newest first."""
    found: dict[str, str] = {}
    for place, event in reversed(tuple(rows)):
        if len(found) < most:
            found.setdefault(event.facts.commit, link(page, place, event))
    return tuple(found.values())


def when(event: Event) -> str:
    """Show when an event was committed, in UTC."""
    at = marks.utc(event.facts.committed_at).replace(tzinfo=None)
    day, minute = at.isoformat(" ", "minutes").split(" ")
    return f'<time datetime="{at.isoformat(timespec="seconds")}Z">{day} <span class="small">{minute}</span></time>'
