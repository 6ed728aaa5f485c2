"""The past of a base branch, fetched with git: GitHub's API has no bounded way to ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from app.adapters.git_fetch import Past, PastWish
from app.adapters.github.broker import Grant, TokenBroker
from app.adapters.github.connection import Connection
from app.adapters.github.huge import PERMISSIONS, address
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef


class FetchingPast(Protocol):
    """Fetches the last commits of a branch of a remote repository."""

    def past(self, wish: PastWish) -> AbstractContextManager[Past]:
        """Lend them; raises `Unavailable` with a reason for people."""
        ...


@dataclass(frozen=True, slots=True)
class GitHubPasts:
    """Lends the past of branches of one GitHub; `git` is `None` where the operator forbids it."""

    connection: Connection
    broker: TokenBroker
    git: FetchingPast | None

    @contextmanager
    def past(self, ref: PullRequestRef, tip: str, reads: Callable[[str], bool], *, seconds: float) -> Iterator[Past]:
        """Lend what leads to the tip of a base branch, for so many seconds; raises `Unavailable`.

        The token is for this repository's contents and nothing else.
        """
        if self.git is None:
            raise Unavailable("fetching with git is turned off on this installation", permanent=True)
        token = self.broker.token(Grant(ref.installation, ref.repository_id, PERMISSIONS))
        wish = PastWish(address(self.connection.url, ref), token.text, tip, reads, seconds=seconds)
        with self.git.past(wish) as lent:
            yield lent
