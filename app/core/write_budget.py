"""The arithmetic of pacing, without a clock and without a database.

GitHub refuses an App that creates more than 80 things a minute or 500 an hour in one installation, and asks for a
second between two writes. What was written within the hour is known, so that no window of any start ever holds more
than a share allows. Bad news may use nearly all of it, everything else less: the less it matters, the earlier it waits.
"""

from __future__ import annotations

import enum
import math
from bisect import bisect_right, insort
from dataclasses import dataclass, replace

MINUTE = 60.0
HOUR = 3600.0
APART = 1.0
"""Seconds between two writes once half of a limit is used."""

LONGEST_SLEEP = 2.0
"""Seconds that a write may be waited for in place; what must wait longer is given back to the queue."""

REVIEW = 4
"""Writes that most reviews need: two statuses, a comment and a report."""

LONGEST_TURN = 6 * HOUR
_CLOCKS_DIFFER = 60.0


class Share(enum.Enum):
    """How much of a limit a write may find used and still be sent, in hundredths."""

    BAD_NEWS = 95
    STATUS = 90
    COMMENT = 88
    REST = 85
    COPY = 45
    """Of the hour; of a minute as much as the rest. It is less than the half from which on looks wait for turns: what
    is kept already keeps nobody waiting for long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Writes that GitHub takes of one installation."""

    minute: int
    hour: int

    def of(self, share: Share) -> tuple[int, int]:
        """Return what a share may use of the minute and of the hour; at least one."""
        of_a_minute = max(share.value, Share.REST.value)
        return (max(1, self.minute * of_a_minute // 100), max(1, self.hour * share.value // 100))


GITHUB = Limits(80, 500)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one installation has used: when it wrote (ascending, booked ahead by a few seconds at most).

    `paused` is until when GitHub wants no request at all. `turn` is the last turn that was given to a look that waits,
    `began` when a look last began while the budget was tight.
    """

    written: tuple[float, ...] = ()
    paused: float = 0.0
    turn: float = 0.0
    began: float = 0.0

    def at(self, now: float) -> Spent:
        """Forget what no longer counts, and what a machine with a wrong clock wrote."""
        begin, end = bisect_right(self.written, now - HOUR), bisect_right(self.written, now + _CLOCKS_DIFFER)
        turn, began = min(self.turn, now + LONGEST_TURN), min(self.began, now)
        return replace(self, written=self.written[begin:end], turn=turn, began=began)

    def paused_until(self, moment: float) -> Spent:
        """Pause; an earlier end never shortens a pause."""
        return replace(self, paused=max(self.paused, moment))


@dataclass(frozen=True, slots=True)
class Decision:
    """What there is to know after a question: the new state, and for how many seconds to wait (0: go).

    Where `granted` is false nothing was booked, and the seconds are those after which to ask again.
    """

    spent: Spent
    wait: float
    granted: bool


def book(spent: Spent, share: Share, limits: Limits | None, now: float) -> Decision:
    """Book one write of a share: at once, or up to two seconds ahead; `limits` of `None` leaves only pauses."""
    spent = spent.at(now)
    if spent.paused > now:
        return Decision(spent, spent.paused - now, granted=False)
    if limits is None:
        return Decision(spent, 0.0, granted=True)
    allowed = limits.of(share)
    at = _room(spent.written, allowed, 1, now)
    if spent.written and _is_tight(spent.written, limits, now):
        at = max(at, spent.written[-1] + APART)
    if at - now > LONGEST_SLEEP:
        return Decision(spent, at - now, granted=False)
    written = list(spent.written)
    insort(written, at)
    return Decision(replace(spent, written=tuple(written)), at - now, granted=True)


def admit(spent: Spent, limits: Limits | None, now: float, *, promised: float | None) -> Decision:
    """Let a look begin when there is room for what it will write, or give it a turn.

    Once half of a limit is used, looks begin one after the other in turns that are as far apart as the limits let
    reviews be written: what waits does not come back all at once. `promised` is the turn that the pull request has
    already, `None` without one. It is kept, whoever asks again: a new turn for each that asks would be a later one each
    time, and who is asked about more often than turns come would never have his.
    """
    spent = spent.at(now)
    if limits is None:
        wait = max(0.0, spent.paused - now)
        return Decision(spent, wait, granted=not wait)
    allowed, tight = limits.of(Share.REST), _is_tight(spent.written, limits, now)
    room = max(spent.paused, _room(spent.written, allowed, REVIEW, now))
    if tight:
        # What the last one writes that began is not known yet. Half of its time, so that late turns are made up for.
        room = max(room, spent.began + _pause(allowed) / 2)
    in_turn = not tight or spent.turn <= now or (promised is not None and promised <= now)
    if room <= now and in_turn:
        return Decision(_begun(spent, allowed, now, promised) if tight else spent, 0.0, granted=True)
    end = min(max(room, spent.turn + _spacing(spent, allowed, now)), now + LONGEST_TURN)
    if promised is not None and promised <= end:
        # Whose turn has passed asks again once those before him may have written, not all the time.
        again = promised if promised > now else now + _pause(allowed)
        return Decision(spent, max(room, again) - now, granted=False)
    return Decision(replace(spent, turn=end), end - now, granted=False)


def _begun(spent: Spent, allowed: tuple[int, int], now: float, promised: float | None) -> Spent:
    """Note that a look begins; who had no turn takes the next one, for that is now."""
    turn = spent.turn if promised is not None else max(spent.turn, now) + _spacing(spent, allowed, now)
    return replace(spent, began=now, turn=turn)


def left(spent: Spent, limits: Limits, now: float) -> float:
    """Return which part of the tighter limit is unused, 0 to 1; nothing while paused."""
    if spent.paused > now:
        return 0.0
    minute, hour = _used(spent.written, now)
    return max(0.0, min(1 - minute / limits.minute, 1 - hour / limits.hour))


def _room(written: tuple[float, ...], allowed: tuple[int, int], writes: int, now: float) -> float:
    """Return the first moment at which so many more writes fit into every window that ends then or later."""
    moment = now
    for limit, window in zip(allowed, (MINUTE, HOUR), strict=True):
        over = len(written) + min(writes, limit) - limit
        if over > 0:
            moment = max(moment, written[over - 1] + window)
    return moment


def _spacing(spent: Spent, allowed: tuple[int, int], now: float) -> float:
    """Return the seconds between two turns: by the minute's limit, by the hour's once that is what holds back."""
    minute, hour = allowed
    expected = len(spent.written) + max(0.0, spent.turn - now) * minute / MINUTE
    return _pause(allowed) if expected + REVIEW <= hour else REVIEW * HOUR / hour


def _pause(allowed: tuple[int, int]) -> float:
    """Return the seconds that the writes of one review take while the minute is what holds back."""
    return REVIEW * max(MINUTE / allowed[0], APART)


def _is_tight(written: tuple[float, ...], limits: Limits, now: float) -> bool:
    minute, hour = _used(written, now)
    return 2 * minute >= limits.minute or 2 * hour >= limits.hour


def _used(written: tuple[float, ...], now: float) -> tuple[int, int]:
    return (len(written) - bisect_right(written, now - MINUTE), len(written) - bisect_right(written, now - HOUR))


def write(spent: Spent) -> str:
    """Write down when was written, in whole tenths of a second, never earlier than it was."""
    return " ".join(str(math.ceil(moment * 10)) for moment in spent.written)


def read(text: str) -> tuple[float, ...]:
    """Read what `write` wrote."""
    return tuple(int(word) / 10 for word in text.split())
