"""A policy of the cluster that gets weaker, or may get weaker, needs a person: one finding for each."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.policy_edit import WEAKER_POLICY, Effect, PolicyEdit, combined, grouped, named
from app.core.verdict import Finding, Mode, Outcome

_ASKS = (Effect.WEAKER, Effect.CANNOT_TELL)


def weaker_findings(edits: Iterable[PolicyEdit], mode: Mode) -> tuple[Finding, ...]:
    """Return a finding for each policy that got weaker, or of which it cannot be told; none for the others.

    A program whose code changed asks for nobody by itself: `reviews` with `effects` can ask for it.
    """
    telling = grouped(edit for edit in edits if edit.telling)
    return tuple(_finding(found, mode) for found in telling if combined(one.effect for one in found) in _ASKS)


def _finding(edits: tuple[PolicyEdit, ...], mode: Mode) -> Finding:
    effect = combined(one.effect for one in edits)
    first = next(one for one in edits if one.effect is effect)
    more = sum(one.effect in _ASKS for one in edits) - 1
    head = "gets weaker" if effect is Effect.WEAKER else "may get weaker, it cannot be told"
    field = f" ({first.field})" if first.field else ""
    others = f", and {more} more" if more else ""
    remedy = "A person who answers for the policy looks at it and approves, or the edit is taken back."
    sentence = f"{named(first)} {head}: {first.sentence}{field}{others}"
    return Finding(Outcome.REVIEW, first.path, WEAKER_POLICY, sentence, remedy, mode)
