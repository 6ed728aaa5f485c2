"""Edits of security policies and their effect."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.core.inventory import ObjectReference


class Effect(enum.Enum):
    """What an edit does to the strength of a policy; what cannot be decided is treated as weaker."""

    WEAKER = "weaker"
    STRONGER = "stronger"
    NEUTRAL = "neutral"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class PolicyEdit:
    """One field of one policy object before and after; `None` when that side does not have it.

    `sentence` says the effect in words ("violations will be logged, not blocked").
    """

    path: str
    resource: ObjectReference | None
    field: str
    before: str | None
    after: str | None
    effect: Effect
    sentence: str
