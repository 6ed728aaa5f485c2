"""Words with their signs, and the verdict as every reader sees it: comment, status, JSON and terminal say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.assessment import AssessedChange, Assessment, DemandState, ReviewDemand, Standing
from app.core.attestation import Answer, Conclusion, Lookup, RootState, Word
from app.core.inventory import Artifact, ImageChange
from app.core.policy_edit import WEAKER_POLICY, Effect, PolicyEdit
from app.core.posture import Trend
from app.core.verdict import UNRESOLVED_SOURCE, Finding, Mode, Outcome
from app.render.plain import counted

NEUTRAL: Final = "\N{HEAVY MINUS SIGN}"
SIGNS: Final = {
    Word.VERIFIED: "✅",
    Word.UNTRUSTED_SIGNER: "❌",
    Word.INVALID: "❌",
    Word.ABSENT: "⚠️",
    Word.UNREADABLE: "❔",
    Word.UNKNOWN: "❔",
    Word.NOT_REQUIRED: NEUTRAL,
}
OUTCOME_SIGNS: Final = {Outcome.OK: "✅", Outcome.REVIEW: "⚠️", Outcome.INCOMPLETE: "❔", Outcome.BLOCKED: "❌"}
EFFECT_SIGNS: Final = {
    Effect.WEAKER: "⚠️",
    Effect.STRONGER: "✅",
    Effect.NEUTRAL: NEUTRAL,
    Effect.CANNOT_TELL: "❔",
}
TREND_SIGNS: Final = {
    Trend.BETTER: "✅",
    Trend.WORSE: "⚠️",
    Trend.SAME: NEUTRAL,
    Trend.CHANGED: NEUTRAL,
    Trend.GAINED: NEUTRAL,
    Trend.LOST: "⚠️",
    Trend.NOT_COMPARABLE: "❔",
}
DEMAND_SIGNS: Final = {
    DemandState.MET: "✅",
    DemandState.WAITING: "⏳",
    DemandState.STATED: NEUTRAL,
    DemandState.ERROR: "❌",
}
_HOUR: Final = 3600
_DAYS_FROM: Final = 48
OPEN_DEMANDS: Final = frozenset({DemandState.WAITING, DemandState.ERROR})


def answered(lookup: Lookup) -> str:
    """Say what a place answered; an answer that is less than it looks like says so."""
    special = {"not-asked": "not asked", "unread-form": "found, not read", "unsigned": "found, unsigned"}
    said = special.get(lookup.code, lookup.answer.value)
    return f"{said}, decides nothing" if lookup.claims and lookup.answer is Answer.FAILED else said


def leaves_open(lookup: Lookup) -> bool:
    """Say whether after this answer something could still lie there."""
    failed = lookup.answer is Answer.FAILED and not lookup.claims
    return failed or lookup.code in {"not-asked", "unread-form"}


def signed_word(word: Word) -> str:
    """Say a signature word with its sign; never a sign alone."""
    return f"{SIGNS[word]} {word.value}"


def artifact_word(change: ImageChange) -> str:
    """Write what stands before the name of what is no image that runs: `chart `, `artifact `; empty for an image."""
    return {Artifact.CHART: "chart ", Artifact.OTHER: "artifact "}.get(change.artifact, "")


def unlogged(conclusion: Conclusion) -> str:
    """Say beside `verified` that a key alone vouches, with no log entry and no timestamp; else nothing."""
    return "" if conclusion.logged else " (not logged)"


def root_sentences(roots: Iterable[RootState]) -> tuple[str, ...]:
    """Say of each trusted root that is refreshed how old it is, and of one that could not be that it is not fresh."""
    return tuple(_root_sentence(one) for one in roots if one.age is not None or one.warning)


def _root_sentence(root: RootState) -> str:
    hours = 0 if root.age is None else int(root.age.total_seconds()) // _HOUR
    age = counted(hours, "hour") if hours < _DAYS_FROM else counted(hours // 24, "day")
    known = "as it came with the program" if root.age is None else f"TUF version {root.version}, {age} old"
    failed = f", not refreshed: {root.warning}" if root.warning else ""
    return f"trust root {root.name} ({known}{failed})"


def state_of(demand: ReviewDemand) -> DemandState:
    """Return where a demand stands; one that is called met without its approvals waits (REVIEW is never free)."""
    given = sum(approval.counted for approval in demand.approvals)
    return DemandState.WAITING if demand.state is DemandState.MET and given < demand.needed else demand.state


def unanswered_reviews(assessment: Assessment) -> tuple[Finding, ...]:
    """Return the REVIEW findings that count though no demand was made at all: they wait for somebody, never pass."""
    if assessment.demands:
        return ()
    return tuple(
        finding for finding in assessment.findings if finding.outcome is Outcome.REVIEW and finding.mode is Mode.ENFORCE
    )


def verdict(assessment: Assessment) -> Outcome:
    """Return the verdict as if enforced, with what no finding may have said: what cannot be read, who is missing."""
    states = {state_of(demand) for demand in assessment.demands}
    incomplete = _hard(assessment) or DemandState.ERROR in states
    waiting = DemandState.WAITING in states
    return max(
        assessment.outcome,
        Outcome.INCOMPLETE if incomplete else Outcome.OK,
        Outcome.REVIEW if waiting else Outcome.OK,
    )


def effective(assessment: Assessment) -> Outcome:
    """Return the verdict that counts for the images' status: observe softens rules, never what cannot be read."""
    return max(assessment.effective, Outcome.INCOMPLETE if _hard(assessment) else Outcome.OK)


