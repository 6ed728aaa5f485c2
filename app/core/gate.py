"""Whether GitHub holds merges for our verdicts: which required statuses a branch has, and whose they must be."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

ANYBODY = 0
"""Stands for an App's id where a required status may be anybody's."""


class Wired(enum.Enum):
    """How a context is required: from us; from anybody, or from whom is not shown; from another App; not; unknown."""

    OURS = "required"
    ANYBODY = "required from anybody"
    NOT_SHOWN = "required, from whom is not shown"
    ANOTHER = "required from another App"
    NOT = "not required"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RequiredStatus:
    """A required status and the App that must have set it: its id, `ANYBODY`, or `None` where that is not shown."""

    context: str
    app: int | None


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What is required before a merge into a branch. `own` is our App's id.

    `unknown` says, in a clause, why there may be more that is required.
    """

    required: tuple[RequiredStatus, ...] = ()
    own: int = ANYBODY
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """How each of our contexts is required, in their order; `unknown` as in `BranchRules`.

    Who may go past the rules GitHub shows to administrators alone: that is never known here.
    """

    contexts: tuple[tuple[str, Wired], ...]
    unknown: str = ""

    @classmethod
    def of(cls, rules: BranchRules, contexts: Iterable[str]) -> Gate:
        """Hold the contexts against the rules; GitHub takes contexts that differ in case for one."""
        return cls(tuple((context, _wired(rules, context)) for context in contexts), rules.unknown)


def _wired(rules: BranchRules, context: str) -> Wired:
    apps = {one.app for one in rules.required if one.context.lower() == context.lower()}
    if rules.own in apps:
        return Wired.OURS
    if apps:
        # All of them must be met: one that another App must set is not met by ours.
        others = apps - {ANYBODY, None}
        return Wired.ANOTHER if others else Wired.ANYBODY if ANYBODY in apps else Wired.NOT_SHOWN
    return Wired.UNKNOWN if rules.unknown else Wired.NOT
