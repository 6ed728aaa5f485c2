"""Answers that are kept: a question is asked once, and what was not wanted for longest is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from app.core.attestation import Answer as Told
from app.core.attestation import Attached, Fetched, Lookup, Resolution
from app.core.oci import ANONYMOUS, Audience, Digest, ImageName, ImageReference
from app.jobs.asked_once import Answers, AttestationsOnce, RegistriesOnce
from app.jobs.ports import Registry

DIGEST = Digest.parse(f"sha256:{'1' * 64}")


def _asked(answers: Answers, *questions: str) -> list[str]:
    asked: list[str] = []

    def asking(question: str) -> Callable[[], str]:
        def ask() -> str:
            asked.append(question)
            return question.upper()

        return ask

    for question in questions:
        assert answers.of(question, asking(question)) == question.upper()
    return asked


def test_a_question_is_asked_once() -> None:
    assert _asked(Answers(), "a", "b", "a") == ["a", "b"]


def test_the_answer_that_was_not_wanted_for_longest_is_forgotten() -> None:
    assert _asked(Answers(most=2), "a", "b", "a", "c", "a", "b") == ["a", "b", "c", "b"]


@dataclass
class _GitHub:
    asked: list[Audience] = field(default_factory=list)

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        self.asked.append(audience)
        return Attached((), ())


def test_what_one_audience_was_told_is_not_told_to_another() -> None:
    github = _GitHub()
    once = AttestationsOnce(github, Answers())
    somebody = Audience(owner="acme")
    for audience in (somebody, ANONYMOUS, somebody):
        once.fetch("acme/api", DIGEST, audience)
    assert github.asked == [somebody, ANONYMOUS]


IMAGE = ImageReference.parse(f"ghcr.io/acme/api@{DIGEST}")
FETCHED = Fetched(IMAGE, None, (), (), ())


@dataclass
class _Hosts:
    """A registry that counts how often each of its questions is asked."""

    asked: list[str] = field(default_factory=list)

    def open(self, audience: Audience) -> Registry:
        return self

    def resolve(self, reference: ImageReference) -> Resolution:
        self.asked.append("resolve")
        return Resolution(DIGEST, Lookup("tag", "ghcr.io", Told.FOUND))

    def fetch(self, reference: ImageReference) -> Fetched:
        self.asked.append("fetch")
        return FETCHED

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        self.asked.append(f"attached {place}")
        return Attached((), ())

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        self.asked.append("claims")
        return ()

    def described(self, image: Fetched) -> Fetched:
        self.asked.append("described")
        return image


ELSEWHERE = ImageReference.parse("ghcr.io/acme/signatures:1").name


@pytest.mark.parametrize(
    ("question", "ask"),
    [
        ("resolve", lambda registry: registry.resolve(IMAGE)),
        ("fetch", lambda registry: registry.fetch(IMAGE)),
        ("attached ghcr.io/acme/signatures", lambda registry: registry.attached(ELSEWHERE, FETCHED)),
        ("claims", lambda registry: registry.claims(FETCHED)),
        ("described", lambda registry: registry.described(FETCHED)),
    ],
)
def test_each_question_to_a_registry_is_asked_once_whoever_opens_it(
    question: str, ask: Callable[[Registry], object]
) -> None:
    hosts = _Hosts()
    registries = RegistriesOnce(hosts, Answers())
    answers = [ask(registries.open(ANONYMOUS)) for _ in range(2)]
    assert (hosts.asked, answers[0] == answers[1]) == ([question], True)


def test_two_places_of_one_image_are_two_questions() -> None:
    hosts = _Hosts()
    registry = RegistriesOnce(hosts, Answers()).open(ANONYMOUS)
    for place in (ELSEWHERE, IMAGE.name):
        registry.attached(place, FETCHED)
    assert hosts.asked == ["attached ghcr.io/acme/signatures", "attached ghcr.io/acme/api"]
