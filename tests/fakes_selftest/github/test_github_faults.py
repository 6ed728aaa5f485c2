"""What goes wrong on demand, so that the app can be seen to bear it."""

from __future__ import annotations

import threading

import httpx
import pytest

from tests.fakes.github import DROPPED, Fault, GitHub, PullRequest, Repository, graphql_error, secondary_limit
from tests.fakes_selftest.github.conftest import Client

COMMENTS = "/repos/acme/gitops/issues/1/comments"


def test_a_lost_answer_leaves_the_write_applied(client: Client, pull: PullRequest) -> None:
    client.gh.fault(Fault("POST", COMMENTS, 502, after=True))
    assert (client.post(COMMENTS, {"body": "x"}).status_code, len(pull.comments)) == (502, 1)


def test_a_failure_before_the_write_leaves_nothing(client: Client, pull: PullRequest) -> None:
    client.gh.fault(Fault("POST", COMMENTS, 502))
    assert (client.post(COMMENTS, {"body": "x"}).status_code, len(pull.comments)) == (502, 0)


def test_a_fault_strikes_as_often_as_it_is_told(client: Client, pull: PullRequest) -> None:
    fault = client.gh.fault(Fault("GET", "/repos/*/pulls/*", 503, times=2))
    found = [client.get("/repos/acme/gitops/pulls/1").status_code for _ in range(3)]
    assert (found, fault.hits) == ([503, 503, 200], 2)


def test_a_fault_without_end_strikes_always(client: Client) -> None:
    client.gh.fault(Fault("GET", "/orgs/*/teams/*", 404, times=None))
    assert [client.get("/orgs/acme/teams/security/members").status_code for _ in range(3)] == [404] * 3


@pytest.mark.parametrize("seconds", [None, 7])
def test_a_secondary_limit_may_say_how_long_to_wait(client: Client, pull: PullRequest, seconds: int | None) -> None:
    client.gh.fault(secondary_limit("POST", COMMENTS, retry_after=seconds))
    answer = client.post(COMMENTS, {"body": "x"})
    assert answer.status_code == 403
    assert "secondary rate limit" in answer.json()["message"]
    assert answer.headers.get("Retry-After") == (None if seconds is None else str(seconds))


def test_a_graphql_error_comes_with_status_200(client: Client, repo: Repository) -> None:
    client.gh.fault(graphql_error())
    assert client.graphql("{viewer {login}}")["errors"][0]["type"] == "RATE_LIMITED"


def test_a_connection_may_end_without_an_answer(client: Client, pull: PullRequest) -> None:
    client.gh.fault(Fault("POST", COMMENTS, DROPPED, after=True))
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(COMMENTS, {"body": "x"})
    assert len(pull.comments) == 1


def test_minting_may_fail(client: Client, repo: Repository) -> None:
    client.gh.fault(Fault("POST", "/app/installations/*/access_tokens", 502))
    assert (client.mint().status_code, client.mint().status_code) == (502, 201)


def test_a_slow_answer_waits_for_its_event(client: Client, repo: Repository) -> None:
    gate = threading.Event()
    client.get("/repos/acme/gitops")
    client.gh.fault(Fault("GET", "/repos/acme/gitops", None, wait=gate))
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(client.get("/repos/acme/gitops").status_code))
    thread.start()
    assert answers == []
    gate.set()
    thread.join()
    assert answers == [200]


def test_the_world_goes_on_while_an_answer_is_slow(client: Client, repo: Repository, pull: PullRequest) -> None:
    gate = threading.Event()
    client.get("/repos/acme/gitops")
    client.gh.fault(Fault("GET", "/repos/acme/gitops/pulls/1", None, wait=gate))
    heads: list[str] = []
    thread = threading.Thread(
        target=lambda: heads.append(client.get("/repos/acme/gitops/pulls/1").json()["head"]["sha"])
    )
    thread.start()
    moved = pull.push({"a": "1"}, author="alice")
    gate.set()
    thread.join()
    assert heads == [moved]


def test_stopping_frees_who_waits() -> None:
    gh = GitHub()
    gh.start()
    gate = gh.fault(Fault("*", "*", None, wait=threading.Event())).wait
    gh.stop()
    assert gate
    assert gate.is_set()


def test_calls_are_counted_with_their_credentials(client: Client, repo: Repository) -> None:
    client.get("/repos/acme/gitops")
    assert [(str(call), call.token) for call in client.gh.calls("GET", "/repos/*")] == [
        ("GET /repos/acme/gitops 200", "installation")
    ]


def test_the_body_of_a_call_is_kept(client: Client, pull: PullRequest) -> None:
    client.post(COMMENTS, {"body": "posture"})
    assert [call.body for call in client.gh.calls("POST", COMMENTS)] == [{"body": "posture"}]


def test_eight_threads_are_served_at_once(client: Client, pull: PullRequest) -> None:
    client.get("/repos/acme/gitops")
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(client.get("/repos/acme/gitops/pulls/1").status_code))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 8


def test_a_push_may_come_between_a_read_and_a_write(client: Client, pull: PullRequest) -> None:
    before = client.get("/repos/acme/gitops/pulls/1").json()["head"]["sha"]
    path = f"/repos/acme/gitops/statuses/{before}"
    client.gh.fault(Fault("POST", path, None, act=lambda: pull.push({"a": "1"}, author="alice")))
    assert client.post(path, {"state": "success"}).status_code == 201
    assert (pull.head_sha == before, client.gh.statuses(pull.repository, pull.head_sha)) == (False, [])
