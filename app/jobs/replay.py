"""The last image changes of a branch judged twice: by the policy at its tip, and by one that is only proposed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from app.core.assessment import AssessedChange, Standing
from app.core.errors import PolicyError
from app.core.oci import Audience
from app.core.tree import ChangedFile
from app.core.verdict import Finding
from app.jobs.asked_once import Answers, AttestationsOnce, RegistriesOnce
from app.jobs.assess import Assessor, Viewer
from app.jobs.changes import read_changes
from app.jobs.policy_texts import Known, Range, read_policy_files
from app.jobs.ports import Clock, Renderer, Source
from app.policy import PATH, Policy, PolicyFiles
from app.policy.waivers import read_files
from app.render.replay import Replay, ReplayedCommit, compare

MOST_LOOKED_AT: Final = 5_000
"""Commits among which those with image changes are looked for."""

_AT_A_TIME: Final = 8
"""Changes whose evidence is held for both policies at the same time."""


class Past(Source, Protocol):
    """The past of a branch."""

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        """Return a commit and its ancestors along first parents, the newest first, at most so many."""
        ...

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        """Return what differs between the trees of two commits, renames paired, sorted by path."""
        ...


class History(Past, Protocol):
    """A local repository with its past."""

    def resolve(self, revision: str) -> str:
        """Return the commit that a revision names; raises `Unavailable` (permanent) when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: which branch, how many of its image changes, and what the proposed policy file is called."""

    branch: str
    last: int
    path: str


def asking_once(assessor: Assessor, answers: Answers) -> Assessor:
    """Return an assessor that asks each question once, for whichever policy it is asked first."""
    beyond = assessor.beyond
    if beyond is not None:
        beyond = replace(beyond, attestations=AttestationsOnce(beyond.attestations, answers))
    return replace(assessor, registries=RegistriesOnce(assessor.registries, answers), beyond=beyond)


@dataclass(frozen=True, slots=True)
class TwoPolicies:
    """The policy in force and another one, which judge past changes of one branch at one moment.

    `assessor` should ask each question once, so that both see the same answers.
    """

    policies: tuple[Policy, Policy]
    past: Past
    assessor: Assessor
    viewer: Viewer
    now: datetime
    renderer: Renderer | None = None

    def judge(self, commit: str, parent: str) -> ReplayedCommit | None:
        """Judge a commit against its first parent; `None` when it changed no image."""
        files = self.past.changed_files(parent, commit)
        changes = read_changes(self.past, files, (parent, commit), self.renderer)
        if not (changes.images or changes.unjudged):
            return None
        silent: set[str] = set()
        findings: tuple[list[Finding], list[Finding]] = ([], [])
        for start in range(0, len(changes.images), _AT_A_TIME):
            # Both policies see some changes before either sees the next.
            some = changes.images[start : start + _AT_A_TIME]
            for policy, found in zip(self.policies, findings, strict=True):
                assessed = self.assessor.assess(some, policy, self.viewer)
                found.extend(policy.judge(assessed, (), at=self.now))
                silent |= {one.change.key for one in assessed if _left_open(one, policy)}
        for policy, found in zip(self.policies, findings, strict=True):
            found.extend(policy.judge((), changes.unjudged, at=self.now))
        keys = (change.key for change in changes.images)
        return ReplayedCommit(commit, parent, compare(keys, *findings, silent))


@dataclass(frozen=True, slots=True)
class ReplayJob:
    """Replays past changes of one clone for the person at the terminal; `proposed` holds the files of the new policy.

    Both policies judge the same answers of the registries: each question is asked once. The operator's floor, given as
    its text, holds besides each of them.
    """

    history: History
    proposed: Source
    assessor: Assessor
    clock: Clock
    audience: Audience
    renderer: Renderer | None = None
    most_looked_at: int = MOST_LOOKED_AT
    operator_floor: str | None = None

    def faults(self, wanted: Wanted) -> tuple[PolicyError, ...]:
        """Return every fault of the two policies with its line; with any of them nothing can be replayed."""
        tip = self.history.resolve(wanted.branch)
        in_force = _policy_faults(self._in_force(tip), f"{wanted.branch}:{PATH}")
        files = self._proposed()
        missing = files.own is None and not files.problem
        gone = (PolicyError("there is no such file: name the policy file to try", path=wanted.path),) if missing else ()
        return (*in_force, *gone, *_policy_faults(files, wanted.path), *read_files(files.waivers)[1])

    def run(self, wanted: Wanted) -> Replay:
        """Judge every range twice; raises `PolicyError` when a policy is broken (`faults` tells all of it)."""
        tip = self.history.resolve(wanted.branch)
        files = self._in_force(tip), self._proposed()
        policies = Policy.parse(files[0]), Policy.parse(files[1])
        # One more than is looked at, to know whether there are more; the first commit of all has nothing before it.
        pairs = tuple(itertools.pairwise(self.history.first_parents(tip, self.most_looked_at + 2)))
        assessor, now = asking_once(self.assessor, Answers()), self.clock()
        judging = TwoPolicies(policies, self.history, assessor, Viewer(self.audience), now, self.renderer)
        commits: list[ReplayedCommit] = []
        looked = 0
        for commit, parent in pairs[: self.most_looked_at]:
            if len(commits) == wanted.last:
                break
            looked += 1
            judged = judging.judge(commit, parent)
            commits += () if judged is None else (judged,)
        cut = len(pairs) > self.most_looked_at and len(commits) < wanted.last
        return Replay(tip, wanted.path, wanted.last, looked, cut, tuple(commits), now, _notices(files, policies[0]))

    def _in_force(self, tip: str) -> PolicyFiles:
        return read_policy_files(self.history, Range(tip, tip, ()), Known(operator_floor=self.operator_floor))

    def _proposed(self) -> PolicyFiles:
        return read_policy_files(self.proposed, Range("", "", ()), Known(operator_floor=self.operator_floor))


def _left_open(change: AssessedChange, policy: Policy) -> bool:
    """Say whether a place did not answer that may hold what the policy still lacks."""
    sides = [side.evidence for side in (change.before, change.after) if side is not None]
    return any((one.failed or one.unanswered) and policy.lacks(one) for one in sides)


def _policy_faults(files: PolicyFiles, path: str) -> tuple[PolicyError, ...]:
    if files.problem:
        return (PolicyError(f"the file cannot be read: {files.problem}", path=path),)
    return () if files.own is None else Policy.faults(files.own, files.keys, path=path)


def _notices(files: tuple[PolicyFiles, PolicyFiles], in_force: Policy) -> tuple[str, ...]:
    if files[0].state == files[1].state:
        return ("both policies are the same, so nothing can differ",)
    if in_force.standing is Standing.SILENT:
        return ("no policy is in force at the tip: it says OK to everything",)
    return ()
