"""The policy, what belongs to it, and CODEOWNERS are governed, whatever the policy says and also in observe mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.assessment import ReviewDemand
from app.core.globs import PathGlob, covered, folded
from app.core.pull_request import Asked, Permission, PullRequest
from app.core.verdict import Finding
from app.policy.document import Reviewers
from app.policy.reviews.base import Need, ReviewCase, asked_of, demand

_MAINTAINERS = Reviewers(permission=Permission.MAINTAIN)
_ALWAYS = tuple(
    PathGlob(pattern)
    for pattern in ("/.github/assay.yml", "/.github/assay/**", "/CODEOWNERS", "/.github/CODEOWNERS", "/docs/CODEOWNERS")
)
# The owner's repository that holds the floor, and the floor in it.
_FLOOR_REPOSITORY = ".github"
_FLOOR = PathGlob("/assay.yml")


@dataclass(frozen=True, slots=True)
class AlwaysGoverned:
    """Demands one approval of somebody who maintains the repository; `paths` are those that the policy adds."""

    paths: frozenset[str]
    softened: str = ""

    def asks(self, pull: PullRequest, findings: Iterable[Finding]) -> Asked:  # noqa: ARG002 - one shape for all rules
        """Ask about approvers when a path is touched."""
        need = self._need(pull)
        return asked_of(need, pull) if need is not None else Asked()

    def judge(self, case: ReviewCase) -> Iterable[ReviewDemand]:
        """Demand the approval when a path is touched, or when it cannot be known whether one is."""
        need = self._need(case.pull)
        return () if need is None else (demand(need, case),)

    def _need(self, pull: PullRequest) -> Need | None:
        paths = {path for file in pull.files for path in file.paths}
        patterns = (*_ALWAYS, _FLOOR) if pull.ref.name.lower() == _FLOOR_REPOSITORY else _ALWAYS
        named = {folded(path) for path in self.paths}
        # Key files are paths, no patterns: a star in a name is a star.
        touched = tuple(sorted({*covered(patterns, paths), *(path for path in paths if _within(path, named))}))
        if pull.incomplete:
            # The files that are not known may be the governed ones; this waits for nobody, so nothing softens it.
            return Need("always governed", "the changed files are not all known", touched, _MAINTAINERS)
        if not touched:
            return None
        return Need("always governed", "changes the policy or who owns it", touched, _MAINTAINERS, 1, self.softened)


def _within(path: str, named: set[str]) -> bool:
    """Say whether a path is one of these, a parent that replaces its directory, or beneath it."""
    here = folded(path)
    return any(one == here or one.startswith(f"{here}/") or here.startswith(f"{one}/") for one in named)
