"""Edits of security policies and their effect."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.inventory import ObjectReference


class Effect(enum.Enum):
    """What an edit does to the strength of a policy; what cannot be decided is treated as weaker."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    NEUTRAL = "neutral"
    CANNOT_TELL = "cannot tell"


class Severity(enum.Enum):
    """What is at stake: whether something can be blocked no more, or only whether it is reported."""

    BLOCKING = "blocking"
    REPORTING = "reporting"


@dataclass(frozen=True, slots=True)
class PolicyEdit:
    """One field of one policy object before and after; `None` when that side does not have it.

    `sentence` says the effect in words ("violations will be logged, not blocked"). `line` is where the field stands in
    the head file (in the base file when it is gone), 0 when no line can be named. `witness` is one image, identity,
    name or request that changes sides, empty when none is known. `field` is empty when the whole object is meant.
    """

    path: str
    resource: ObjectReference | None
    field: str
    before: str | None
    after: str | None
    effect: Effect
    sentence: str
    line: int = 0
    witness: str = ""
    severity: Severity = Severity.BLOCKING


_WORST_FIRST = (Effect.WEAKER, Effect.CANNOT_TELL, Effect.STRONGER)


def combined(effects: Iterable[Effect]) -> Effect:
    """Return the effect of several edits together: a weaker part is never made good by a stronger one."""
    found = frozenset(effects)
    return next((effect for effect in _WORST_FIRST if effect in found), Effect.NEUTRAL)
