"""One pass over the events: counts of all of them, by month, and the newest of each kind up to a bound."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.core.history import Event, Gap, ImageUpdate, PolicyChange
from app.render.history.facts import FACTS, around, excepts, overridden
from app.render.history.marks import month, utc

MOST_PROMOTIONS: Final = 30_000
MOST_POLICIES: Final = 2_000
MOST_OTHERS: Final = 1_000
MOST_GAPS: Final = 500
SAMPLES: Final = 50


@dataclass(slots=True)
class Kept:
    """The newest events of one kind, at most `most`, and how many there were."""

    most: int
    total: int = 0
    events: deque[Event] = field(default_factory=deque)

    def add(self, event: Event) -> None:
        """Keep an event, and let go of the oldest when there are too many."""
        self.total += 1
        self.events.append(event)
        if len(self.events) > self.most:
            self.events.popleft()

    @property
    def left_out(self) -> int:
        """How many older ones are not kept."""
        return self.total - len(self.events)


@dataclass(slots=True)
class Tally:
    """What a report says of a stream of events. `months` maps `2026-11` to counts by the keys of `FACTS`.

    `forms` counts commits by the form of their signature; `samples` has the newest that show each fact.
    """

    counts: Counter[str] = field(default_factory=Counter)
    months: dict[str, Counter[str]] = field(default_factory=dict)
    forms: Counter[str] = field(default_factory=Counter)
    samples: dict[str, deque[Event]] = field(default_factory=dict)
    promotions: Kept = field(default_factory=lambda: Kept(MOST_PROMOTIONS))
    policies: Kept = field(default_factory=lambda: Kept(MOST_POLICIES))
    neutral: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    governance: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    exceptions: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    around: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    overridden: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    gaps: list[Gap] = field(default_factory=list)
    gap_count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    commit: str = ""

    @classmethod
    def of(cls, stream: Iterable[Event | Gap]) -> Tally:
        """Read a whole stream."""
        made = cls()
        for one in stream:
            made.add(one)
        return made

    def add(self, one: Event | Gap) -> None:
        """Count an event, or a gap."""
        if isinstance(one, Gap):
            self.gap_count += 1
            if len(self.gaps) < MOST_GAPS:
                self.gaps.append(one)
            return
        at = utc(one.facts.committed_at)
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
        again = one.facts.commit == self.commit
        self.commit = one.facts.commit
        if not again:
            self.forms["none" if one.facts.signed is None else one.facts.signed.value] += 1
        counts = self.months.setdefault(month(at), Counter())
        for key, fact in FACTS.items():
            if not (again and fact.of_commits) and fact.holds(one):
                self.counts[key] += 1
                counts[key] += 1
                self.samples.setdefault(key, deque(maxlen=SAMPLES)).append(one)
        for kept, holds in self._lists(again=again):
            if holds(one):
                kept.add(one)

    def _lists(self, *, again: bool) -> tuple[tuple[Kept, Callable[[Event], bool]], ...]:
        lists = (
            (self.promotions, lambda event: isinstance(event.what, ImageUpdate)),
            # Apart, so that what changes nothing never pushes out what weakens.
            (self.policies, lambda event: _policy(event) and not FACTS["neutral"].holds(event)),
            (self.neutral, FACTS["neutral"].holds),
            (self.governance, FACTS["governance_changes"].holds),
            (self.exceptions, excepts),
        )
        # A commit is listed once, whatever it holds.
        return lists if again else (*lists, (self.around, around), (self.overridden, overridden))

    @property
    def events(self) -> int:
        """How many events there were."""
        return self.promotions.total + self.policies.total + self.neutral.total + self.governance.total


def _policy(event: Event) -> bool:
    return isinstance(event.what, PolicyChange) and not event.what.governance
