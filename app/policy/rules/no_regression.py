"""`no-regression`: against the old image nothing is worse, nothing is lost, nothing stops being verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.assessment import AssessedImage
from app.core.attestation import Word
from app.core.posture import MeasureChange, Trend, diff
from app.core.verdict import Finding, Outcome
from app.policy.coverage import whole
from app.policy.rules.base import CLOSENESS, OUTCOMES, Case, Said, finding, for_failed
from app.policy.scopes import Scope
from app.policy.trust import passed_over
from app.predicates import KEYS

_ASK = "Take an image that is no worse, or change the policy by a pull request first."
_VERDICTS = {
    Trend.WORSE: (Outcome.BLOCKED, "is worse than before", _ASK),
    Trend.LOST: (Outcome.BLOCKED, "was measured before and is not any more", "The publisher attests it again."),
    # Two honest numbers that mean different things: a person can weigh them, waiting would not help.
    Trend.NOT_COMPARABLE: (Outcome.REVIEW, "cannot be compared with before", "A person looks at both numbers."),
}


@dataclass(frozen=True, slots=True)
class NoRegression:
    """Compares `keys`, or every measure when there are none, and every word of what the policy asks."""

    scope: Scope
    keys: frozenset[str]

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the new image against the old one."""
        said = tuple(self._judge(case)) or (Said(Outcome.OK, "nothing is worse than before"),)
        return [finding(self.scope, "no-regression", case, one) for one in said]

    def _judge(self, case: Case) -> Iterable[Said]:
        before = case.change.before
        if before is None:
            yield _uncompared(case)
            return
        yield from self._unmeasured(before, case.after)
        changes = self._changes(before, case.after)
        for change in changes:
            if not self.keys or change.key in self.keys:
                yield from (self._eased(change, one, case) for one in _measure(change, case))
                yield from _partly(change, before, case.after)
        yield from self._unread(before, case.after)
        yield from _words(before, case.after)
        for side, image in (("old", before), ("new", case.after)):
            if image.evidence.failed or image.evidence.digest is None:
                sentence = f"a place that may hold attestations of the {side} image did not answer"
                yield Said(Outcome.INCOMPLETE, sentence, for_failed(image.evidence))

    def _unread(self, before: AssessedImage, after: AssessedImage) -> Iterable[Said]:
        mapped = {one.key for one in self.scope.mappings}
        types = {uri for key in self.keys or KEYS | mapped for uri in self.scope.yielding(key)}
        for side, image, outcome in (("new", after, Outcome.INCOMPLETE), ("old", before, Outcome.REVIEW)):
            unreadable = image.as_read_by(self.scope.key).unreadable
            broken = [one for one in unreadable if one.predicate_type in types]
            if broken:
                # A newer or worse statement may be what could not be read.
                sentence = f"a trusted attestation of the {side} image cannot be read: {broken[0].reason}"
                yield Said(outcome, sentence, "The publisher attests it anew, in the form that its type names.")

    def _eased(self, change: MeasureChange, said: Said, case: Case) -> Said:
        """Compare once more without the vulnerabilities that are waived, on both sides."""
        if change.trend is not Trend.WORSE or case.change.before is None:
            return said
        old, new = (image.as_read_by(self.scope.key) for image in (case.change.before, case.after))
        before = case.waivers.count(old, change.key, floor=self.scope.floor)
        after = case.waivers.count(new, change.key, floor=self.scope.floor)
        if before is None or after is None or not after.used or after.left > before.left:
            return said
        return said.passed_by(after.used)

    def _changes(self, before: AssessedImage, after: AssessedImage) -> tuple[MeasureChange, ...]:
        # As this scope reads both sides: what authors of VEX excuse for another scope is not milder here.
        return diff(before.as_read_by(self.scope.key), after.as_read_by(self.scope.key))

    def _unmeasured(self, before: AssessedImage, after: AssessedImage) -> Iterable[Said]:
        measured = {change.key for change in self._changes(before, after)}
        for key in sorted(self.keys):
            # What was lost is said as such; here is what neither side has: nothing was compared, and that is no pass.
            if key not in measured:
                sentence = f"{key} was measured on neither side: no trusted attestation says it"
                yield Said(Outcome.BLOCKED, sentence, "The publisher attests it for exactly this digest.")


def asked(scope: Scope) -> tuple[NoRegression, ...]:
    """Return the rule when the scope asks for it."""
    return () if scope.no_regression is None else (NoRegression(scope, scope.no_regression),)


def _uncompared(case: Case) -> Said:
    change = case.change.change
    if change.before_unknown:
        # A person can find out what ran before; waiting or asking again would not help.
        sentence = "which image ran before is not known, so there is nothing to compare with"
        return Said(Outcome.REVIEW, sentence, "A person compares it with what runs now.")
    if change.before is None:
        return Said(Outcome.OK, "nothing ran before, so there is nothing to compare with")
    return Said(Outcome.INCOMPLETE, "the old image could not be looked at, so there is nothing to compare with")


def _measure(change: MeasureChange, case: Case) -> Iterable[Said]:
    if change.trend not in _VERDICTS:
        return
    outcome, sentence, remedy = _VERDICTS[change.trend]
    if change.trend is Trend.LOST and _may_be_there(case.after):
        outcome, remedy = Outcome.INCOMPLETE, for_failed(case.after.evidence)
    why = f": {change.why}" if change.why else ""
    yield Said(outcome, f"{change.key} {sentence}{why}", remedy)


def _partly(change: MeasureChange, before: AssessedImage, after: AssessedImage) -> Iterable[Said]:
    if change.before is None or change.after is None:
        return
    was, now = whole(before.evidence, change.before.subjects), whole(after.evidence, change.after.subjects)
    if was and not now:
        sentence = f"{change.key} was known for the whole image and is now for a part of its platforms only"
        outcome = Outcome.INCOMPLETE if _may_be_there(after) else Outcome.BLOCKED
        yield Said(outcome, sentence, "The publisher attests it for every platform, or for the index.")


def _may_be_there(image: AssessedImage) -> bool:
    return bool(image.evidence.failed or passed_over(image.evidence))


def _words(before: AssessedImage, after: AssessedImage) -> Iterable[Said]:
    now = {one.what: one.word for one in (after.signature, *after.attestations)}
    for old in (before.signature, *before.attestations):
        word = now.get(old.what, Word.NOT_REQUIRED)
        if old.word is Word.VERIFIED and word not in (Word.VERIFIED, Word.NOT_REQUIRED):
            sentence = f"{old.what} was verified before and is now {word.value}"
            yield Said(OUTCOMES[word], sentence, _ASK, closeness=CLOSENESS.get(word))
