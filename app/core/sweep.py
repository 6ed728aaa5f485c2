"""Going over open pull requests again: something that they depend on changed, or a look may have been missed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from app.core.pull_request import CommitStatus, PullRequestRef


@dataclass(frozen=True, slots=True, order=True)
class RepositoryRef:
    """A repository: its numeric id decides, `owner` and `name` are for addresses."""

    installation: int
    id: int
    owner: str
    name: str

    def __str__(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"


class Reach(enum.Enum):
    """Which of the open pull requests are looked at again.

    OWED: those whose last look does not speak of them as they are now. PEOPLE: those that wait for people, or were
    approved by them, too. ALL: every one whose base branch has a policy. NEW: as OWED, where some repositories are new.
    DROPPED: none, and what waits is dropped: it is suspended, archived or gone. FORGOTTEN: likewise, and the App was
    removed: its records may be kept no longer than the operator wants.
    """

    OWED = "owed"
    NEW = "new"
    PEOPLE = "people"
    ALL = "all"
    DROPPED = "dropped"
    FORGOTTEN = "forgotten"

    @property
    def is_end(self) -> bool:
        """Whether nothing is looked at any more."""
        return self in {Reach.DROPPED, Reach.FORGOTTEN}


@dataclass(frozen=True, slots=True)
class Sweep:
    """What is gone over: a repository, all of an installation, or everything there is (`installation` is `None`).

    `base_ref` and `head` narrow a repository's to those of one base branch or one commit; a base branch that is not the
    `default_branch` and that nothing was ever judged against needs no look at all. `said` is a status that
    somebody set on `head`: nothing needs a look when it is one of ours. `after` are seconds until it is begun. Going
    over everything also asks GitHub for the deliveries that it could not hand over.
    """

    installation: int | None = None
    repository: RepositoryRef | None = None
    reach: Reach = Reach.OWED
    base_ref: str | None = None
    head: str | None = None
    said: CommitStatus | None = None
    default_branch: bool = False
    after: float = 0

    @property
    def is_wide(self) -> bool:
        """Whether it may lead to a look at everything that is open in a repository: it can wait for what was asked."""
        wide = self.repository is not None and self.base_ref is None and self.head is None
        return wide and not self.reach.is_end

    @property
    def key(self) -> str:
        """What it covers, as text: two of the same key that wait are one."""
        where = "all" if self.installation is None else str(self.installation)
        if self.repository is not None:
            where += f"/{self.repository.id}"
        return f"{where}/{self.reach.value}"


@dataclass(frozen=True, slots=True)
class OpenPullRequest:
    """An open pull request as a list of them tells it; `ref` has its base branch and head.

    `has_policy`: the tip of its base branch holds a policy file. `updated_at` is when anything was last said on it.
    `pending` are the contexts of a verdict on images that say so on its head, in lower case, each with since when.
    """

    ref: PullRequestRef
    base_ref: str
    base_tip: str
    head: str
    has_policy: bool
    updated_at: datetime
    pending: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class LastLook:
    """The newest record of a pull request.

    `policy_state` identifies the texts that judged it, empty when it is not known. `recheck_at` is when its verdict may
    change by itself. `asks_people`: it demanded reviewers, met or not.
    """

    base_ref: str
    base_tip: str
    head: str
    at: datetime
    policy_state: str = ""
    recheck_at: datetime | None = None
    asks_people: bool = False


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An attempt of GitHub's to deliver that failed: `id` names the attempt, `guid` the delivery."""

    id: int
    guid: str
