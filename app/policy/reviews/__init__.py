"""Review rules: the table of those that a policy brings, and what they ask together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from app.core.verdict import Mode
from app.policy.floor import InForce
from app.policy.reviews.always_governed import AlwaysGoverned
from app.policy.reviews.base import Need, ReviewCase, ReviewRule, asked, compared, demand, revisited
from app.policy.reviews.finding_approval import FindingApproval
from app.policy.reviews.path_approval import PathApproval

__all__ = [
    "REVIEW_RULES",
    "Need",
    "ReviewCase",
    "ReviewRule",
    "asked",
    "compared",
    "demand",
    "governs",
    "needs",
    "revisited",
]

_SOLO = "solo"


def _always_governed(policy: InForce) -> Sequence[AlwaysGoverned]:
    return (AlwaysGoverned(policy.governed, _SOLO if policy.solo else ""),)


def _path_approval(policy: InForce) -> Sequence[PathApproval]:
    softened = {Mode.OBSERVE: Mode.OBSERVE.value, Mode.ENFORCE: ""}
    return tuple(PathApproval(entry, _SOLO if policy.solo else softened[entry.mode]) for entry in policy.reviews)


def _finding_approval(policy: InForce) -> Sequence[ReviewRule]:
    return (FindingApproval(_SOLO if policy.solo else ""),)


REVIEW_RULES: Final[tuple[Callable[[InForce], Sequence[ReviewRule]], ...]] = (
    _always_governed,
    _path_approval,
    _finding_approval,
)


def needs(policy: InForce, case: ReviewCase) -> tuple[Need, ...]:
    """Return everything that a policy's review rules demand of a pull request."""
    return tuple(need for make in REVIEW_RULES for rule in make(policy) for need in rule.needs(case))


def governs(policy: InForce, path: str) -> bool:
    """Say whether a policy's review rules ask for people wherever a path is touched, whatever is done there."""
    rules: tuple[AlwaysGoverned | PathApproval, ...] = (*_always_governed(policy), *_path_approval(policy))
    return any(rule.governs(path) for rule in rules)
