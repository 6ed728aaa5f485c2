"""At the merge of a pull request: what was known of it then, signed and chained."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from app.core.errors import Unavailable
from app.core.merge_record import Copied, Entry, Link, Merge, MergeRecord, Occupied, payload
from app.core.pull_request import CommitStatus, PullRequestRef
from app.core.sweep import RepositoryRef
from app.jobs.ports import Clock, Documents, Ledger
from app.render.status import contexts

_log = logging.getLogger(__name__)

RECENT: Final = timedelta(days=7)
_SLACK: Final = timedelta(minutes=5)
"""How much GitHub's clock may differ from ours."""

_LOST: Final = "the copy of %s lost the records before number %d: they are copied again"
_OTHER_CHAIN: Final = (
    "the copy of %s says that its newest record is a number %d that this database does not have, before number %d was "
    "added: an older database was put back, or somebody else writes there; assay ledger verify tells what stands twice"
)
_TRIES: Final = 50
_RECORDS_LOOKED_AT: Final = 20


class Merges(Protocol):
    """What was merged; both raise `Unavailable`."""

    def merge(self, ref: PullRequestRef) -> Merge | None:
        """Return the merge of a pull request; `None` when it was not merged."""
        ...

    def recent(self, place: RepositoryRef, since: datetime) -> Iterable[tuple[PullRequestRef, datetime]]:
        """Return the pull requests that were merged since then, each with its base branch, and when."""
        ...


class Chain(Protocol):
    """The records of each repository in their order; every method raises `Unavailable`."""

    def next_link(self, ref: PullRequestRef) -> Link | None:
        """Return where the record of a pull request belongs; `None` when it has one already."""
        ...

    def append(self, ref: PullRequestRef, link: Link, envelope: bytes) -> bool:
        """Add a record at its place; false when another one took it meanwhile."""
        ...

    def uncopied(self, repository_id: int) -> Iterable[Entry]:
        """Return the oldest records of a repository that were not copied yet, in their order."""
        ...

    def copied(self, entry: Entry) -> None:
        """Mark a record as copied."""
        ...

    def before(self, entry: Entry) -> Entry | None:
        """Return the record before another; `None` for the first."""
        ...

    def holds(self, repository_id: int, sequence: int, digest: str) -> bool:
        """Say whether the record of this number is the one with this digest."""
        ...

    def copy_again(self, entry: Entry) -> None:
        """Mark the records before another as not copied."""
        ...


class Copies(Protocol):
    """Where the operator wants the records besides."""

    def put(self, ref: PullRequestRef, entry: Entry, before: Entry | None) -> Copied:
        """Add a record; done twice is done once. Raises `Unavailable`, and `Occupied` for this one alone."""
        ...


class Records(Ledger, Documents, Protocol):
    """Assessments, and the documents they were kept as."""

    def judged_since(self, ref: PullRequestRef, base_ref: str) -> datetime | None:
        """Return when a policy or floor was first seen to judge a branch; `None` for never. Raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class MergeJob:
    """Writes one record for each merged pull request of a repository that is judged; `sign` makes the envelope."""

    merges: Merges
    records: Records
    chain: Chain
    sign: Callable[[bytes], bytes]
    clock: Clock
    copies: Copies | None = None

    def run(self, ref: PullRequestRef) -> bool:
        """Record the merge of a pull request unless that was done; say whether it has a record.

        Raises `Unavailable`: it is tried again, and what is written by then stays. A copy whose turn comes later is
        left to the next merge or sweep.
        """
        merge = self.merges.merge(ref)
        if merge is None or not self._is_judged(ref, merge.base_ref, merge.at):
            return False
        self._append(merge)
        try:
            self._copy(ref)
        except Unavailable as failure:
            # To come back for it would read the pull request again and again while many records are copied.
            if not failure.is_early:
                raise
            _log.info("the record is kept, and copied later: %s", failure)
        return True

    def copy_left(self, place: RepositoryRef) -> None:
        """Copy what could not be copied before; what still cannot be is a line of the log, and holds up nothing."""
        try:
            self._copy(PullRequestRef(place.installation, place.id, place.owner, place.name, 0))
        except Unavailable as failure:
            _log.warning("records of merges in %s are not copied: %s", place, failure)

    def missed(self, place: RepositoryRef) -> tuple[PullRequestRef, ...]:
        """Return the pull requests that were merged lately and have no record; raises `Unavailable`."""
        found = self.merges.recent(place, self.clock() - RECENT)
        unrecorded = ((ref, at) for ref, at in found if self.chain.next_link(ref) is not None)
        return tuple(ref for ref, at in unrecorded if self._is_judged(ref, ref.base_ref or "", at))

    def _is_judged(self, ref: PullRequestRef, base_ref: str, at: datetime) -> bool:
        """Say whether a merge is ours to record: one from before the branch was judged went around nothing."""
        since = self.records.judged_since(ref, base_ref)
        return (since is not None and since - _SLACK <= at) or bool(self.records.history(ref, 1))

    def _append(self, merge: Merge) -> None:
        record = self._record(merge)
        for _ in range(_TRIES):
            link = self.chain.next_link(merge.ref)
            if link is None:
                return
            if self.chain.append(merge.ref, link, self.sign(payload(record, link))):
                _log.info("recorded the merge as number %d", link.sequence)
                return
        raise Unavailable("Other merges were recorded all the time.")

    def _record(self, merge: Merge) -> MergeRecord:
        kept = self.records.history(merge.ref, _RECORDS_LOOKED_AT)
        # Of the merged head and its last base branch only: what was said of others says nothing of what was merged.
        texts = (text for _, head, text in kept if head == merge.head and text)
        document = next((text for text in texts if _base_of(text) == merge.base_ref), None)
        return MergeRecord(merge, document, self._said(merge), self.clock())

    def _said(self, merge: Merge) -> tuple[CommitStatus, ...]:
        number, wanted = merge.ref.number, contexts(merge.base_ref)
        said = self.records.siblings(replace(merge.ref, number=0), merge.head, (number,)).get(number, ())
        return tuple(one for one in said if one.context in wanted)

    def _copy(self, ref: PullRequestRef) -> None:
        """Copy what is not copied yet, the oldest first, so that a copy has no gap.

        One whose place is taken is left for the next time, and holds up none of the others.
        """
        if self.copies is None:
            return
        where, taken = f"{ref.owner}/{ref.name}", list[str]()
        for entry in self.chain.uncopied(ref.repository_id):
            try:
                found = self.copies.put(ref, entry, self.chain.before(entry))
            except Occupied as failure:
                taken.append(failure.sentence)
                continue
            if found.newest is not None and not self.chain.holds(entry.repository_id, *found.newest):
                _log.error(_OTHER_CHAIN, where, found.newest[0], entry.sequence)
            if not found.follows:
                self.chain.copy_again(entry)
                _log.error(_LOST, where, entry.sequence)
            self.chain.copied(entry)
        if taken:
            _log.error("%d records of merges in %s are not copied: %s", len(taken), where, taken[0])


def _base_of(document: str) -> object:
    held: object = json.loads(document)
    return held.get("base_ref") if isinstance(held, dict) else None
