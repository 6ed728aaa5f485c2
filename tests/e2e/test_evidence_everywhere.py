"""Evidence that lies outside the image's own repository: found where the policy says, and said where it was found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.attestation import Bundle, Form
from app.core.oci import Digest
from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, World, policy
from tests.fakes.bundle_storage import BundleStorage
from tests.fakes.github import PullRequest
from tests.fakes.image_store import CONFIG, MANIFEST, descriptor, encode
from tests.fakes.registry import Fault

IN_TOTO = "application/vnd.in-toto+json"


def signature(world: World, digest: Digest, form: Form = Form.BUNDLE) -> Bundle:
    return world.desk.sigstore.sign(digest, "any/name", world.desk.sigstore.signer(IDENTITY, ISSUER), form=form)


def under(world: World, scope: str) -> None:
    world.under_policy(policy(world.desk.registry.host, scope=f"    {scope}\n"))


def judged(world: World, image: str) -> tuple[str, str]:
    """Run the job; return the state of the images' status, and the comment."""
    pull: PullRequest = world.bump(image)
    world.desk.work()
    return world.desk.states(pull)[IMAGES], pull.comments[0].body.replace("`", "")


@pytest.mark.parametrize("form", [Form.BUNDLE, Form.LEGACY_SIGNATURE])
def test_a_signature_in_another_repository_counts_where_the_policy_says_so(world: World, form: Form) -> None:
    under(world, f"signatures-in: {world.desk.registry.host}/acme/signatures")
    image, digest = world.image(signed=False)
    world.desk.registry.attach(signature(world, digest, form), "acme/signatures")
    state, comment = judged(world, image)
    assert (state, "found in" in comment) == ("success", True)


def test_a_signature_in_another_repository_is_not_looked_for_where_no_policy_says_so(world: World) -> None:
    world.under_policy()
    image, digest = world.image(signed=False)
    world.desk.registry.attach(signature(world, digest), "acme/signatures")
    state, _ = judged(world, image)
    asked = [one.target for one in world.desk.registry.requests if "acme/signatures" in one.target]
    assert (state, asked) == ("failure", [])


def test_at_055_a_repository_of_signatures_that_cannot_be_read_is_not_empty(world: World) -> None:
    under(world, f"signatures-in: {world.desk.registry.host}/acme/signatures")
    state, comment = judged(world, world.image(signed=False)[0])
    assert (state, "is not there, or may not be read without credentials" in comment) == ("error", True)


def test_a_repository_of_signatures_without_one_leaves_the_image_unsigned(world: World) -> None:
    under(world, f"signatures-in: {world.desk.registry.host}/acme/signatures")
    world.desk.registry.put_image("acme/signatures", seed="shows that the repository is there")
    state, comment = judged(world, world.image(signed=False)[0])
    assert (state, "in acme/signatures" in comment) == ("failure", True)


def keep(world: World, repository: str, digest: Digest, *, private: bool = False, installed: bool = True) -> None:
    """Let GitHub keep the release workflow's attestation of a digest."""
    owner = repository.partition("/")[0]
    if not installed:
        world.desk.github.organization(owner, installed=False)
    kept = world.desk.github.repository(repository, private=private)
    bundle = json.loads(signature(world, digest).content)
    kept.attestations[str(digest)] = [{"bundle": bundle, "repository_id": kept.id, "bundle_url": "https://x.test/"}]


def store(world: World, repository: str, storage: BundleStorage, *digests: Digest) -> None:
    """Let GitHub keep attestations as it does now: the bundle in its storage, an address in its answer."""
    kept = world.desk.github.repository(repository, private=True)
    for digest in digests:
        address = storage.keep(signature(world, digest).content)
        kept.attestations[str(digest)] = [{"bundle": None, "repository_id": kept.id, "bundle_url": address}]


@pytest.fixture
def storage(world: World) -> Iterator[BundleStorage]:
    """GitHub's storage, which the operator allows."""
    with BundleStorage() as storage:
        world.desk.open({"ASSAY_GITHUB_BUNDLE_HOSTS": storage.host})
        yield storage


def test_an_attestation_in_githubs_storage_counts(world: World, storage: BundleStorage) -> None:
    under(world, "github-attestations: acme/images")
    image, digest = world.image(signed=False)
    store(world, "acme/images", storage, digest)
    state, comment = judged(world, image)
    assert (state, "GitHub's attestations of" in comment) == ("success", True)


