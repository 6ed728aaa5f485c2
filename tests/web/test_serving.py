"""The real server on loopback, spoken to in bytes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.serving import answers, eventually, free_port, get, process

READ_LIMIT = 4


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    url = f"sqlite:///{tmp_path_factory.mktemp('serving')}/assay.db"
    with process("web", url, number, READ_LIMIT):
        eventually(lambda: answers(number))
        yield number


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes and return all that comes back until the server closes, or nothing comes for a minute."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass  # closed with bytes of ours unread: as closed as can be
        return received


def request(*headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"POST /webhook HTTP/1.1", b"Host: x", b"X-GitHub-Delivery: g", *headers, b"", body])


CHUNKED = b"1\r\n1\r\n0\r\n\r\n"
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=CHUNKED), id="CL and TE"),
        pytest.param(request(b"Transfer-Encoding: chunked", b"Content-Length: 11", body=CHUNKED), id="TE and CL"),
        pytest.param(
            request(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=CHUNKED), id="two chunked"
        ),
        pytest.param(request(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=CHUNKED), id="two TE"),
        pytest.param(request(b"Transfer-Encoding: chunked, identity", body=CHUNKED), id="chunked, identity"),
        pytest.param(request(b"Transfer-Encoding: gzip", body=CHUNKED), id="TE not chunked"),
        pytest.param(request(b"Transfer-Encoding : chunked", body=CHUNKED), id="space before the colon"),
        pytest.param(request(b"Content-Length: 1, 1", body=b"1"), id="CL list"),
        pytest.param(request(b"Content-Length: 1", b"Content-Length: 2", body=b"1"), id="two CL"),
        pytest.param(request(b"Content-Length: +1", body=b"1"), id="signed CL"),
        pytest.param(request(b"Content-Length: -1", body=b"1"), id="negative CL"),
        pytest.param(request(b"X: 1", b" folded", b"Content-Length: 1", body=b"1"), id="obs-fold"),
        pytest.param(request(b"X: a\rb", b"Content-Length: 1", body=b"1"), id="bare CR"),
        pytest.param(request(b"X: a\x00b", b"Content-Length: 1", body=b"1"), id="NUL"),
        pytest.param(request(b"Transfer-Encoding: chunked", body=b"1\n1\n0\n\n"), id="bare LF in chunks"),
        pytest.param(request(b"Transfer-Encoding: chunked", body=b"0x1\r\n1\r\n0\r\n\r\n"), id="0x chunk size"),
        pytest.param(b"POST /webhook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, id="chunked in 1.0"),
    ],
)
def test_at_186_a_request_of_two_readings_is_refused_and_nothing_behind_it_is_read(port: int, sent: bytes) -> None:
    answer = exchange(port, sent + SMUGGLED)
    assert answer.split(b"\r\n")[0].split()[1] == b"400"
    assert answer.count(b"HTTP/1.1 ") == 1


def test_at_186_headers_ended_by_bare_line_feeds_are_not_read_as_a_delivery(port: int) -> None:
    answer = exchange(port, request(b"Content-Length: 1", body=b"1").replace(b"\r\n", b"\n"))
    assert b" 202 " not in answer.split(b"\r\n")[0]


def test_at_186_an_unknown_transfer_coding_is_refused(port: int) -> None:
    answer = exchange(port, request(b"Transfer-Encoding: xchunked", body=CHUNKED) + SMUGGLED)
    assert answer.split(b"\r\n")[0].split()[1] in {b"400", b"501"}
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_chunked_delivery_is_taken(port: int) -> None:
    answer = exchange(port, request(b"Transfer-Encoding: chunked", b"Connection: close", body=CHUNKED))
    assert answer.startswith(b"HTTP/1.1 202 ")


def test_at_187_a_header_with_underscores_is_not_the_one_with_dashes(port: int) -> None:
    sent = request(b"Content-Length: 1", b"Connection: close", body=b"1").replace(
        b"X-GitHub-Delivery", b"X_GitHub_Delivery"
    )
    assert not exchange(port, sent).startswith(b"HTTP/1.1 202 ")


def test_at_187_no_header_moves_the_path(port: int) -> None:
    sent = b"GET /healthz HTTP/1.1\r\nHost: x\r\nPath-Info: /nothing\r\nScript-Name: /x\r\nConnection: close\r\n\r\n"
    assert exchange(port, sent).startswith(b"HTTP/1.1 200 ")


def test_at_179_two_hundred_slow_bodies_do_not_stop_the_health_check(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            slow.sendall(request(b"Content-Length: 1000", body=b"1"))
        assert get(port, "/healthz") == 200


def test_at_179_three_hundred_silent_connections_hold_no_thread(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        assert get(port, "/healthz") == 200


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(request(b"Content-Length: 1000", body=b"1"), id="body"),
        pytest.param(request(b"Transfer-Encoding: chunked", body=b"1\r\n1\r\n"), id="chunks"),
        pytest.param(b"POST /webhook HTTP/1.1\r\nHost: x\r\n", id="headers"),
    ],
)
def test_at_179_a_request_that_does_not_end_is_ended(port: int, sent: bytes) -> None:
    assert b" 202 " not in exchange(port, sent)


def test_at_179_a_long_body_without_a_length_is_refused(port: int) -> None:
    chunk = b"100000\r\n" + bytes(1024 * 1024) + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(request(b"Transfer-Encoding: chunked", body=b""))
        try:
            for _ in range(27):
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered and closed before all was sent
        else:
            assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
