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
class ReviewRules:
    """What GitHub itself asks of reviews: so many approvals, none from before the last push, one of another's push.

    Nothing of it is needed here: an approval counts for the contents that were approved.
    """

    approvals: int = 0
    dismisses_stale: bool = False
    last_push: bool = False


@dataclass(frozen=True, slots=True)
class Bypass:
    """Who may go past the rules that require our statuses.

    `actors` are named in words; `None` where GitHub does not show them, as it does to no App without administration.
    `own_app` says whether our App is one of them, `None` likewise.
    """

    actors: tuple[str, ...] | None = None
    own_app: bool | None = None


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What is required before a merge into a branch. `own` is our App's id.

    `unknown` says, in a clause, why there may be more that is required. `reviews` is `None` where no rule of a ruleset
    asks for any.
    """

    required: tuple[RequiredStatus, ...] = ()
    own: int = ANYBODY
    unknown: str = ""
    reviews: ReviewRules | None = None
    bypass: Bypass = Bypass()


@dataclass(frozen=True, slots=True)
class Gate:
    """How each of our contexts is required, in their order; all else as in `BranchRules`.

    The policy file itself is always governed, whatever the rules are: its change needs an approval of its own.
    """

    contexts: tuple[tuple[str, Wired], ...]
    unknown: str = ""
    reviews: ReviewRules | None = None
    bypass: Bypass = Bypass()

    @classmethod
    def of(cls, rules: BranchRules, contexts: Iterable[str]) -> Gate:
        """Hold the contexts against the rules; GitHub takes contexts that differ in case for one."""
        wired = tuple((context, _wired(rules, context)) for context in contexts)
        return cls(wired, rules.unknown, rules.reviews, rules.bypass)


def _wired(rules: BranchRules, context: str) -> Wired:
    apps = {one.app for one in rules.required if one.context.lower() == context.lower()}
    if rules.own in apps:
        return Wired.OURS
    if apps:
        # All of them must be met: one that another App must set is not met by ours.
        others = apps - {ANYBODY, None}
        return Wired.ANOTHER if others else Wired.ANYBODY if ANYBODY in apps else Wired.NOT_SHOWN
    return Wired.UNKNOWN if rules.unknown else Wired.NOT
