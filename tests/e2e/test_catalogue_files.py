"""Attacks of the catalogue by what a pull request's files hold, through the whole main job."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core.attestation import Form
from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, REVIEW, World, policy
from tests.fakes.github import submodule, symlink
from tests.fakes.github.gitobjects import Content
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.registry import Auth
from tests.fakes.sigstore import KeySigner


def judged(world: World, files: dict[str, Content], *, author: str = "dana") -> PullRequest:
    """Open a pull request with these files and let it be judged."""
    world.repository.commit("change", files, author=author, parents=["main"])
    pull = world.repository.open_pull_request("change", author=author)
    world.desk.work()
    return pull


def pem(key: KeySigner) -> str:
    """Write a public key as it stands in a repository."""
    return key.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def test_at_036_a_statement_that_nobody_signed_is_no_attestation(world: World) -> None:
    asked = "    attestations:\n      - {type: slsa-provenance, signers: [release]}\n"
    world.under_policy(policy(world.desk.registry.host, scope=asked))
    image, digest = world.image()
    signer = world.desk.sigstore.signer(IDENTITY, ISSUER)
    made = world.desk.sigstore.attest("acme/api", digest, "https://slsa.dev/provenance/v1", {}, signer)
    unsigned = json.loads(made.content)
    unsigned["dsseEnvelope"]["signatures"] = []
    world.desk.registry.attach(replace(made, content=json.dumps(unsigned).encode()), "acme/api")
    plain = json.dumps({"predicateType": "https://slsa.dev/provenance/v1", "predicate": {}}).encode()
    world.desk.registry.refer("acme/api", digest, plain, "application/vnd.in-toto+json")
    assert world.desk.states(judged(world, {"app.yaml": world.manifest(image)}))[IMAGES] == "failure"


def test_at_124_two_images_under_one_key_are_ambiguous_and_never_pass(world: World) -> None:
    world.under_policy()
    one, other = world.image()[0], world.image()[0]
    pull = judged(world, {"app.yaml": world.manifest(one) + f"      image: {other}\n"})
    assert world.desk.states(pull)[IMAGES] == "error"


@pytest.mark.parametrize("last", ["good", "evil"])
def test_at_124_either_image_under_one_key_is_judged(world: World, last: str) -> None:
    world.under_policy()
    images = {"good": world.image()[0], "evil": world.image(signed=False)[0]}
    first = images["evil" if last == "good" else "good"]
    pull = judged(world, {"app.yaml": world.manifest(first) + f"      image: {images[last]}\n"})
    assert world.desk.states(pull)[IMAGES] == "failure"


@pytest.mark.parametrize("content", [symlink("../elsewhere.yaml"), submodule("a" * 40)], ids=["link", "submodule"])
def test_at_134_at_135_what_points_elsewhere_is_not_followed_and_never_passes(world: World, content: Content) -> None:
    world.under_policy()
    pull = judged(world, {"app.yaml": content})
    assert world.desk.states(pull)[IMAGES] == "error"


def test_at_139_a_resource_cannot_exempt_itself(world: World) -> None:
    world.under_policy()
    image, _ = world.image(signed=False)
    marked = world.manifest(image).replace(
        "  name: api\n",
        "  name: api\n  deletionTimestamp: 2026-01-01T00:00:00Z\n  annotations: {assay/skip: 'true'}  # skip\n",
    )
    assert world.desk.states(judged(world, {"app.yaml": marked}))[IMAGES] == "failure"


def test_at_140_a_file_too_long_to_be_read_is_never_without_images(world: World) -> None:
    world.under_policy()
    image, _ = world.image(signed=False)
    pull = judged(world, {"app.yaml": "# long\n" * 160_000 + world.manifest(image)})
    assert world.desk.states(pull)[IMAGES] == "error"


def test_at_141_a_key_that_a_pull_request_brings_verifies_nothing(world: World) -> None:
    old, new = (world.desk.sigstore.key(name) for name in ("the old key", "the new key"))
    path = ".github/assay/keys/acme.pub"
    text = policy(world.desk.registry.host).replace(
        f"    issuer: {ISSUER}\n    identity: {IDENTITY}\n", f"    key: {path}\n"
    )
    world.repository.commit("main", {path: pem(old)}, author="owner")
    world.under_policy(text)
    image, digest = world.image(signed=False)
    made = world.desk.sigstore.sign(digest, "acme/api", new, form=Form.LEGACY_SIGNATURE)
    world.desk.registry.attach(made, "acme/api")
    pull = judged(world, {path: pem(new), "app.yaml": world.manifest(image)})
    assert world.desk.states(pull) == {IMAGES: "failure", REVIEW: "pending"}


@pytest.mark.parametrize(
    "files",
    [
        {".github/assay.yml": None},
        {".github/assay.yml": None, "docs/old.yml": "version: 1\n"},
        {".github/assay/waivers/one.yml": "a: 1\n"},
        {".github/ASSAY/x": "a: 1\n"},
        {"CODEOWNERS": "* @dana\n"},
        {"docs/CODEOWNERS": "* @dana\n"},
    ],
    ids=["removed", "moved", "waiver", "another case", "owners", "owners elsewhere"],
)
def test_at_145_at_167_what_governs_is_governed_whatever_the_policy_names(
    world: World, files: dict[str, Content]
) -> None:
    world.under_policy()
    assert world.desk.states(judged(world, files))[REVIEW] == "pending"


def test_at_145_a_file_that_leaves_a_governed_folder_is_a_change_of_it(world: World) -> None:
    text = 'reviews:\n  - name: policies\n    paths: ["/policies/**"]\n    teams: [acme/security]\n'
    held = "".join(f"line: {number}\n" for number in range(50))
    world.repository.commit("main", {"policies/a.txt": held}, author="owner")
    world.under_policy(policy(world.desk.registry.host, text))
    pull = judged(world, {"policies/a.txt": None, "docs/a.txt": held})
    assert world.desk.states(pull)[REVIEW] == "pending"


def test_at_081_a_credential_is_not_spent_on_an_image_that_only_a_fork_names(world: World) -> None:
    world.under_policy()
    world.desk.registry.auth = Auth()
    fork = world.repository.fork("mallory")
    image = f"{world.desk.registry.host}/acme/secret@{world.desk.registry.put_image('acme/secret', seed='secret')}"
    fork.commit("bump", {"other.yaml": world.manifest(image)}, author="mallory")
    pull = world.repository.open_pull_request("bump", author="mallory", repository=fork)
    world.desk.work()
    sent = [seen.headers.get("authorization", "") for seen in world.desk.registry.requests if "secret" in seen.target]
    assert (world.desk.states(pull)[IMAGES], [one for one in sent if one]) == ("error", [])
