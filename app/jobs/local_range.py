"""A range of a local repository, as every command that reads one understands it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.tree import ChangedFile
from app.jobs.ports import Clone


@dataclass(frozen=True, slots=True)
class LocalRange:
    """Two commits of a clone: images are compared from their merge base to `head`, the policy is read at `base`."""

    base: str
    merge_base: str
    head: str
    files: tuple[ChangedFile, ...]

    @classmethod
    def of(cls, clone: Clone, base: str, head: str) -> LocalRange:
        """Resolve two revisions; raises `Unavailable` (permanent) when there is no such commit or no shared history."""
        tip, top = clone.resolve(base), clone.resolve(head)
        fork = clone.merge_base(tip, top)
        return cls(tip, fork, top, tuple(clone.changed_files(fork, top)))

    @property
    def commits(self) -> tuple[str, str]:
        """The two that are compared: the merge base, and the head."""
        return self.merge_base, self.head
