"""One conversation with GitHub: bounded, repeated only where it is harmless, and never with another host."""

from __future__ import annotations

import http.server
import itertools
import socket
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest

from app.adapters.github import connection as bounds
from app.adapters.github.client import Client
from app.adapters.github.connection import Connection
from app.adapters.github.failures import Refused
from app.adapters.github.operations import BLOB, COMPARE, LOOK, STATUS
from app.core.errors import Unavailable
from tests.adapters.github.scripted import Script, Scripted, after_token

CALL = COMPARE.at(owner="acme", repo="gitops", basehead="main...abc")
WRITE = STATUS.at(owner="acme", repo="gitops", sha="a" * 40).saying({"state": "pending"})


def scripted(script: Script) -> Scripted:
    return Scripted(after_token(script))


def failure(github: Scripted) -> Unavailable:
    with pytest.raises(Unavailable) as raised:
        github.client().send(CALL)
    return raised.value


def answer(status: int, message: str = "", **headers: str) -> Script:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, json={"message": message}, headers=named)


def test_the_api_version_is_sent_with_every_request() -> None:
    github = scripted(answer(200))
    github.client().send(CALL)
    assert {request.headers["x-github-api-version"] for request in github.requests} == {"2022-11-28"}


def test_another_api_version_can_be_chosen() -> None:
    github = scripted(answer(200))
    client = Client(replace(github.connection, api_version="2026-03-10"), github.client()._github.auth)
    client.send(CALL)
    assert github.requests[-1].headers["x-github-api-version"] == "2026-03-10"


def test_github_enterprise_server_has_graphql_beside_its_rest_root() -> None:
    assert Connection("https://ghe.example/api/v3", httpx.MockTransport(httpx.Response)).graphql == (
        "https://ghe.example/api/graphql"
    )


def test_github_has_graphql_below_its_root() -> None:
    assert Connection("https://api.github.com", httpx.MockTransport(httpx.Response)).graphql == (
        "https://api.github.com/graphql"
    )


def test_at_171_a_branch_name_stays_one_segment_of_the_address() -> None:
    github = scripted(answer(200))
    github.client().send(COMPARE.at(owner="acme", repo="gitops", basehead="../$(x)/%0a?a=b#c...abc"))
    assert github.requests[-1].url.raw_path == (
        b"/api/v3/repos/acme/gitops/compare/..%2F%24%28x%29%2F%250a%3Fa%3Db%23c...abc"
    )


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_at_171_a_name_that_would_leave_its_segment_is_refused(name: str) -> None:
    with pytest.raises(Unavailable):
        COMPARE.at(owner="acme", repo=name, basehead="main...abc")


def test_a_read_is_repeated_after_server_errors() -> None:
    answers = iter([httpx.Response(502), httpx.Response(503), httpx.Response(200, json={"a": 1})])
    github = scripted(lambda _: next(answers))
    assert github.client().send(CALL).json() == {"a": 1}


def test_a_read_is_given_up_after_three_server_errors() -> None:
    github = scripted(answer(500))
    assert (failure(github).permanent, len(github.asked("abc")), github.slept) == (False, 3, [1.0, 3.0])


@pytest.mark.parametrize("trouble", [httpx.Response(502), httpx.ReadTimeout("slow"), httpx.ReadError("cut")])
def test_a_write_is_never_repeated(trouble: httpx.Response | Exception) -> None:
    github = scripted(lambda _: trouble)
    with pytest.raises(Unavailable):
        github.client().send(WRITE)
    assert len(github.asked("/statuses/" + "a" * 40)) == 1


LIMITS: dict[str, tuple[Script, float]] = {
    "forbidden with retry-after": (answer(403, retry_after="7"), 7.0),
    "too many with retry-after": (answer(429, retry_after="7"), 7.0),
    "retry-after as a date": (answer(403, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), 60.0),
    "only the message tells": (answer(403, "You have exceeded a secondary rate limit"), 60.0),
    "too many without a word": (answer(429), 60.0),
    "until the reset": (
        answer(403, x_ratelimit_remaining="0", x_ratelimit_reset="1800000030", date="Fri, 15 Jan 2027 08:00:00 GMT"),
        30.0,
    ),
    "a reset without a date": (answer(403, x_ratelimit_remaining="0", x_ratelimit_reset="1800000030"), 60.0),
    "no reset": (answer(403, x_ratelimit_remaining="0"), 60.0),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_rate_limit_says_when_to_come_back_and_is_not_slept_out(limit: str) -> None:
    script, wait = LIMITS[limit]
    github = scripted(script)
    told = failure(github)
    assert (told.retry_after, told.permanent, github.slept) == (wait, False, [])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 451])
def test_a_refusal_is_permanent_and_not_asked_again(status: int) -> None:
    github = scripted(answer(status))
    assert (failure(github).permanent, github.slept) == (True, [])


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_names_the_permission_that_may_be_missing(status: int) -> None:
    assert "`contents: read`" in failure(scripted(answer(status, "Resource not accessible by integration"))).sentence


def test_what_github_says_is_not_shown_to_people() -> None:
    assert "canary" not in failure(scripted(answer(422, "canary"))).sentence


def test_a_refusal_keeps_what_github_said() -> None:
    told = failure(scripted(answer(422, "why")))
    assert isinstance(told, Refused)
    assert (told.status, told.body) == (422, {"message": "why"})


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("no"), httpx.RemoteProtocolError("cut"), httpx.ReadTimeout("slow")]
)
def test_what_went_wrong_on_the_way_may_pass(trouble: Exception) -> None:
    assert not failure(scripted(lambda _: trouble)).permanent


