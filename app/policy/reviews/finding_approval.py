"""A REVIEW finding is itself a demand: somebody with write access must have looked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.pull_request import Permission
from app.core.verdict import Finding, Mode, Outcome
from app.policy.document import Quorum, Reviewers
from app.policy.reviews.base import Governed, Need, ReviewCase

_WRITERS = Quorum(Reviewers(permission=Permission.WRITE))


@dataclass(frozen=True, slots=True)
class FindingApproval:
    """Demands one approval for all findings that ask for a person; `solo` is the clause when it does not wait."""

    solo: str = ""

    def needs(self, case: ReviewCase) -> Iterable[Need]:
        """Demand the approval: one for what is enforced, one for what is only observed."""
        asking = [one for one in case.findings if one.outcome is Outcome.REVIEW]
        enforced = [one for one in asking if one.mode is Mode.ENFORCE]
        observed = [one for one in asking if one.mode is Mode.OBSERVE]
        return tuple(
            Need("findings", _reason(group), _paths(group, case), _WRITERS, Governed(), softened)
            for group, softened in ((enforced, self.solo), (observed, self.solo or Mode.OBSERVE.value))
            if group
        )


def _paths(findings: Iterable[Finding], case: ReviewCase) -> tuple[str, ...]:
    """Return what an approval is bound to: every file with an image change, and what the findings are about.

    Also the changes about which there is no finding: one that is added later is none that was approved. A finding that
    names no place is about everything.
    """
    subjects = {one.subject for one in findings if one.subject not in case.places}
    if not subjects <= case.touched:
        return tuple(sorted(case.touched))
    images = {path for paths in case.places.values() for path in paths}
    return tuple(sorted(case.with_other_names(images | subjects)))


def _reason(findings: list[Finding]) -> str:
    rules = ", ".join(sorted({finding.rule for finding in findings}))
    return f"{len(findings)} finding{' asks' if len(findings) == 1 else 's ask'} for a person: {rules}"
