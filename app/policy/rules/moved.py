"""`moved`: an image of another registry or repository stands where another stood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.oci import ImageName
from app.core.verdict import Finding, Outcome
from app.policy.lineage import OUTCOMES, Reaction
from app.policy.rules.base import Case, Said, finding
from app.policy.scopes import Scope


@dataclass(frozen=True, slots=True)
class Moved:
    """Another name at the same place; silent when the name stays, unless a move would block."""

    scope: Scope

    def judge(self, case: Case) -> Iterable[Finding]:
        """Compare the names of both sides."""
        said = self._said(case)
        if said is not None:
            yield finding(self.scope, "moved", case, said)

    def _said(self, case: Case) -> Said | None:
        change, blocks = case.change.change, self.scope.lineage.moved is Reaction.BLOCK
        old, new = change.name_before, case.after.evidence.reference.name
        if old is not None:
            return Said(
                OUTCOMES[self.scope.lineage.moved], _sentence(old, new), "A person confirms where it comes from."
            )
        if not blocks:
            return None
        if change.before_unknown:
            return Said(
                Outcome.REVIEW, "which image ran before is not known", "A person compares it with what runs now."
            )
        return Said(Outcome.OK, "registry and repository are the same, or nothing ran before")


def asked(scope: Scope) -> tuple[Moved, ...]:
    """Return the rule unless the scope allows a move."""
    return () if scope.lineage.moved is Reaction.ALLOW else (Moved(scope),)


def _sentence(old: ImageName, new: ImageName) -> str:
    if old.path == new.path:
        return f"the registry moved from {old.registry} to {new.registry}"
    return f"the repository moved from {old} to {new}"
