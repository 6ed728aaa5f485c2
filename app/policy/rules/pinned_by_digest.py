"""`pinned`: a digest must be written, because a tag can be moved after the review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.verdict import Finding, Outcome
from app.policy.rules.base import Case, Said, finding
from app.policy.scopes import Scope


@dataclass(frozen=True, slots=True)
class PinnedByDigest:
    """The new reference must hold a digest."""

    scope: Scope

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the reference as it is written."""
        after = case.change.change.after
        if after is not None and after.digest is not None:
            said = Said(Outcome.OK, "a digest is written")
        else:
            today = case.after.evidence.digest
            remedy = (
                f"Write the digest beside the tag (today {today})." if today else "Write the digest beside the tag."
            )
            said = Said(Outcome.BLOCKED, "only a tag is written, which can be moved after the review", remedy)
        yield finding(self.scope, "pinned", case, said)


def asked(scope: Scope) -> tuple[PinnedByDigest, ...]:
    """Return the rule when the scope asks for it."""
    return (PinnedByDigest(scope),) if scope.pinned else ()
