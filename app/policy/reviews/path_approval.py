"""`reviews`: a change under a governed path needs approvals of the named people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.assessment import ReviewDemand
from app.core.globs import covered
from app.core.pull_request import Asked, PullRequest
from app.core.verdict import Finding
from app.policy.document import GovernedPaths
from app.policy.reviews.base import Need, ReviewCase, asked_of, demand


@dataclass(frozen=True, slots=True)
class PathApproval:
    """One entry of `reviews`; `softened` is the clause when it does not wait."""

    entry: GovernedPaths
    softened: str = ""

    def asks(self, pull: PullRequest, findings: Iterable[Finding]) -> Asked:  # noqa: ARG002 - one shape for all rules
        """Ask about its reviewers when a path is touched."""
        need = self._need(pull)
        return asked_of(need, pull) if need is not None else Asked()

    def judge(self, case: ReviewCase) -> Iterable[ReviewDemand]:
        """Demand approvals when a path is touched, under its old or its new name."""
        need = self._need(case.pull)
        return () if need is None else (demand(need, case),)

    def _need(self, pull: PullRequest) -> Need | None:
        touched = covered(self.entry.paths, (path for file in pull.files for path in file.paths))
        if not touched:
            return None
        reason = f"changes {len(touched)} governed path{'' if len(touched) == 1 else 's'}"
        return Need(self.entry.label, reason, touched, self.entry.reviewers, self.entry.count, self.softened)
