"""Registries and GitHub's attestations asked once for each question, so that two policies judge the same answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeVar, cast

from app.core.attestation import Attached, Fetched, Lookup, Resolution
from app.core.errors import Unavailable
from app.core.oci import Audience, Digest, ImageName, ImageReference
from app.jobs.ports import Attestations, Registries, Registry

MOST_KEPT: Final = 512
"""Answers that are kept, those that were not wanted for longest leave first: anyone can attach megabytes."""

TIME_IS_OVER: Final = "the time for it was over before all registries had answered"

_T = TypeVar("_T")


def always() -> bool:
    """Say that there is time left to ask."""
    return True


@dataclass(slots=True)
class Answers:
    """Answers by question, from any thread; what is asked twice at the same time may be asked twice.

    Once there is no `time_left` nothing more is asked: `Unavailable` is raised, through whatever port is wrapped.
    """

    most: int = MOST_KEPT
    time_left: Callable[[], bool] = always
    _kept: OrderedDict[Hashable, object] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, question: Hashable, ask: Callable[[], _T]) -> _T:
        """Return the answer that was given before, or ask."""
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
                return cast("_T", self._kept[question])
        if not self.time_left():
            raise Unavailable(TIME_IS_OVER)
        answer = ask()
        with self._lock:
            self._kept[question] = answer
            if len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return answer


@dataclass(frozen=True, slots=True)
class RegistriesOnce:
    """Registries whose answers are kept, for each audience apart."""

    registries: Registries
    answers: Answers

    def open(self, audience: Audience) -> Registry:
        """Bind the credentials that this audience may use."""
        return _RegistryOnce(self.registries.open(audience), audience, self.answers)


@dataclass(frozen=True, slots=True)
class _RegistryOnce:
    registry: Registry
    audience: Audience
    answers: Answers

    def resolve(self, reference: ImageReference) -> Resolution:
        return self.answers.of(("resolve", self.audience, reference), lambda: self.registry.resolve(reference))

    def fetch(self, reference: ImageReference) -> Fetched:
        return self.answers.of(("fetch", self.audience, reference), lambda: self.registry.fetch(reference))

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        question = ("attached", self.audience, place, image.reference, image.platforms)
        return self.answers.of(question, lambda: self.registry.attached(place, image))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        question = ("claims", self.audience, image.reference, image.platforms)
        return self.answers.of(question, lambda: self.registry.claims(image))

    def described(self, image: Fetched) -> Fetched:
        question = ("described", self.audience, image.reference, image.platforms)
        return self.answers.of(question, lambda: self.registry.described(image))


@dataclass(frozen=True, slots=True)
class AttestationsOnce:
    """GitHub's attestations, whose answers are kept."""

    attestations: Attestations
    answers: Answers

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Fetch what GitHub keeps for a digest; never raises, what failed is in the answer."""
        question = ("github", repository, digest, audience)
        return self.answers.of(question, lambda: self.attestations.fetch(repository, digest, audience))
