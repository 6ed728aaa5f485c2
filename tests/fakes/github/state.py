"""What a GitHub remembers, as plain records; the verbs are on `World`, `Repository` and `PullRequest`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ROLES: Final = ("none", "read", "triage", "write", "maintain", "admin")
LEGACY: Final = {"triage": "read", "maintain": "write"}
"""GitHub's old `permission` words know only four roles."""


@dataclass(slots=True)
class Account:
    """A user, a bot or an organization; `deleted` accounts show as null."""

    id: int
    login: str
    kind: str
    name: str
    email: str
    deleted: bool = False

    @property
    def short_login(self) -> str:
        """The login that GraphQL shows as an actor: a bot's comes without its suffix."""
        return self.login.removesuffix("[bot]")


@dataclass(slots=True)
class Team:
    """A team of an organization: `members` maps logins to `member` or `maintainer`, `pending` have not accepted."""

    id: int
    organization: str
    slug: str
    members: dict[str, str]
    pending: set[str] = field(default_factory=set)
    parent: Team | None = None


@dataclass(slots=True)
class Status:
    """One commit status; `app` is the App that wrote it, `None` for a person."""

    id: int
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: Account
    app: int | None
    at: str


@dataclass(slots=True)
class CheckRun:
    """One check run, as far as the API shows it."""

    id: int
    head_sha: str
    name: str
    app: int
    values: dict[str, Any]
    annotations: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Comment:
    """A comment on an issue or pull request."""

    id: int
    author: Account
    body: str
    created: str
    updated: str
    app: int | None = None
    edits: int = 0
    reactions: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Review:
    """One review; the state is in GitHub's REST spelling, `commit` is null for a commit that is gone."""

    id: int
    author: Account
    state: str
    commit: str | None
    body: str
    at: str


@dataclass(slots=True)
class Push:
    """One entry of a repository's activity: who moved a ref from where to where, and how."""

    id: int
    ref: str
    before: str
    after: str
    actor: Account
    kind: str
    at: str


@dataclass(slots=True)
class Protection:
    """What a branch asks for before a merge; `apps` maps a required context to the App that must have written it."""

    contexts: tuple[str, ...]
    apps: Mapping[str, int | None]
    approvals: int = 0
    admins_too: bool = True
    dismiss_stale: bool = False
    classic: bool = False
    bypass: tuple[Mapping[str, str | int | None], ...] = ()


@dataclass(slots=True)
class Installation:
    """The App on one account; `repositories` is `None` for all of them."""

    id: int
    account: Account
    repositories: set[int] | None
    permissions: dict[str, str]
    events: tuple[str, ...]
    suspended: str | None = None


@dataclass(slots=True)
class Token:
    """An installation token; `repositories` is `None` when it was not narrowed."""

    value: str
    installation: Installation
    repositories: frozenset[int] | None
    permissions: Mapping[str, str]
    expires: float
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request as answered, for counting: `token` is `jwt`, `installation` or `none`.

    `at` is when it was answered, in seconds of a clock that only runs forward.
    """

    method: str
    path: str
    status: int
    token: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]
    at: float = 0.0

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class MergeRefused(Exception):
    """GitHub does not merge; the message is what it says."""
