"""What is remembered of an image, how long, and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from app.adapters.evidence_cache import CacheLimits, EvidenceCache
from app.core.attestation import Answer, Attached, Bundle, Fetched, Form, Lookup, Resolution
from app.core.image_facts import ImageFacts
from app.core.oci import ANONYMOUS, Audience, Descriptor, Digest, ImageName, ImageReference, Platform

IMAGE = ImageReference.parse("ghcr.io/acme/api").pinned(Digest("a" * 64))
ACME = Audience(1, "acme", "acme/gitops")
OTHER = Audience(2, "other", "other/gitops")
FOUND = Lookup(".sig tag", "ghcr.io", Answer.FOUND)
ABSENT = Lookup(".sig tag", "ghcr.io", Answer.NOT_THERE)
FAILED = Lookup(".sig tag", "ghcr.io", Answer.FAILED, code="timeout")


@dataclass
class World:
    """A registry that gives one answer and counts, and a moment that only the test moves."""

    lookup: Lookup = FOUND
    content: bytes | None = b"signature"
    now: float = 0.0
    asked: list[ImageReference] = field(default_factory=list)
    facts: ImageFacts | Lookup | None = None

    def open(self, audience: Audience) -> World:
        return self

    def resolve(self, reference: ImageReference) -> Resolution:
        self.asked.append(reference)
        return Resolution(None, ABSENT)

    def fetch(self, reference: ImageReference) -> Fetched:
        self.asked.append(reference)
        bundle = Bundle(Form.LEGACY_SIGNATURE, self.content or b"", Digest("a" * 64), ".sig tag")
        return Fetched(reference, None, (), (bundle,) if self.content else (), (self.lookup,), self.facts)

    def cache(self, limits: CacheLimits | None = None) -> EvidenceCache:
        return EvidenceCache(self, limits or CacheLimits(), lambda: self.now)


@pytest.mark.parametrize(
    ("lookup", "content", "seconds", "asked"),
    [
        (FOUND, b"signature", 599, 1),
        (FOUND, b"signature", 600, 2),
        (ABSENT, None, 59, 1),
        (ABSENT, None, 60, 2),
        (FAILED, b"signature", 0, 2),
        (FAILED, None, 0, 2),
    ],
)
def test_at_055_an_answer_is_remembered_as_long_as_it_may_be(
    *, lookup: Lookup, content: bytes | None, seconds: float, asked: int
) -> None:
    world = World(lookup, content)
    cache = world.cache()
    cache.open(ACME).fetch(IMAGE)
    world.now = seconds
    cache.open(ACME).fetch(IMAGE)
    assert len(world.asked) == asked


@pytest.mark.parametrize(
    ("credentials", "second", "asked"),
    [
        (False, OTHER, 1),
        (False, ANONYMOUS, 1),
        (True, ACME, 1),
        (True, replace(ACME, repository="acme/second"), 2),
        (True, OTHER, 2),
        (True, ANONYMOUS, 2),
    ],
)
def test_at_211_what_a_credential_gave_stays_with_the_repository_that_it_may_be_bound_to(
    *, credentials: bool, second: Audience, asked: int
) -> None:
    world = World(replace(FOUND, credentials=credentials))
    cache = world.cache()
    cache.open(ACME).fetch(IMAGE)
    cache.open(second).fetch(IMAGE)
    assert len(world.asked) == asked


def test_without_an_installation_an_answer_stays_with_its_very_audience() -> None:
    world = World(replace(FOUND, credentials=True))
    cache = world.cache()
    cache.open(Audience(owner="acme")).fetch(IMAGE)
    cache.open(ANONYMOUS).fetch(IMAGE)
    assert len(world.asked) == 2


def test_another_image_is_asked_for() -> None:
    world = World()
    cache = world.cache()
    for image in (IMAGE, replace(IMAGE, digest=Digest("b" * 64)), ImageReference.parse("a/b").pinned(Digest("a" * 64))):
        cache.open(ACME).fetch(image)
    assert len(world.asked) == 3


def test_the_answer_carries_the_reference_that_was_asked_for() -> None:
    cache = World().cache()
    cache.open(ACME).fetch(IMAGE)
    tagged = replace(IMAGE, tag="1.0")
    assert cache.open(ACME).fetch(tagged).reference == tagged


def test_at_041_a_tag_is_never_answered_from_memory() -> None:
    world = World()
    registry = world.cache().open(ACME)
    registry.resolve(replace(IMAGE, digest=None))
    registry.resolve(replace(IMAGE, digest=None))
    assert len(world.asked) == 2


@pytest.mark.parametrize("limits", [CacheLimits(entries=2), CacheLimits(size=2 * 2100)])
def test_the_image_that_was_not_asked_for_the_longest_is_forgotten(limits: CacheLimits) -> None:
    world = World()
    registry = world.cache(limits).open(ACME)
    first, second, third = (replace(IMAGE, digest=Digest(letter * 64)) for letter in "abc")
    for image in (first, second, first, third, first, second):
        registry.fetch(image)
    assert [image.digest for image in world.asked] == [first.digest, second.digest, third.digest, second.digest]


def test_an_answer_larger_than_the_memory_is_not_kept() -> None:
    world = World(content=b"x" * 5000)
    registry = world.cache(CacheLimits(size=4000)).open(ACME)
    registry.fetch(IMAGE)
    registry.fetch(IMAGE)
    assert len(world.asked) == 2


def test_an_image_without_a_digest_is_left_to_the_registry() -> None:
    world = World()
    world.cache().open(ACME).fetch(replace(IMAGE, digest=None))
    assert len(world.asked) == 1


SAYS = ImageFacts(Digest("a" * 64), Digest("b" * 64), Platform("linux", "amd64"), (Digest("c" * 64),), 1)


@pytest.mark.parametrize(("facts", "asked"), [(SAYS, 1), (ABSENT, 1), (FAILED, 2)])
def test_what_an_image_says_of_itself_is_remembered_unless_it_could_not_be_read(
    facts: ImageFacts | Lookup, asked: int
) -> None:
    world = World(facts=facts)
    cache = world.cache()
    answers = [cache.open(ACME).fetch(IMAGE).facts for _ in range(2)]
    assert (answers, len(world.asked)) == ([facts, facts], asked)


def test_what_an_image_says_of_itself_takes_its_part_of_the_memory() -> None:
    world = World(facts=replace(SAYS, labels={"title": "t" * 10_000}))
    cache = world.cache(CacheLimits(size=8_000))
    for _ in range(2):
        cache.open(ACME).fetch(IMAGE)
    assert len(world.asked) == 2


@dataclass
class Elsewhere(World):
    """Other places than the image's own repository, which give one answer and count."""

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        self.asked.append(image.reference)
        return Attached((), (self.lookup,))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        self.asked.append(image.reference)
        return (self.lookup,)


