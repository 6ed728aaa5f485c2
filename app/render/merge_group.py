"""Statuses of a merge group's head: the worst of what it changes as a whole and of each pull request in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from app.core.assessment import Assessment, DemandState, ReviewDemand
from app.core.pull_request import CommitStatus, StatusState
from app.core.verdict import Finding, Outcome
from app.render.plain import counted, cut, visible
from app.render.status import LIMIT, Pair, contexts, statuses

_ORDER: Final = (StatusState.SUCCESS, StatusState.ERROR, StatusState.FAILURE)
_ANSWERED: Final = frozenset({DemandState.MET, DemandState.STATED})


def of_whole(combined: Assessment, members: Iterable[Assessment]) -> Pair:
    """Say what the combined change means, left without what the members' own reviewers were shown and answered.

    Nobody reviews a group: what only comes of its members together, nobody has agreed to. A demand is answered when
    demands of the same rule were, over all its paths; a finding when a member has the very same one.
    """
    judged = tuple(members)
    seen = {_of_finding(one) for assessment in judged for one in assessment.findings}
    findings = tuple(
        one for one in combined.findings if one.outcome is not Outcome.REVIEW or _of_finding(one) not in seen
    )
    answered = tuple(demand for one in judged for demand in one.demands if demand.state in _ANSWERED)
    demands = tuple(one for one in combined.demands if not _is_answered(one, answered))
    return statuses(replace(combined, findings=findings, demands=demands))


def of_group(base_ref: str, whole: Pair, members: Mapping[int, Pair]) -> Pair:
    """Combine with the members: what waits for people fails, for nobody reviews a group while it is in the queue."""
    first, second = (
        _worst(whole[place], {number: members[number][place] for number in sorted(members)}) for place in (0, 1)
    )
    return replace(first, context=contexts(base_ref)[0]), replace(second, context=contexts(base_ref)[1])


def left(number: int, own: Pair) -> tuple[CommitStatus, ...]:
    """Say of a group what a pull request in it has lost since it was queued; nothing of what it has not lost."""
    return tuple(
        _status(one.context, StatusState.FAILURE, _of(number, one))
        for one in own
        if one.state is not StatusState.SUCCESS
    )


def not_judged(base_ref: str, sentence: str) -> Pair:
    """Say on both that the group as such cannot be judged."""
    images, review = (_status(context, StatusState.ERROR, sentence) for context in contexts(base_ref))
    return images, review


def changed(base_ref: str) -> Pair:
    """Say of a member that it is not any more what was queued."""
    sentence = "has changed since it was queued"
    images, review = (_status(context, StatusState.FAILURE, sentence) for context in contexts(base_ref))
    return images, review


def _worst(whole: CommitStatus, members: Mapping[int, CommitStatus]) -> CommitStatus:
    state = _firm(whole.state)
    words = (
        f"judged together: {_numbers(members)}" if state is StatusState.SUCCESS else f"together: {whole.description}"
    )
    for number, one in reversed(tuple(members.items())):
        severity = _ORDER.index(_firm(one.state))
        # Where both say the same, a member's words say more.
        if severity and severity >= _ORDER.index(state):
            state, words = _firm(one.state), _of(number, one)
    return _status(whole.context, state, words)


def _firm(state: StatusState) -> StatusState:
    return StatusState.FAILURE if state is StatusState.PENDING else state


def _numbers(members: Mapping[int, CommitStatus]) -> str:
    return f"{counted(len(members), 'pull request')} ({', '.join(f'#{number}' for number in members)})"


def _of(number: int, one: CommitStatus) -> str:
    return f"pull request {number}: {one.description}"


def _status(context: str, state: StatusState, sentence: str) -> CommitStatus:
    return CommitStatus(context, state, cut(visible(sentence), LIMIT))


def _of_finding(one: Finding) -> tuple[str, str, str]:
    return one.subject, one.rule, one.sentence


def _is_answered(demand: ReviewDemand, answered: Iterable[ReviewDemand]) -> bool:
    alike = [one for one in answered if one.rule == demand.rule and one.needed >= demand.needed]
    return bool(alike) and set(demand.paths) <= {path for one in alike for path in one.paths}
