"""Changes that no scope's rule can judge: outside every scope, of unknown repository, removed, or asked nothing."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.assessment import AssessedChange
from app.core.verdict import Finding, Mode, Outcome
from app.policy.document import Unmatched
from app.policy.rules.base import Said, waived
from app.policy.scopes import Scope
from app.policy.waivers import ImageWaivers, told

OUTCOMES = {Unmatched.ALLOW: Outcome.OK, Unmatched.REVIEW: Outcome.REVIEW, Unmatched.BLOCK: Outcome.BLOCKED}
"""What a policy's word means for what no scope can judge."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the policy says where no scope speaks; `scopes` are the modes of those that it has.

    `floor` says that what an unmatched image gets is the floor's word.
    """

    unmatched: Unmatched
    mode: Mode
    scopes: tuple[Mode, ...]
    floor: bool = False

    def removed(self, change: AssessedChange) -> Finding:
        """Say that an image that is gone needs no evidence."""
        return Finding(
            Outcome.OK, change.change.key, "removed", "the image is removed, nothing is asked", "", self.mode
        )

    def unmatched_image(self, change: AssessedChange, waivers: ImageWaivers) -> Finding:
        """Say what an image outside every scope gets."""
        outcome = OUTCOMES[self.unmatched]
        remedy = "" if outcome is Outcome.OK else "Add a scope for it to `images` of the policy by a pull request."
        said = Said(outcome, f"no scope of the policy matches {change.change.name}", remedy)
        said = waived("unmatched", said, waivers, floor=self.floor)
        return Finding(
            *(said.outcome, change.change.key, "unmatched", said.sentence, said.remedy, self.mode),
            waived=told(said.used),
            until=said.until,
        )

    def unresolved(self, change: AssessedChange) -> Finding:
        """Say what a change gets of which it is not known which repository it is, or that nobody looked at.

        Any scope may be the one that asks, also the one that enforces; only where there is no scope is it like an image
        outside them.
        """
        mode = Mode.ENFORCE if Mode.ENFORCE in self.scopes else self.mode
        outcome = Outcome.INCOMPLETE if self.scopes else OUTCOMES[self.unmatched]
        uses = change.change.uses
        why = uses[0].problem if uses and uses[0].problem else "no file says which repository the image is of"
        place = f"{uses[0].path}:{uses[0].line}: " if uses else ""
        remedy = "Write the whole reference, repository and digest, in one place." if outcome is not Outcome.OK else ""
        return Finding(outcome, change.change.key, "unresolved", f"{place}{why}", remedy, mode)


def nothing_asked(change: AssessedChange, scope: Scope) -> Finding:
    """Say that a scope matches and asks nothing, so that its silence is not taken for a check."""
    return Finding(
        Outcome.OK, change.change.key, f"{scope.label}: nothing asked", "the scope asks nothing", "", scope.mode
    )