@dataclass
class Describing(World):
    """A registry that says what each platform says of itself, and counts."""

    each: tuple[ImageFacts | Lookup, ...] = (SAYS,)

    def described(self, image: Fetched) -> Fetched:
        self.asked.append(image.reference)
        return replace(image, each=self.each, lookups=(self.lookup,))


STORE, OTHER_STORE = (ImageName.parse(f"ghcr.io/acme/{name}") for name in ("signatures", "others"))
FETCHED = Fetched(IMAGE, None, (), (), ())
PLATFORMS = replace(FETCHED, platforms=(Descriptor("application/json", Digest("b" * 64), 1),))


@pytest.mark.parametrize(
    ("place", "image", "asked"),
    [
        (STORE, FETCHED, 1),
        (OTHER_STORE, FETCHED, 2),
        (STORE, PLATFORMS, 2),
        (STORE, replace(FETCHED, reference=replace(IMAGE, digest=Digest("c" * 64))), 2),
        (STORE, replace(FETCHED, reference=replace(IMAGE, tag="1.0")), 1),
    ],
)
def test_what_lies_elsewhere_is_remembered_by_place_digest_and_platforms(
    *, place: ImageName, image: Fetched, asked: int
) -> None:
    world = Elsewhere(ABSENT)
    registry = world.cache().open(ACME)
    registry.attached(STORE, FETCHED)
    registry.attached(place, image)
    assert len(world.asked) == asked


def test_what_another_repository_holds_is_no_answer_for_an_image_there() -> None:
    world = Elsewhere(ABSENT)
    registry = world.cache().open(ACME)
    registry.attached(IMAGE.name, FETCHED)
    registry.fetch(IMAGE)
    assert len(world.asked) == 2


def test_an_image_without_a_digest_is_left_to_the_other_repository() -> None:
    world = Elsewhere(ABSENT)
    registry = world.cache().open(ACME)
    for _ in range(2):
        registry.attached(STORE, replace(FETCHED, reference=replace(IMAGE, digest=None)))
    assert len(world.asked) == 2


def test_at_036_claims_are_asked_for_each_time() -> None:
    world = Elsewhere(ABSENT)
    registry = world.cache().open(ACME)
    registry.claims(FETCHED)
    registry.claims(FETCHED)
    assert len(world.asked) == 2


@dataclass
class GitHub:
    """GitHub's attestations, which give one answer and count."""

    lookup: Lookup
    asked: list[str] = field(default_factory=list)

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        self.asked.append(repository)
        return Attached((), (self.lookup,))


@pytest.mark.parametrize(
    ("lookup", "repository", "audience", "asked"),
    [
        (ABSENT, "Acme/api", OTHER, 1),
        (ABSENT, "acme/other", ACME, 2),
        (replace(ABSENT, credentials=True), "acme/api", ACME, 1),
        (replace(ABSENT, credentials=True), "acme/api", OTHER, 2),
        (FAILED, "acme/api", ACME, 2),
    ],
)
def test_at_211_what_a_token_of_github_gave_stays_with_its_audience(
    *, lookup: Lookup, repository: str, audience: Audience, asked: int
) -> None:
    github = GitHub(lookup)
    attestations = World().cache().before(github)
    attestations.fetch("acme/api", Digest("a" * 64), ACME)
    attestations.fetch(repository, Digest("a" * 64), audience)
    assert len(github.asked) == asked


@pytest.mark.parametrize(("each", "asked"), [((SAYS, ABSENT), 1), ((SAYS, FAILED), 2)])
def test_what_each_platform_says_is_remembered_unless_one_could_not_be_read(
    each: tuple[ImageFacts | Lookup, ...], asked: int
) -> None:
    world = Describing(ABSENT, each=each)
    registry = world.cache().open(ACME)
    answers = [registry.described(PLATFORMS).each for _ in range(2)]
    assert (answers, len(world.asked)) == ([each, each], asked)


def test_what_platforms_say_is_kept_apart_from_the_image() -> None:
    world = Describing(ABSENT)
    registry = world.cache().open(ACME)
    registry.fetch(IMAGE)
    assert (registry.described(PLATFORMS).each, registry.fetch(IMAGE).each) == ((SAYS,), ())


def test_what_platforms_say_of_an_image_without_a_digest_is_not_kept() -> None:
    world = Describing(ABSENT)
    registry = world.cache().open(ACME)
    for _ in range(2):
        registry.described(replace(PLATFORMS, reference=replace(IMAGE, digest=None)))
    assert len(world.asked) == 2
