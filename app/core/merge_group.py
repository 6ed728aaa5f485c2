"""Merge groups: several pull requests merged one on the other by a merge queue, judged before they land."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.pull_request import PullRequestRef


@dataclass(frozen=True, slots=True)
class Members:
    """The pull requests that a merge group holds, each with the base branch and head that it is queued with.

    `unknown` says, in a clause, why they may not be all; nothing that is not known whole may pass.
    """

    refs: tuple[PullRequestRef, ...] = ()
    unknown: str = ""
