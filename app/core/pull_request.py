"""GitHub words: pull requests, people, reviews, commit statuses, comments."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from app.core.tree import ChangedFile

_UNDER_WAY = timedelta(minutes=10)

IMAGES = "assay/images"
REVIEW = "assay/review"


@dataclass(frozen=True, slots=True, order=True)
class PullRequestRef:
    """Which pull request to look at: numeric ids decide, `owner` and `name` are for display and URLs.

    `base_ref` and `head` are hints from the delivery that save a call; they are always checked against what GitHub
    says now and never decide anything. A merge group is several of them on their way into a base branch: its number is
    0, and its head names it.
    """

    installation: int
    repository_id: int
    owner: str
    name: str
    number: int
    base_ref: str | None = field(default=None, compare=False)
    head: str | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        """The key that work is ordered by: `<repository id>#<number>`, of a merge group `<repository id>@<head>`."""
        return f"{self.repository_id}@{self.head}" if self.is_group else f"{self.repository_id}#{self.number}"

    @property
    def is_group(self) -> bool:
        """Whether it is a merge group, which has no number."""
        return self.number == 0

    def __str__(self) -> str:
        """`owner/name#number`, of a merge group `owner/name@head`."""
        return f"{self.owner}/{self.name}" + (f"@{self.head}" if self.is_group else f"#{self.number}")


class PullRequestState(enum.Enum):
    """Whether a pull request can still be merged."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


class Permission(enum.IntEnum):
    """A person's role in a repository, from none to all."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True, slots=True)
class Person:
    """A GitHub account; `id` decides identity, `login` is for display. `bot` is true for Apps and bots."""

    id: int
    login: str
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the pull request, reached through any parent.

    `people` are author, committer and co-authors as GitHub attributes them. `unattributed` is true when any of them
    could not be mapped to an account.
    """

    sha: str
    people: tuple[Person, ...]
    unattributed: bool


class ReviewState(enum.Enum):
    """GitHub's review states, without PENDING, which only its author sees."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class Review:
    """One review, in the order they were given; `person` is `None` for a deleted account, `commit` likewise.

    `other_base`: it was given while the pull request was pointed at another base branch.
    """

    person: Person | None
    state: ReviewState
    commit: str | None
    can_push: bool
    other_base: bool = False


class StatusState(enum.Enum):
    """GitHub's commit status states; neutral and skipped do not exist here on purpose: they would pass."""

    SUCCESS = "success"
    PENDING = "pending"
    ERROR = "error"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """One commit status; `context` holds the base branch, `description` at most 140 characters."""

    context: str
    state: StatusState
    description: str


@dataclass(frozen=True, slots=True)
class Comment:
    """The comment's text: `body` decides whether an edit is needed, `footer` (commits, times) does not."""

    body: str
    footer: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as GitHub tells it now.

    `base_tip` is the tip of the base branch, `merge_base` the merge base of it and `head`. `head_repository_id` is
    `None` for a deleted fork. `files`, `commits` and `reviews` are whole only when `complete` is true; `incomplete`
    then says what is missing, in words. `statuses` are those that this App wrote on `head`, newest a context.
    `siblings` are the other open pull requests with the same head and base branch. `files_after` and `commits` are
    of merge base → head.
    """

    ref: PullRequestRef
    title: str
    author: Person | None
    state: PullRequestState
    draft: bool
    base_ref: str
    base_tip: str
    merge_base: str
    head: str
    head_repository_id: int | None
    private: bool
    files: tuple[ChangedFile, ...]
    commits: tuple[Commit, ...]
    reviews: tuple[Review, ...]
    statuses: tuple[CommitStatus, ...] = ()
    siblings: tuple[int, ...] = ()
    incomplete: tuple[str, ...] = ()

    @property
    def from_fork(self) -> bool:
        """Whether the head lies in another repository, or in one that is gone."""
        return self.head_repository_id != self.ref.repository_id


class FloorState(enum.Enum):
    """What is known of the organisation's floor: NONE only when its repository could be read and has no file."""

    PRESENT = "present"
    NONE = "none"
    NOT_READABLE = "not readable"


