"""`limits` of `image.…`: what an image says of itself must keep to a number, flag or text.

Nobody signed it, but the digest binds it, and a runtime starts the image by it. It never stands for an attestation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.core.attestation import Lookup
from app.core.claims import CREATED, KEYS, PLATFORMS, SHARED, measures
from app.core.image_facts import ImageFacts
from app.core.posture import Measure
from app.core.verdict import Finding, Outcome
from app.policy.rules.base import Case, Said, finding, for_failed
from app.policy.scopes import LimitValue, Scope

_ASK = "Take an image that keeps the limit."


@dataclass(frozen=True, slots=True)
class ImageLimit:
    """A number may be at most `allowed` (of layers shared, at least); a flag or text must be it.

    `image.created` is the most days since the build.
    """

    scope: Scope
    key: str
    allowed: LimitValue

    def judge(self, case: Case) -> Iterable[Finding]:
        """Judge the new image."""
        yield finding(self.scope, f"limits {self.key}", case, self._said(case))

    def _said(self, case: Case) -> Said:
        evidence, facts = case.after.evidence, case.after.evidence.facts
        if not isinstance(facts, ImageFacts):
            if isinstance(facts, Lookup) and facts not in evidence.unanswered:
                return Said(Outcome.BLOCKED, f"{self.key}: the image says nothing of itself: {facts.detail}", _ASK)
            failed = (*evidence.failed, *evidence.unanswered)
            sentence = f"{self.key} cannot be judged: what the image says of itself could not be read"
            return Said(Outcome.INCOMPLETE, sentence, for_failed(replace(evidence, lookups=failed)))
        old = case.change.before.evidence.facts if case.change.before else None
        measure = measures(facts, old if isinstance(old, ImageFacts) else None).get(self.key)
        if measure is None:
            return self._uncompared(case) if self.key == SHARED else self._silent()
        built, allowed = facts.created, self.allowed
        if self.key == CREATED and built is not None and isinstance(allowed, int):
            broken = self._aged((case.at - built).days, allowed)
        else:
            broken = self._broken(measure)
        return broken or self._partly(facts) or Said(Outcome.OK, f"{self.key} is {_words(measure.value)}")

    def _silent(self) -> Said:
        return Said(Outcome.BLOCKED, f"{self.key}: the image does not say it", _ASK)

    def _uncompared(self, case: Case) -> Said:
        if case.change.change.before is None:
            return Said(Outcome.OK, "nothing ran before, so no layer can be shared")
        sentence = "the layers of the old image are not known, or are for another platform"
        return Said(Outcome.REVIEW, sentence, "A person compares the two images.")

    def _broken(self, measure: Measure) -> Said | None:
        value, allowed = measure.value, self.allowed
        if type(value) is not type(allowed):
            sentence = f"{self.key} is {_words(value)}, which cannot be held against {_words(allowed)}"
            return Said(Outcome.INCOMPLETE, sentence, "Correct the limit in the policy by a pull request.")
        if isinstance(value, int) and isinstance(allowed, int) and not isinstance(value, bool):
            least = self.key == SHARED
            if value < allowed if least else value > allowed:
                bound = "at least" if least else "at most"
                return Said(Outcome.BLOCKED, f"{self.key} is {value}, {bound} {allowed} is allowed", _ASK)
            return None
        if value != allowed:
            return Said(Outcome.BLOCKED, f"{self.key} is {_words(value)}, must be {_words(allowed)}", _ASK)
        return None

    def _aged(self, days: int, allowed: int) -> Said | None:
        if days < -1:
            return Said(Outcome.BLOCKED, f"{self.key}: the image says that it was built in the future", _ASK)
        if days > allowed:
            return Said(Outcome.BLOCKED, f"{self.key} is {days} days ago, at most {allowed} are allowed", _ASK)
        return None

    def _partly(self, facts: ImageFacts) -> Said | None:
        # Another platform's configuration may say something else, and it is one that runs.
        if self.key == PLATFORMS or len(facts.platforms) == 1:
            return None
        sentence = f"{self.key} is known for {facts.platform} only, one of {len(facts.platforms)} platforms"
        return Said(Outcome.INCOMPLETE, sentence, "Name the manifest of the platform that runs, by its digest.")


def asked(scope: Scope) -> tuple[ImageLimit, ...]:
    """Return a rule for each limit of the scope that is about the image's own word."""
    return tuple(ImageLimit(scope, key, scope.limits[key]) for key in sorted(KEYS & scope.limits.keys()))


def _words(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
