"""Where a registry may lead the client, and with what in hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.oci_registry import Credential, Credentials
from app.core.attestation import Bundle, Form
from app.core.network import WayOut
from app.core.oci import Audience, Digest
from tests.adapters.oci.certificates import Authority
from tests.adapters.oci.places import REPOSITORY, Open, failures, of, targets
from tests.fakes.image_store import LAYER, MANIFEST, SIMPLE_SIGNING, descriptor, encode
from tests.fakes.registry import Auth, FakeRegistry, Fault

PAYLOAD = b'{"critical":{}}'
ACME = Audience(1, "acme", "acme/gitops")


@pytest.fixture
def signed() -> Iterator[FakeRegistry]:
    """A registry that asks for basic authentication and holds a signed image."""
    with FakeRegistry(auth=Auth(basic=True)) as registry:
        yield registry


@pytest.fixture
def digest(signed: FakeRegistry) -> Digest:
    digest = signed.put_image(REPOSITORY)
    signed.attach(Bundle(Form.LEGACY_SIGNATURE, PAYLOAD, digest, ""), REPOSITORY)
    return digest


@pytest.fixture
def elsewhere() -> Iterator[FakeRegistry]:
    """A store of blobs at another port."""
    with FakeRegistry() as registry:
        registry.put_blob(REPOSITORY, PAYLOAD)
        yield registry


def blob(registry: FakeRegistry | None = None) -> str:
    path = f"/v2/{REPOSITORY}/blobs/{Digest.of(PAYLOAD)}"
    return f"{registry.url}{path}" if registry else path


def leading_to(location: str, status: int = 307) -> Fault:
    return Fault(f"GET {re.escape(blob())}$", status=status, headers={"Location": location})


def fetch(
    open_registry: Open, signed: FakeRegistry, digest: Digest, *others: FakeRegistry
) -> tuple[list[bytes], set[str]]:
    credentials = Credentials({signed.host: Credential("reader", Auth().password)}, owner="acme")
    allowed = (signed.host, *(other.host for other in others))
    fetched = open_registry(None, ACME, allowed=allowed, credentials=credentials).fetch(of(signed, digest))
    return [bundle.content for bundle in fetched.bundles], failures(fetched)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_blobs_redirect_is_followed(
    *, signed: FakeRegistry, digest: Digest, elsewhere: FakeRegistry, open_registry: Open, status: int
) -> None:
    signed.fail(leading_to(blob(elsewhere), status))
    assert fetch(open_registry, signed, digest, elsewhere) == ([PAYLOAD], set())


def test_at_075_a_redirect_to_another_port_loses_the_login(
    signed: FakeRegistry, digest: Digest, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    signed.fail(leading_to(blob(elsewhere)))
    fetch(open_registry, signed, digest, elsewhere)
    assert ["authorization" in seen.headers for seen in elsewhere.requests] == [False]


def test_at_084_no_header_of_ours_is_carried_to_the_next_hop_but_what_it_needs(
    signed: FakeRegistry, digest: Digest, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    signed.fail(leading_to(blob(elsewhere)))
    fetch(open_registry, signed, digest, elsewhere)
    assert set(elsewhere.requests[0].headers) <= {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_a_redirect_on_the_same_origin_keeps_the_login(
    signed: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    signed.put_blob("acme/moved", PAYLOAD)
    signed.fail(leading_to(blob().replace(REPOSITORY, "acme/moved")))
    assert fetch(open_registry, signed, digest) == ([PAYLOAD], set())


def test_at_075_a_redirect_to_a_private_place_is_refused(
    signed: FakeRegistry, digest: Digest, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    signed.fail(leading_to(blob(elsewhere)))
    assert (fetch(open_registry, signed, digest), elsewhere.requests) == (([], {"refused-address"}), [])


def test_at_086_the_hops_are_counted_on_the_wire(signed: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    signed.fail(leading_to(blob()))
    assert fetch(open_registry, signed, digest) == ([], {"redirect-refused"})
    assert targets(signed).count(blob()) == 4


@pytest.mark.parametrize(
    "location", ["", "ftp://a.example/", "//a.example/x", "https://u:p@a.example/", "https://a.example/\tx"]
)
def test_a_redirect_to_no_place_is_refused(
    signed: FakeRegistry, digest: Digest, open_registry: Open, location: str
) -> None:
    signed.fail(leading_to(location))
    assert fetch(open_registry, signed, digest) == ([], {"redirect-refused"})


def test_at_075_a_manifests_redirect_is_never_followed(
    signed: FakeRegistry, digest: Digest, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    signed.fail(Fault("manifests/sha256:", status=307, headers={"Location": f"{elsewhere.url}/x"}))
    assert (fetch(open_registry, signed, digest, elsewhere), elsewhere.requests) == (([], {"redirect-refused"}), [])


def test_at_085_a_redirect_from_https_to_http_is_refused(
    tmp_path: Path, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    authority = Authority(tmp_path)
    with FakeRegistry(tls=authority.server("127.0.0.1")) as registry:
        digest = registry.put_image(REPOSITORY)
        registry.attach(Bundle(Form.LEGACY_SIGNATURE, PAYLOAD, digest, ""), REPOSITORY)
        registry.fail(leading_to(blob(elsewhere)))
        allowed = (f"https://{registry.host}", elsewhere.host)
        fetched = open_registry(None, allowed=allowed, way=WayOut(authority.file)).fetch(of(registry, digest))
    assert (failures(fetched), elsewhere.requests) == ({"redirect-refused"}, [])


def test_at_076_the_client_knows_no_verb_but_get(signed: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fetch(open_registry, signed, digest)
    assert {seen.method for seen in signed.requests} == {"GET"}


def test_at_077_urls_in_a_descriptor_are_never_fetched(
    fake: FakeRegistry, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    digest = fake.put_image(REPOSITORY)
    layers = [descriptor(SIMPLE_SIGNING, PAYLOAD, urls=[blob(elsewhere)])]
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(LAYER, b"{}"), "layers": layers}
    fake.put_manifest(REPOSITORY, encode(manifest), MANIFEST, f"sha256-{digest.hex}.sig")
    fetched = open_registry(None, allowed=(fake.host, elsewhere.host)).fetch(of(fake, digest))
    # The registry itself lacks the blob: that is a failure, and nobody else is asked.
    assert (failures(fetched), elsewhere.requests) == ({"malformed"}, [])


def test_at_090_urls_in_annotations_and_payloads_are_never_fetched(
    fake: FakeRegistry, elsewhere: FakeRegistry, open_registry: Open
) -> None:
    digest = fake.put_image(REPOSITORY)
    url = blob(elsewhere)
    notes = {"dev.sigstore.cosign/certificate": url, "dev.sigstore.cosign/chain": url, "logUrl": url}
    fake.attach(Bundle(Form.LEGACY_SIGNATURE, encode({"logUrl": url, "jku": url}), digest, "", notes), REPOSITORY)
    fetched = open_registry(None, allowed=(fake.host, elsewhere.host)).fetch(of(fake, digest))
    assert (len(fetched.bundles), elsewhere.requests) == (1, [])
