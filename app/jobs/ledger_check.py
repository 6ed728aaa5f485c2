"""Whether the ledger is whole, and whether it knows of every pull request that the branch's own history knows of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.core.history import CommitFacts, Gap
from app.core.merge_record import Checked, Claims, Fault, Kept, check
from app.jobs.history.facts import facts_of
from app.jobs.history.ports import HistoryClone

MAX_COMMITS = 1_000_000


class Line(Protocol):
    """The first-parent line of a branch."""

    def first_parents(self, commit: str, most: int) -> Iterable[str]:
        """Return a commit and its ancestors along first parents, the newest first, at most so many."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """What was found: the chain itself, and, where a branch was given, what the branch knows and the ledger does not.

    `gaps` are what of the branch could not be read.
    """

    checked: Checked
    unrecorded: tuple[Fault, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is amiss; no record at all is not a whole ledger."""
        return bool(self.checked.proved) and not self.checked.faults and not self.unrecorded


def check_ledger(records: Iterable[Kept], prove: Callable[[bytes], bytes]) -> LedgerCheck:
    """Check the records alone; see `core.merge_record.check`."""
    return LedgerCheck(check(records, prove))


def check_against(found: LedgerCheck, clone: HistoryClone, line: Line, branch: str) -> LedgerCheck:
    """Hold the records against a branch: from the first that lies on it, each pull request must have one.

    So shows what was cut off at the end of the chain. A pull request is known by its number in the commit's message,
    which anybody may write: one that is named there and has no record is told, to be looked at. Every repository counts
    from 1: only the numbers of the one that the newest record on the branch is of stand for pull requests there.
    """
    tip = clone.resolve(branch)
    recorded = {claims.commit: claims.repository_id for claims in found.checked.proved}
    there = [commit for commit in line.first_parents(tip, MAX_COMMITS) if commit in recorded]
    if not there:
        nothing = Fault(branch, "no record speaks of a commit on this branch")
        return LedgerCheck(found.checked, (nothing,), tuple(clone.gaps()))
    steps = list(clone.steps(tuple(clone.line(tip, (there[-1],)))))
    gaps = (*clone.gaps(), *(one for one in steps if isinstance(one, Gap)))
    facts = (facts_of(one) for one in steps if not isinstance(one, Gap) and one.stored.commit not in recorded)
    own = (claims for claims in found.checked.proved if claims.repository_id == recorded[there[0]])
    return LedgerCheck(found.checked, tuple(_unrecorded(facts, own)), gaps)


def _unrecorded(facts: Iterable[CommitFacts], proved: Iterable[Claims]) -> Iterator[Fault]:
    numbers = {claims.number for claims in proved}
    for one in facts:
        if one.pull_request is not None and one.pull_request not in numbers:
            yield Fault(one.commit, f"names pull request {one.pull_request}, which has no record")
