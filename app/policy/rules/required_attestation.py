"""`attestations`: the image must carry an attestation of a type, by a named signer, not older than `max-age`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from app.core.attestation import Word
from app.core.verdict import Finding, Outcome
from app.policy.rules.base import Case, Said, finding, of_conclusion
from app.policy.scopes import Scope
from app.policy.trust import conclude, proved_at
from app.policy.wanted import Wanted


@dataclass(frozen=True, slots=True)
class RequiredAttestation:
    """One valid attestation of this type, about the whole image, by any of the signers suffices.

    Its age is counted from the time that a log or a timestamp authority proves, never from what the document says.
    """

    scope: Scope
    wanted: Wanted
    max_age: timedelta | None

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the new image."""
        evidence = case.after.evidence
        conclusion = conclude(evidence, self.wanted)
        said = of_conclusion(conclusion, evidence)
        if conclusion.word is Word.VERIFIED and self.max_age is not None:
            said = self._aged(case, said, self.max_age)
        yield finding(self.scope, f"attestations {self.wanted.what}", case, said)

    def _aged(self, case: Case, said: Said, max_age: timedelta) -> Said:
        proved = proved_at(case.after.evidence, self.wanted)
        if proved is None:
            sentence = f"{self.wanted.what}: no log or timestamp proves when it was signed, so its age is not known"
            return Said(Outcome.INCOMPLETE, sentence, "The publisher signs with a transparency log or a timestamp.")
        if case.at - proved > max_age:
            sentence = f"{self.wanted.what}: signed {_span(case.at - proved)} ago, at most {_span(max_age)} is allowed"
            return Said(Outcome.BLOCKED, sentence, f"The publisher makes the {self.wanted.what} anew for this digest.")
        return replace(said, until=proved + max_age)


def asked(scope: Scope) -> tuple[RequiredAttestation, ...]:
    """Return a rule for each attestation that the scope asks for."""
    return tuple(
        RequiredAttestation(scope, Wanted(one.alias, one.types, one.signers), one.max_age) for one in scope.attestations
    )


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds()) // 3600
    return f"{hours} hours" if hours < 2 * 24 else f"{hours // 24} days"