def test_at_090_a_storage_that_nobody_allowed_is_not_asked_and_who_can_act_is_said(world: World) -> None:
    under(world, "github-attestations: acme/images")
    image, digest = world.image(signed=False)
    with BundleStorage() as storage:
        store(world, "acme/images", storage, digest)
        state, comment = judged(world, image)
    said = f"allows {storage.host} in ASSAY_GITHUB_BUNDLE_HOSTS"
    assert (state, said in comment, storage.seen) == ("error", True, [])


def test_attestations_of_every_platform_stand_for_the_index(world: World, storage: BundleStorage) -> None:
    under(world, "github-attestations: acme/images")
    index, platforms = world.desk.registry.put_index("acme/api", "many")
    store(world, "acme/images", storage, *platforms)
    state, comment = judged(world, f"{world.desk.registry.host}/acme/api:many@{index}")
    assert (state, "every platform" in comment) == ("success", True)


def test_each_platform_that_github_was_asked_for_is_listed(world: World) -> None:
    under(world, "github-attestations: acme/images")
    world.desk.github.repository("acme/images")
    index, platforms = world.desk.registry.put_index("acme/api", "many")
    _, comment = judged(world, f"{world.desk.registry.host}/acme/api:many@{index}")
    asked = [f"attestations in acme/images of {digest.short}" for digest in (index, *platforms)]
    assert [one for one in asked if one in comment] == asked


@pytest.mark.parametrize(
    ("repository", "private", "installed"),
    [("acme/images", True, True), ("acme/images", False, True), ("other/images", False, False)],
)
def test_an_attestation_that_github_keeps_counts(
    *, world: World, repository: str, private: bool, installed: bool
) -> None:
    under(world, f"github-attestations: {repository}")
    image, digest = world.image(signed=False)
    keep(world, repository, digest, private=private, installed=installed)
    state, comment = judged(world, image)
    assert (state, "GitHub's attestations of" in comment) == ("success", True)


def test_a_private_repository_of_another_owner_did_not_answer(world: World) -> None:
    under(world, "github-attestations: other/images")
    image, digest = world.image(signed=False)
    keep(world, "other/images", digest, private=True, installed=False)
    state, comment = judged(world, image)
    assert (state, "attestations: read" in comment) == ("error", True)


def test_github_is_asked_with_a_token_that_may_do_nothing_else(world: World) -> None:
    under(world, "github-attestations: acme/images")
    image, digest = world.image(signed=False)
    keep(world, "acme/images", digest, private=True)
    judged(world, image)
    bought = [call.body for call in world.desk.github.calls("POST", "/app/installations/*/access_tokens")]
    assert {"repositories": ["images"], "permissions": {"attestations": "read", "metadata": "read"}} in bought


def test_github_without_an_attestation_leaves_the_image_unsigned(world: World) -> None:
    under(world, "github-attestations: acme/images")
    world.desk.github.repository("acme/images")
    assert judged(world, world.image(signed=False)[0])[0] == "failure"


def mirrored(world: World, *, signed_at: str) -> str:
    """Push an image to a mirror and, signed, to where it comes from; return the mirror's name of it."""
    host = world.desk.registry.host
    world.desk.open({"ASSAY_REGISTRY_MIRRORS": f"{host}/proxy={host}/upstream"})
    digest = world.desk.registry.put_image("proxy/acme/api", "1.0", seed="mirrored")
    assert world.desk.registry.put_image("upstream/acme/api", "1.0", seed="mirrored") == digest
    if signed_at:
        world.desk.registry.attach(signature(world, digest), signed_at)
    return f"{host}/proxy/acme/api:1.0@{digest}"


def test_a_signature_that_a_mirror_lost_is_found_upstream_and_that_is_said(world: World) -> None:
    world.under_policy()
    state, comment = judged(world, mirrored(world, signed_at="upstream/acme/api"))
    assert (state, "the signature was lost in the mirror" in comment) == ("success", True)


def test_the_upstream_of_a_mirror_that_kept_the_signature_is_not_asked(world: World) -> None:
    world.under_policy()
    state, _ = judged(world, mirrored(world, signed_at="proxy/acme/api"))
    assert (state, [one for one in world.desk.registry.requests if "upstream" in one.target]) == ("success", [])


def test_an_image_that_is_unsigned_in_mirror_and_upstream_is_unsigned(world: World) -> None:
    world.under_policy()
    state, comment = judged(world, mirrored(world, signed_at=""))
    assert (state, "in upstream/acme/api" in comment) == ("failure", True)


def test_at_055_an_upstream_that_does_not_answer_leaves_it_unknown(world: World) -> None:
    world.under_policy()
    image = mirrored(world, signed_at="")
    world.desk.registry.fail(Fault("/v2/upstream/", status=503))
    assert judged(world, image)[0] == "error"


