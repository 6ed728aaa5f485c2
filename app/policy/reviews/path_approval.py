"""`reviews`: a change of what is governed, or such a change with an effect, needs approvals of the named people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.policy_edit import Effect, PolicyEdit
from app.policy.document import GovernedPaths
from app.policy.reviews.base import Governed, Need, ReviewCase


@dataclass(frozen=True, slots=True)
class PathApproval:
    """One entry of `reviews`; `softened` is the clause when it does not wait."""

    entry: GovernedPaths
    softened: str = ""

    def needs(self, case: ReviewCase) -> Iterable[Need]:
        """Demand approvals when a path is touched, under its old or its new name, with an effect that it asks for."""
        governed = Governed(self.entry.paths, within=self.entry.within)
        if self.entry.effects:
            found = [edit for edit in case.edits if self._asks_for(edit, governed)]
            reason = _reason(found)
            touched = _bound_to(found, governed, case) if found else frozenset()
        else:
            touched = governed.of(case.touched)
            reason = f"changes {len(touched)} governed path{'' if len(touched) == 1 else 's'}"
        if not touched:
            return ()
        paths = tuple(sorted(touched))
        return (Need(self.entry.label, reason, paths, self.entry.quorum, governed, self.softened),)

    def governs(self, path: str) -> bool:
        """Say whether the entry asks for people wherever a path is touched."""
        return not self.entry.effects and bool(Governed(self.entry.paths, within=self.entry.within).of((path,)))

    def _asks_for(self, edit: PolicyEdit, governed: Governed) -> bool:
        # What cannot be told may be weaker, and whoever guards against that must see it.
        unsure = edit.effect is Effect.CANNOT_TELL and Effect.WEAKER in self.entry.effects
        return (unsure or edit.effect in self.entry.effects) and bool(governed.of((edit.path,)))


def _bound_to(found: Iterable[PolicyEdit], governed: Governed, case: ReviewCase) -> frozenset[str]:
    """Return the paths that an approval is bound to.

    Everything governed that is touched. When an edit is of a file that is not touched itself (another one drops it),
    or when no path is named, everything: which file does it is not known here.
    """
    edited = frozenset(edit.path for edit in found)
    everything = not (governed.patterns or governed.within) or not edited <= case.touched
    return edited | (case.touched if everything else governed.of(case.touched))


def _reason(found: Iterable[PolicyEdit]) -> str:
    effects = [edit.effect.value for edit in found]
    counts = {effect: effects.count(effect) for effect in sorted(set(effects))}
    return "policy edits: " + ", ".join(f"{count} {effect}" for effect, count in counts.items())
