"""What lies in another repository than the image's own, and what lies beside an image and is signed by nobody."""

from __future__ import annotations

import pytest

from app.adapters.oci_registry import Limits
from app.core.attestation import Answer, Attached, Bundle, Fetched, Form
from app.core.oci import Digest, ImageName
from tests.adapters.oci.places import REPOSITORY, Open, of, targets
from tests.fakes.image_store import CONFIG, INDEX, MANIFEST, descriptor, encode
from tests.fakes.registry import Auth, FakeRegistry, Fault

ELSEWHERE = "acme/signatures"
CONTENT = b'{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'
IN_TOTO = "application/vnd.in-toto+json"


@pytest.fixture
def digest(fake: FakeRegistry) -> Digest:
    return fake.put_image(REPOSITORY, "1")


def place(fake: FakeRegistry) -> ImageName:
    return ImageName.parse(f"{fake.host}/{ELSEWHERE}")


def attached(fake: FakeRegistry, open_registry: Open, digest: Digest) -> Attached:
    registry = open_registry(fake)
    return registry.attached(place(fake), registry.fetch(of(fake, digest)))


def answers(found: Attached) -> set[Answer]:
    return {lookup.answer for lookup in found.lookups}


@pytest.mark.parametrize("form", list(Form))
def test_every_form_is_found_in_another_repository(
    fake: FakeRegistry, open_registry: Open, digest: Digest, form: Form
) -> None:
    fake.attach(Bundle(form, CONTENT, digest, ""), ELSEWHERE)
    found = attached(fake, open_registry, digest)
    assert [(one.form, one.subject) for one in found.bundles] == [(form, digest)]


def test_every_place_names_the_repository(fake: FakeRegistry, open_registry: Open, digest: Digest) -> None:
    fake.put_image(ELSEWHERE)
    assert {lookup.where for lookup in attached(fake, open_registry, digest).lookups} == {
        f"{kind} in {ELSEWHERE} of {digest.short}" for kind in ("referrers", ".sig tag", ".att tag")
    }


def test_the_platforms_of_an_index_are_asked_for_too(fake: FakeRegistry, open_registry: Open) -> None:
    index, (first, _) = fake.put_index(REPOSITORY)
    fake.attach(Bundle(Form.BUNDLE, CONTENT, first, ""), ELSEWHERE)
    assert [one.subject for one in attached(fake, open_registry, index).bundles] == [first]


def test_at_055_nothing_in_a_repository_that_cannot_be_read_is_no_answer(
    fake: FakeRegistry, open_registry: Open, digest: Digest
) -> None:
    found = attached(fake, open_registry, digest)
    assert [(one.answer, one.code) for one in found.lookups] == [(Answer.FAILED, "not-found-or-not-allowed")]


def test_nothing_in_a_repository_that_can_be_read_is_an_answer(
    fake: FakeRegistry, open_registry: Open, digest: Digest
) -> None:
    fake.put_image(ELSEWHERE)
    assert answers(attached(fake, open_registry, digest)) == {Answer.NOT_THERE}


def test_a_repository_in_which_something_was_found_need_not_prove_that_it_can_be_read(
    fake: FakeRegistry, open_registry: Open, digest: Digest
) -> None:
    fake.attach(Bundle(Form.BUNDLE, CONTENT, digest, ""), ELSEWHERE)
    attached(fake, open_registry, digest)
    assert [one for one in targets(fake) if "/tags/" in one] == []


@pytest.mark.parametrize(
    ("pattern", "status", "code"), [("/tags/", 503, "server-error"), ("signatures", 403, "forbidden")]
)
def test_at_055_a_repository_that_fails_is_not_empty(
    *, fake: FakeRegistry, open_registry: Open, digest: Digest, pattern: str, status: int, code: str
) -> None:
    fake.put_image(ELSEWHERE)
    fake.fail(Fault(pattern, status=status))
    assert code in {one.code for one in attached(fake, open_registry, digest).lookups}


def test_another_registry_that_may_not_be_asked_is_no_answer(
    fake: FakeRegistry, open_registry: Open, digest: Digest
) -> None:
    registry = open_registry(fake)
    found = registry.attached(ImageName.parse("127.0.0.1:9/acme/signatures"), registry.fetch(of(fake, digest)))
    assert {one.code for one in found.lookups} == {"refused-address"}


def claims(
    fake: FakeRegistry, open_registry: Open, digest: Digest, limits: Limits | None = None
) -> list[tuple[str, str, str]]:
    registry = open_registry(fake, **({} if limits is None else {"limits": limits}))
    looked = registry.claims(registry.fetch(of(fake, digest)))
    assert all(one.claims for one in looked)
    return [(one.where, one.answer.value, one.detail) for one in looked]


def put_sbom(fake: FakeRegistry, digest: Digest, media_type: str = "text/spdx+json") -> None:
    layers = [descriptor(media_type, b"{}")]
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, b"{}"), "layers": layers}
    fake.put_manifest(REPOSITORY, encode(document), MANIFEST, f"sha256-{digest.hex}.sbom")


