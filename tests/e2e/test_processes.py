"""The program as an operator starts it: two processes under a supervisor, one database file."""

from __future__ import annotations

import http.client
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import IMAGES, REVIEW, policy
from tests.fakes.github import Fault
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.stage import PATIENCE, Stage
from tests.fakes.troupe import below


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    # Writes are not paced: what one test writes would hold up the next for a minute, by GitHub's limit.
    with Stage({"ASSAY_EVIDENCE_FILES": "acme/evidence", "ASSAY_GITHUB_WRITES": "off"}) as stage:
        stage.github.organization("acme", members=["dana"])
        stage.github.repository("acme/.github")
        yield stage


def _repository(stage: Stage, name: str) -> Repository:
    repository = stage.github.repository(f"acme/{name}")
    repository.commit("main", {".github/assay.yml": policy(stage.registry.host)}, author="dana")
    return repository


def _open(repository: Repository, stage: Stage, number: int = 1) -> PullRequest:
    digest = stage.registry.put_image("acme/api", seed=f"{repository.name} {number}")
    manifest = f"kind: Pod\nspec:\n  containers:\n    - image: {stage.registry.host}/acme/api@{digest}\n"
    branch = f"bump-{number}"
    repository.commit(branch, {f"app-{number}.yaml": manifest}, author="dana", parents=["main"])
    return repository.open_pull_request(branch, author="dana")


def _states(pull: PullRequest) -> dict[str, str]:
    return {one.context: one.state for one in pull.repository.latest_statuses(pull.head_sha)}


def _post(stage: Stage, headers: dict[str, str], body: bytes, seconds: float = PATIENCE) -> int:
    host, port = stage.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=seconds)
    connection.request("POST", "/webhook", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_delivery_over_http_ends_in_statuses_and_a_comment(stage: Stage) -> None:
    pull = _open(_repository(stage, "first"), stage)
    stage.wait(lambda: _states(pull) == {IMAGES: "failure", REVIEW: "success"} and pull.comments, "it is judged")


def test_an_evidence_file_is_proposed_once_and_its_head_is_judged(stage: Stage) -> None:
    installation = stage.github.installation("acme")
    installation.permissions = {**installation.permissions, "contents": "write"}
    repository = stage.github.repository("acme/evidence")
    repository.commit("main", {".github/assay.yml": "version: 1\nunmatched: allow\n"}, author="dana")
    pull = _open(repository, stage)
    first = pull.head_sha
    green = {IMAGES: "success", REVIEW: "success"}
    stage.wait(lambda: pull.head_sha != first and _states(pull) == green, "the new head is judged")
    second = pull.head_sha
    before = stage.log.count('"judged: OK"')
    pull.review("dana2", "COMMENTED")
    stage.wait(lambda: stage.log.count('"judged: OK"') > before, "it is looked at again")
    assert pull.head_sha == second
    assert repository.git.find(second, "app-1.yaml.assay.json") is not None


def test_a_wrong_signature_is_401_and_nothing_more(stage: Stage) -> None:
    headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "1", "X-Hub-Signature-256": "sha256=" + "0" * 64}
    assert _post(stage, headers, b"{}") == 401


def test_a_redelivery_is_taken_and_changes_nothing(stage: Stage) -> None:
    repository = _repository(stage, "again")
    pull = _open(repository, stage)
    stage.wait(lambda: _states(pull).get(IMAGES) == "failure" and pull.comments, "it is judged")
    before = len(stage.github.statuses(repository, pull.head_sha))
    delivery = next(
        one for one in stage.github.deliveries if one.repository == repository.id and one.event == "pull_request"
    )
    assert stage.github.redeliver(delivery).status_code == 202
    other = _open(repository, stage, 2)
    stage.wait(lambda: _states(other).get(IMAGES) == "failure", "later work is done")
    assert len(stage.github.statuses(repository, pull.head_sha)) == before


def test_nonsense_from_github_is_no_pass_and_the_process_lives_on(stage: Stage) -> None:
    repository = _repository(stage, "nonsense")
    first = _open(repository, stage, 2)  # where nothing was ever judged nothing would be said
    stage.wait(lambda: _states(first).get(IMAGES) == "failure" and first.comments, "the first is judged")
    # Each time: a sweep asks GitHub, too, and may be the first.
    fault = stage.github.fault(Fault("POST", "/graphql", status=200, times=None, body={"data": {"repository": 7}}))
    pull = _open(repository, stage)
    stage.wait(lambda: _states(pull) == {IMAGES: "error", REVIEW: "error"}, "it is said that nothing is known")
    fault.times = 0
    other = _open(_repository(stage, "alive"), stage)
    stage.wait(lambda: _states(other).get(IMAGES) == "failure", "later work is done")


@pytest.mark.timeout(180)
def test_killed_in_the_middle_of_deliveries_nothing_is_lost_and_no_comment_doubled(stage: Stage) -> None:
    repository = _repository(stage, "storm")
    pulls = []
    for number in range(10):
        pulls.append(_open(repository, stage, number))
        if number in (3, 7):
            _kill(stage, "worker")
    # A worker is started again after a second, then two, and takes up at once what it was doing.
    stage.wait(
        lambda: all(_states(pull).get(IMAGES) == "failure" and pull.comments for pull in pulls), "all are judged"
    )
    assert [len(pull.comments) for pull in pulls] == [1] * len(pulls)


def test_a_delivery_that_meets_no_web_waits_until_it_is_started_again(stage: Stage) -> None:
    _kill(stage, "web")
    assert _post(stage, {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "2"}, b"{}", seconds=PATIENCE) == 401


def test_the_log_is_lines_of_json_without_secrets(stage: Stage) -> None:
    pull = _open(_repository(stage, "log"), stage)
    stage.wait(lambda: _states(pull).get(IMAGES) == "failure", "it is judged")
    lines = [json.loads(line) for line in stage.log.splitlines() if line]
    assert {"at", "level", "logger", "message"} <= set(lines[0])
    assert stage.github.hook.secret not in stage.log
    assert "PRIVATE KEY" not in stage.log


def _kill(stage: Stage, name: str) -> None:
    """Kill a child and all below it; it may be gone just now."""
    for process in below(stage.pid):
        try:
            words = Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
        except OSError:
            continue
        if words.endswith(f"\0{name}\0") or f"[assay-{name}]" in words:
            for one in (*below(process), process):
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
