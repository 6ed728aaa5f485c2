"""One listening socket through two programs."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from app.web.listening import held, hold
from tests.fakes.loopback import free_port

NAME = "LISTENING_SOCKET"


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    os.environ.pop(NAME, None)
    yield
    number = os.environ.pop(NAME, "")
    if number.isdigit() and int(number) > 2:
        os.close(int(number))


def test_what_is_held_is_found_by_its_address() -> None:
    listen = ("127.0.0.1", free_port())
    hold(listen)
    number = held(listen)
    assert number is not None
    assert os.get_inheritable(number)


def test_who_connects_meanwhile_is_not_refused() -> None:
    listen = ("127.0.0.1", free_port())
    hold(listen)
    socket.create_connection(listen, timeout=60).close()


def test_every_address_is_held_where_all_are_asked_for() -> None:
    listen = ("::" if socket.has_dualstack_ipv6() else "0.0.0.0", free_port())  # noqa: S104 - what is asked for
    hold(listen)
    socket.create_connection(("127.0.0.1", listen[1]), timeout=60).close()


def test_without_anything_held_there_is_nothing() -> None:
    assert held(("127.0.0.1", 8000)) is None


def test_what_is_held_for_another_address_is_not_taken() -> None:
    port = free_port()
    hold(("127.0.0.1", port))
    assert held(("127.0.0.1", port + 1 if port < 65535 else port - 1)) is None


@pytest.mark.parametrize("text", ["", "x", "-1", "999999", "9" * 40, "²"])
def test_what_is_no_socket_is_not_taken(text: str) -> None:
    os.environ[NAME] = text
    found = held(("127.0.0.1", 8000))
    del os.environ[NAME]
    assert found is None


def test_a_socket_that_does_not_listen_is_not_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        os.environ[NAME] = str(other.fileno())
        found = held(("127.0.0.1", other.getsockname()[1]))
        del os.environ[NAME]
    assert found is None


def test_an_address_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        hold(("127.0.0.1", other.getsockname()[1]))
