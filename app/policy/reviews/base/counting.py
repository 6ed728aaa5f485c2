"""Who counts.

1. Of each person (by id) the latest review counts that is more than a comment.
2. It must approve what is judged (`content`), for the base branch that is judged: against another branch the same head
   is other content.
3. Bots, the author, and whoever has a part in the pull request do not count: a commit (through any parent; author,
   committer or co-author), or a push to its branch. A commit that nobody can be named for may be the approver's own,
   so one more approval is needed.
4. The rest must belong to those who are asked: a named team, a named user, or anyone with the permission.
5. Whoever is asked and asks for changes holds it up, until that person approves or the request is dismissed. Also a
   contributor: else a commit in somebody's name would silence an objection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.assessment import Approval
from app.core.pull_request import People, Person, Review, ReviewState
from app.policy.document import Joined, Quorum, Reviewers
from app.policy.reviews.base.case import ReviewCase
from app.policy.reviews.base.content import short, unlike
from app.policy.reviews.base.needs import Need, joined, quorums, whom_words

_NOT_APPROVED = {
    ReviewState.CHANGES_REQUESTED: "asks for changes",
    ReviewState.DISMISSED: "was dismissed",
}


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
    return (*sorted(by_person.values(), key=login_of), *gone)


def login_of(review: Review) -> str:
    """Return the reviewer's login in lower case; empty for a deleted account."""
    return review.person.login.lower() if review.person is not None else ""


def parties(case: ReviewCase) -> tuple[Person, ...]:
    """Return all who have a part in the pull request: author, contributors and pushers."""
    contributors = tuple(one for commit in case.pull.commits for one in commit.people)
    author = () if case.pull.author is None else (case.pull.author,)
    return (*author, *contributors, *case.pushers.people)


def barred(person: Person | None, case: ReviewCase) -> str:
    """Say why a person's review can count for no demand, whatever it says; empty when it may."""
    if person is None:
        return "the account is gone"
    author = case.pull.author
    contributors = {one.id for commit in case.pull.commits for one in commit.people}
    reasons = (
        (person.bot, "a bot cannot approve"),
        (author is not None and author.id == person.id, "is the author"),
        (person.id in contributors, "has a commit in this pull request"),
        (person.id in {one.id for one in case.pushers.people}, "pushed to this pull request"),
    )
    return next((why for holds, why in reasons if holds), "")


def unmoved(review: Review, case: ReviewCase) -> str:
    """Say why a review is no approval of anybody who may count, for this base branch; empty when it is one."""
    if review.person is not None and review.state is not ReviewState.APPROVED:
        return _NOT_APPROVED.get(review.state, "is no approval")
    why = barred(review.person, case)
    return why or ("approved it for another base branch" if review.other_base else "")


def belongs(person: Person, whom: Reviewers, people: People) -> bool:
    """Say whether a person is one of those who are asked."""
    login = person.login.lower()
    in_team = any(login in (people.teams.get(team) or frozenset()) for team in whom.teams)
    permission = people.permissions.get(login)
    allowed = whom.permission is not None and permission is not None and permission >= whom.permission
    return in_team or login in whom.users or allowed


def asked_for(person: Person, need: Need, case: ReviewCase) -> bool:
    """Say whether a person is one of those whom any part of a need asks."""
    return any(belongs(person, one.reviewers, case.people) for one in quorums(need.quorum))


def approval(review: Review, need: Need, case: ReviewCase) -> Approval:
    """Say whether a review counts, and why."""
    why, commit = unmoved(review, case), review.commit or ""
    if review.person is None:
        return Approval("ghost", counted=False, why=why, commit=commit)
    if not why and not asked_for(review.person, need, case):
        why = "is not among those asked"
    why = why or unlike(review, need, case)
    counted = not why
    if counted and commit and commit != case.pull.head:
        why = f"approved {short(commit)}, and nothing that this is about has changed since"
    return Approval(review.person.login, counted=counted, why=why, id=review.person.id, commit=commit)


def telling(case: ReviewCase) -> tuple[Review, ...]:
    """Return the reviews that may matter: approvals of people who are not ruled out, and objections of people."""
    return tuple(
        review
        for review in latest(case.pull.reviews)
        if (review.state is ReviewState.APPROVED and not barred(review.person, case))
        or (review.state is ReviewState.CHANGES_REQUESTED and review.person is not None and not review.person.bot)
    )


def objecting(need: Need, case: ReviewCase) -> tuple[Person, ...]:
    """Return those of whom the review is asked and who ask for changes, on whatever commit they did."""
    return tuple(
        review.person
        for review in telling(case)
        if review.state is ReviewState.CHANGES_REQUESTED
        and review.person is not None
        and asked_for(review.person, need, case)
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Whose approvals count; each quorum asks for so many `more` than it says."""

    voters: tuple[Person, ...]
    people: People
    more: int

    def missing(self, node: Quorum | Joined) -> str:
        """Say what is missing; empty when nothing is."""
        if isinstance(node, Quorum):
            given = sum(belongs(person, node.reviewers, self.people) for person in self.voters)
            lacking = node.count + self.more - given
            whom = whom_words(node.reviewers)
            return f"{lacking} approval{'' if lacking == 1 else 's'} from {whom}" if lacking > 0 else ""
        found = [self.missing(part) for part in node.parts]
        if node.every:
            return joined(filter(None, found), every=True)
        return joined(found, every=False) if all(found) else ""
