"""The routes, as a WSGI application: what each answer gives away, and what never happens."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.errors import Unavailable
from app.web.server import Refused, Services, create_app

LIMIT = 25 * 1024 * 1024


@dataclass
class Receiver:
    """Takes what the web hands over; raises what a test sets."""

    answer: Exception | None = None
    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    down: bool = False

    def receive(self, headers: Mapping[str, str], body: bytes) -> None:
        self.taken.append((headers, body))
        if self.answer is not None:
            raise self.answer

    def check(self) -> None:
        if self.down:
            raise Unavailable("the database does not answer")


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def app(receiver: Receiver) -> Flask:
    return create_app(Services(receiver.receive, receiver.check))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_delivery_that_was_stored_is_accepted(client: FlaskClient, receiver: Receiver) -> None:
    answer = client.post("/webhook", data=b'{"a": 1}', headers={"X-GitHub-Event": "ping"})
    assert (answer.status_code, receiver.taken[0][1], receiver.taken[0][0]["x-github-event"]) == (
        202,
        b'{"a": 1}',
        "ping",
    )


@pytest.mark.parametrize("status", [401, 400])
def test_a_refused_delivery_learns_its_status_and_nothing_more(
    client: FlaskClient, receiver: Receiver, status: int
) -> None:
    receiver.answer = Refused(status)
    answer = client.post("/webhook", data=b"{}")
    assert (answer.status_code, answer.data) == (status, b"unauthorized\n" if status == 401 else b"refused\n")


def test_a_delivery_that_cannot_be_stored_is_not_accepted(client: FlaskClient, receiver: Receiver) -> None:
    receiver.answer = Unavailable("the work could not be stored")
    answer = client.post("/webhook", data=b"{}")
    assert (answer.status_code, answer.data, answer.headers["Retry-After"]) == (503, b"unavailable\n", "30")


def test_a_crash_says_nothing_of_itself(client: FlaskClient, receiver: Receiver) -> None:
    receiver.answer = KeyError("hunter2")
    answer = client.post("/webhook", data=b"{}")
    assert (answer.status_code, answer.data) == (500, b"refused\n")


def test_at_179_a_body_of_25_mib_is_taken(client: FlaskClient, receiver: Receiver) -> None:
    assert client.post("/webhook", data=bytes(LIMIT)).status_code == 202
    assert len(receiver.taken[0][1]) == LIMIT


def test_at_179_a_larger_body_is_refused_unread(client: FlaskClient, receiver: Receiver) -> None:
    assert client.post("/webhook", data=bytes(LIMIT + 1)).status_code == 413
    assert receiver.taken == []


def test_at_179_a_larger_body_without_a_length_is_refused(client: FlaskClient, receiver: Receiver) -> None:
    answer = client.post(
        "/webhook", input_stream=io.BytesIO(bytes(LIMIT + 1)), environ_overrides={"wsgi.input_terminated": True}
    )
    assert (answer.status_code, receiver.taken) == (413, [])


def test_at_179_a_body_without_a_length_is_taken(client: FlaskClient, receiver: Receiver) -> None:
    client.post("/webhook", input_stream=io.BytesIO(b"{}"), environ_overrides={"wsgi.input_terminated": True})
    assert receiver.taken[0][1] == b"{}"


def test_at_179_bodies_beyond_the_memory_for_all_are_not_stored_and_give_theirs_back(receiver: Receiver) -> None:
    client = create_app(Services(receiver.receive, receiver.check), bodies_limit=100_000).test_client()
    answers = [client.post("/webhook", data=bytes(size)).status_code for size in (90_000, 200_000, 90_000)]
    assert answers == [202, 503, 202]


def test_a_body_that_breaks_off_is_refused(client: FlaskClient, receiver: Receiver) -> None:
    answer = client.post(
        "/webhook",
        input_stream=io.BytesIO(b"{}"),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "100"},
    )
    assert (answer.status_code, receiver.taken) == (400, [])


def test_at_185_a_form_is_bytes_and_never_parsed(client: FlaskClient, receiver: Receiver) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 20_000 + b"--x--\r\n"
    answer = client.post("/webhook", data=body, content_type="multipart/form-data; boundary=x")
    assert (answer.status_code, receiver.taken[0][1]) == (202, body)


def test_at_189_the_health_check_is_constant(client: FlaskClient, receiver: Receiver) -> None:
    receiver.down = True
    answer = client.get("/healthz")
    assert (answer.status_code, answer.data) == (200, b"alive\n")


@pytest.mark.parametrize(("down", "status"), [(False, 200), (True, 503)])
def test_readiness_is_whether_the_database_answers(
    client: FlaskClient,
    receiver: Receiver,
    down: bool,  # noqa: FBT001  a case
    status: int,
) -> None:
    receiver.down = down
    assert client.get("/readyz").status_code == status


@pytest.mark.parametrize(
    "path", ["/", "/status", "/version", "/metrics", "/console", "/static/x", "/webhook/", "/.env"]
)
def test_at_189_nothing_else_answers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.data) == (404, b"not found\n")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_a_webhook_is_posted(client: FlaskClient, method: str) -> None:
    assert client.open("/webhook", method=method).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/webhook", "/nothing"])
def test_every_answer_forbids_what_a_browser_could_do_with_it(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert (headers["X-Content-Type-Options"], headers["Content-Security-Policy"], headers["Cache-Control"]) == (
        "nosniff",
        "default-src 'none'; frame-ancestors 'none'",
        "no-store",
    )
