"""What is known of a pull request when its reviews are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.core.policy_edit import PolicyEdit
from app.core.pull_request import Objects, People, PullRequest, Pushers, ReviewedCommit
from app.core.verdict import Finding
from app.policy.reviews.base.needs import Need


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """A pull request, what was found in it, and what GitHub knows that the needs ask for.

    `places` says in which files each image change stands, by the subject that findings give it. `reviewed` are the
    commits besides the head that were approved, `objects` what the paths in question hold there and at the head.
    `needs` is what is demanded, once that was worked out: of many files it takes a while.
    """

    pull: PullRequest
    findings: tuple[Finding, ...]
    people: People = field(default_factory=People)
    edits: tuple[PolicyEdit, ...] = ()
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pushers: Pushers = field(default_factory=Pushers)
    reviewed: Mapping[str, ReviewedCommit] = field(default_factory=dict)
    objects: Objects = field(default_factory=dict)
    needs: tuple[Need, ...] | None = None

    @property
    def touched(self) -> frozenset[str]:
        """Every path that the pull request changes, under its old and its new name."""
        return frozenset(path for file in self.pull.files for path in file.paths)

    def with_other_names(self, paths: Iterable[str]) -> frozenset[str]:
        """Add to paths the other name of each that was renamed."""
        known = frozenset(paths)
        return known.union(*(file.paths for file in self.pull.files if known & frozenset(file.paths)))


class ReviewRule(Protocol):
    """A rule that demands reviewers; its options are its fields."""

    def needs(self, case: ReviewCase) -> Iterable[Need]:
        """Return what it demands; nothing when the pull request does not touch what it is about."""
        ...
