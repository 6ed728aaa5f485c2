"""A verified image whose signer is another one than before needs a person: the wrong pipeline, or a new one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.verdict import Finding, Outcome
from app.policy.rules.base import Case, Said, finding
from app.policy.scopes import Scope
from app.policy.trust import matched_rules
from app.policy.wanted import Wanted


@dataclass(frozen=True, slots=True)
class SignerChange:
    """Applies when both sides are signed by signers of the policy, and none of them is the same."""

    scope: Scope
    wanted: Wanted

    def judge(self, case: Case) -> Iterable[Finding]:
        """Compare the signers of both sides; silent when there is nothing to compare."""
        if case.change.before is None:
            return
        before = matched_rules(case.change.before.evidence, self.wanted)
        after = matched_rules(case.after.evidence, self.wanted)
        if before and after and not before & after:
            sentence = f"signed by {_names(after)}, before by {_names(before)}"
            yield finding(self.scope, "signer changed", case, Said(Outcome.REVIEW, sentence, "A person confirms it."))


def asked(scope: Scope) -> tuple[SignerChange, ...]:
    """Return the rule when the scope names more than one signer."""
    return (SignerChange(scope, Wanted.signature(scope.signature)),) if len(scope.signature) > 1 else ()


def _names(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
