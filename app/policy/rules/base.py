"""What every posture rule works with: one image that will run, and how a finding about it is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, assert_never

from app.core.assessment import AssessedChange, AssessedImage
from app.core.attestation import Conclusion, Evidence, Word
from app.core.verdict import Finding, Outcome
from app.policy.scopes import Scope
from app.policy.waivers import Closeness, ImageWaivers, Waiver, earliest, told

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
CLOSENESS = {
    Word.UNKNOWN: Closeness.NEVER,
    Word.UNREADABLE: Closeness.DIGEST,
    Word.INVALID: Closeness.DIGEST,
}
"""How near a waiver of a word must be, where the image's name is not enough."""


@dataclass(frozen=True, slots=True)
class Case:
    """A change whose new side was assessed; `at` is the time of the assessment, `scopes` are all that match it.

    `waivers` are those that speak of the new image.
    """

    change: AssessedChange
    after: AssessedImage
    at: datetime
    scopes: tuple[Scope, ...] = ()
    waivers: ImageWaivers = field(default_factory=ImageWaivers)


class Rule(Protocol):
    """A rule of one scope; its options are its fields."""

    def judge(self, case: Case) -> Iterable[Finding]:
        """Say what is: at least one finding whenever the rule asks something of this change."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says: an outcome as if enforced, a sentence for people, and what to do about it.

    `until` is when it may change by itself. `closeness` says how near a waiver of the rule must be; `used` are waivers
    by which a failure passes already.
    """

    outcome: Outcome
    sentence: str
    remedy: str = ""
    until: datetime | None = None
    closeness: Closeness | None = None
    used: tuple[Waiver, ...] = ()

    def passed_by(self, used: tuple[Waiver, ...]) -> Said:
        """Return what is said of a failure that waivers let pass."""
        return Said(Outcome.OK, self.sentence, until=earliest((self.until, *(one.ends for one in used))), used=used)


def finding(scope: Scope, rule: str, case: Case, said: Said) -> Finding:
    """Make the finding of a scope's rule about a change; a waiver of the rule lets a failure pass."""
    said = waived(rule, said, case.waivers, floor=scope.floor)
    name = f"{scope.label}: {rule}"
    subject, used = case.change.change.key, told(said.used)
    return Finding(said.outcome, subject, name, said.sentence, said.remedy, scope.mode, waived=used, until=said.until)


def waived(rule: str, said: Said, waivers: ImageWaivers, *, floor: bool) -> Said:
    """Return what is said once waivers of the rule are heeded; only failures are waived, never a person's look.

    A failure that could not be judged needs the digest, except of a limit: there the waiver names what it gives up.
    """
    if said.outcome < Outcome.INCOMPLETE:
        return said
    plain = said.outcome is Outcome.BLOCKED or rule.startswith("limits ")
    closeness = said.closeness or (Closeness.IMAGE if plain else Closeness.DIGEST)
    waiver = waivers.of_rule(rule, closeness, floor=floor)
    if waiver is not None:
        return said.passed_by((waiver,))
    why, turn = waivers.missed(rule, closeness, floor=floor)
    return replace(said, sentence=f"{said.sentence}; {why}", until=earliest((said.until, turn))) if why else said


def of_conclusion(conclusion: Conclusion, evidence: Evidence) -> Said:
    """Say what a word means for something that is required, and what to do."""
    sentence = f"{conclusion.what}: {conclusion.word.value}: {conclusion.reason}"
    closeness = CLOSENESS.get(conclusion.word)
    return Said(OUTCOMES[conclusion.word], sentence, _remedy(conclusion, evidence), closeness=closeness)


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
