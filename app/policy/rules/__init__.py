"""Posture rules: the table, and the judgement of changes by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.assessment import AssessedChange
from app.core.inventory import UnreadablePlace
from app.core.verdict import UNRESOLVED_SOURCE, Finding, Mode, Outcome
from app.policy.document import Unmatched
from app.policy.rules import (
    bound_repository,
    downgrade,
    image_limit,
    limit,
    moved,
    no_regression,
    pinned_by_digest,
    required_attestation,
    required_signature,
    signer_change,
    tag_mismatch,
)
from app.policy.rules.base import Case, Rule
from app.policy.rules.outside import OUTCOMES, Outside, nothing_asked
from app.policy.scopes import Scope, matching
from app.policy.waivers import Waivers

RULES: Final[tuple[Callable[[Scope], Sequence[Rule]], ...]] = (
    required_signature.asked,
    required_attestation.asked,
    limit.asked,
    no_regression.asked,
    signer_change.asked,
    pinned_by_digest.asked,
    image_limit.asked,
    bound_repository.asked,
    tag_mismatch.asked,
    downgrade.asked,
    moved.asked,
)


@dataclass(frozen=True, slots=True)
class Heed:
    """What a judgement takes along besides the scopes: the waivers of the base branch, and what time it is."""

    waivers: Waivers
    at: datetime


_SOURCE_REMEDIES: Final = {
    Unmatched.ALLOW: "",
    Unmatched.REVIEW: "A person looks at which images it brings: they are not judged.",
    Unmatched.BLOCK: "Take it from a registry, by one version: there it can be verified.",
}


def judge_change(change: AssessedChange, scopes: Sequence[Scope], outside: Outside, heed: Heed) -> Iterable[Finding]:
    """Judge one change by every scope that matches; at least one finding, whatever the change is."""
    if change.change.after is None:
        return (outside.removed(change),)
    if change.change.name is None or change.after is None:
        return (outside.unresolved(change),)
    reference, digest = change.after.evidence.reference, change.after.evidence.digest
    waivers = heed.waivers.for_image(reference.name, digest, heed.at)
    found = matching(scopes, change.change.name)
    if not found:
        return (outside.unmatched_image(change, waivers),)
    case = Case(change, change.after, heed.at, found, waivers)
    return tuple(one for scope in found for one in _judge_by(scope, case))


def unreadable_finding(place: UnreadablePlace, mode: Mode, sources: Unmatched = Unmatched.REVIEW) -> Finding:
    """Say that a changed file could not be read; never softened, for an image may hide in it.

    What only leads elsewhere is shown to a person, like any other review that the policy asks for; of a source, the
    policy says in `sources` what it gets.
    """
    where = f"{place.path}:{place.line}" if place.line else place.path
    if place.source:
        outcome, remedy = OUTCOMES[sources], _SOURCE_REMEDIES[sources]
        return Finding(outcome, place.path, UNRESOLVED_SOURCE, f"{where}: {place.reason}", remedy, mode)
    if place.elsewhere:
        remedy = "A person looks at what it leads to: images there are not judged."
        return Finding(Outcome.REVIEW, place.path, "elsewhere", f"{where}: {place.reason}", remedy, mode)
    remedy = "Make the file readable, or split it; what cannot be read cannot be judged."
    return Finding(Outcome.INCOMPLETE, place.path, "unreadable", f"{where}: {place.reason}", remedy, hard=True)


def incomplete_finding(what: str) -> Finding:
    """Say that the pull request could not be read whole; never softened, for what is missing may be an image."""
    sentence = f"the pull request could not be read whole: {what}"
    remedy = "Split the pull request: what GitHub does not list cannot be judged."
    return Finding(Outcome.INCOMPLETE, "", "incomplete", sentence, remedy, hard=True)


def _judge_by(scope: Scope, case: Case) -> tuple[Finding, ...]:
    rules = [rule for asked in RULES for rule in asked(scope)]
    return tuple(one for rule in rules for one in rule.judge(case)) or (nothing_asked(case.change, scope),)
