"""Who may ask something of us in a comment."""

from __future__ import annotations

from app.core.pull_request import Asked, Permission, PullRequest
from app.jobs.ports import PullRequestPage


def may_ask(page: PullRequestPage, pull: PullRequest, login: str) -> bool:
    """Say whether this person may: the author of the pull request, or anyone with write access at this moment."""
    if pull.author is not None and pull.author.login.lower() == login.lower():
        return True
    permission = page.people(Asked(users=frozenset({login.lower()}))).permissions.get(login.lower())
    return permission is not None and permission >= Permission.WRITE
