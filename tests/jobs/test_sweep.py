"""Which open pull requests are owed a look."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.pull_request import PullRequestRef
from app.core.sweep import LastLook, OpenPullRequest
from app.jobs.sweep import owed

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REF = PullRequestRef(1, 7, "acme", "gitops", 3)
PULL = OpenPullRequest(REF, "main", "b" * 40, "a" * 40, has_policy=True, updated_at=NOW - timedelta(hours=2))
LAST = LastLook("main", "b" * 40, "a" * 40, NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("pull", "last", "why"),
    [
        (PULL, LAST, ""),
        (replace(PULL, head="c" * 40), LAST, "its head moved"),
        (replace(PULL, base_ref="stable"), LAST, "its base branch changed"),
        (PULL, replace(LAST, recheck_at=NOW), "its verdict was good until now"),
        (PULL, replace(LAST, recheck_at=NOW + timedelta(seconds=1)), ""),
        (replace(PULL, updated_at=LAST.at + timedelta(minutes=3)), LAST, "something was said on it"),
        (replace(PULL, updated_at=LAST.at + timedelta(minutes=1)), LAST, ""),
        (
            replace(PULL, updated_at=NOW - timedelta(hours=26)),
            replace(LAST, at=NOW - timedelta(hours=25)),
            "it was not looked at for a day",
        ),
    ],
)
def test_a_look_is_owed_when_the_last_one_does_not_speak_of_it_as_it_is(
    pull: OpenPullRequest, last: LastLook, why: str
) -> None:
    assert owed(pull, last, NOW) == why