def _hard(assessment: Assessment) -> bool:
    broken = assessment.standing is Standing.BROKEN or assessment.broken
    return bool(broken or assessment.unreadable or assessment.proposed)


def _by_weight(one: Finding) -> tuple[int, str, bool, str, str]:
    return (-one.outcome, one.subject, not one.rule.endswith("signature"), one.rule, one.sentence)


@dataclass(frozen=True, slots=True)
class View:
    """An assessment with its findings by subject: renderers ask for them once a change, and changes are many."""

    assessment: Assessment
    findings: Mapping[str, tuple[Finding, ...]]

    @classmethod
    def of(cls, assessment: Assessment) -> View:
        """Index an assessment; the findings of one subject are worst first, then by rule and sentence."""
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for one in sorted(assessment.findings, key=lambda one: (-one.outcome, one.rule, one.sentence)):
            found[one.subject].append(one)
        return cls(assessment, {subject: tuple(listed) for subject, listed in found.items()})

    def findings_of(self, change: AssessedChange) -> tuple[Finding, ...]:
        """Return what was found of one image change, worst first."""
        return self.findings.get(change.change.key, ())

    def outcome_of(self, change: AssessedChange) -> Outcome:
        """Return the word of one image change."""
        return next((one.outcome for one in self.findings_of(change)), Outcome.OK)

    def reasons(self) -> tuple[Finding, ...]:
        """Return what speaks against the change, worst first, and of one image its signature first.

        What the lists of unreadable places and of errors of a proposed policy say already is left to them, and what
        the table of policy edits says to that.
        """
        places = {place.path for place in self.assessment.unreadable}
        proposed = set(self.assessment.proposed)
        found = (
            one
            for one in self.assessment.findings
            if one.outcome is not Outcome.OK
            and one.rule != WEAKER_POLICY
            and not (one.hard and (one.subject in places or one.sentence in proposed))
        )
        return tuple(sorted(found, key=_by_weight))

    def waived(self) -> tuple[Finding, ...]:
        """Return the failures that waivers let pass, in the order of the reasons."""
        return tuple(sorted((one for one in self.assessment.findings if one.waived), key=_by_weight))

    def allowed_sources(self) -> tuple[str, ...]:
        """Say which changed sources were not resolved and are let pass by the policy: told all the same."""
        fine = (one for one in self.assessment.findings if one.outcome is Outcome.OK and one.rule == UNRESOLVED_SOURCE)
        return tuple(sorted(one.sentence for one in fine))

    def share(self, outcome: Outcome) -> int:
        """Count the image changes with this word."""
        return sum(self.outcome_of(change) is outcome for change in self.assessment.changes)

    def ordered(self) -> tuple[AssessedChange, ...]:
        """Return the image changes in the order of every list: worst first, then by name, new version and place."""

        def place(change: AssessedChange) -> tuple[int, str, str, str]:
            name, after = change.change.name or "", change.change.after or ""
            return (-self.outcome_of(change), str(name), str(after), change.change.key)

        return tuple(sorted(self.assessment.changes, key=place))


def signature_of(change: AssessedChange) -> tuple[Word | None, Conclusion | None]:
    """Return the signature's word before, `None` when there is no old side, and the conclusion of the new side."""
    before = None if change.before is None else change.before.signature.word
    return before, None if change.after is None else change.after.signature


def lost(change: AssessedChange) -> bool:
    """Say whether less is verified on the new side: the signature, an asked attestation, or a whole predicate."""
    if change.before is None or change.after is None:
        return False
    types = {one.predicate_type for one in change.after.posture.measures.values()}
    gone = (one.before for one in change.measures if one.trend is Trend.LOST)
    if any(one is not None and one.predicate_type not in types for one in gone):
        return True
    before = {one.what: one.word for one in (change.before.signature, *change.before.attestations)}
    after = {one.what: one.word for one in (change.after.signature, *change.after.attestations)}
    return any(
        word is Word.VERIFIED and after.get(what, Word.ABSENT) is not Word.VERIFIED for what, word in before.items()
    )


def worth_saying(edits: Iterable[PolicyEdit]) -> bool:
    """Say whether any edit of a policy is one that a person should hear of."""
    return any(edit.telling for edit in edits)


def says_something(assessment: Assessment) -> bool:
    """Say whether there is anything to tell a person about this change."""
    if assessment.standing is Standing.SILENT and not assessment.proposed:
        return False
    worth = _hard(assessment) or worth_saying(assessment.edits)
    loud = any(finding.outcome is not Outcome.OK for finding in assessment.findings)
    proposed = assessment.standing is Standing.PROPOSED
    return bool(worth or assessment.changes or assessment.demands or loud or proposed)
