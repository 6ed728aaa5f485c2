"""Where the client may go at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.oci_registry.addresses import AddressBook, is_loopback, is_public
from app.adapters.oci_registry.failure import Failure
from app.core.network import WayOut
from app.core.oci import Digest, ImageReference
from tests.adapters.oci.certificates import Authority
from tests.adapters.oci.places import REPOSITORY, Open, failures, of
from tests.fakes.registry import FakeRegistry

CLOSED = [
    "0.0.0.0",  # noqa: S104 - refused here, not bound
    "10.0.0.5",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
]


@pytest.mark.parametrize("address", CLOSED)
def test_at_065_a_special_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@settings(max_examples=200, deadline=None)
@given(st.ip_addresses())
def test_what_is_public_is_never_private_in_the_interpreters_eyes(address: object) -> None:
    assert not (is_public(str(address)) and (address.is_private or address.is_loopback))  # type: ignore[attr-defined]


def test_only_the_machine_itself_is_loopback() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "10.0.0.1", "localhost.example")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.fixture
def digest(fake: FakeRegistry) -> Digest:
    return fake.put_image(REPOSITORY, "1")


@pytest.mark.parametrize(
    "reference", ["169.254.169.254/x/y:1", "localhost:5000/x", "10.0.0.5/x", "127.0.0.1/x", "0.0.0.0/x", "localhost/x"]
)
def test_at_063_a_private_host_is_refused(open_registry: Open, reference: str) -> None:
    resolution = open_registry(None).resolve(ImageReference.parse(reference))
    assert (resolution.digest, resolution.lookup.code) == (None, "refused-address")


def test_at_063_a_private_host_sees_no_connection(fake: FakeRegistry, digest: Digest, open_registry: Open) -> None:
    fetched = open_registry(None).fetch(of(fake, digest))
    assert (failures(fetched), fake.requests) == ({"refused-address"}, [])


@pytest.mark.parametrize("host", ["metadata.internal", "printer.local", "x.localhost"])
def test_at_063_an_inner_name_is_not_even_looked_up(open_registry: Open, host: str) -> None:
    asked: list[str] = []
    registry = open_registry(None, resolver=lambda name, _port: asked.append(name) or ["8.8.8.8"])
    assert (registry.resolve(ImageReference.parse(f"{host}/x")).lookup.code, asked) == ("refused-address", [])


def test_at_063_a_name_with_a_private_answer_is_refused(open_registry: Open) -> None:
    registry = open_registry(None, resolver=lambda *_: ["192.168.1.1"])
    assert registry.resolve(ImageReference.parse("registry.example/x")).lookup.code == "refused-address"


def test_at_063_metadata_services_are_refused_even_where_private_is_allowed(open_registry: Open) -> None:
    registry = open_registry(None, allowed=("169.254.169.254",))
    assert registry.resolve(ImageReference.parse("169.254.169.254/x")).lookup.code == "refused-address"


def test_at_067_one_private_answer_refuses_the_whole_host(open_registry: Open) -> None:
    registry = open_registry(None, resolver=lambda *_: ["8.8.8.8", "10.0.0.1"])
    assert registry.resolve(ImageReference.parse("registry.example/x")).lookup.code == "refused-address"


def test_at_066_a_name_is_resolved_once_a_job() -> None:
    answers: Iterator[Sequence[str]] = iter([["8.8.8.8"], ["127.0.0.1"]])
    book = AddressBook(lambda *_: next(answers), 1.0)
    first = book.addresses("registry.example", 443, allow_private=False)
    assert book.addresses("registry.example", 443, allow_private=False) == first == ("8.8.8.8",)


def test_at_066_the_connection_goes_to_the_checked_address_under_the_name(tmp_path: Path, open_registry: Open) -> None:
    authority = Authority(tmp_path)
    asked: list[str] = []
    with FakeRegistry(tls=authority.server("registry.example")) as fake:
        digest = fake.put_image(REPOSITORY, "1")
        name = f"registry.example:{fake.host.partition(':')[2]}"
        registry = open_registry(
            None,
            allowed=(f"https://{name}",),
            way=WayOut(authority.file),
            resolver=lambda host, _port: asked.append(host) or ["127.0.0.1"],
        )
        assert registry.resolve(ImageReference.parse(f"{name}/{REPOSITORY}:1")).digest == digest
        assert ({seen.headers["host"] for seen in fake.requests}, asked) == ({name}, ["registry.example"])


def test_at_066_the_certificate_is_held_against_the_name(tmp_path: Path, open_registry: Open) -> None:
    authority = Authority(tmp_path)
    with FakeRegistry(tls=authority.server("other.example")) as fake:
        name = f"registry.example:{fake.host.partition(':')[2]}"
        registry = open_registry(
            None, allowed=(f"https://{name}",), way=WayOut(authority.file), resolver=lambda *_: ["127.0.0.1"]
        )
        lookup = registry.resolve(ImageReference.parse(f"{name}/{REPOSITORY}:1")).lookup
    assert (lookup.code, fake.requests) == ("tls", [])


def test_at_087_a_self_signed_registry_is_refused_after_any_success(
    tmp_path: Path, fake: FakeRegistry, digest: Digest, open_registry: Open
) -> None:
    authority = Authority(tmp_path)
    with FakeRegistry(tls=authority.server("127.0.0.1")) as stranger:
        registry = open_registry(None, allowed=(fake.host, f"https://{stranger.host}"))
        assert registry.resolve(of(fake, tag="1")).digest == digest
        assert registry.resolve(of(stranger, tag="1")).lookup.code == "tls"


def test_plain_http_is_only_for_the_machine_itself(open_registry: Open) -> None:
    spoken: list[int] = []
    registry = open_registry(None, allowed=("registry.example",), resolver=lambda _, port: spoken.append(port) or [])
    registry.resolve(ImageReference.parse("registry.example/x"))
    assert spoken == [443]


def test_a_loopback_name_that_leads_elsewhere_is_refused_over_plain_http(open_registry: Open) -> None:
    registry = open_registry(None, allowed=("localhost:5000",), resolver=lambda *_: ["10.0.0.1"])
    assert registry.resolve(ImageReference.parse("localhost:5000/x")).lookup.code == "refused-address"


def test_a_name_without_an_answer_cannot_be_reached(open_registry: Open) -> None:
    def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError

    registry = open_registry(None, resolver=nowhere)
    assert registry.resolve(ImageReference.parse("registry.example/x")).lookup.code == "connection"


def test_a_resolver_that_hangs_is_waited_for_no_longer_than_the_limit() -> None:
    hanging = Event()

    def ask(_host: str, _port: int) -> Sequence[str]:
        hanging.wait(60)
        return []

    book = AddressBook(ask, 0.05)
    with pytest.raises(Failure) as raised:
        book.addresses("registry.example", 443, allow_private=False)
    hanging.set()
    assert raised.value.code == "timeout"


def test_at_202_network_errors_have_one_public_text(open_registry: Open, fake: FakeRegistry) -> None:
    port = fake.host
    fake.stop()
    refused = open_registry(None, allowed=(port,)).resolve(ImageReference.parse(f"{port}/x")).lookup
    private = open_registry(None).resolve(ImageReference.parse("10.0.0.1/x")).lookup
    nameless = open_registry(None, resolver=lambda *_: []).resolve(ImageReference.parse("a.example/x")).lookup
    assert len({refused.detail, private.detail, nameless.detail}) == 1
