"""What every posture rule works with: one image that will run, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, assert_never

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import Conclusion, Evidence, Word
from app.core.verdict import Finding, Outcome
from app.policy.scopes import Scope

_DENIED = frozenset({"unauthorized", "forbidden", "not-allowed"})
OUTCOMES = {
    Word.VERIFIED: Outcome.OK,
    Word.NOT_REQUIRED: Outcome.OK,
    Word.UNKNOWN: Outcome.INCOMPLETE,
    Word.UNREADABLE: Outcome.INCOMPLETE,
    Word.ABSENT: Outcome.BLOCKED,
    Word.UNTRUSTED_SIGNER: Outcome.BLOCKED,
    Word.INVALID: Outcome.BLOCKED,
}
"""What a word means for something that is required."""


@dataclass(frozen=True, slots=True)
class Case:
    """A change whose new side was assessed; `at` is the time of the assessment, `scopes` are all that match it."""

    change: AssessedChange
    after: AssessedImage
    at: datetime
    scopes: tuple[Scope, ...] = ()


class Rule(Protocol):
    """A rule of one scope; its options are its fields."""

    def judge(self, case: Case) -> Iterable[Finding]:
        """Say what is: at least one finding whenever the rule asks something of this change."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says: an outcome as if enforced, a sentence for people, and what to do about it."""

    outcome: Outcome
    sentence: str
    remedy: str = ""


def finding(scope: Scope, rule: str, case: Case, said: Said) -> Finding:
    """Make the finding of a scope's rule about a change."""
    name = f"{scope.label}: {rule}"
    return Finding(said.outcome, case.change.change.key, name, said.sentence, said.remedy, scope.mode)


def of_conclusion(conclusion: Conclusion, evidence: Evidence) -> Said:
    """Say what a word means for something that is required, and what to do."""
    sentence = f"{conclusion.what}: {conclusion.word.value}: {conclusion.reason}"
    return Said(OUTCOMES[conclusion.word], sentence, _remedy(conclusion, evidence))


def _remedy(conclusion: Conclusion, evidence: Evidence) -> str:
    match conclusion.word:
        case Word.VERIFIED | Word.NOT_REQUIRED:
            return ""
        case Word.UNKNOWN:
            return for_failed(evidence)
        case Word.UNREADABLE:
            return "The publisher signs in a form that is known (a sigstore bundle, or cosign's tags)."
        case Word.ABSENT:
            return f"The publisher adds the {conclusion.what} to exactly this digest, and it is judged again."
        case Word.UNTRUSTED_SIGNER:
            return (
                "Take the image that the right signer made, or add this signer to the policy by a pull request first."
            )
        case Word.INVALID:
            return "Treat it as an attack until shown otherwise: ask the publisher for the digest, and sign it anew."
        case _:
            assert_never(conclusion.word)


def for_failed(evidence: Evidence) -> str:
    """Say who can act on places that did not answer; every host is named once."""
    denied = sorted({one.host for one in evidence.failed if one.code in _DENIED})
    private = sorted({one.host for one in evidence.failed if one.code == "refused-address"})
    kept = sorted({one.host for one in evidence.failed if one.code == "no-access"})
    storage = sorted({one.host for one in evidence.failed if one.code == "refused-host"})
    others = sorted({one.host for one in evidence.failed} - {*denied, *private, *kept, *storage})
    sentences = []
    if denied:
        hosts = ", ".join(denied)
        sentences.append(f"The operator of Assay stores credentials for {hosts} in ASSAY_REGISTRY_AUTH.")
    if private:
        hosts = ", ".join(private)
        sentences.append(f"The operator of Assay allows {hosts} in ASSAY_ALLOWED_PRIVATE_REGISTRIES, if it is meant.")
    if kept:
        hosts = ", ".join(kept)
        sentences.append(f"Give the App the repository on {hosts} that github-attestations names, or correct the name.")
    if storage:
        hosts = ", ".join(storage)
        sentences.append(f"The operator of Assay allows {hosts} in ASSAY_GITHUB_BUNDLE_HOSTS, if GitHub uses it.")
    if others:
        sentences.append(f"It is tried again by itself; if it stays, ask who runs {', '.join(others)}.")
    return " ".join(sentences) or "Check that the image exists; it is looked for again with the next push or recheck."
