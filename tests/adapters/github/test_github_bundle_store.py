"""Bundles in GitHub's storage: read where that is allowed, without a credential, within bounds; what fails is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from app.adapters.github import App, Connection, GitHubAttestations, GitHubForge, Interest
from app.adapters.github.attestations import MAX_BYTES
from app.adapters.github.bundle_store import BundleStore, NotKept
from app.core.attestation import Answer, Attached
from app.core.oci import ANONYMOUS, Audience, Digest
from tests.fakes.bundle_storage import BundleStorage, Kept
from tests.fakes.github import GitHub
from tests.fakes.snappy import compress, frame

DIGEST = Digest("a" * 64)
BUNDLE: dict[str, object] = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "dsseEnvelope": {}}
CONTENT = json.dumps(BUNDLE).encode()
GITHUBS = "https://tmaproduction.blob.core.windows.net/attestations/1/2.json.sn?se=2026&sig=x"


@dataclass
class World:
    """A GitHub that keeps the bundles of acme/api in a storage."""

    github: GitHub
    storage: BundleStorage
    asks: GitHubAttestations

    def asked(self, *addresses: str) -> Attached:
        kept = [{"bundle": None, "repository_id": 1, "bundle_url": address} for address in addresses]
        self.github.repository("acme/api", private=True).attestations[str(DIGEST)] = kept  # type: ignore[assignment]
        return self.asks.fetch("acme/api", DIGEST, Audience(self.github.installation("acme").id, "acme", "gitops"))


@pytest.fixture
def world() -> Iterator[World]:
    with GitHub() as github, BundleStorage() as storage:
        github.organization("acme")
        connection = Connection.to(github.url, frozenset({storage.host}))
        app = App(github.app.id, github.private_key_pem, b"marker", github.app.slug)
        forge = GitHubForge(connection, app, Interest(reads=lambda _: False, policy_paths=()))
        yield World(github, storage, forge.attestations())
        connection.close()
        assert github.violations == []


def said(found: Attached) -> list[tuple[Answer, str]]:
    return [(one.answer, one.code) for one in found.lookups]


@pytest.mark.parametrize(
    "kept",
    [
        Kept(compress(CONTENT)),
        Kept(frame(CONTENT)),
        Kept(CONTENT, kind="application/json; charset=utf-8"),
        Kept(compress(CONTENT), kind="application/octet-stream"),
    ],
)
def test_a_bundle_in_the_storage_is_read_in_each_form(world: World, kept: Kept) -> None:
    (bundle,) = world.asked(world.storage.put(kept)).bundles
    assert (bundle.content, bundle.subject) == (CONTENT, DIGEST)


def test_bundles_beside_each_other_and_in_the_answer_are_one_answer(world: World) -> None:
    address = world.storage.keep(CONTENT)
    world.github.repository("acme/api").attestations[str(DIGEST)] = [
        {"bundle": BUNDLE, "bundle_url": address},
        {"bundle": None, "bundle_url": address},
    ]
    found = world.asks.fetch("acme/api", DIGEST, ANONYMOUS)
    assert ([one.detail for one in found.lookups], len(world.storage.seen)) == (["2 found"], 1)


def test_at_089_no_credential_goes_to_the_storage(world: World) -> None:
    world.asked(world.storage.keep(CONTENT))
    ((_, headers),) = world.storage.seen
    assert headers.keys() == {"host", "user-agent", "accept", "accept-encoding"}


def test_what_was_bought_with_a_token_is_not_shared_with_all(world: World) -> None:
    assert [one.credentials for one in world.asked(world.storage.keep(CONTENT), "https://else.test/").lookups] == [
        True,
        True,
    ]


def test_at_091_a_redirect_of_the_storage_is_not_followed(world: World) -> None:
    target = world.storage.keep(CONTENT)
    found = world.asked(world.storage.put(Kept(b"", 302, location=target)))
    assert (said(found), len(world.storage.seen)) == ([(Answer.FAILED, "server-error")], 1)


@pytest.mark.parametrize(
    "address",
    [
        "https://tmaproduction.blob.core.windows.net.evil.test/x",
        "https://other.blob.core.windows.net/x",
        "https://u:p@tmaproduction.blob.core.windows.net/x",
        "https://tmaproduction.blob.core.windows.net:8443/x",
        "http://tmaproduction.blob.core.windows.net/x",
        "ftp://tmaproduction.blob.core.windows.net/x",
        "https://169.254.169.254/latest/meta-data",
        "http://localhost/x",
        "//tmaproduction.blob.core.windows.net/x",
    ],
)
def test_at_090_an_address_outside_of_what_is_allowed_is_not_gone_to(world: World, address: str) -> None:
    found = world.asked(address)
    assert ([one[1] for one in said(found)], world.storage.seen) == (["refused-host"], [])


@pytest.mark.parametrize("address", ["/x", "https://", "https://[", "https://a:b/", f"https://a/{'x' * 5000}", "x\x00"])
def test_an_address_that_is_none_is_said(world: World, address: str) -> None:
    assert said(world.asked(address)) == [(Answer.FAILED, "malformed")]


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (Kept(b"", 403), "server-error"),
        (Kept(b"", 500), "server-error"),
        (Kept(b"\xff"), "malformed"),
        (Kept(compress(b"[]")), "malformed"),
        (Kept(compress(b'{"a":' * 200_000)), "malformed"),
        (Kept(CONTENT), "malformed"),
        (Kept(b"{}", kind="application/jsonx"), "malformed"),
        (Kept(b"\xff\xff\xff\xff\x0f"), "too-large"),
        (Kept(b"x" * (MAX_BYTES + 1)), "too-large"),
    ],
)
def test_at_055_what_cannot_be_had_is_no_answer(world: World, kept: Kept, code: str) -> None:
    assert said(world.asked(world.storage.put(kept))) == [(Answer.FAILED, code)]


def test_at_093_all_bundles_together_are_bounded(world: World) -> None:
    big = world.storage.keep(b'{"x":"' + b"y" * (MAX_BYTES // 2) + b'"}')
    found = world.asked(big, big, big)
    assert (len(found.bundles), said(found)) == (1, [(Answer.FOUND, ""), (Answer.FAILED, "too-large")])


def test_of_several_that_fail_alike_the_number_is_said(world: World) -> None:
    found = world.asked(world.storage.keep(CONTENT), "https://else.test/a", "https://else.test/b")
    said = [(one.host, one.detail.partition("(")[2]) for one in found.lookups]
    assert said == [("127.0.0.1", ""), ("else.test", "2 of 3 bundles)")]


def test_the_right_to_read_is_said_nowhere(world: World) -> None:
    addresses = [world.storage.put(Kept(b"", 500)), "https://else.test/x?sig=the-right-to-read"]
    assert "the-right-to-read" not in repr(world.asked(*addresses))


def test_a_storage_that_is_not_there_cannot_be_reached(world: World) -> None:
    with BundleStorage() as gone:
        host = gone.host
    connection = Connection.to(world.github.url, frozenset({host}))
    assert BundleStore(connection, 10).read(f"http://{host}/x") == NotKept(host, "connection", "cannot be reached")
    connection.close()


def through(answer: httpx.Response | httpx.HTTPError) -> BundleStore:
    """Return the store of github.com behind a transport that gives one answer."""

    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    return BundleStore(replace(Connection.to("https://api.github.com"), transport=httpx.MockTransport(handle)), 1000)


def test_githubs_own_storage_is_allowed() -> None:
    stream = httpx.ByteStream(compress(CONTENT))
    answer = httpx.Response(200, stream=stream, headers={"content-type": "application/x-snappy"})
    assert through(answer).read(GITHUBS) == CONTENT


def test_the_apis_own_host_is_allowed() -> None:
    answer = httpx.Response(200, stream=httpx.ByteStream(CONTENT), headers={"content-type": "application/json"})
    assert through(answer).read("https://api.github.com/kept/1") == CONTENT


@pytest.mark.parametrize(("error", "code"), [(httpx.ReadTimeout("x"), "timeout"), (httpx.ReadError("x"), "connection")])
def test_what_breaks_off_is_no_answer(error: httpx.HTTPError, code: str) -> None:
    found = through(error).read(GITHUBS)
    assert isinstance(found, NotKept)
    assert found.code == code


def test_a_host_that_is_an_address_of_the_sixth_version_is_written_with_brackets() -> None:
    store = BundleStore(Connection.to("https://api.github.com", frozenset({"[::1]:1"})), 10)
    assert store.read("http://[::1]:1/x") == NotKept("[::1]:1", "connection", "cannot be reached")
