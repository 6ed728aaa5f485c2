"""GitHub's secondary limits on creating content, enforced: so many a minute and an hour, over any window."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.github.faults import Fault

WRITES = frozenset({"POST", "PATCH", "PUT"})


@dataclass(slots=True)
class SecondaryLimits(Fault):
    """Put it into `GitHub.faults`; `hits` counts refused writes, `sent` holds when each owner's others came.

    What GitHub does not say is how it cuts its minutes and hours; here every window of that length counts.
    """

    clock: Callable[[], float] = field(default=lambda: 0.0)
    minute: int = 80
    hour: int = 500
    sent: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def strikes(self, method: str, path: str) -> bool:
        """Refuse a write that is one too many, and count every other."""
        if method not in WRITES or not path.startswith("/repos/"):
            return False
        now, sent = self.clock(), self.sent[path.split("/")[2].lower()]
        full = self._since(sent, now - 60) >= self.minute or self._since(sent, now - 3600) >= self.hour
        if full:
            self.hits += 1
        else:
            sent.append(now)
        return full

    def fullest(self, window: float) -> int:
        """Return how many writes of one owner any window of so many seconds held at most."""
        counts = [
            self._since(sent[: place + 1], one - window)
            for sent in self.sent.values()
            for place, one in enumerate(sent)
        ]
        return max(counts, default=0)

    @staticmethod
    def _since(sent: list[float], moment: float) -> int:
        return len(sent) - bisect_right(sent, moment)


def secondary_limits(clock: Callable[[], float], minute: int = 80, hour: int = 500) -> SecondaryLimits:
    """Return limits that go by a clock."""
    body = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    return SecondaryLimits(
        "*", "*", 403, None, headers={"Retry-After": "60"}, body=body, clock=clock, minute=minute, hour=hour
    )
