"""The first line: the verdict in a word, then what it rests on; what was lost is said before everything else."""

from __future__ import annotations

from typing import Final, assert_never

from app.core.assessment import DemandState, Standing
from app.core.attestation import Word
from app.core.posture import Trend
from app.core.verdict import Outcome
from app.render.plain import counted
from app.render.policy_edits import clause
from app.render.words import OUTCOME_SIGNS, View, effective, lost, state_of, verdict

COUNTED: Final = ("vulnerabilities.critical", "vulnerabilities.high", "vulnerabilities.medium", "vulnerabilities.low")


def headline(view: View) -> str:
    """Write the first line."""
    outcome = verdict(view.assessment)
    soft = " (observe: not enforced)" if view.assessment.outcome > effective(view.assessment) else ""
    parts = [part for part in (_policies(view), _lost(view), *_what(view, outcome)) if part]
    return f"### {OUTCOME_SIGNS[outcome]} {outcome.word}{soft}: {'; '.join(parts)}"


def all_verified(view: View) -> bool:
    """Say whether every image that will run has a verified signature."""
    sides = [change.after for change in view.assessment.changes if change.after is not None]
    return bool(sides) and all(side.signature.word is Word.VERIFIED for side in sides)


def no_more_vulnerabilities(view: View) -> bool:
    """Say whether every image has provably no more vulnerabilities of any severity: a claim, so nothing may be open."""
    for change in view.assessment.changes:
        trends = {one.key: one.trend for one in change.measures}
        if any(trends.get(key) not in (Trend.BETTER, Trend.SAME) for key in COUNTED):
            return False
    return bool(view.assessment.changes)


def _policies(view: View) -> str:
    """Say what the change does to policies, before everything else."""
    found = clause([edit for edit in view.assessment.edits if edit.telling])
    what = "this change" if view.assessment.base_ref is None else "this pull request"
    return f"{what} {found}" if found else ""


def _lost(view: View) -> str:
    number = sum(lost(change) for change in view.assessment.changes)
    # Not "lost": where a registry did not answer it may well be there, but nobody verified it.
    return f"{counted(number, 'image')} with less verified than before" if number else ""


def _what(view: View, outcome: Outcome) -> list[str]:
    match outcome:
        case Outcome.BLOCKED:
            return [_share(view, outcome, "must not merge as it is", "must not merge as they are") or "a rule fails"]
        case Outcome.INCOMPLETE:
            return _incomplete(view)
        case Outcome.REVIEW:
            return _review(view)
        case Outcome.OK:
            return [_fine(view)]
        case _:
            assert_never(outcome)


def _share(view: View, outcome: Outcome, one: str, many: str) -> str:
    worst = view.share(outcome)
    if not worst:
        return ""
    total = counted(len(view.assessment.changes), "image change")
    return f"{worst} of {total} {one if worst == 1 else many}"


def _incomplete(view: View) -> list[str]:
    if view.assessment.broken or view.assessment.standing is Standing.BROKEN:
        return ["the policy is broken, so nothing can be judged"]
    clauses = [
        _share(view, Outcome.INCOMPLETE, "could not be judged", "could not be judged"),
        f"{counted(len(view.assessment.unreadable), 'place')} cannot be read" if view.assessment.unreadable else "",
        "the proposed policy is not valid" if view.assessment.proposed else "",
        "named reviewers cannot be found"
        if any(state_of(one) is DemandState.ERROR for one in view.assessment.demands)
        else "",
    ]
    return [clause for clause in clauses if clause] or ["something that a rule asks for could not be found out"]


def _review(view: View) -> list[str]:
    waiting = sum(state_of(one) is DemandState.WAITING for one in view.assessment.demands)
    clauses = [
        _share(view, Outcome.REVIEW, "needs a person", "need a person"),
        f"{counted(waiting, 'review')} missing" if waiting else "",
    ]
    return [clause for clause in clauses if clause] or ["this change needs a person"]


def _fine(view: View) -> str:
    if view.assessment.standing is Standing.PROPOSED:
        return "the proposed policy is valid, in force once merged"
    if not view.assessment.changes:
        return "no image changed"
    parts = [counted(len(view.assessment.changes), "image change")]
    if all_verified(view):
        parts.append("verified" if len(view.assessment.changes) == 1 else "all verified")
    if no_more_vulnerabilities(view):
        parts.append("no more vulnerabilities than before")
    waived = len(view.waived())
    return ", ".join([*parts, f"{counted(waived, 'failure')} waived"] if waived else parts)
