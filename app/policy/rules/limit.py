"""`limits`: a measure of the new image must keep to a number, flag or text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.claims import KEYS
from app.core.posture import Better, Measure, Value
from app.core.verdict import Finding, Outcome
from app.policy.coverage import whole
from app.policy.rules.base import Case, Said, finding, for_failed
from app.policy.scopes import LimitValue, Scope
from app.policy.trust import passed_over, vouched
from app.predicates.base import KNOWN_EXPLOITED


@dataclass(frozen=True, slots=True)
class Limit:
    """A number may be at most `allowed` (at least, where higher is better); a flag or text must be it."""

    scope: Scope
    key: str
    allowed: LimitValue

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the new image."""
        measure = case.after.as_read_by(self.scope.key).measures.get(self.key)
        said = self._missing(case) if measure is None else self._eased(measure, case)
        yield finding(self.scope, f"limits {self.key}", case, said)

    def _missing(self, case: Case) -> Said:
        if unread := self._unread(case):
            return unread
        if why := passed_over(case.after.evidence):
            return Said(Outcome.INCOMPLETE, f"{self.key} {why}", "The publisher attests it for the index.")
        sentence = f"{self.key} was not measured: no trusted attestation says it"
        if self.key.startswith(f"vulnerabilities.{KNOWN_EXPLOITED}"):
            sentence += ", or Assay's operator gave no catalogue (ASSAY_KEV_FILE)"
        return Said(Outcome.BLOCKED, sentence, "The publisher attests it for exactly this digest, by a named signer.")

    def _eased(self, measure: Measure, case: Case) -> Said:
        """Judge the count, and when it breaks the limit, once more without the vulnerabilities that are waived."""
        said = self._measured(measure, case)
        posture = case.after.as_read_by(self.scope.key)
        count = case.waivers.count(posture, self.key, floor=self.scope.floor)
        if said.outcome is not Outcome.BLOCKED or count is None or not count.used:
            return said
        again = self._measured(replace(measure, value=count.left), case)
        return said.passed_by(count.used) if again.outcome is Outcome.OK else said

    def _measured(self, measure: Measure, case: Case) -> Said:
        value, allowed = measure.value, self.allowed
        # A flag is a number to Python, but not to people: types must be the same.
        if type(value) is not type(allowed):
            sentence = f"{self.key} is {_words(value)}, which cannot be held against {_words(allowed)}"
            return Said(Outcome.INCOMPLETE, sentence, "Correct the limit in the policy by a pull request.")
        if self._broken(measure):
            bound = "must be" if not _number(allowed) else "at least" if measure.better is Better.HIGHER else "at most"
            sentence = f"{self.key} is {_words(value)}, {bound} {_words(allowed)}{_allowed_end(allowed)}"
            return Said(Outcome.BLOCKED, sentence, "Take an image that keeps the limit.")
        # A newer or worse statement may be what could not be read.
        return (
            self._unread(case)
            or self._partly(measure, case)
            or self._by_others(case)
            or Said(Outcome.OK, f"{self.key} is {_words(value)}")
        )

    def _broken(self, measure: Measure) -> bool:
        value, allowed = measure.value, self.allowed
        if _number(value) and _number(allowed):
            return value < allowed if measure.better is Better.HIGHER else value > allowed  # type: ignore[operator] # both are numbers
        return value != allowed

    def _unread(self, case: Case) -> Said | None:
        evidence = case.after.evidence
        if evidence.failed or evidence.digest is None:
            sentence = f"{self.key} cannot be judged: a place that may hold an attestation did not answer"
            return Said(Outcome.INCOMPLETE, sentence, for_failed(evidence))
        types = self.scope.yielding(self.key)
        unreadable = case.after.as_read_by(self.scope.key).unreadable
        broken = [one for one in unreadable if one.predicate_type in types]
        if broken:
            where = f" at {broken[0].path}" if broken[0].path else ""
            sentence = f"{self.key} cannot be judged: a trusted attestation cannot be read{where}: {broken[0].reason}"
            return Said(Outcome.INCOMPLETE, sentence, "The publisher attests it anew, in the form that its type names.")
        return None

    def _partly(self, measure: Measure, case: Case) -> Said | None:
        # Not those of its type: a list of packages need not be one of vulnerabilities.
        if whole(case.after.evidence, measure.subjects):
            return None
        sentence = f"{self.key} is known for a part of the image's platforms only"
        return Said(Outcome.INCOMPLETE, sentence, "The publisher attests it for every platform, or for the index.")

    def _by_others(self, case: Case) -> Said | None:
        """Refuse a floor's limit that only signers of the repository's own policy answer."""
        if not self.scope.floor:
            return None
        floor = [scope for scope in case.scopes if scope.file == self.scope.file]
        types = self.scope.yielding(self.key)
        if whole(case.after.evidence, vouched(case.after.evidence, floor, types)):
            return None
        sentence = f"{self.key} is said, for the whole image, by no signer whom the floor names"
        return Said(Outcome.BLOCKED, sentence, "The publisher attests it by a signer whom the floor names.")


def asked(scope: Scope) -> tuple[Limit, ...]:
    """Return a rule for each limit of the scope that attestations answer."""
    return tuple(Limit(scope, key, value) for key, value in sorted(scope.limited.items()) if key not in KEYS)


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _words(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"a list of {len(value)}" if isinstance(value, frozenset) else str(value)


def _allowed_end(allowed: LimitValue) -> str:
    return " is allowed" if _number(allowed) else ""
