"""Tags, downgrades, moves and what images say of themselves, from a delivery to statuses and comment."""

from __future__ import annotations

import pytest

from app.core.attestation import Form
from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, REVIEW, World, policy
from tests.fakes.github.repository import Repository
from tests.fakes.registry import Fault


def under(world: World, *lines: str) -> None:
    world.under_policy(policy(world.desk.registry.host, scope="".join(f"    {line}\n" for line in lines)))


def test_an_ordinary_bump_says_nothing_new(world: World) -> None:
    under(world)
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert len([line for line in pull.comments[-1].body.splitlines() if line and not line.startswith("|")]) == 3


@pytest.mark.parametrize(
    ("line", "images", "review"), [("", "success", "pending"), ("downgrade: block", "failure", "success")]
)
def test_at_046_a_downgrade_waits_for_a_person_or_is_blocked(world: World, line: str, images: str, review: str) -> None:
    under(world, *([line] if line else []))
    pull = world.bump(world.image(tag="1.0.9")[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: images, REVIEW: review}
    assert "the version goes back" in pull.comments[-1].body


@pytest.mark.parametrize(
    ("line", "images", "review"), [("", "success", "pending"), ("tag-mismatch: block", "failure", "success")]
)
def test_at_116_a_tag_that_was_moved_since_waits_for_a_person_or_is_blocked(
    world: World, line: str, images: str, review: str
) -> None:
    under(world, *([line] if line else []))
    image, _ = world.image(tag="2.0")
    _, other = world.image(tag="2.0")
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: images, REVIEW: review}
    assert str(other) in pull.comments[-1].body


@pytest.mark.parametrize(("line", "images"), [("", "success"), ("tag-mismatch: block", "error")])
def test_a_tag_that_cannot_be_looked_up_is_an_error_only_where_it_blocks(world: World, line: str, images: str) -> None:
    under(world, *([line] if line else []))
    image, _ = world.image(tag="2.0")
    world.desk.registry.fail(Fault("/manifests/2.0", status=503))
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == images


def test_at_041_a_bare_tag_is_given_with_its_digest_to_be_pasted(world: World) -> None:
    under(world)
    image, digest = world.image()
    pull = world.bump(image.partition("@")[0])
    world.desk.work()
    assert f"`{image.partition('@')[0]}@{digest}`" in pull.comments[-1].body


def test_another_repository_waits_for_a_person(world: World) -> None:
    under(world)
    pull = world.bump(world.image("acme/other")[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}
    assert "the repository moved from" in pull.comments[-1].body


def test_at_045_a_copied_signature_is_blocked_where_it_is_bound(world: World) -> None:
    under(world, "bind-repository: true")
    image, digest = world.image(signed=False)
    signer = world.desk.sigstore.signer(IDENTITY, ISSUER)
    copied = world.desk.sigstore.sign(
        digest, f"{world.desk.registry.host}/acme/dev", signer, form=Form.LEGACY_SIGNATURE
    )
    world.desk.registry.attach(copied, "acme/api")
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert "no signature that counts names the repository" in pull.comments[-1].body


def test_at_045_a_signature_under_its_own_name_counts_where_it_is_bound(world: World) -> None:
    under(world, "bind-repository: true")
    image, digest = world.image(signed=False)
    signer = world.desk.sigstore.signer(IDENTITY, ISSUER)
    name = f"{world.desk.registry.host}/acme/api"
    world.desk.registry.attach(world.desk.sigstore.sign(digest, name, signer, form=Form.LEGACY_SIGNATURE), "acme/api")
    pull = world.bump(image)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"


@pytest.mark.parametrize(("limit", "images"), [("image.root: false", "failure"), ("image.root: true", "success")])
def test_a_limit_is_held_against_what_the_image_says_of_itself(world: World, limit: str, images: str) -> None:
    under(world, f"limits: {{{limit}}}")
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == images


def test_what_an_image_says_of_itself_is_in_the_comment_as_unsigned(world: World) -> None:
    under(world, "downgrade: block")
    pull = world.bump(world.image(tag="1.0.9")[0])
    world.desk.work()
    assert "the image says of itself (unsigned): 0.0 KiB → 0.0 KiB compressed" in pull.comments[-1].body


def built_from(world: World, source: Repository, commit: str) -> str:
    """Push an image that the release workflow signed and built from a commit; return its reference."""
    image, digest = world.image(tag=f"main-{commit[:7]}")
    of = {"uri": f"git+{world.desk.github.url}/{source.full_name}@{commit}", "digest": {"gitCommit": commit}}
    made = {
        "buildDefinition": {"externalParameters": {}, "resolvedDependencies": [of]},
        "runDetails": {"builder": {"id": "x"}},
    }
    signer = world.desk.sigstore.signer(IDENTITY, ISSUER)
    attested = world.desk.sigstore.attest("api", digest, "https://slsa.dev/provenance/v1", made, signer)
    world.desk.registry.attach(attested, "acme/api")
    return image


@pytest.mark.parametrize(
    ("given", "line", "states", "said"),
    [
        (True, "", ("success", "pending"), "the source commit goes back"),
        (True, "downgrade: block", ("failure", "success"), "the source commit goes back"),
        (False, "", ("success", "success"), ""),
    ],
)
def test_at_046_an_image_of_an_older_source_commit_is_a_downgrade_where_the_app_may_read_the_source(
    *, world: World, given: bool, line: str, states: tuple[str, str], said: str
) -> None:
    source = world.desk.github.repository("acme/api", private=True)
    commits = [source.commit("main", {"a": str(number)}, author="owner") for number in range(2)]
    under(world, *([line] if line else []))
    world.repository.commit("main", {"app.yaml": world.manifest(built_from(world, source, commits[1]))}, author="owner")
    if not given:
        world.desk.github.install("acme", repositories=[world.repository, world.desk.github.repository("acme/.github")])
    world.desk.skip()
    pull = world.bump(built_from(world, source, commits[0]))
    world.desk.work()
    assert world.desk.states(pull) == dict(zip((IMAGES, REVIEW), states, strict=True))
    assert said in pull.comments[-1].body


@pytest.mark.parametrize(
    ("arm", "images", "said"),
    [("app", "success", ""), ("root", "failure", "image.root is true, must be false (linux/arm64)")],
)
def test_a_limit_on_the_user_holds_for_every_platform_of_an_index(
    world: World, arm: str, images: str, said: str
) -> None:
    under(world, "limits: {image.root: false}")
    configs = [{"config": {"User": user}} for user in ("app", arm)]
    digest, _ = world.desk.registry.put_index("acme/api", "3.0", configs=configs)
    world.sign(digest)
    pull = world.bump(f"{world.desk.registry.host}/acme/api:3.0@{digest}")
    world.desk.work()
    assert (world.desk.states(pull)[IMAGES], said in pull.comments[-1].body.replace("`", "")) == (images, True)
