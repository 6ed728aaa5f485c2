"""What a merge record says, and its place in a repository's chain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Unavailable
from app.core.pull_request import CommitStatus, Person, PullRequestRef


@dataclass(frozen=True, slots=True)
class Approved:
    """An approval that stood when a pull request was merged, whether or not a rule asked for it.

    `person` is `None` for a deleted account, `commit` for one that is gone. `other_base`: it was given while the pull
    request was pointed at another base branch. `wrote`: a commit of the pull request is that person's, too; `None`
    where GitHub does not say of every commit whose it is.
    """

    person: Person | None
    at: datetime
    commit: str | None
    can_push: bool
    other_base: bool = False
    wrote: bool | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """That a pull request was merged into `base_ref`: its last head, the commit that came of it, when and by whom.

    `by` and `author` are logins, `None` where GitHub does not say. `approvals` is `None` where they could not be read
    to their end.
    """

    ref: PullRequestRef
    base_ref: str
    head: str
    commit: str
    at: datetime
    by: str | None = None
    author: str | None = None
    approvals: tuple[Approved, ...] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain of one repository: numbered from 1; `previous` is the digest of the record before, or empty.

    A digest is `sha256:` and the hexadecimal SHA-256 of the record's envelope, byte for byte as it is kept.
    """

    sequence: int
    previous: str = ""


@dataclass(frozen=True, slots=True)
class MergeRecord:
    """A merge with what was known of it. `document` is the assessment of the merged head, `assay.check/v1`.

    It is `None` when that head was never judged; `statuses` are what we said of it last. `recorded_at` is when this is
    written down.
    """

    merge: Merge
    document: str | None
    statuses: tuple[CommitStatus, ...]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it is kept: a DSSE envelope, byte for byte, with what it is found by."""

    repository_id: int
    number: int
    sequence: int
    envelope: bytes

    @property
    def digest(self) -> str:
        """What the next record names as the one before."""
        return digest_of(self.envelope)


@dataclass(frozen=True, slots=True)
class Copied:
    """That a record stands in a copy. `follows`: so does the one before it, or there is none before.

    `newest`: number and digest of the record that was written there last, where the copy says so.
    """

    follows: bool
    newest: tuple[int, str] | None = None


class Occupied(Unavailable):
    """Something else stands in a record's place in a copy and is left as it is; the next records can be copied."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence; waiting does not help."""
        super().__init__(sentence, permanent=True)


def digest_of(envelope: bytes) -> str:
    """Return the digest of a record's envelope."""
    return f"sha256:{hashlib.sha256(envelope).hexdigest()}"


Json = Mapping[str, object]
