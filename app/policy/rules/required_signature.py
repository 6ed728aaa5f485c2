"""`signature`: the image must be signed by one of the named signers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.verdict import Finding
from app.policy.rules.base import Case, finding, of_conclusion
from app.policy.scopes import Scope
from app.policy.trust import conclude
from app.policy.wanted import Wanted


@dataclass(frozen=True, slots=True)
class RequiredSignature:
    """One valid signature of the whole image by any of the signers suffices."""

    scope: Scope
    wanted: Wanted

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the new image."""
        evidence = case.after.evidence
        yield finding(self.scope, "signature", case, of_conclusion(conclude(evidence, self.wanted), evidence))


def asked(scope: Scope) -> tuple[RequiredSignature, ...]:
    """Return the rule when the scope asks for a signature."""
    return (RequiredSignature(scope, Wanted.signature_of(scope)),) if scope.signature else ()
