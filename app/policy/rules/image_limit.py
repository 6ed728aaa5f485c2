"""`limits` of `image.…`: what an image says of itself must keep to a number, flag or text.

Nobody signed it, but the digest binds it, and a runtime starts the image by it. It never stands for an attestation.
Of an index each platform that runs is judged, and the worst counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from app.core.attestation import Lookup
from app.core.claims import CREATED, KEYS, PLATFORMS, SHARED, measures
from app.core.image_facts import ImageFacts
from app.core.inventory import Artifact
from app.core.posture import Measure
from app.core.verdict import Finding, Outcome
from app.policy.rules.base import Case, Said, finding, for_failed
from app.policy.scopes import LimitValue, Scope
from app.policy.trust import NOT_ASKED

_ASK: Final = "Take an image that keeps the limit."
_NAME_ONE: Final = "Name the manifest of the platform that runs, by its digest."
_SHOWN: Final = 5


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
        evidence = case.after.evidence
        if self.key != PLATFORMS and evidence.each:
            return _worst([(_platform(one), self._of(one, case)) for one in evidence.each])
        said = self._of(evidence.facts, case)
        return self._partly(evidence.facts) or said if said.outcome is Outcome.OK else said

    def _of(self, facts: ImageFacts | Lookup | None, case: Case) -> Said:
        """Judge by what one manifest says."""
        if not isinstance(facts, ImageFacts):
            return self._unread(facts, case)
        measure = measures(facts, _before(facts, case)).get(self.key)
        if measure is None:
            return self._uncompared(facts, case) if self.key == SHARED else self._silent()
        built, allowed = facts.created, self.allowed
        if self.key == CREATED and built is not None and isinstance(allowed, int):
            broken = self._aged((case.at - built).days, allowed)
        else:
            broken = self._broken(measure)
        return broken or Said(Outcome.OK, f"{self.key} is {_words(measure.value)}")

    def _unread(self, lookup: Lookup | None, case: Case) -> Said:
        evidence = case.after.evidence
        if lookup is not None and lookup.code == NOT_ASKED:
            return Said(Outcome.INCOMPLETE, f"{self.key} is not known of all that runs: {lookup.detail}", _NAME_ONE)
        if lookup is not None and lookup.code == "unsupported" and _runs_nothing(case):
            return Said(Outcome.OK, f"{self.key} does not concern it: it holds no container image")
        if lookup is not None and lookup not in evidence.unanswered:
            return Said(Outcome.BLOCKED, f"{self.key}: the image says nothing of itself: {lookup.detail}", _ASK)
        failed = (*evidence.failed, *evidence.unanswered)
        sentence = f"{self.key} cannot be judged: what the image says of itself could not be read"
        return Said(Outcome.INCOMPLETE, sentence, for_failed(replace(evidence, lookups=failed)))

    def _silent(self) -> Said:
        return Said(Outcome.BLOCKED, f"{self.key}: the image does not say it", _ASK)

    def _uncompared(self, facts: ImageFacts, case: Case) -> Said:
        if case.change.change.before is None:
            return Said(Outcome.OK, "nothing ran before, so no layer can be shared")
        old = case.change.before.evidence.facts if case.change.before else None
        sentence = "the layers of the old image are not known"
        if isinstance(old, ImageFacts):
            sentence = f"the layers are not compared: the old image is known for {old.platform}, not {facts.platform}"
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

    def _partly(self, facts: ImageFacts | Lookup | None) -> Said | None:
        # Another platform's configuration may say something else, and it is one that runs.
        if self.key == PLATFORMS or not isinstance(facts, ImageFacts) or len(facts.platforms) == 1:
            return None
        sentence = f"{self.key} is known for {facts.platform} only, one of {len(facts.platforms)} platforms"
        return Said(Outcome.INCOMPLETE, sentence, _NAME_ONE)


def _runs_nothing(case: Case) -> bool:
    # What a manifest names as a chart or bundle is started by no node; what says that it is an image is held to this.
    return case.change.change.artifact is not Artifact.IMAGE


def asked(scope: Scope) -> tuple[ImageLimit, ...]:
    """Return a rule for each limit of the scope that is about the image's own word."""
    return tuple(ImageLimit(scope, key, scope.limits[key]) for key in sorted(KEYS & scope.limits.keys()))


def _before(facts: ImageFacts, case: Case) -> ImageFacts | None:
    """Return what the old image says for the same platform."""
    if case.change.before is None:
        return None
    old = case.change.before.evidence
    known = (one for one in (*old.each, old.facts) if isinstance(one, ImageFacts))
    return next((one for one in known if one.platform == facts.platform), None)


def _platform(found: ImageFacts | Lookup) -> str:
    return str(found.platform) if isinstance(found, ImageFacts) else found.where.partition(" of ")[2]


def _worst(said: list[tuple[str, Said]]) -> Said:
    """Say the worst that is said of a platform, and of which."""
    worst = max(one.outcome for _, one in said)
    these = [(platform, one) for platform, one in said if one.outcome is worst]
    sentences = []
    for sentence in dict.fromkeys(one.sentence for _, one in these):
        names = [platform for platform, one in these if one.sentence == sentence and platform]
        every = len(names) == len(said)
        more = " and others" if len(names) > _SHOWN else ""
        shown = f"each of {len(said)} platforms" if every else ", ".join(dict.fromkeys(names[:_SHOWN])) + more
        sentences.append(f"{sentence} ({shown})" if shown else sentence)
    return Said(worst, "; ".join(sentences[:_SHOWN]), these[0][1].remedy)


def _words(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
