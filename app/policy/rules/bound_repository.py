"""`bind-repository`: the signature that counts names the repository that the image is in (AT-045)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.attestation import SignedStatement, Word
from app.core.errors import InvalidReference
from app.core.oci import ImageName, ImageReference
from app.core.verdict import Finding, Outcome
from app.policy.rules.base import Case, Said, finding, of_conclusion
from app.policy.scopes import Scope
from app.policy.trust import conclude
from app.policy.wanted import Wanted


@dataclass(frozen=True, slots=True)
class BoundRepository:
    """A signature is copied with its digest; only the name that was signed tells a copy."""

    scope: Scope
    wanted: Wanted

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the signature once more, by those alone that name this repository."""
        evidence = case.after.evidence
        all_of_it = conclude(evidence, self.wanted)
        if all_of_it.word is not Word.VERIFIED:
            # That the signature is not there or no good is said by the rule that asks for it.
            yield finding(self.scope, "bind-repository", case, of_conclusion(all_of_it, evidence))
            return
        bound = tuple(one for one in evidence.signed if _names(one, evidence.reference.name))
        conclusion = conclude(replace(evidence, signed=bound), self.wanted)
        if conclusion.word is Word.VERIFIED:
            said = Said(Outcome.OK, f"the signature names {evidence.reference.name}")
        elif conclusion.word is Word.UNKNOWN:
            said = of_conclusion(conclusion, evidence)
        else:
            sentence = f"no signature that counts names the repository {evidence.reference.name}"
            remedy = "The publisher signs it under the name that it is pulled by: it may be a copy."
            said = Said(Outcome.BLOCKED, sentence, remedy)
        yield finding(self.scope, "bind-repository", case, said)


def asked(scope: Scope) -> tuple[BoundRepository, ...]:
    """Return the rule when the scope asks for it."""
    return (BoundRepository(scope, Wanted.signature_of(scope)),) if scope.lineage.bound else ()


def _names(statement: SignedStatement, name: ImageName) -> bool:
    return any(_read(subject.name) == name for subject in statement.statement.subjects)


def _read(text: str) -> ImageName | None:
    try:
        return ImageReference.parse(text).name
    except InvalidReference:
        return None
