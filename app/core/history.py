"""Security events of a repository's history, as values: what reached a branch, by which commit, and what was known.

The shape that others read is `assay.event/v1` in docs/schemas.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from app.core.inventory import ImageChange, ImageUse, ObjectReference
from app.core.policy_edit import Effect, PolicyEdit, combined
from app.core.tree import ChangedFile

MISSING: Final = "its content is missing in this clone, or cannot be read"
"""The problem of a file that a commit has and this clone has not, or has broken."""


@dataclass(frozen=True, slots=True, order=True)
class Signature:
    """Who a commit says it is from; nothing proves it. Bytes that are no UTF-8 are shown as U+FFFD."""

    name: str
    email: str


class SignedBy(enum.Enum):
    """The form of a commit's own signature. Its presence is reported, not that it is right."""

    GPG = "gpg"
    SSH = "ssh"
    GITSIGN = "gitsign"
    UNKNOWN = "unknown"


class Arrival(enum.Enum):
    """How a commit reached the branch, as far as git alone tells."""

    PULL_REQUEST = "pull request"
    MERGE = "merge without a pull request"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """One commit of the first-parent line of a branch.

    `writers` are all that wrote what it brought: authors, committers and co-authors of it and of every commit that it
    merged. `pull_request` is the number that its message names. `signed` is the form of its signature, `None` for none.
    `skewed`: its time lies before that of a parent, or in the future: a clock was wrong.
    """

    commit: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    authored_at: datetime
    committed_at: datetime
    subject: str
    pull_request: int | None = None
    writers: tuple[Signature, ...] = ()
    signed: SignedBy | None = None
    arrival: Arrival = Arrival.DIRECT
    skewed: bool = False


@dataclass(frozen=True, slots=True)
class ImageUpdate:
    """An image that a commit changed."""

    change: ImageChange


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """What a commit did to one policy: an object of an engine, or a file when `resource` is `None`.

    `governance`: it is CODEOWNERS, a workflow, our own policy or a waiver (`governance_change`). `path_before` is where
    the file lay before, when the commit moved it.
    """

    path: str
    resource: ObjectReference | None
    edits: tuple[PolicyEdit, ...]
    governance: bool = False
    path_before: str | None = None

    @property
    def effect(self) -> Effect:
        """The effect of all edits together."""
        return combined(edit.effect for edit in self.edits)


What: TypeAlias = ImageUpdate | PolicyChange


@dataclass(frozen=True, slots=True)
class CountedReview:
    """A review that was looked at when the change was judged, and whether it counted; or one that no rule asked for.

    `independent`: it stood at the merge and approves the commit that was merged, of a person who may write and has no
    part in it. `None` where that is not known: records of before did not hold approvals that no rule asked for.
    """

    login: str
    id: int
    commit: str
    counted: bool
    independent: bool | None = None


class Joined(enum.Enum):
    """How a record was found for a commit: from a proof to no more than what the commit's message says."""

    MERGE_RECORD = "record of the merge"
    MERGED_HEAD = "merged head"
    SAME_TREE = "same tree"
    NUMBER = "number only"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was known then, from a record: the verdict's word, the commit of the policy that judged, and the rest.

    `posture` is that of the event's own image, empty for a policy. `head` is the commit that was judged. `overrides`
    say in sentences what the merge went around.
    """

    verdict: str
    policy_commit: str
    posture: Mapping[str, object]
    waivers: tuple[str, ...]
    head: str = ""
    joined: Joined = Joined.MERGED_HEAD
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """That the app judged a commit, `head`, and kept it; the assessment is found by `key`.

    `repository` is `owner/name` as it was called then. `merged_as` is the commit that a record of the merge names;
    empty when there is none.
    """

    key: int
    repository: str
    number: int
    head: str
    assessed_at: datetime
    merged_as: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceToday:
    """What the registry proves now of the image that a commit brought; never what was known then."""

    asked_at: datetime
    signature: str
    document: Mapping[str, object]


class Origin(enum.Enum):
    """Where an event's facts come from besides the commit."""

    GIT = "git"
    LEDGER = "ledger"
    GITHUB = "github"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a commit did. `approvals`, `recorded` and `evidence_today` are `None` when nobody knows them."""

    facts: CommitFacts
    what: What
    approvals: tuple[CountedReview, ...] | None = None
    recorded: Recorded | None = None
    evidence_today: EvidenceToday | None = None
    source: Origin = Origin.GIT


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that could not be read, so that the answer is incomplete: a commit, a path in it, and a sentence.

    Empty texts where none can be named.
    """

    commit: str
    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Unseen(Gap):
    """A chart of an index, a remote base or a git revision that a commit brought or moved.

    Which images came with it stands in no file of the repository: it stands where a gap does, but what git holds was
    read, and the answer is whole.
    """


@dataclass(frozen=True, slots=True)
class StoredCommit:
    """A commit as git stores it, whoever else it came with. Its message is text, with U+FFFD for what is no UTF-8.

    `cut`: the message is too long to be read to its end.
    """

    commit: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    authored_at: datetime
    committed_at: datetime
    message: str
    signed: SignedBy | None = None
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """A commit of a first-parent line and the other commits that came with it; `cut`: there were more."""

    commit: str
    merged: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of a first-parent line: what differs from its first parent, and every other commit that it brought.

    `parent` is the commit that it is compared with, `None` for the beginning of the history. `skewed`: its time lies
    before that of a parent. `links` are the paths that are no plain file on one of the sides.
    """

    stored: StoredCommit
    parent: str | None
    files: tuple[ChangedFile, ...]
    merged: tuple[StoredCommit, ...] = ()
    skewed: bool = False
    links: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """A policy object that a commit holds, and its effect in a word (`Enforce`, `deny`) where it says one."""

    path: str
    line: int
    resource: ObjectReference
    action: str = ""


@dataclass(frozen=True, slots=True)
class InForce:
    """What a commit of the first-parent line holds: images with every place of each, policies, and what is unknown."""

    facts: CommitFacts
    images: tuple[ImageUse, ...]
    policies: tuple[PolicyInForce, ...]
    gaps: tuple[Gap, ...] = ()