@dataclass(frozen=True, slots=True)
class Floor:
    """The organisation's floor as read: `text` and `commit` are set when PRESENT, `reason` when NOT_READABLE."""

    state: FloorState
    text: str | None = None
    commit: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a decision about reviews needs to know: team slugs (`owner/slug`) and logins, in lower case.

    `pushers`: somebody's review may count, so it matters who pushed.
    """

    teams: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    pushers: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """Members of teams and permissions of people; `None` for a team or login that does not exist or cannot be seen.

    Members and logins are in lower case.
    """

    teams: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    permissions: Mapping[str, Permission | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pushers:
    """Who pushed commits of the pull request to its branch; `unknown` says, in a clause, why some may be missing."""

    people: tuple[Person, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedCommit:
    """A commit that somebody reviewed and that is not the head, against the base branch as it is now.

    `merge_base` is that of the base's tip and the commit, `paths` are all that differ between the two, old and new
    names. `problem` says, in a clause, why that is not known.
    """

    sha: str
    merge_base: str = ""
    paths: frozenset[str] = frozenset()
    problem: str = ""


Place: TypeAlias = tuple[str, str]
"""A path at a commit: (commit, path)."""
Objects: TypeAlias = Mapping[Place, str | None]
"""What stands at a place, mode and git id; `None` for nothing. A place that could not be read is not there."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be shown on a pull request: `comment` is `None` when nothing is to be said.

    `comment_id` is the stored id of our comment, `None` when there is none. When there is nothing to say any more but
    a comment exists, `comment` holds the text that takes its place.
    """

    statuses: tuple[CommitStatus, ...]
    comment: Comment | None
    comment_id: int | None


class Level(enum.Enum):
    """GitHub's levels of an annotation, from mild to severe."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on one line of the head, as plain text."""

    path: str
    line: int
    level: Level
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The long form of a verdict in Markdown: `title` is plain text, `footer` (commits, times) ends the summary.

    `footer` does not decide whether anything is to be written again. `fine` is true for OK alone. It gates nothing.
    """

    title: str
    summary: str
    text: str
    footer: str
    fine: bool
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What was recorded of a pull request and its base branch before.

    `policy_recorded`: a policy file was in force on this base branch at some time, the last time at `in_force_at`.
    `removals`: pull requests judged with both statuses success that remove that file. `floor_seen`: a floor was present
    for this owner at some time.
    """

    policy_recorded: bool = False
    removals: tuple[int, ...] = ()
    floor_seen: bool = False
    comment_id: int | None = None
    in_force_at: datetime | None = None

    def in_force_after(self, moment: datetime) -> bool:
        """Say whether a policy was in force on the base branch again after a moment that GitHub's clock told.

        A look that was under way then, and clocks that differ, are allowed for.
        """
        return self.in_force_at is not None and self.in_force_at > moment + _UNDER_WAY


@dataclass(frozen=True, slots=True)
class Record:
    """One assessment kept as a record: `document` is the whole assessment as JSON.

    `policy_state` identifies the texts that judged. `recheck_at` is when the verdict may change by itself (a waiver
    ends). `asks_people`: reviewers were demanded, met or not.
    """

    ref: PullRequestRef
    base_ref: str
    base_tip: str
    head: str
    statuses: tuple[CommitStatus, ...]
    policy_in_force: bool
    removes_policy: bool
    floor_present: bool
    comment_id: int | None
    assessed_at: datetime
    document: str
    policy_state: str = ""
    recheck_at: datetime | None = None
    asks_people: bool = False


def assessment_path(repository_id: int, number: int, head: str) -> str:
    """Return the path of the page that shows what was judged: by ids alone, for names move to other people."""
    return f"/repositories/{repository_id}/pulls/{number}/{head}"
