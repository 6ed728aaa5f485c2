"""What the review rules need to know of people, pushes and reviewed commits, read in as few steps as they allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.core.assessment import AssessedChange, Assessment
from app.core.pull_request import Pushers
from app.jobs.ports import PullRequestPage
from app.policy import Policy, ReviewCase


def gather(page: PullRequestPage, policy: Policy, case: ReviewCase) -> ReviewCase:
    """Return the case with all that its needs ask for.

    1. What they are.
    2. The people, and who pushed when somebody's approval may count.
    3. What the other commits change that somebody approved who counts; mostly there are none.
    4. What the paths in question held there and hold now.
    """
    case = policy.demanding(case)
    asked = policy.asks(case)
    pushers = page.pushers() if asked.pushers else Pushers()
    case = replace(case, people=page.people(asked), pushers=pushers)
    case = replace(case, reviewed={commit: page.changed_at(commit) for commit in policy.revisits(case)})
    places = policy.compares(case)
    return replace(case, objects=page.objects(places) if places else {})


def places_of(changes: Iterable[AssessedChange]) -> Mapping[str, tuple[str, ...]]:
    """Say in which files each image change stands, by the subject of its findings."""
    return {one.change.key: tuple(sorted({use.path for use in one.change.uses})) for one in changes}


def said_of(pushers: Pushers) -> tuple[str, ...]:
    """Return the notice that some of those who pushed may not be known; nothing when all are."""
    if not pushers.unknown:
        return ()
    return (
        f"Not everybody who pushed is known ({pushers.unknown}): somebody who only pushed may count as a reviewer.",
    )


def to_ask(assessment: Assessment) -> tuple[str, ...]:
    """Return the teams and people whose review the demands wait for."""
    return tuple(dict.fromkeys(name for demand in assessment.demands for name in demand.ask))
