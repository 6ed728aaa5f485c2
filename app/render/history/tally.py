"""One pass over the events: counts of all of them, by month, and the newest of each kind up to a bound."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.core.history import Event, Gap, Unseen
from app.render.history.facts import FACTS, proved_record
from app.render.history.identity import is_about_places
from app.render.history.lines import jsonl_line
from app.render.history.marks import month, utc
from app.render.history.standing import Images

MOST_PROMOTIONS: Final = 30_000
MOST_POLICIES: Final = 2_000
MOST_PLACES: Final = 5_000
MOST_OTHERS: Final = 1_000
MOST_GAPS: Final = 500
SAMPLES: Final = 50
_LINE: Final = re.compile(r"line [0-9]+: ")


@dataclass(slots=True)
class Kept:
    """The newest events of one kind, at most `most`, and how many there were."""

    most: int
    total: int = 0
    events: deque[Event] = field(default_factory=deque)
    numbers: deque[int] = field(default_factory=deque)

    def add(self, event: Event, number: int = 0) -> None:
        """Keep an event, the one of this number, and let go of the oldest when there are too many."""
        self.total += 1
        self.events.append(event)
        self.numbers.append(number)
        if len(self.events) > self.most:
            self.events.popleft()
            self.numbers.popleft()

    def with_(self, other: Kept) -> Kept:
        """Return both together, in the order in which they came."""
        pairs = (zip(one.numbers, one.events, strict=True) for one in (self, other))
        merged = tuple(heapq.merge(*pairs, key=lambda pair: pair[0]))
        events, numbers = deque(event for _, event in merged), deque(number for number, _ in merged)
        return Kept(self.most + other.most, self.total + other.total, events, numbers)

    @property
    def left_out(self) -> int:
        """How many older ones are not kept."""
        return self.total - len(self.events)


@dataclass(slots=True)
class Unread:
    """Something that could not be read, as it was first met, and how many times it was."""

    gap: Gap
    times: int = 1


@dataclass(slots=True)
class Counting:
    """Counts facts; what a commit shows counts once, whichever of its events shows it.

    The events of a commit come one after the other.
    """

    counts: Counter[str] = field(default_factory=Counter)
    commit: str = ""
    seen: set[str] = field(default_factory=set)

    def add(self, event: Event) -> tuple[str, ...]:
        """Count an event; return the facts that it newly shows."""
        if event.facts.commit != self.commit:
            self.commit, self.seen = event.facts.commit, set()
        found = tuple(
            key for key, fact in FACTS.items() if not (fact.of_commits and key in self.seen) and fact.holds(event)
        )
        self.seen.update(found)
        self.counts.update(found)
        return found


@dataclass(slots=True)
class Tally:
    """What a report says of a stream of events. `months` maps `2026-11` to counts by the keys of `FACTS`.

    `weaker` and `others` are changes of policies that have an effect, `places` those without one that bring or move a
    policy. `forms` counts commits by the form of their signature, `samples` has the newest that show each fact. Records
    of the app begin at `recorded_since`, `None` when there is none; `unrecorded` are the commits since then that have
    none. `hashed` is the SHA-256 of the events as `jsonl` has them.
    """

    counting: Counting = field(default_factory=Counting)
    months: dict[str, Counter[str]] = field(default_factory=dict)
    forms: Counter[str] = field(default_factory=Counter)
    samples: dict[str, deque[Event]] = field(default_factory=dict)
    promotions: Kept = field(default_factory=lambda: Kept(MOST_PROMOTIONS))
    weaker: Kept = field(default_factory=lambda: Kept(MOST_POLICIES))
    others: Kept = field(default_factory=lambda: Kept(MOST_POLICIES))
    neutral: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    places: Kept = field(default_factory=lambda: Kept(MOST_PLACES))
    governance: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    exceptions: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    around: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    overridden: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    unapproved: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    waived: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    images: Images = field(default_factory=Images)
    recorded_since: datetime | None = None
    hashed: hashlib._Hash = field(default_factory=hashlib.sha256)
    unrecorded: Kept = field(default_factory=lambda: Kept(MOST_OTHERS))
    gaps: dict[tuple[str, str], Unread] = field(default_factory=dict)
    gap_count: int = 0
    unseen: deque[Unseen] = field(default_factory=lambda: deque(maxlen=MOST_GAPS))
    unseen_count: int = 0
    events: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @classmethod
    def of(cls, stream: Iterable[Event | Gap]) -> Tally:
        """Read a whole stream."""
        made = cls()
        for one in stream:
            made.add(one)
        return made

    def add(self, one: Event | Gap) -> None:
        """Count an event, a gap, or what nobody can see."""
        if isinstance(one, Unseen):
            self.unseen.append(one)
            self.unseen_count += 1
            return
        if isinstance(one, Gap):
            self._unread(one)
            return
        at = utc(one.facts.committed_at)
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)
        self.hashed.update(jsonl_line(one).encode())
        if proved_record(one):
            self.recorded_since = at if self.recorded_since is None else min(self.recorded_since, at)
        self.images.add(one)
        found = self.counting.add(one)
        self.months.setdefault(month(at), Counter()).update(found)
        for key in found:
            self.samples.setdefault(key, deque(maxlen=SAMPLES)).append(one)
        if "commits" in found:
            self.forms["none" if one.facts.signed is None else one.facts.signed.value] += 1
        self._list(one, frozenset(found))
        self.events += 1

    def _list(self, one: Event, found: frozenset[str]) -> None:
        """Keep an event on every list that what it shows puts it on."""
        for kept, keys in self._lists():
            if keys & found:
                kept.add(one, self.events)
        if "neutral" in found and is_about_places(one.what):
            self.places.add(one, self.events)
        if self.recorded_since is not None and "not_recorded" in found:
            self.unrecorded.add(one)

    def _unread(self, gap: Gap) -> None:
        """Count a gap; what is unread for the same reason in commit after commit, or line after line, is kept once."""
        self.gap_count += 1
        key = gap.path, _LINE.sub("", gap.sentence)
        known = self.gaps.get(key)
        if known is not None:
            known.times += 1
        elif len(self.gaps) < MOST_GAPS:
            self.gaps[key] = Unread(gap)

    def _lists(self) -> tuple[tuple[Kept, frozenset[str]], ...]:
        """Return which facts put an event on which list."""
        # What weakens has its own list, so that nothing else ever pushes it out.
        return (
            (self.promotions, frozenset({"image_updates"})),
            (self.weaker, frozenset({"weaker"})),
            (self.others, frozenset({"stronger", "cannot_tell"})),
            (self.neutral, frozenset({"neutral"})),
            (self.governance, frozenset({"governance_changes"})),
            (self.exceptions, frozenset({"exceptions"})),
            (self.around, frozenset({"direct", "merged_around"})),
            (self.overridden, frozenset({"overridden"})),
            (self.unapproved, frozenset({"unapproved"})),
            (self.waived, frozenset({"waived"})),
        )

    @property
    def counts(self) -> Counter[str]:
        """How often each fact holds."""
        return self.counting.counts

    @property
    def digest(self) -> str:
        """The SHA-256 of the events as `jsonl` writes them, in hex."""
        return self.hashed.hexdigest()

    @property
    def gaps_left_out(self) -> int:
        """How many gaps are counted and not kept."""
        return self.gap_count - sum(one.times for one in self.gaps.values())

    @property
    def policies(self) -> Kept:
        """Changes of policies that weaken, strengthen, or of which it cannot be told."""
        return self.weaker.with_(self.others)
