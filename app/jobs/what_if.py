"""What a proposed policy would have said to the last image changes of its base branch: told after the verdict.

Nothing depends on it. The proposed policy is only data here: it judges what was merged long ago, never the pull request
that proposes it, and whatever cannot be told within the bounds is one clause.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol

from app import formats
from app.core.assessment import PastChange, WhatIf
from app.core.errors import PolicyError, Unavailable
from app.core.oci import ANONYMOUS, Audience
from app.core.pull_request import Past as Recorded
from app.core.pull_request import PullRequest, PullRequestRef
from app.core.tree import File, Listing
from app.jobs.asked_once import TIME_IS_OVER, Answers
from app.jobs.assess import Assessor, Viewer
from app.jobs.policy_texts import Known, Range, read_policy_files
from app.jobs.ports import Clock, Renderer, Source
from app.jobs.replay import Past, TwoPolicies, asking_once
from app.policy import PATH, Policy, PolicyFiles
from app.policy.waivers import TRIVYIGNORE, is_waiver
from app.render.replay import Compared, ReplayedCommit

LAST: Final = 10
"""Merged image changes that the proposed policy is tried on."""

MOST_LOOKED_AT: Final = 200
"""Commits among which these are looked for."""

BUDGET: Final = timedelta(seconds=20)
"""How long it may take altogether; what was under way when it was over comes to its own end."""

KEPT_FOR: Final = timedelta(hours=1)
UNKNOWN_KEPT_FOR: Final = timedelta(minutes=10)
"""How long an answer is told again: evidence changes, and what failed may work again."""

MOST_KEPT: Final = 200


class Pasts(Protocol):
    """Where the past of a base branch is had."""

    def past(
        self, ref: PullRequestRef, tip: str, reads: Callable[[str], bool], *, seconds: float
    ) -> AbstractContextManager[Past]:
        """Lend the commits that lead to a tip, for so many seconds; raises `Unavailable`, then and while it is read."""
        ...


@dataclass(frozen=True, slots=True)
class AsIfMerged:
    """The tree that a merge would make, at whatever commit is asked for: what the change touches as at its head."""

    source: Source
    pull: PullRequest

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:  # noqa: ARG002 - the port's shape
        """Return each path's content; a path that would not be there is not in the answer."""
        wanted, touched = set(paths), self._touched
        changed, kept = sorted(wanted & touched), sorted(wanted - touched)
        found = dict(self.source.read(self.pull.head, changed)) if changed else {}
        return found | dict(self.source.read(self.pull.base_tip, kept) if kept else {})

    def list(self, commit: str, folder: str) -> Listing:  # noqa: ARG002 - the port's shape
        """Return every path below a folder."""
        listed = self.source.list(self.pull.base_tip, folder)
        below = f"{folder}/" if folder else ""
        new = {one.head_path for one in self.pull.files if one.head_path and one.head_path.startswith(below)}
        return Listing.of({*listed.paths} - self._touched | new, whole=listed.whole)

    @property
    def _touched(self) -> frozenset[str]:
        return frozenset(path for file in self.pull.files for path in file.paths)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request that changes our own policy, and the texts of the policy in force."""

    pull: PullRequest
    in_force: PolicyFiles

    @classmethod
    def of(cls, pull: PullRequest, files: PolicyFiles, policy: Policy) -> Proposal | None:
        """Return what is proposed; `None` where the change touches nothing of our own policy."""
        governed = policy.in_force.governed
        touched = {path for file in pull.files for path in file.paths}
        ours = any(path in (PATH, TRIVYIGNORE) or path in governed or is_waiver(path) for path in touched)
        # What the change proposes has no say in either policy: it would be judged by itself.
        plain = replace(files, proposed=None, proposed_waivers=(), past=Recorded())
        return cls(pull, plain) if ours else None

    @property
    def key(self) -> str:
        """Identify both policies and the branch; equal proposals are answered alike."""
        pull = self.pull
        files = [(file.path, file.previous_path, file.status, file.after or pull.head) for file in pull.files]
        return repr(
            (pull.ref.repository_id, pull.base_tip, pull.from_fork, self.in_force.state, sorted(map(repr, files)))
        )

    def proposed(self, source: Source) -> PolicyFiles:
        """Read the texts of the policy as it would be; the floors stay what they are."""
        known = Known(floor=self.in_force.floor, operator_floor=self.in_force.operator_floor)
        tip = self.pull.base_tip
        return read_policy_files(AsIfMerged(source, self.pull), Range(tip, tip, ()), known)


@dataclass(frozen=True, slots=True)
class WhatIfs:
    """Tells what proposals would have said, each once in a while."""

    pasts: Pasts
    clock: Clock
    renderer: Renderer | None = None
    budget: timedelta = BUDGET
    kept: dict[str, tuple[datetime, WhatIf | None]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def known(self, proposal: Proposal) -> tuple[WhatIf | None] | None:
        """Return what was told not long ago, be it nothing; `None` when nobody has asked."""
        with self.lock:
            entry = self.kept.get(proposal.key)
        return (entry[1],) if entry is not None and entry[0] > self.clock() else None

    def told_before(self, proposal: Proposal) -> WhatIf | None:
        """Return what was told last, however long ago: it stands until something else is known.

        Without it each look after `KEPT_FOR` would take the line out of the comment and put it in again.
        """
        with self.lock:
            entry = self.kept.get(proposal.key)
        return None if entry is None else entry[1]

    def tell(self, proposal: Proposal, source: Source, assessor: Assessor) -> WhatIf | None:
        """Try the proposed policy; `None` when it is the one in force in other words. Never raises `Unavailable`."""
        told = self._told(proposal, source, assessor)
        with self.lock:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[proposal.key] = (self.clock() + _kept_for(told), told)
        return told

    def _told(self, proposal: Proposal, source: Source, assessor: Assessor) -> WhatIf | None:
        if proposal.pull.incomplete:
            return WhatIf(LAST, unknown="the changed files are not all known")
        commits: list[ReplayedCommit | None] = []
        why = ""
        try:
            proposed = proposal.proposed(source)
            if proposed.state == proposal.in_force.state:
                return None
            policies = Policy.parse(proposal.in_force), Policy.parse(proposed)
            for judged in self._judged(proposal, policies, assessor):
                commits.append(judged)  # noqa: PERF402 - one by one: what came before a failure counts
        except PolicyError:
            why = "the proposed policy is not valid"
        except Unavailable as failure:
            why = failure.sentence.rstrip(".")
        found = [one for one in commits if one is not None]
        return counted_up(found, len(commits), why)

    def _judged(
        self, proposal: Proposal, policies: tuple[Policy, Policy], assessor: Assessor
    ) -> Iterator[ReplayedCommit | None]:
        """Judge the newest commits until enough of them changed images."""
        pull, now = proposal.pull, self.clock()
        stop, found = now + self.budget, 0
        asking = asking_once(assessor, Answers(time_left=lambda: self.clock() < stop))
        seconds = self.budget.total_seconds()
        with self.pasts.past(pull.ref, pull.base_tip, formats.reads, seconds=seconds) as past:
            judging = TwoPolicies(policies, past, asking, Viewer(_audience(pull)), now, self.renderer)
            for commit, parent in itertools.pairwise(past.first_parents(pull.base_tip, MOST_LOOKED_AT)):
                if found == LAST:
                    return
                if self.clock() >= stop:
                    raise Unavailable(TIME_IS_OVER)
                judged = judging.judge(commit, parent)
                found += judged is not None
                yield judged


def _kept_for(told: WhatIf | None) -> timedelta:
    return KEPT_FOR if told is None or not (told.unknown or told.open) else UNKNOWN_KEPT_FOR


def _audience(pull: PullRequest) -> Audience:
    """Return for whom is asked: a stranger's policy may name places, and must not make us spend a credential there."""
    ref = pull.ref
    return ANONYMOUS if pull.from_fork else Audience(ref.installation, ref.owner.lower(), ref.name.lower())


def counted_up(commits: Iterable[ReplayedCommit], looked: int, why: str) -> WhatIf:
    """Count over merged changes, each as a whole: stricter where any part of it is, else milder, else open."""
    judged = tuple(commits)
    known = [[one for one in commit.compared if one.differs and not one.undecided] for commit in judged]
    stricter = sum(any(map(_stricter, some)) for some in known)
    return WhatIf(
        wanted=LAST,
        judged=len(judged),
        looked=looked,
        stricter=stricter,
        milder=sum(map(bool, known)) - stricter,
        open=sum(
            not some and any(one.undecided for one in commit.compared)
            for some, commit in zip(known, judged, strict=True)
        ),
        otherwise=tuple(
            _otherwise(commit.commit, one) for some, commit in zip(known, judged, strict=True) for one in some
        ),
        unknown=why,
    )


def _stricter(one: Compared) -> bool:
    return one.after.severity > one.before.severity


def _otherwise(commit: str, one: Compared) -> PastChange:
    stricter = _stricter(one)
    decides = (one.after if stricter else one.before).finding
    sentence = "" if decides is None else f"{decides.rule}: {decides.sentence}"
    return PastChange(commit, one.subject, str(one.before), str(one.after), stricter, sentence)
