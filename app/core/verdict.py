"""Outcomes and findings: what a rule says, and the worst of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final


class Outcome(enum.IntEnum):
    """Verdict words, from mild to severe; the order is the meaning and never changes."""

    OK = 0
    REVIEW = 1
    INCOMPLETE = 2
    BLOCKED = 3

    @property
    def word(self) -> str:
        """The word as every reader sees it."""
        return self.name


class Mode(enum.Enum):
    """Whether a rule's failures count in the status or are only said."""

    OBSERVE = "observe"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, order=True)
class Waived:
    """A waiver that let a failure pass: its file, until when (as people say it; exactly), and who answers for it."""

    path: str
    until: str
    ends: datetime
    owner: str
    reason: str
    ticket: str

    def __str__(self) -> str:
        """`waived until 2026-12-31 by alice: the reason (SEC-1)`."""
        ticket = f" ({self.ticket})" if self.ticket else ""
        return f"waived until {self.until} by {self.owner}: {self.reason}{ticket}"


UNRESOLVED_SOURCE: Final = "unresolved source"
"""The rule's name of findings about changed charts, remote bases and git revisions: told whatever they get."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What one rule says of one subject.

    `outcome` is computed as if enforced; `mode` says whether a failure counts. `rule` is the rule's name in
    the policy file's words. `subject` is an image change's key (`ImageChange.key`) or a path; empty when the
    finding is about the whole pull request. `sentence` says what is; `remedy` what to do, empty when nothing.
    `hard` findings (an unreadable file, a broken policy, a crash) are never softened by observe. With `waived` it is a
    failure that waivers let pass: `sentence` says what fails. `until` is when it may change by itself, if ever.
    """

    outcome: Outcome
    subject: str
    rule: str
    sentence: str
    remedy: str = ""
    mode: Mode = Mode.ENFORCE
    hard: bool = False
    waived: tuple[Waived, ...] = ()
    until: datetime | None = field(default=None, compare=False)

    @property
    def effective(self) -> Outcome:
        """The outcome that counts in the status: observe turns a rule's failures into OK, never a hard one."""
        softened = self.mode is Mode.OBSERVE and not self.hard and self.outcome >= Outcome.INCOMPLETE
        return Outcome.OK if softened else self.outcome


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order in which they are kept: the worst first, then by subject, rule and sentence."""
    return tuple(sorted(findings, key=lambda one: (-one.outcome, one.subject, one.rule, one.sentence)))


def worst(findings: Iterable[Finding]) -> Outcome:
    """Return the most severe outcome, as if enforced; OK for none.

    No findings means that nothing was asked and nothing is wrong; a rule that asks always returns a finding, also
    when it passes, so an empty answer never stands for a check that did not run.
    """
    return max((finding.outcome for finding in findings), default=Outcome.OK)


def worst_effective(findings: Iterable[Finding]) -> Outcome:
    """Return the most severe outcome that counts in the status."""
    return max((finding.effective for finding in findings), default=Outcome.OK)
