"""What the history asks of a repository."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from app.core.history import Arrived, Gap, Step, StoredCommit
from app.core.tree import Listing
from app.jobs.ports import Source


class HistoryClone(Source, Protocol):
    """A local repository with its whole history."""

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names; raises `Unavailable` (permanent) when there is none."""
        ...

    def commit(self, oid: str) -> StoredCommit:
        """Return a commit as it is stored; raises `Unavailable` (permanent) when it is missing or broken."""
        ...

    def line(self, end: str, without: Sequence[str] = ()) -> Iterator[Arrived]:
        """Yield the first-parent line that ends in a commit, oldest first, without what others reach."""
        ...

    def newest_first(self, end: str) -> Iterator[StoredCommit]:
        """Yield the commits of the first-parent line, the newest first; it ends early where one cannot be read."""
        ...

    def steps(self, arrived: Sequence[Arrived]) -> Iterator[Step | Gap]:
        """Yield what each of these commits changed; a gap stands where the step would have stood that it explains."""
        ...

    def files(self, commit: str) -> tuple[Listing, tuple[Gap, ...]]:
        """Return every path of a commit, as far as its folders can be read, and a gap for each that cannot."""
        ...

    def tree(self, commit: str) -> str | None:
        """Return the id of a commit's tree; `None` when this clone does not have the commit."""
        ...

    def gaps(self) -> tuple[Gap, ...]:
        """Say what of the whole repository stands in the way of a complete answer."""
        ...

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the content of blobs; one that is missing is not in the answer, a huge one is over `MAX_FILE`."""
        ...


class Bringing(Protocol):
    """Brings into a clone what it lacks, many objects at a time. Never raises: what cannot be had stays missing."""

    def changes(self, arrived: Sequence[Arrived]) -> None:
        """Bring what is looked at of these commits' changes, and of what stood beside them before the first."""
        ...

    def whole(self, commit: str, among: Callable[[str], bool] | None = None) -> None:
        """Bring everything of a commit that is looked at, or of it only the paths that `among` says."""
        ...
