"""The policy, what belongs to it, and CODEOWNERS are governed, whatever the policy says and also in observe mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.globs import PathGlob
from app.core.pull_request import Permission
from app.policy.document import Quorum, Reviewers
from app.policy.reviews.base import Governed, Need, ReviewCase

_MAINTAINERS = Quorum(Reviewers(permission=Permission.MAINTAIN))
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

    def needs(self, case: ReviewCase) -> Iterable[Need]:
        """Demand the approval when a path is touched, or when it cannot be known whether one is."""
        floor = (_FLOOR,) if case.pull.ref.name.lower() == _FLOOR_REPOSITORY else ()
        governed = Governed((*_ALWAYS, *floor), self.paths)
        touched = tuple(sorted(governed.of(case.touched)))
        if case.pull.incomplete:
            # The files that are not known may be the governed ones; this waits for nobody, so nothing softens it.
            reason = "the changed files are not all known"
            return (Need("always governed", reason, touched, _MAINTAINERS, governed),)
        if not touched:
            return ()
        reason = "changes the policy or who owns it"
        return (Need("always governed", reason, touched, _MAINTAINERS, governed, self.softened),)

    def governs(self, path: str) -> bool:
        """Say whether a path is governed in every repository with this policy."""
        return bool(Governed(_ALWAYS, self.paths).of((path,)))
