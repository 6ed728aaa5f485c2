"""Pull requests that change more files than GitHub lists: git is asked for the two commits instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit, urlunsplit

from app.adapters.git_fetch import Fetched, Wish
from app.adapters.github.broker import Grant, TokenBroker
from app.adapters.github.connection import Connection
from app.core.errors import Unavailable
from app.core.pull_request import PullRequestRef

PERMISSIONS = (("contents", "read"), ("metadata", "read"))


class Fetching(Protocol):
    """Fetches two commits of a remote repository."""

    def fetch(self, wish: Wish) -> Fetched:
        """Return every changed file and the wanted contents; raises `Unavailable` with a reason for people."""
        ...


@dataclass(frozen=True, slots=True)
class Huge:
    """Reads what a huge pull request changes; `git` is `None` where the operator forbids it."""

    connection: Connection
    broker: TokenBroker
    git: Fetching | None

    def read(self, ref: PullRequestRef, commits: tuple[str, str], reads: Callable[[str], bool]) -> Fetched:
        """Return every file that differs between two commits of a repository, and the contents that `reads` wants.

        Both lie in the base repository: GitHub keeps the head of a pull request there (`refs/pull/N/head`), also that
        of a fork that was deleted. The token is for this repository's contents and nothing else. Raises `Unavailable`.
        """
        if self.git is None:
            raise Unavailable("fetching with git is turned off on this installation", permanent=True)
        base, head = commits
        token = self.broker.token(Grant(ref.installation, ref.repository_id, PERMISSIONS))
        return self.git.fetch(Wish(address(self.connection.url, ref), token.text, base, head, reads))


def address(api: str, ref: PullRequestRef) -> str:
    """Return where git finds a repository of the GitHub whose API has this root.

    `https://api.github.com` → `https://github.com/…`, `https://HOST/api/v3` → `https://HOST/…`.
    """
    parts = urlsplit(api)
    path = parts.path.rstrip("/")
    # An enterprise server may itself be called `api.…`: it says what it is by its path.
    host = parts.netloc if path.endswith("/api/v3") else parts.netloc.removeprefix("api.")
    path = path.removesuffix("/api/v3")
    name = f"{quote(ref.owner, safe='', errors='replace')}/{quote(ref.name, safe='', errors='replace')}"
    return urlunsplit((parts.scheme, host, f"{path}/{name}.git", "", ""))
