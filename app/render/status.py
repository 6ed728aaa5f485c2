"""Commit statuses: two contexts bound to the base branch, four states, one sentence of at most 140 characters each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from app.core.assessment import Assessment, DemandState, Standing
from app.core.pull_request import IMAGES, REVIEW, CommitStatus, StatusState
from app.core.verdict import Finding, Outcome
from app.render.plain import counted, cut, visible
from app.render.words import View, effective, state_of, unanswered_reviews

LIMIT: Final = 140

_UNJUDGED: Final = "not judged yet (`/assay recheck` there asks for it)"

Pair = tuple[CommitStatus, CommitStatus]

_STATES: Final = {
    Outcome.OK: StatusState.SUCCESS,
    Outcome.REVIEW: StatusState.SUCCESS,
    Outcome.INCOMPLETE: StatusState.ERROR,
    Outcome.BLOCKED: StatusState.FAILURE,
}
# From mild to severe: what is worst over all pull requests with one head and base branch.
_ORDER: Final = (StatusState.SUCCESS, StatusState.PENDING, StatusState.ERROR, StatusState.FAILURE)


# What GitHub cannot take for another name: it knows no upper case in contexts, perhaps no accents, and not any length.
_PLAIN: Final = re.compile(r"[!-@\[-~]{1,200}")
_LONGEST_NAME: Final = 120


def contexts(base_ref: str | None) -> tuple[str, str]:
    """Name the two contexts for a base branch; for a local range, which has none, their bare names.

    Branches of two names never share a context: GitHub takes contexts that differ in case for one, and `Main` may be
    anybody's branch. A name with more than lower-case ASCII, or a very long one, is followed by a digest of itself; the
    blank before it can be in no branch's name.
    """
    if base_ref is None:
        return IMAGES, REVIEW
    name = base_ref
    if not _PLAIN.fullmatch(base_ref):
        digest = hashlib.sha256(base_ref.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        name = f"{cut(visible(base_ref), _LONGEST_NAME)} #{digest}"
    return f"{IMAGES}: {name}", f"{REVIEW}: {name}"


def pending(base_ref: str) -> Pair:
    """Say on both that the change is being judged: no status is not a pass, and neither is this one."""
    return _both(base_ref, StatusState.PENDING, "is being judged")


def introduced(base_ref: str) -> Pair:
    """Say on the tip of a branch, where there is nothing to judge, whose contexts these are."""
    return _both(base_ref, StatusState.PENDING, f"Assay judges pull requests into {base_ref}")


def crashed(
    base_ref: str, sentence: str = "Assay failed while judging; `/assay recheck` tries again", *, reference: str = ""
) -> Pair:
    """Say on both that no verdict could be reached; `reference` lets an operator find the log, nothing else is told."""
    return _both(base_ref, StatusState.ERROR, f"{sentence} ({reference})" if reference else sentence)


def unfinished(base_ref: str) -> CommitStatus:
    """Say that a verdict on images did not come in time, and what to do."""
    sentence = "judging did not come to its end; it is tried again, and `/assay recheck` asks for it"
    return _both(base_ref, StatusState.ERROR, sentence)[0]


def statuses(assessment: Assessment) -> Pair:
    """Say what the assessment means for the two contexts; a broken policy is an error on both, whatever the mode."""
    alike = _same_on_both(assessment)
    if alike is not None:
        return _both(assessment.base_ref, *alike)
    images, review = contexts(assessment.base_ref)
    return _status(images, *_images(assessment)), _status(review, *_review(assessment))


def worst_of(own: Pair, siblings: Mapping[int, Sequence[CommitStatus] | None]) -> Pair:
    """Combine with the other open pull requests of the same head and base branch: the worst of each context stands.

    `None`, or a record without the context, means that a sibling was not judged yet: that is pending, never a pass.
    """
    first, second = (_worst(status, siblings) for status in own)
    return first, second


def _worst(own: CommitStatus, siblings: Mapping[int, Sequence[CommitStatus] | None]) -> CommitStatus:
    worst = own
    for number in sorted(siblings):
        recorded = [one for one in siblings[number] or () if one.context == own.context]
        for one in recorded or [CommitStatus(own.context, StatusState.PENDING, _UNJUDGED)]:
            if _ORDER.index(one.state) > _ORDER.index(worst.state):
                worst = _status(own.context, one.state, f"pull request {number} has the same head: {one.description}")
    return worst


def _both(base_ref: str | None, state: StatusState, sentence: str) -> Pair:
    images, review = contexts(base_ref)
    return _status(images, state, sentence), _status(review, state, sentence)


def _status(context: str, state: StatusState, sentence: str) -> CommitStatus:
    return CommitStatus(context, state, cut(visible(sentence), LIMIT))


def _same_on_both(assessment: Assessment) -> tuple[StatusState, str] | None:
    """Return what both contexts say alike; `None` when each has its own judgement."""
    if assessment.broken or assessment.standing is Standing.BROKEN:
        return StatusState.ERROR, f"policy broken: {assessment.broken or 'it cannot be read'}"
    if assessment.proposed and assessment.standing is not Standing.IN_FORCE:
        return StatusState.ERROR, f"the proposed policy is not valid: {assessment.proposed[0]}"
    quiet = not assessment.demands and effective(assessment) is Outcome.OK
    if assessment.standing is Standing.PROPOSED and quiet:
        return StatusState.SUCCESS, "valid, in force once merged"
    if assessment.standing is Standing.SILENT:
        # Nobody publishes these: without a policy nothing is said. If somebody did, it must not read as a pass.
        return StatusState.PENDING, "no policy in force: nothing is judged"
    return None


def _images(assessment: Assessment) -> tuple[StatusState, str]:
    counts = effective(assessment)
    enforced = max(assessment.outcome, counts)
    # A state that holds the merge must name what holds it, not what observe let pass.
    if enforced > counts and _STATES[counts] is StatusState.SUCCESS:
        return _STATES[counts], f"observe: would be {_reason(assessment, enforced)}"
    if counts is Outcome.OK and not assessment.changes:
        return StatusState.SUCCESS, "no image changed"
    return _STATES[counts], _reason(assessment, counts)


def _reason(assessment: Assessment, outcome: Outcome) -> str:
    total = counted(len(assessment.changes), "image change")
    if outcome is Outcome.OK:
        return f"OK: {total}"
    worst = View.of(assessment).share(outcome)
    share = f" ({worst} of {total})" if worst else ""
    return f"{outcome.word}{share}: {_first_sentence(assessment, outcome)}"


def _first_sentence(assessment: Assessment, outcome: Outcome) -> str:
    if outcome is Outcome.INCOMPLETE and assessment.unreadable:
        place = assessment.unreadable[0]
        return f"{place.path} cannot be read: {place.reason}"
    if outcome is Outcome.INCOMPLETE and assessment.proposed:
        return f"the proposed policy is not valid: {assessment.proposed[0]}"
    # Hard ones first: they are why a softened verdict still counts.
    found = sorted((one for one in assessment.findings if one.outcome is outcome), key=_hard_first)
    return found[0].sentence


def _hard_first(finding: Finding) -> tuple[bool, str, str, str]:
    return (finding.effective is not finding.outcome, finding.subject, finding.rule, finding.sentence)


def _review(assessment: Assessment) -> tuple[StatusState, str]:
    by_state = {state: [one.sentence for one in assessment.demands if state_of(one) is state] for state in DemandState}
    for state, status in (
        (DemandState.ERROR, StatusState.ERROR),
        (DemandState.WAITING, StatusState.PENDING),
    ):
        if by_state[state]:
            return status, _with_more(by_state[state])
    if unanswered_reviews(assessment):
        return StatusState.PENDING, "waits for 1 approval from a person with write access"
    if by_state[DemandState.STATED]:
        return StatusState.SUCCESS, _with_more(by_state[DemandState.STATED])
    met = len(by_state[DemandState.MET])
    return StatusState.SUCCESS, f"approved: {counted(met, 'demand')} met" if met else "no review needed"


def _with_more(sentences: list[str]) -> str:
    more = len(sentences) - 1
    suffix = f" (and {more} more)" if more else ""
    return f"{cut(visible(sentences[0]), LIMIT - len(suffix))}{suffix}"
