"""The way out: through a proxy, and believing a private authority, for each adapter that reaches the world."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from githubkit.auth import UnauthAuthStrategy

from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.operations import APP
from app.adapters.oci_registry import OciRegistries, OciRegistry, RegistrySettings
from app.adapters.oci_registry.tunnel import tunnel
from app.core.errors import Unavailable
from app.core.network import WayOut
from app.core.oci import ANONYMOUS, Digest, ImageReference
from tests.adapters.oci.certificates import Authority
from tests.adapters.oci.places import QUICK
from tests.fakes.proxy import FakeProxy
from tests.fakes.registry import FakeRegistry

NAME = "registry.example"
IMAGE = f"{NAME}/acme/api"


class Inside:
    """A network whose only way out is a proxy: no name is resolved here."""

    def __init__(self, registry: FakeRegistry, proxy: FakeProxy, authority: Authority) -> None:
        self.registry, self.proxy, self.authority = registry, proxy, authority
        self.looked_up: list[str] = []

    def open(self, way: WayOut) -> OciRegistry:
        """Open a job of registries."""
        settings = RegistrySettings(limits=QUICK, way=way, resolver=self._resolver)
        self.registries = OciRegistries(settings)
        return self.registries.open(ANONYMOUS)

    def _resolver(self, host: str, _port: int) -> list[str]:
        self.looked_up.append(host)
        return []

    def resolved(self, text: str = f"{IMAGE}:1", *, way: WayOut | None = None) -> Digest | str:
        """Resolve a tag, and return its digest or the code of what went wrong."""
        found = self.open(way or WayOut(self.authority.file, self.proxy.url)).resolve(ImageReference.parse(text))
        self.registries.close()
        return found.digest or found.lookup.code


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Inside]:
    authority = Authority(tmp_path)
    with FakeRegistry(tls=authority.server(NAME)) as registry, FakeProxy() as proxy:
        proxy.leads[f"{NAME}:443"] = int(registry.host.partition(":")[2])
        yield Inside(registry, proxy, authority)


def test_a_registry_is_reached_through_the_proxy_by_its_name(inside: Inside) -> None:
    digest = inside.registry.put_image("acme/api", "1")
    assert inside.resolved() == digest
    assert (set(inside.proxy.asked), inside.looked_up) == ({f"CONNECT {NAME}:443"}, [])


def test_the_certificate_is_held_against_the_name_through_the_proxy(inside: Inside) -> None:
    inside.proxy.leads["other.example:443"] = inside.proxy.leads[f"{NAME}:443"]
    assert inside.resolved("other.example/acme/api:1") == "tls"


def test_without_the_authority_the_registry_is_not_believed(inside: Inside) -> None:
    assert inside.resolved(way=WayOut(None, inside.proxy.url)) == "tls"


def test_a_proxy_that_refuses_is_no_answer(inside: Inside) -> None:
    inside.proxy.leads.clear()
    assert inside.resolved() == "connection"


@pytest.mark.parametrize(
    "name", ["intranet", "printer.local", "metadata.internal", "host.lan", "a.corp", "1.0.10.in-addr.arpa"]
)
def test_at_063_no_name_of_an_inner_network_is_given_to_the_proxy(inside: Inside, name: str) -> None:
    assert inside.resolved(f"{name}:443/acme/api:1") == "refused-address"
    assert inside.proxy.asked == []


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "8.8.8.8"])
def test_at_063_no_address_is_given_to_the_proxy(inside: Inside, address: str) -> None:
    assert inside.resolved(f"{address}:5000/acme/api:1") == "refused-address"
    assert inside.proxy.asked == []


@pytest.mark.parametrize("name", ["127.1", "0x7f.0.0.1", "0177.0.0.1", "169.254.43518", "10.0.0.0x1", "api.svc"])
def test_at_063_nothing_that_a_proxy_may_take_for_an_inner_address_is_given_to_it(inside: Inside, name: str) -> None:
    assert inside.resolved(f"{name}:443/acme/api:1") == "refused-address"
    assert inside.proxy.asked == []


def test_at_101_a_proxy_that_drips_its_answer_gains_no_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=_drip, args=(listening,), daemon=True)
        dripping.start()
        with pytest.raises(TimeoutError):
            tunnel(f"http://127.0.0.1:{listening.getsockname()[1]}", NAME, 443, 0.3)
        dripping.join(10)


def _drip(listening: socket.socket) -> None:
    """Send a byte of a head now and then, until the other side has gone, or enough for minutes was sent."""
    client, _ = listening.accept()
    with client, contextlib.suppress(OSError):
        client.recv(65_536)
        for _ in range(100):
            client.sendall(b"x")
            select.select([client], [], [], 0.05)


def test_a_registry_that_is_named_as_direct_is_looked_up_here(inside: Inside) -> None:
    way = WayOut(inside.authority.file, inside.proxy.url, frozenset({".example"}))
    assert inside.resolved(way=way) == "connection"
    assert (inside.looked_up, inside.proxy.asked) == ([NAME], [])


def test_the_proxys_password_is_shown_to_the_proxy_alone(inside: Inside) -> None:
    digest = inside.registry.put_image("acme/api", "1")
    with FakeProxy(inside.proxy.leads, user="us%65r", password="p%40ss") as proxy:
        # As it is written in an address: `user`, `p@ss`.
        proxy._pair = "dXNlcjpwQHNz"
        assert inside.resolved(way=WayOut(inside.authority.file, proxy.url)) == digest
    assert not any("proxy-authorization" in seen.headers for seen in inside.registry.requests)


def test_github_is_reached_through_the_proxy(inside: Inside) -> None:
    inside.proxy.leads["api.github.example:443"] = inside.proxy.leads[f"{NAME}:443"]
    way = WayOut(inside.authority.file, inside.proxy.url)
    connection = replace(Connection.to("https://api.github.example", way=way), sleep=lambda _: None)
    with pytest.raises(Unavailable):
        Client(connection, UnauthAuthStrategy()).send(APP.at())
    connection.close()
    assert "CONNECT api.github.example:443" in inside.proxy.asked


@pytest.mark.parametrize(
    ("host", "through"),
    [
        ("ghcr.io", True),
        ("github.example.org", False),
        ("GITHUB.example.org.", False),
        ("x.inner.example", False),
        ("inner.example", True),
        ("localhost", False),
        ("127.0.0.1", False),
        ("[::1]", False),
    ],
)
def test_what_is_direct_goes_around_the_proxy(host: str, *, through: bool) -> None:
    way = WayOut(None, "http://proxy.example:3128", frozenset({"github.example.org", ".inner.example"}))
    assert (way.proxy_for(host) is not None) is through


def test_the_proxy_is_not_shown() -> None:
    assert "secret" not in repr(WayOut(None, "http://user:secret@proxy.example:3128"))