def test_at_045_a_signature_for_another_digest_counts_nowhere(world: World) -> None:
    under(world, f"signatures-in: {world.desk.registry.host}/acme/signatures")
    image, digest = world.image(signed=False)
    other = signature(world, Digest("a" * 64))
    world.desk.registry.attach(replace(other, subject=digest), "acme/signatures")
    state, comment = judged(world, image)
    assert (state, "invalid" in comment) == ("failure", True)


def attach_sbom(world: World, digest: Digest) -> None:
    """Attach what `cosign attach sbom` attaches."""
    content = b'{"spdxVersion":"SPDX-2.3"}'
    world.desk.registry.put_blob("acme/api", content)
    layers = [descriptor("text/spdx+json", content)]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, b"{}"), "layers": layers}
    world.desk.registry.put_manifest("acme/api", encode(manifest), MANIFEST, f"sha256-{digest.hex}.sbom")


def test_at_036_an_attached_sbom_is_shown_as_unsigned_and_never_counts(world: World) -> None:
    under(world, "attestations: [{type: sbom, signers: [release]}]")
    image, digest = world.image()
    attach_sbom(world, digest)
    state, comment = judged(world, image)
    assert (state, "unsigned, ignored: text/spdx+json" in comment) == ("failure", True)


def test_at_036_a_failed_look_for_what_nobody_signed_hides_nothing(world: World) -> None:
    world.under_policy()
    image, _ = world.image(signed=False)
    world.desk.registry.fail(Fault(r"\.sbom", status=503))
    assert judged(world, image)[0] == "failure"


def test_what_nobody_signed_is_not_looked_for_when_nothing_is_missing(world: World) -> None:
    world.under_policy()
    image, digest = world.image()
    attach_sbom(world, digest)
    state, _ = judged(world, image)
    assert (state, [one for one in world.desk.registry.requests if ".sbom" in one.target]) == ("success", [])


def built(world: World, *types: str) -> tuple[str, Digest]:
    """Push an index with BuildKit's record beside a platform; return its reference and digest."""
    store = world.desk.registry
    platform = store.put_image("acme/api", seed="of the record")
    layers = [descriptor(IN_TOTO, kind.encode(), annotations={"in-toto.io/predicate-type": kind}) for kind in types]
    record = encode({"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, b"{}"), "layers": layers})
    store.put_manifest("acme/api", record, MANIFEST)
    notes = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": str(platform)}
    child = descriptor(MANIFEST, record, platform={"os": "unknown", "architecture": "unknown"}, annotations=notes)
    index, _ = store.put_index("acme/api", "built", children=[child])
    return f"{store.host}/acme/api:built@{index}", index


def test_at_036_build_records_are_shown_with_their_types_and_never_count(world: World) -> None:
    under(world, "attestations: [{type: slsa-provenance, signers: [release]}]")
    image, index = built(world, "https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document")
    world.desk.registry.attach(signature(world, index), "acme/api")
    state, comment = judged(world, image)
    said = "unsigned, ignored: https://slsa.dev/provenance/v0.2, https://spdx.dev/Document"
    assert (state, said in comment) == ("failure", True)


@pytest.mark.parametrize(
    ("signed", "strict", "state", "said"),
    [
        ("index", False, "success", "(the index)"),
        ("all", False, "success", "(every platform)"),
        ("both", False, "success", "(the index and every platform)"),
        ("one", False, "failure", "for a part of the platforms only; these have none: linux/arm64"),
        ("index", True, "failure", "each platform, and these have none: linux/amd64, linux/arm64"),
        ("all", True, "success", "(every platform)"),
        ("one", True, "failure", "these have none: linux/arm64"),
    ],
)
def test_at_044_the_comment_says_which_of_index_and_platforms_is_signed(
    *, world: World, signed: str, strict: bool, state: str, said: str
) -> None:
    under(world, "platforms: all" if strict else "platforms: covered")
    index, platforms = world.desk.registry.put_index("acme/api", "many")
    chosen = {"index": [index], "all": platforms, "both": [index, *platforms], "one": platforms[:1]}[signed]
    for digest in chosen:
        world.desk.registry.attach(signature(world, digest), "acme/api")
    found, comment = judged(world, f"{world.desk.registry.host}/acme/api:many@{index}")
    assert (found, said in comment) == (state, True)


def test_a_bundle_in_a_form_that_is_not_read_is_unreadable_and_not_absent(world: World) -> None:
    world.under_policy()
    image, digest = world.image(signed=False)
    world.desk.registry.refer("acme/api", digest, b"{}", "application/vnd.cncf.notary.signature")
    state, comment = judged(world, image)
    assert (state, "unreadable" in comment) == ("error", True)
