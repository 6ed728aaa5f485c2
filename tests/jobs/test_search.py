"""Evidence from every place that the policy names, each asked only as far as it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from app.core.attestation import (
    Answer,
    Attached,
    Bundle,
    Evidence,
    Fetched,
    Form,
    Lookup,
    PublicKey,
    Rejection,
    Resolution,
    SignedStatement,
    Word,
)
from app.core.oci import ANONYMOUS, Audience, Descriptor, Digest, ImageName, ImageReference, Mirrors
from app.jobs.evidence import Gatherer
from app.jobs.search import PLATFORMS, Beyond, Search
from app.policy import Policy
from tests.policy.samples import AMD64, NAME, NEW, policy, signed, text

IMAGE = ImageReference.parse(NAME).pinned(NEW)
NOWHERE = Lookup("referrers of sha256:aaa", "ghcr.io", Answer.NOT_THERE)
OWN, STORE, GITHUB, UPSTREAM = "own", "ghcr.io/acme/signatures", "acme/api", "docker.io/acme/api"
EVERYWHERE = f"signature: [release]\nsignatures-in: {STORE}\ngithub-attestations: {GITHUB}"
PLATFORM = Descriptor("application/json", AMD64, 1)


@dataclass
class World:
    """Registry, GitHub and verifier at once: `holds` says where signatures lie; every question is written down."""

    holds: tuple[str, ...] = ()
    proves: SignedStatement | Rejection = field(default_factory=signed)
    digest: Digest | None = NEW
    platforms: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    github: Mapping[Digest, Attached] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def _at(self, place: str) -> tuple[Bundle, ...]:
        self.asked.append(place)
        return (Bundle(Form.BUNDLE, place.encode(), NEW, "referrers"),) if place in self.holds else ()

    def resolve(self, reference: ImageReference) -> Resolution:
        return Resolution(self.digest, NOWHERE)

    def fetch(self, reference: ImageReference) -> Fetched:
        own = reference.name == IMAGE.name
        found = self._at(OWN if own else str(reference.name))
        return Fetched(reference, None, self.children if own else self.platforms, found, (NOWHERE,))

    def attached(self, place: ImageName, image: Fetched) -> Attached:
        return Attached(self._at(str(place)), (NOWHERE,))

    def claims(self, image: Fetched) -> tuple[Lookup, ...]:
        self.asked.append("claims")
        return (replace(NOWHERE, where=".sbom tag", claims=True),)

    def described(self, image: Fetched) -> Fetched:
        self.asked.append("each platform")
        return replace(image, each=(NOWHERE,) * len(image.platforms))

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        return self.proves

    def gather(self, scope: str, mirrors: Mirrors | None = None) -> Evidence:
        return self.search(policy(text(scope)), mirrors).gather(IMAGE if self.digest else replace(IMAGE, digest=None))

    def search(self, judge: Policy, mirrors: Mirrors | None = None) -> Search:
        beyond = Beyond(_GitHub(self), mirrors or Mirrors())
        return Search(Gatherer(self, self, ()), judge, beyond, Audience(1, "acme", "gitops"))


@dataclass
class _GitHub:
    world: World

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        assert audience != ANONYMOUS
        if digest != NEW:
            self.world.asked.append(digest.short)
        return self.world.github.get(digest, Attached(self.world._at(repository) if digest == NEW else (), (NOWHERE,)))


MIRRORED = Mirrors((("ghcr.io", "docker.io"),))


@pytest.mark.parametrize(
    ("holds", "scope", "mirrors", "asked"),
    [
        ((OWN,), "signature: [release]", None, [OWN]),
        ((OWN,), "signature: [release]", MIRRORED, [OWN]),
        ((OWN,), EVERYWHERE, MIRRORED, [OWN, STORE, GITHUB]),
        ((STORE,), EVERYWHERE, MIRRORED, [OWN, STORE, GITHUB]),
        ((UPSTREAM,), "signature: [release]", MIRRORED, [OWN, UPSTREAM]),
        ((), EVERYWHERE, MIRRORED, [OWN, STORE, GITHUB, UPSTREAM, "claims"]),
        ((), "signature: [release]", None, [OWN, "claims"]),
        ((), "pinned: true", MIRRORED, [OWN]),
    ],
)
def test_no_place_is_asked_that_the_policy_does_not_need(
    *, holds: tuple[str, ...], scope: str, mirrors: Mirrors | None, asked: list[str]
) -> None:
    world = World(holds)
    world.gather(scope, mirrors)
    assert world.asked == asked


@pytest.mark.parametrize(
    ("place", "elsewhere"),
    [
        (OWN, ""),
        (STORE, f"found in {STORE}"),
        (GITHUB, f"found in GitHub's attestations of {GITHUB}"),
        (UPSTREAM, f"signed upstream at {UPSTREAM}, the signature was lost in the mirror"),
    ],
)
def test_what_is_found_says_where(place: str, elsewhere: str) -> None:
    (found,) = World((place,)).gather(EVERYWHERE, MIRRORED).signed
    assert found.elsewhere == elsewhere


def test_what_lies_in_several_places_is_there_once() -> None:
    (found,) = World((OWN, STORE, GITHUB)).gather(EVERYWHERE).signed
    assert found.elsewhere == ""


def test_what_is_refused_says_where() -> None:
    refused = Rejection(Word.INVALID, "a-code", "it is wrong", Form.BUNDLE, "referrers")
    (found,) = World((STORE,), proves=refused).gather(EVERYWHERE).rejected
    assert found.found == f"referrers, found in {STORE}"


def test_every_answer_is_kept() -> None:
    evidence = World().gather(EVERYWHERE, MIRRORED)
    assert [one.where for one in evidence.lookups] == [
        *["referrers of sha256:aaa"] * 3,
        "referrers in acme/api of sha256:aaa",
        ".sbom tag",
    ]


def test_platforms_that_a_mirror_did_not_give_are_its_upstreams() -> None:
    assert World(platforms=(PLATFORM,)).gather("signature: [release]", MIRRORED).platforms == (PLATFORM,)


def test_an_image_that_was_not_found_is_looked_for_nowhere_else() -> None:
    world = World(digest=None)
    assert (world.gather(EVERYWHERE, MIRRORED).digest, world.asked) == (None, [])


MANY = tuple(Descriptor("application/json", Digest(f"{number:064x}"), 1) for number in range(12))
ON_GITHUB = f"signature: [release]\ngithub-attestations: {GITHUB}"


def test_github_is_asked_for_each_platform_of_an_index_that_lacks_something() -> None:
    world = World(children=MANY[:3])
    world.gather(ON_GITHUB)
    assert world.asked == [OWN, GITHUB, *(one.digest.short for one in MANY[:3]), "claims"]


def test_github_is_not_asked_for_platforms_when_nothing_is_lacking() -> None:
    world = World((GITHUB,), children=MANY[:3])
    world.gather(ON_GITHUB)
    assert world.asked == [OWN, GITHUB]


def test_at_055_github_is_not_asked_on_when_it_does_not_answer() -> None:
    refused = Attached((), (Lookup("attestations", "github.com", Answer.FAILED, "limits", "rate-limited"),))
    world = World(children=MANY[:3], github={MANY[0].digest: refused})
    world.gather(ON_GITHUB)
    assert world.asked == [OWN, GITHUB, MANY[0].digest.short, "claims"]


def test_at_093_platforms_above_the_bound_are_said_not_to_be_asked_for() -> None:
    world = World(children=MANY)
    said = [one for one in world.gather(ON_GITHUB).lookups if one.code == "not-asked"]
    assert (len(world.asked), [one.detail for one in said]) == (11, ["4 of 12 platforms were not asked for"])


def test_what_is_found_for_the_platforms_that_are_asked_for_may_do() -> None:
    last = MANY[PLATFORMS - 1].digest
    found = Attached((Bundle(Form.BUNDLE, b"", last, "GitHub"),), (NOWHERE,))
    world = World(children=MANY, github={last: found})
    assert not [one for one in world.gather(ON_GITHUB).lookups if one.code == "not-asked"]


@pytest.mark.parametrize(
    ("limits", "children", "asked"),
    [
        ("image.root: false", 2, True),
        ("image.root: false", 0, False),
        ("image.platforms: x", 2, False),
        ("packages.count: 9", 2, False),
    ],
)
def test_every_platform_is_read_only_where_a_limit_is_about_it(*, limits: str, children: int, asked: bool) -> None:
    world = World(children=MANY[:children])
    evidence = world.gather(f"limits: {{{limits}}}")
    assert ("each platform" in world.asked, len(evidence.each)) == (asked, 2 * asked)
