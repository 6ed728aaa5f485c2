"""From a need to a demand: where it stands, what it says, and who is to be asked."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.assessment import DemandState, ReviewDemand
from app.core.pull_request import Asked, Permission, Review, ReviewState
from app.policy.reviews.base.case import ReviewCase
from app.policy.reviews.base.content import short, unlike
from app.policy.reviews.base.counting import (
    Tally,
    approval,
    asked_for,
    latest,
    login_of,
    objecting,
    parties,
    telling,
    unmoved,
)
from app.policy.reviews.base.needs import Need, fewest, quorums, whom_of

MAX_REVIEWED = 5
_NAMED = 5


def asked(needs: Iterable[Need], case: ReviewCase) -> Asked:
    """Return whom to ask about: named teams and users, and reviewers whose permission may count.

    Every permission that counts lets its holder push, and GitHub says of each review whether its author can: anybody
    may review what is public, and each question is a call.
    """
    wanted = tuple(needs)
    whom = [one.reviewers for need in wanted for one in quorums(need.quorum)]
    found = telling(case)
    by_permission = any(one.permission is not None for one in whom)
    reviewers = [login_of(one) for one in found if one.can_push] if by_permission else []
    return Asked(
        frozenset(team for one in whom for team in one.teams),
        frozenset(user for one in whom for user in one.users).union(reviewers),
        pushers=bool(wanted) and any(one.state is ReviewState.APPROVED for one in found),
    )


def revisited(needs: Iterable[Need], case: ReviewCase) -> tuple[str, ...]:
    """Return the commits besides the head whose approval may still count, the latest first, a bounded number."""
    wanted = tuple(needs)
    found = [
        review.commit
        for review in latest(case.pull.reviews)
        if review.commit not in (None, case.pull.head)
        and review.person is not None
        and not unmoved(review, case)
        and any(asked_for(review.person, need, case) for need in wanted)
    ]
    order = [review.commit for review in reversed(case.pull.reviews) if review.commit in found]
    return tuple(dict.fromkeys(filter(None, order)))[:MAX_REVIEWED]


def demand(need: Need, case: ReviewCase) -> ReviewDemand:
    """Count the approvals and say where the demand stands."""
    reviews = latest(case.pull.reviews)
    approvals = tuple(approval(review, need, case) for review in reviews)
    voters = tuple(
        review.person
        for review, found in zip(reviews, approvals, strict=True)
        if found.counted and review.person is not None
    )
    unattributed = [short(commit.sha) for commit in case.pull.commits if commit.unattributed]
    tally = Tally(voters, case.people, 1 if unattributed else 0)
    state, sentence = _state(need, case, tally)
    if unattributed and state is not DemandState.MET:
        sentence += f"; one more than usual, because GitHub names nobody for commit {', '.join(unattributed[:_NAMED])}"
    reason = f"{need.reason} ({need.softened}: only stated)" if state is DemandState.STATED else need.reason
    return ReviewDemand(
        rule=need.rule,
        reason=reason,
        paths=need.paths,
        needed=fewest(need.quorum, tally.more),
        whom=whom_of(need.quorum),
        approvals=approvals,
        state=state,
        sentence=sentence,
        ask=_to_ask(need, case, tally) if state is DemandState.WAITING else (),
    )


def _state(need: Need, case: ReviewCase, tally: Tally) -> tuple[DemandState, str]:
    missing = tally.missing(need.quorum)
    against = " and ".join(f"@{person.login}" for person in objecting(need, case)[:_NAMED])
    if error := _error(need, case, missing):
        state, sentence = DemandState.ERROR, error
    elif against:
        also = f", and for {missing}" if missing else ""
        verb = "ask" if " and " in against else "asks"
        state, sentence = DemandState.WAITING, f"waits for {against}, who {verb} for changes{also}"
    elif missing:
        state, sentence = DemandState.WAITING, f"waits for {missing}"
    else:
        return DemandState.MET, "approved"
    if not need.softened:
        return state, sentence
    wished = f"would {sentence.replace('waits', 'wait', 1)}" if state is DemandState.WAITING else ""
    return DemandState.STATED, f"{need.softened}: {wished or f'would be an error: {sentence}'}"


def _error(need: Need, case: ReviewCase, missing: str) -> str:
    """Say what stands in the way of judging at all; empty when nothing does."""
    if case.pull.incomplete:
        return f"cannot be judged, the pull request could not be read whole: {', '.join(case.pull.incomplete)}"
    fault = _fault(need, case)
    if fault:
        return fault
    for review in telling(case):
        approves = review.state is ReviewState.APPROVED
        # Of an approver it matters only when the approval would be needed, and would count.
        matters = (missing and not unlike(review, need, case)) if approves else True
        if matters and _unknown(review, need, case):
            what = "approved" if approves else "asks for changes"
            return f"the permission of {login_of(review)}, who {what}, could not be read"
    return ""


def _fault(need: Need, case: ReviewCase) -> str:
    """Name the teams and users that do not exist or cannot be seen; empty when all are known."""
    whom = [one.reviewers for one in quorums(need.quorum)]
    teams = dict.fromkeys(team for one in whom for team in one.teams if case.people.teams.get(team) is None)
    users = dict.fromkeys(user for one in whom for user in one.users if case.people.permissions.get(user) is None)
    missing = [*(f"team {name}" for name in teams), *(f"user {name}" for name in users)]
    if not missing:
        return ""
    return f"{', '.join(missing)} does not exist or cannot be read: correct the policy, or let Assay read members"


def _unknown(review: Review, need: Need, case: ReviewCase) -> bool:
    by_permission = any(one.reviewers.permission is not None for one in quorums(need.quorum))
    return by_permission and review.can_push and case.people.permissions.get(login_of(review)) is None


def _to_ask(need: Need, case: ReviewCase, tally: Tally) -> tuple[str, ...]:
    """Return the teams and people to ask for a review: of what is missing, who may count and has said nothing yet."""
    short_of = [one.reviewers for one in quorums(need.quorum) if tally.missing(one)]
    silent = {one.login.lower() for one in parties(case)} | {login_of(one) for one in latest(case.pull.reviews)}
    users = (
        user
        for one in short_of
        for user in one.users
        if user not in silent and (case.people.permissions.get(user) or Permission.NONE) > Permission.NONE
    )
    return tuple(dict.fromkeys((*(team for one in short_of for team in one.teams), *users)))
