"""What every review rule works with, and how approvals are counted.

1. Of each person (by id) the latest review counts that is more than a comment.
2. It must approve, exactly the head that is judged, for the base branch that is judged: an approval of other content
   is none, and against another branch the same head is other content.
3. Bots, the author, and whoever has a commit in the pull request (through any parent; author, committer or co-author)
   do not count. A commit that nobody can be named for may be the approver's own, so one more approval is needed.
4. The rest must belong to those who are asked: a named team, a named user, or anyone with the permission.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from app.core.assessment import Approval, DemandState, ReviewDemand
from app.core.pull_request import Asked, People, Person, PullRequest, Review, ReviewState
from app.core.verdict import Finding
from app.policy.document import Reviewers

_SHORT = 7
_NOT_APPROVED = {
    ReviewState.CHANGES_REQUESTED: "asks for changes",
    ReviewState.DISMISSED: "was dismissed",
}


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A pull request, what the posture rules said, and what is known of the people that `asks` named."""

    pull: PullRequest
    findings: tuple[Finding, ...]
    people: People


class ReviewRule(Protocol):
    """A rule that demands reviewers; its options are its fields."""

    def asks(self, pull: PullRequest, findings: Iterable[Finding]) -> Asked:
        """Return whom it must know about to judge; empty when it demands nothing."""
        ...

    def judge(self, case: ReviewCase) -> Iterable[ReviewDemand]:
        """Return what it demands and where that stands."""
        ...


@dataclass(frozen=True, slots=True)
class Need:
    """What is demanded: `count` approvals of `reviewers`, because of `reason`.

    `softened` is the clause with which a missing approval is only stated ("observe", "solo"); empty when it waits.
    """

    rule: str
    reason: str
    paths: tuple[str, ...]
    reviewers: Reviewers
    count: int = 1
    softened: str = ""


def asked_of(need: Need, pull: PullRequest) -> Asked:
    """Return whom to ask about: named teams and users, and approvers whose permission may count."""
    whom = need.reviewers
    approvers = {
        review.person.login.lower()
        for review in latest(pull.reviews)
        if whom.permission is not None and review.person is not None and not _ruled_out(review, pull)
    }
    return Asked(frozenset(whom.teams), frozenset(whom.users) | approvers)


def demand(need: Need, case: ReviewCase) -> ReviewDemand:
    """Count the approvals and say where the demand stands."""
    approvals = tuple(_approval(review, need.reviewers, case) for review in latest(case.pull.reviews))
    counted = sum(approval.counted for approval in approvals)
    unattributed = [commit.sha[:_SHORT] for commit in case.pull.commits if commit.unattributed]
    needed = need.count + (1 if unattributed else 0)
    state, sentence = _state(need, case, needed - counted)
    if unattributed and state is not DemandState.MET:
        sentence += f"; one more than usual, because GitHub names nobody for commit {', '.join(unattributed[:5])}"
    reason = f"{need.reason} ({need.softened}: only stated)" if state is DemandState.STATED else need.reason
    return ReviewDemand(need.rule, reason, need.paths, needed, whom_words(need.reviewers), approvals, state, sentence)


def latest(reviews: Iterable[Review]) -> tuple[Review, ...]:
    """Return each person's latest review that is more than a comment, by login; those of deleted accounts last."""
    by_person: dict[int, Review] = {}
    gone = []
    for review in reviews:
        if review.state is ReviewState.COMMENTED:
            continue
        if review.person is None:
            gone.append(review)
        else:
            by_person[review.person.id] = review
    return (*sorted(by_person.values(), key=_login), *gone)


def whom_words(whom: Reviewers) -> str:
    """Say who can meet a demand."""
    names = [f"@{name}" for name in (*whom.teams, *whom.users)]
    if whom.permission is not None:
        names.append(f"anyone with the permission {whom.permission.name.lower()} or more")
    return " or ".join(names)


def _state(need: Need, case: ReviewCase, missing: int) -> tuple[DemandState, str]:
    whom = whom_words(need.reviewers)
    waits = f"{missing} approval{'' if missing == 1 else 's'} from {whom}"
    fault = _fault(need.reviewers, case)
    if case.pull.incomplete:
        what = ", ".join(case.pull.incomplete)
        state, sentence = DemandState.ERROR, f"cannot be judged, the pull request could not be read whole: {what}"
    elif fault:
        state, sentence = DemandState.ERROR, fault
    elif missing <= 0:
        return DemandState.MET, "approved"
    elif unknown := _unknown_permissions(need.reviewers, case):
        state, sentence = DemandState.ERROR, f"the permission of {unknown}, who approved, could not be read"
    else:
        state, sentence = DemandState.WAITING, f"waits for {waits}"
    if not need.softened:
        return state, sentence
    wished = f"would wait for {waits}" if state is DemandState.WAITING else f"would be an error: {sentence}"
    return DemandState.STATED, f"{need.softened}: {wished}"


def _fault(whom: Reviewers, case: ReviewCase) -> str:
    """Name the teams and users that do not exist or cannot be seen; empty when all are known."""
    people = case.people
    missing = [f"team {name}" for name in whom.teams if people.teams.get(name) is None]
    missing += [f"user {name}" for name in whom.users if people.permissions.get(name) is None]
    if not missing:
        return ""
    return f"{', '.join(missing)} does not exist or cannot be read: correct the policy, or let Assay read members"


def _unknown_permissions(whom: Reviewers, case: ReviewCase) -> str:
    if whom.permission is None:
        return ""
    approvers = [review for review in latest(case.pull.reviews) if not _ruled_out(review, case.pull)]
    return ", ".join(_login(review) for review in approvers if case.people.permissions.get(_login(review)) is None)


def _approval(review: Review, whom: Reviewers, case: ReviewCase) -> Approval:
    why = _ruled_out(review, case.pull)
    if review.person is None:
        return Approval("ghost", counted=False, why=why)
    why = why or _outsider(review.person, whom, case.people)
    return Approval(review.person.login, counted=not why, why=why)


def _ruled_out(review: Review, pull: PullRequest) -> str:
    """Say why a review can count for nobody's demand; empty when it may count."""
    person = review.person
    if person is None:
        return "the account is gone"
    contributors = {one.id for commit in pull.commits for one in commit.people}
    reasons = (
        (review.state is not ReviewState.APPROVED, _NOT_APPROVED.get(review.state, "is no approval")),
        (person.bot, "a bot cannot approve"),
        (pull.author is not None and pull.author.id == person.id, "is the author"),
        (person.id in contributors, "has a commit in this pull request"),
        (review.other_base, "approved it for another base branch"),
        (review.commit != pull.head, f"approved {(review.commit or 'other')[:_SHORT]}, not what is there now"),
    )
    return next((why for holds, why in reasons if holds), "")


def _outsider(person: Person, whom: Reviewers, people: People) -> str:
    login = person.login.lower()
    in_team = any(login in (people.teams.get(team) or frozenset()) for team in whom.teams)
    permission = people.permissions.get(login)
    allowed = whom.permission is not None and permission is not None and permission >= whom.permission
    return "" if in_team or login in whom.users or allowed else "is not among those asked"


def _login(review: Review) -> str:
    return review.person.login.lower() if review.person is not None else ""
