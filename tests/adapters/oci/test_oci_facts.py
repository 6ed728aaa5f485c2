"""What an image says of itself, as registries hold it: whole or not at all, bound to the digest, and few requests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.adapters.oci_registry import Limits
from app.core.attestation import Answer, Lookup
from app.core.image_facts import ImageFacts
from app.core.oci import Digest, Platform
from tests.adapters.oci.places import REPOSITORY, Open, Place, failures, of, targets
from tests.fakes.image_store import CONFIG, INDEX, MANIFEST, descriptor, encode
from tests.fakes.registry import FakeRegistry, Fault

AMD64, ARM64, RISCV = Platform("linux", "amd64"), Platform("linux", "arm64"), Platform("linux", "riscv64")
SAID = {
    "created": "2026-11-20T10:00:00.123456789Z",
    "config": {
        "User": "app",
        "Entrypoint": ["/app", "serve"],
        "Labels": {
            "org.opencontainers.image.revision": "7f1c2e9",
            "org.opencontainers.image.base.name": "docker.io/library/debian:12",
            "maintainer": "somebody",
        },
    },
}


def said(fake: FakeRegistry, digest: Digest, open_registry: Open) -> ImageFacts | Lookup | None:
    return open_registry(fake).fetch(of(fake, digest)).facts


def facts(fake: FakeRegistry, digest: Digest, open_registry: Open) -> ImageFacts:
    found = said(fake, digest, open_registry)
    assert isinstance(found, ImageFacts)
    return found


def test_every_registry_gives_what_an_image_says_of_itself(place: Place, open_registry: Open) -> None:
    digest = place.store.put_image(place.repository, config=SAID, layers=(b"base", b"app!"))
    found = open_registry(place).fetch(place.image(digest)).facts
    assert found == ImageFacts(
        manifest=digest,
        config=found.config if isinstance(found, ImageFacts) else digest,
        platform=AMD64,
        layers=(Digest.of(b"base"), Digest.of(b"app!")),
        size=8,
        user="app",
        entrypoint=("/app", "serve"),
        created=datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC),
        labels={"base.name": "docker.io/library/debian:12", "revision": "7f1c2e9"},
        platforms=frozenset({AMD64}),
    )


@pytest.mark.parametrize(
    ("platforms", "chosen"),
    [((ARM64, AMD64), AMD64), ((RISCV, ARM64), ARM64), ((RISCV, Platform("linux", "ppc64le")), 1), ((RISCV,), RISCV)],
)
def test_one_platform_stands_for_an_index(
    fake: FakeRegistry, open_registry: Open, platforms: tuple[Platform, ...], chosen: Platform | int
) -> None:
    digest, children = fake.put_index(REPOSITORY, platforms=platforms)
    found = facts(fake, digest, open_registry)
    expected = platforms[chosen] if isinstance(chosen, int) else chosen
    assert (found.manifest, found.platform) == (children[platforms.index(expected)], expected)


def test_an_index_names_all_its_platforms(fake: FakeRegistry, open_registry: Open) -> None:
    digest, _ = fake.put_index(REPOSITORY)
    assert facts(fake, digest, open_registry).platforms == frozenset({AMD64, ARM64})


def test_an_index_that_names_no_platform_is_stood_for_by_its_first_image(
    fake: FakeRegistry, open_registry: Open
) -> None:
    image = fake.put_image(REPOSITORY)
    child = descriptor(MANIFEST, fake.read_manifest(REPOSITORY, str(image)) or b"")
    digest = fake.put_manifest(REPOSITORY, encode({"mediaType": INDEX, "manifests": [child]}), INDEX)
    assert facts(fake, digest, open_registry).manifest == image


@pytest.mark.parametrize(("index", "more"), [(False, 1), (True, 2)])
def test_it_costs_a_request_for_an_image_and_two_for_an_index(
    *, fake: FakeRegistry, open_registry: Open, index: bool, more: int
) -> None:
    digest = fake.put_index(REPOSITORY, platforms=(AMD64,))[0] if index else fake.put_image(REPOSITORY)
    said(fake, digest, open_registry)
    others = [one for one in targets(fake) if "referrers" in one or one.endswith((".sig", ".att", str(digest)))]
    assert len(targets(fake)) - len(others) == more


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/blobs/", status=500),
        Fault("/blobs/", status=404),
        Fault("/blobs/", body=b"{}"),
        Fault("/blobs/", status=307, headers={"Location": "http://10.0.0.1/"}),
    ],
)
def test_a_configuration_that_does_not_come_hides_no_signature(
    fake: FakeRegistry, open_registry: Open, fault: Fault
) -> None:
    digest = fake.put_image(REPOSITORY)
    fake.fail(fault)
    fetched = open_registry(fake).fetch(of(fake, digest))
    assert isinstance(fetched.facts, Lookup)
    assert (fetched.facts.answer, failures(fetched)) == (Answer.FAILED, set())


@pytest.mark.parametrize(
    "wrong",
    [
        b"no JSON",
        b"[]",
        b'{"os": "linux"}',
        b'{"os": "linux", "architecture": 1}',
        b'{"os": "linux", "architecture": "amd64", "config": []}',
        b'{"os": "linux", "architecture": "amd64", "config": {"User": ["root"]}}',
        b'{"os": "linux", "architecture": "amd64", "config": {"User": "%s"}}' % (b"u" * 257),
        b'{"os": "linux", "architecture": "amd64", "config": {"User": "app", "User": "root"}}',
        b'{"os": "linux", "architecture": "amd64", "config": {"Entrypoint": "/app"}}',
        b'{"os": "linux", "architecture": "amd64", "config": {"Labels": []}}',
        b'{"os": "linux", "architecture": "amd64", "a": %s}' % (b"[" * 5000 + b"]" * 5000),
    ],
)
def test_a_configuration_with_a_wrong_shape_is_not_half_believed(
    fake: FakeRegistry, open_registry: Open, wrong: bytes
) -> None:
    fake.put_blob(REPOSITORY, wrong)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(CONFIG, wrong), "layers": []}
    found = said(fake, fake.put_manifest(REPOSITORY, encode(manifest), MANIFEST), open_registry)
    assert isinstance(found, Lookup)
    assert found.code == "malformed"


@pytest.mark.parametrize(
    "config", [None, {}, descriptor("application/vnd.cncf.helm.config.v1+json", b"{}"), {"mediaType": CONFIG}]
)
def test_what_is_no_container_image_says_nothing_of_itself(
    fake: FakeRegistry, open_registry: Open, config: object
) -> None:
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}
    found = said(fake, fake.put_manifest(REPOSITORY, encode(manifest), MANIFEST), open_registry)
    assert isinstance(found, Lookup)
    assert (found.answer, found.code) == (Answer.NOT_THERE, "unsupported")


def test_a_child_that_is_an_index_in_truth_says_nothing(fake: FakeRegistry, open_registry: Open) -> None:
    digest, (child, _) = fake.put_index(REPOSITORY)
    inner = encode({"mediaType": INDEX, "manifests": []})
    fake.replace_manifest(REPOSITORY, str(child), inner, INDEX)
    outer = {"mediaType": INDEX, "manifests": [descriptor(MANIFEST, inner, platform={"os": "a", "architecture": "b"})]}
    fake.put_manifest(REPOSITORY, inner, INDEX)
    digest = fake.put_manifest(REPOSITORY, encode(outer), INDEX)
    found = said(fake, digest, open_registry)
    assert isinstance(found, Lookup)
    assert found.code == "unsupported"


def test_at_039_a_configuration_is_bound_to_the_digest_that_names_it(fake: FakeRegistry, open_registry: Open) -> None:
    digest = fake.put_image(REPOSITORY)
    config = facts(fake, digest, open_registry).config
    fake.replace_blob(REPOSITORY, config, b'{"os": "linux", "architecture": "amd64", "config": {"User": "app"}}')
    found = said(fake, digest, open_registry)
    assert isinstance(found, Lookup)
    assert found.answer is Answer.FAILED


def test_a_configuration_above_the_limit_is_not_asked_for(fake: FakeRegistry, open_registry: Open) -> None:
    config = {**descriptor(CONFIG, b"{}"), "size": Limits().manifest_bytes + 1}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}
    found = said(fake, fake.put_manifest(REPOSITORY, encode(manifest), MANIFEST), open_registry)
    assert isinstance(found, Lookup)
    assert (found.code, [one for one in targets(fake) if "/blobs/" in one]) == ("too-large", [])


@pytest.mark.parametrize(
    "created", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "1980-01-01T00:00:01Z", "soon", ""]
)
def test_a_date_that_stands_for_reproducible_is_no_build_time(
    fake: FakeRegistry, open_registry: Open, created: str
) -> None:
    digest = fake.put_image(REPOSITORY, config={"created": created})
    assert facts(fake, digest, open_registry).created is None


@pytest.mark.parametrize("created", ["0001-01-01T00:00:00+01:00", "2026-11-20T10:00:00"])
def test_a_time_at_the_end_of_time_or_without_a_zone_breaks_nothing(
    fake: FakeRegistry, open_registry: Open, created: str
) -> None:
    digest = fake.put_image(REPOSITORY, config={"created": created})
    found = facts(fake, digest, open_registry)
    assert found.created is None or found.created.tzinfo is UTC


def test_labels_are_cut_and_counted(fake: FakeRegistry, open_registry: Open) -> None:
    labels = {f"org.opencontainers.image.x{number}": "v" * 9000 for number in range(100)}
    digest = fake.put_image(REPOSITORY, config={"config": {"Labels": labels, "Entrypoint": ["e" * 9000] * 99}})
    found = facts(fake, digest, open_registry)
    assert (len(found.labels), {len(text) for text in (*found.labels.values(), *found.entrypoint)}) == (64, {256})


def each(fake: FakeRegistry, digest: Digest, open_registry: Open) -> tuple[ImageFacts | Lookup, ...]:
    """Fetch an image, forget the requests, and read what each of its platforms says."""
    registry = open_registry(fake)
    fetched = registry.fetch(of(fake, digest))
    fake.requests.clear()
    return registry.described(fetched).each


def many(fake: FakeRegistry, count: int) -> Digest:
    return fake.put_index(REPOSITORY, platforms=[Platform("linux", f"a{number:02}") for number in range(count)])[0]


def test_every_registry_gives_what_each_platform_says(place: Place, open_registry: Open) -> None:
    digest, children = place.store.put_index(place.repository, platforms=(AMD64, ARM64))
    registry = open_registry(place)
    found = registry.described(registry.fetch(place.image(digest))).each
    assert [(one.manifest, one.platform) for one in found if isinstance(one, ImageFacts)] == [
        (children[0], AMD64),
        (children[1], ARM64),
    ]


def test_each_further_platform_costs_two_requests(fake: FakeRegistry, open_registry: Open) -> None:
    each(fake, fake.put_index(REPOSITORY, platforms=(AMD64, ARM64, RISCV))[0], open_registry)
    assert len(targets(fake)) == 4


def test_at_093_of_sixteen_platforms_and_no_more_the_configuration_is_read(
    fake: FakeRegistry, open_registry: Open
) -> None:
    found = each(fake, many(fake, 18), open_registry)
    assert isinstance(found[16], Lookup)
    assert (len(found), found[16].code, found[16].detail) == (17, "not-asked", "2 of 18 platforms were not asked for")


def test_a_platform_whose_configuration_does_not_come_is_named(fake: FakeRegistry, open_registry: Open) -> None:
    digest, children = fake.put_index(REPOSITORY, platforms=(AMD64, ARM64))
    fake.fail(Fault(f"/manifests/{children[1]}", status=500))
    found = each(fake, digest, open_registry)[1]
    assert isinstance(found, Lookup)
    assert (found.where, found.answer) == ("configuration of linux/arm64", Answer.FAILED)


def test_a_platform_that_is_not_there_was_listed_so_that_is_no_answer(fake: FakeRegistry, open_registry: Open) -> None:
    digest, children = fake.put_index(REPOSITORY, platforms=(AMD64, ARM64))
    fake.fail(Fault(f"/manifests/{children[1]}", status=404))
    found = each(fake, digest, open_registry)[1]
    assert isinstance(found, Lookup)
    assert (found.answer, found.code) == (Answer.FAILED, "malformed")