def put_built(fake: FakeRegistry, *types: str, count: int = 1, of_platform: bool = True) -> Digest:
    """Keep an index of two platforms with so many build records, each of the first platform."""
    _, (first, _) = fake.put_index(REPOSITORY)
    children = []
    for number in range(count):
        notes = [{"in-toto.io/predicate-type": kind} for kind in types]
        layers = [descriptor(IN_TOTO, f"{number}".encode(), annotations=one) for one in notes]
        record = encode(
            {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, b"{}"), "layers": layers}
        )
        fake.put_manifest(REPOSITORY, record, MANIFEST)
        named = {"vnd.docker.reference.digest": str(first)} if of_platform else {}
        platform = {"os": "unknown", "architecture": "unknown"}
        notes_ = {"vnd.docker.reference.type": "attestation-manifest", **named}
        children.append(descriptor(MANIFEST, record, platform=platform, annotations=notes_))
    return fake.put_index(REPOSITORY, children=children)[0]


def test_at_036_an_attached_sbom_is_said_to_be_unsigned(
    fake: FakeRegistry, open_registry: Open, digest: Digest
) -> None:
    put_sbom(fake, digest)
    assert claims(fake, open_registry, digest) == [
        (f".sbom tag of {digest.short}", "found", "unsigned, ignored: text/spdx+json")
    ]


def test_at_036_an_sbom_is_no_bundle(fake: FakeRegistry, open_registry: Open, digest: Digest) -> None:
    put_sbom(fake, digest)
    assert open_registry(fake).fetch(of(fake, digest)).bundles == ()


def test_an_image_without_an_sbom_has_none(fake: FakeRegistry, open_registry: Open, digest: Digest) -> None:
    assert [said for _, said, _ in claims(fake, open_registry, digest)] == ["not there"]


def test_at_036_build_records_are_said_to_be_unsigned_with_their_types(fake: FakeRegistry, open_registry: Open) -> None:
    index = put_built(fake, "https://spdx.dev/Document", "https://slsa.dev/provenance/v1")
    _, record = claims(fake, open_registry, index)
    detail = "unsigned, ignored: https://slsa.dev/provenance/v1, https://spdx.dev/Document"
    assert record == ("build record of linux/amd64", "found", detail)


@pytest.mark.parametrize("kind", ["](https://evil.test) x", "", "plain", "https://x/\n"])
def test_a_strangers_predicate_type_is_shown_only_when_it_is_one(
    fake: FakeRegistry, open_registry: Open, kind: str
) -> None:
    detail = claims(fake, open_registry, put_built(fake, kind))[1][2]
    assert detail == "unsigned, ignored: an ill-formed type"


def test_a_record_that_names_no_platform_is_named_by_itself(fake: FakeRegistry, open_registry: Open) -> None:
    where = claims(fake, open_registry, put_built(fake, of_platform=False))[1]
    assert (where[0].startswith("build record of sha256:"), where[2]) == (True, "unsigned, ignored: nothing")


def test_at_093_no_more_build_records_are_read_than_platforms(fake: FakeRegistry, open_registry: Open) -> None:
    assert len(claims(fake, open_registry, put_built(fake, count=12))) == 1 + Limits().platforms


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(r"\.sbom", status=503), "reported an error of its own"),
        (Fault(r"\.sbom", body=encode({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})), "read"),
    ],
)
def test_a_failed_look_for_claims_is_said_and_decides_nothing(
    *, fake: FakeRegistry, open_registry: Open, digest: Digest, fault: Fault, said: str
) -> None:
    put_sbom(fake, digest)
    fake.fail(fault)
    ((_, answer, detail),) = claims(fake, open_registry, digest)
    assert (answer, said in detail) == ("failed", True)


def test_an_image_that_cannot_be_read_has_no_claims(fake: FakeRegistry, open_registry: Open, digest: Digest) -> None:
    unread = Fetched(of(fake, Digest("a" * 64)), None, (), (), ())
    assert open_registry(fake).claims(unread) == ()


def test_an_image_without_a_digest_has_no_claims(fake: FakeRegistry, open_registry: Open) -> None:
    assert open_registry(fake).claims(Fetched(of(fake, tag="1"), None, (), (), ())) == ()


def test_what_a_credential_gave_is_marked_in_another_repository_too(open_registry: Open) -> None:
    from app.adapters.oci_registry import read_credentials  # noqa: PLC0415 - only here
    from app.core.oci import Audience  # noqa: PLC0415

    with FakeRegistry(auth=Auth()) as closed:
        digest = closed.put_image(REPOSITORY)
        closed.attach(Bundle(Form.BUNDLE, CONTENT, digest, ""), ELSEWHERE)
        login = f"{closed.host}={closed.auth.user}:{closed.auth.password}" if closed.auth else ""
        credentials = read_credentials(docker_config=None, environment=login, users={}, owner="acme")
        registry = open_registry(closed, Audience(1, "acme", "gitops"), credentials=credentials)
        found = registry.attached(place(closed), registry.fetch(of(closed, digest)))
        assert (len(found.bundles), {one.credentials for one in found.lookups}) == (1, {True})
