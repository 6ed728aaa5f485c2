"""Web and workers as processes of their own on one PostgreSQL server; each may die, and so may the server."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import IMAGES, REVIEW, policy
from tests.fakes.chaos import counted
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.postgres import PostgresServer
from tests.fakes.troupe import Troupe


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="module")
def troupe(server: PostgresServer) -> Iterator[Troupe]:
    settings = {"ASSAY_DATABASE_URL": server.database(), "ASSAY_WEB_PROCESSES": "2", "ASSAY_SWEEP_MINUTES": "0"}
    with Troupe(settings, workers=1) as troupe:
        troupe.github.organization("acme", members=["dana"])
        troupe.github.repository("acme/.github")
        yield troupe


def repository(troupe: Troupe, name: str) -> Repository:
    made = troupe.github.repository(f"acme/{name}")
    made.commit("main", {".github/assay.yml": policy(troupe.registry.host)}, author="dana")
    return made


def bump(troupe: Troupe, where: Repository) -> PullRequest:
    digest = troupe.registry.put_image("acme/api", seed=where.name)
    manifest = f"kind: Pod\nspec:\n  containers:\n    - image: {troupe.registry.host}/acme/api@{digest}\n"
    where.commit("bump", {"app.yaml": manifest}, author="dana", parents=["main"])
    return where.open_pull_request("bump", author="dana")


def judged(pull: PullRequest) -> bool:
    states = {one.context: one.state for one in pull.repository.latest_statuses(pull.head_sha)}
    return states == {IMAGES: "failure", REVIEW: "success"} and len(pull.comments) == 1


def ask(troupe: Troupe, method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
    host, port = troupe.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_delivery_ends_in_statuses_and_a_comment(troupe: Troupe) -> None:
    pull = bump(troupe, repository(troupe, "first"))
    troupe.wait(lambda: judged(pull), "it is judged")


def test_several_processes_serve_the_web(troupe: Troupe) -> None:
    serving = [line for line in troupe.log.splitlines() if json.loads(line)["message"].startswith("serving on")]
    assert len(serving) >= 2  # one that the system ended is started again


def test_what_a_killed_worker_was_doing_is_done_by_one_of_another_name(troupe: Troupe) -> None:
    go = threading.Event()
    where = repository(troupe, "killed")
    troupe.github.fault(Fault("POST", "/graphql", status=None, wait=go, times=None))
    pull = bump(troupe, where)
    running = "name = 'look' AND status = 'PENDING' AND executor_id = 'worker-1'"
    troupe.wait(lambda: counted(troupe.environment["ASSAY_DATABASE_URL"], running), "the worker looks")
    troupe.slay("worker-1")
    troupe.github.faults.clear()
    go.set()
    troupe.spawn("worker-2")
    troupe.wait(lambda: judged(pull), "it is judged")
    troupe.spawn("worker-1")


def test_while_the_server_is_gone_deliveries_are_refused_and_afterwards_taken(
    troupe: Troupe, server: PostgresServer
) -> None:
    where = repository(troupe, "gone")
    server.stop()
    try:
        ready = ask(troupe, "GET", "/readyz")
        pull = bump(troupe, where)
        (refused,) = [
            one for one in troupe.github.deliveries if one.repository == where.id and one.event == "pull_request"
        ]
    finally:
        server.start()
    assert (ready, refused.status_code) == (503, 503)
    troupe.wait(lambda: troupe.github.redeliver(refused).succeeded, "the delivery is taken")
    troupe.wait(lambda: ask(troupe, "GET", "/readyz") == 200, "the web is ready again")
    troupe.wait(lambda: judged(pull), "it is judged")
