"""`tag-mismatch`: where tag and digest are both written, the tag should still name the digest (AT-116)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.verdict import Finding, Outcome
from app.policy.lineage import OUTCOMES, Reaction
from app.policy.rules.base import Case, Said, finding, for_failed
from app.policy.scopes import Scope


@dataclass(frozen=True, slots=True)
class TagMismatch:
    """People read the tag, machines run the digest: when the two disagree, somebody must say which is meant.

    Silent when nothing is wrong, unless a mismatch would block: then it says that it looked.
    """

    scope: Scope

    def judge(self, case: Case) -> Iterable[Finding]:
        """Compare what the tag names now with the digest beside it."""
        said = self._said(case)
        if said is not None:
            yield finding(self.scope, "tag-mismatch", case, said)

    def _said(self, case: Case) -> Said | None:
        evidence, blocks = case.after.evidence, self.scope.lineage.tag_mismatch is Reaction.BLOCK
        reference, now = evidence.reference, evidence.tag_now
        if reference.tag is None or reference.digest is None:
            return Said(Outcome.OK, "not both a tag and a digest are written") if blocks else None
        if now is None or now.digest is None:
            return self._unknown(case) if blocks else None
        if now.digest == reference.digest:
            return Said(Outcome.OK, f"the tag {reference.tag} names the digest beside it") if blocks else None
        sentence = (
            f"tag and digest disagree: the tag {reference.tag} names {now.digest} now,"
            f" and {reference.digest} is written beside it, which is what runs"
        )
        remedy = f"Write `{reference.pinned(now.digest)}`, or the tag that the digest is meant to have."
        return Said(OUTCOMES[self.scope.lineage.tag_mismatch], sentence, remedy)

    def _unknown(self, case: Case) -> Said:
        evidence = case.after.evidence
        why = f": {evidence.tag_now.lookup.detail}" if evidence.tag_now else ""
        sentence = f"cannot tell whether the tag {evidence.reference.tag} names the digest beside it{why}"
        return Said(Outcome.INCOMPLETE, sentence, for_failed(replace(evidence, lookups=evidence.unanswered)))


def asked(scope: Scope) -> tuple[TagMismatch, ...]:
    """Return the rule unless the scope allows a mismatch."""
    return () if scope.lineage.tag_mismatch is Reaction.ALLOW else (TagMismatch(scope),)