@pytest.mark.parametrize("content", [b"", b"<html>", b"[" * 100_000])
def test_an_answer_that_is_no_json_is_no_answer(content: bytes) -> None:
    github = scripted(lambda _: httpx.Response(200, content=content))
    with pytest.raises(Unavailable):
        github.client().send(CALL).json()


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "http://github.example/", "https://github.example:444/", "//evil.example/"]
)
def test_at_209_a_redirect_to_another_host_is_not_followed(to: str) -> None:
    github = scripted(lambda _: httpx.Response(301, headers={"location": to}))
    assert failure(github).permanent
    assert {request.url.host for request in github.requests} == {"github.example"}


def test_a_renamed_repository_is_followed_on_the_same_host() -> None:
    github = scripted(
        lambda request: (
            httpx.Response(200, json={"ok": True})
            if "/repositories/9/" in request.url.path
            else httpx.Response(301, headers={"location": "/api/v3/repositories/9/compare/main...abc"})
        )
    )
    assert github.client().send(CALL).json() == {"ok": True}


def test_a_redirect_in_circles_ends() -> None:
    github = scripted(lambda request: httpx.Response(302, headers={"location": str(request.url)}))
    assert (failure(github).permanent, len(github.asked("abc"))) == (True, 4)


def test_a_redirect_to_no_address_is_refused() -> None:
    assert failure(scripted(lambda _: httpx.Response(302, headers={"location": "https://[x"}))).permanent


def test_a_write_is_not_turned_into_a_read_by_a_redirect() -> None:
    github = scripted(lambda _: httpx.Response(302, headers={"location": "/api/v3/elsewhere"}))
    with pytest.raises(Unavailable):
        github.client().send(WRITE)
    assert len(github.requests) == 2


def test_a_write_follows_a_redirect_that_keeps_it_a_write() -> None:
    github = scripted(
        lambda request: (
            httpx.Response(201, json={})
            if "/repositories/" in request.url.path
            else httpx.Response(307, headers={"location": "/api/v3/repositories/9/statuses/abc"})
        )
    )
    github.client().send(WRITE)
    assert (github.requests[-1].method, github.requests[-1].content) == ("POST", b'{"state":"pending"}')


def test_a_raw_file_is_asked_for_as_such() -> None:
    github = scripted(lambda _: httpx.Response(200, content=b"\x00\xff"))
    assert github.client().send(BLOB.at(owner="acme", repo="gitops", file_sha="abc")).content == b"\x00\xff"
    assert github.requests[-1].headers["accept"] == "application/vnd.github.raw+json"


def test_a_graphql_rate_limit_says_when_to_come_back() -> None:
    limit = {"errors": [{"type": "RATE_LIMITED", "message": "slow down"}]}
    github = scripted(lambda _: httpx.Response(200, json=limit))
    with pytest.raises(Unavailable) as raised:
        github.client().ask(LOOK, "query { viewer { login } }", {})
    assert raised.value.retry_after == 60.0


@pytest.mark.parametrize(
    "told",
    [
        {"errors": [{"message": "Something went wrong"}]},
        {"errors": [{"message": "x"}], "data": {"a": 1}},
        {"data": None},
        {"data": []},
        {},
        [],
        {"errors": [{"type": "NOT_FOUND", "path": ["a"]}], "data": None},
    ],
)
def test_a_graphql_answer_without_data_is_no_answer(told: object) -> None:
    github = scripted(lambda _: httpx.Response(200, json=told))
    with pytest.raises(Unavailable):
        github.client().ask(LOOK, "query { viewer { login } }", {})


def test_a_graphql_answer_keeps_what_is_not_there() -> None:
    told = {"errors": [{"type": "NOT_FOUND", "path": ["a", 0, "b"]}], "data": {"a": None}}
    graph = scripted(lambda _: httpx.Response(200, json=told)).client().ask(LOOK, "query { viewer { login } }", {})
    assert (graph.data, graph.errors[0].path) == ({"a": None}, ("a", "0", "b"))


def test_a_graphql_read_is_repeated() -> None:
    answers = iter([httpx.Response(502), httpx.Response(200, json={"data": {"a": 1}})])
    graph = scripted(lambda _: next(answers)).client().ask(LOOK, "query { viewer { login } }", {})
    assert graph.data == {"a": 1}


def test_an_answer_past_its_bounds_is_cut_off() -> None:
    piece = b"x" * 1024 * 1024
    github = scripted(
        lambda _: httpx.Response(200, content=itertools.repeat(piece, bounds.MAX_ANSWER // len(piece) + 2))
    )
    assert not failure(github).permanent


def test_at_209_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving() as url, real_client(url) as client:
        assert client.send(CALL).json() == {"ok": True}


def test_at_209_an_api_that_hangs_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        connection = replace(Connection.to(url), timeout=0.05, sleep=lambda _: None)
        with pytest.raises(Unavailable, match="in time"):
            Client(connection, scripted(answer(200)).client()._github.auth).send(CALL)
        connection.close()


def test_a_shared_pool_survives_eight_threads() -> None:
    with serving() as url, real_client(url) as client, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: client.send(CALL).json(), range(200)))
    assert answers == [{"ok": True}] * 200


@contextmanager
def real_client(url: str) -> Generator[Client, None, None]:
    connection = Connection.to(url)
    yield Client(connection, scripted(answer(200)).client()._github.auth)
    connection.close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        told = b'{"ok": true}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        pass


@contextmanager
def serving() -> Generator[str, None, None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
