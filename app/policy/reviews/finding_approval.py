"""A REVIEW finding is itself a demand: somebody with write access must have looked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.assessment import ReviewDemand
from app.core.pull_request import Asked, Permission, PullRequest
from app.core.verdict import Finding, Mode, Outcome
from app.policy.document import Reviewers
from app.policy.reviews.base import Need, ReviewCase, asked_of, demand

_WRITERS = Reviewers(permission=Permission.WRITE)


@dataclass(frozen=True, slots=True)
class FindingApproval:
    """Demands one approval for all findings that ask for a person; `solo` is the clause when it does not wait."""

    solo: str = ""

    def asks(self, pull: PullRequest, findings: Iterable[Finding]) -> Asked:
        """Ask about approvers when a finding asks for a person."""
        needs = self._needs(findings)
        return asked_of(needs[0], pull) if needs else Asked()

    def judge(self, case: ReviewCase) -> Iterable[ReviewDemand]:
        """Demand the approval: one for what is enforced, one for what is only observed."""
        return tuple(demand(need, case) for need in self._needs(case.findings))

    def _needs(self, findings: Iterable[Finding]) -> tuple[Need, ...]:
        asking = [one for one in findings if one.outcome is Outcome.REVIEW]
        enforced = [one for one in asking if one.mode is Mode.ENFORCE]
        observed = [one for one in asking if one.mode is Mode.OBSERVE]
        return tuple(
            Need("findings", _reason(group), (), _WRITERS, 1, softened)
            for group, softened in ((enforced, self.solo), (observed, self.solo or Mode.OBSERVE.value))
            if group
        )


def _reason(findings: list[Finding]) -> str:
    rules = ", ".join(sorted({finding.rule for finding in findings}))
    return f"{len(findings)} finding{' asks' if len(findings) == 1 else 's ask'} for a person: {rules}"
