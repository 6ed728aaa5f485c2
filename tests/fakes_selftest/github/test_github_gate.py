"""Statuses, check runs and merges: what blocks, what counts, and that a person is really refused."""

from __future__ import annotations

import pytest

from tests.fakes.github import MergeRefused, PullRequest, Repository, RuleBroken
from tests.fakes_selftest.github.conftest import APP, Client, Json

REPO = "/repos/acme/gitops"
GATE = "assay/images (main)"


def status(client: Client, pull: PullRequest, state: str = "success", context: str = GATE, **more: object) -> Json:
    return client.post(f"{REPO}/statuses/{pull.head_sha}", {"state": state, "context": context, **more})


def test_a_description_of_a_hundred_and_forty_characters_is_taken(client: Client, pull: PullRequest) -> None:
    assert status(client, pull, description="d" * 140).status_code == 201


def test_a_longer_description_is_refused_in_githubs_words(client: Client, pull: PullRequest) -> None:
    answer = status(client, pull, description="d" * 141)
    message = "description is too long (maximum is 140 characters)"
    error = {"resource": "Status", "code": "custom", "field": "description", "message": message}
    assert (answer.status_code, answer.json()["errors"]) == (422, [error])


def test_a_status_needs_a_commit(client: Client, pull: PullRequest) -> None:
    assert client.post(f"{REPO}/statuses/{'0' * 40}", {"state": "success"}).status_code == 422


def test_without_a_context_it_is_default(client: Client, pull: PullRequest) -> None:
    assert client.post(f"{REPO}/statuses/{pull.head_sha}", {"state": "success"}).json()["context"] == "default"


def test_a_context_takes_a_thousand_statuses_and_no_more(repo: Repository, pull: PullRequest) -> None:
    for _ in range(1000):
        repo.set_status(pull.head_sha, "Gate", "pending", by="alice")
    with pytest.raises(RuleBroken):
        repo.set_status(pull.head_sha, "gate", "success", by="alice")


def test_the_thousandth_and_first_status_is_refused_over_http(
    client: Client, repo: Repository, pull: PullRequest
) -> None:
    for _ in range(1000):
        repo.set_status(pull.head_sha, GATE, "pending", by="alice")
    assert status(client, pull).status_code == 422


def test_contexts_are_equal_without_regard_to_case(client: Client, pull: PullRequest) -> None:
    status(client, pull, "failure", "Gate")
    status(client, pull, "success", "gate")
    body = client.get(f"{REPO}/commits/{pull.head_sha}/status").json()
    assert (body["state"], body["total_count"]) == ("success", 1)


@pytest.mark.parametrize(
    ("states", "combined"),
    [
        ([], "pending"),
        (["success"], "success"),
        (["success", "pending"], "pending"),
        (["success", "error"], "failure"),
        (["pending", "failure"], "failure"),
    ],
)
def test_the_combined_state_is_the_worst(client: Client, pull: PullRequest, states: list[str], combined: str) -> None:
    for number, state in enumerate(states):
        status(client, pull, state, f"context {number}")
    assert client.get(f"{REPO}/commits/{pull.head_sha}/status").json()["state"] == combined


def test_all_statuses_are_listed_newest_first(client: Client, pull: PullRequest) -> None:
    status(client, pull, "pending")
    status(client, pull, "success")
    states = [one["state"] for one in client.get(f"{REPO}/commits/{pull.head_sha}/statuses").json()]
    assert states == ["success", "pending"]


def test_a_status_names_its_writer(client: Client, pull: PullRequest) -> None:
    assert status(client, pull).json()["creator"]["login"] == "assay[bot]"


# Merges


def refused(pull: PullRequest, by: str = "alice") -> str:
    with pytest.raises(MergeRefused) as caught:
        pull.merge(by)
    return str(caught.value)


def test_a_required_status_that_is_not_there_blocks(repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", [GATE])
    assert refused(pull) == f'Required status check "{GATE}" is expected.'


@pytest.mark.parametrize("state", ["pending", "failure", "error"])
def test_a_required_status_that_is_not_success_blocks(
    client: Client, repo: Repository, pull: PullRequest, state: str
) -> None:
    repo.protect("main", [GATE])
    status(client, pull, state)
    assert refused(pull) == f'Required status check "{GATE}" is {state}.'


def test_success_on_the_head_merges(client: Client, repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", [GATE], app_id=APP)
    status(client, pull)
    assert pull.merge("alice") == repo.tip("main")


def test_success_on_an_older_head_does_not_count(client: Client, repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", [GATE])
    status(client, pull)
    pull.push({"app.yaml": "image: evil\n"}, author="alice")
    assert refused(pull).endswith("is expected.")


def test_a_forged_status_does_not_count_where_a_source_is_expected(repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", [GATE], app_id=APP)
    repo.set_status(pull.head_sha, GATE, "success", by="alice")
    assert refused(pull) == f'Required status check "{GATE}" was not set by the expected GitHub App.'


def test_a_forged_status_counts_where_no_source_is_expected(repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", [GATE])
    repo.set_status(pull.head_sha, GATE, "success", by="alice")
    assert pull.merge("alice")


@pytest.mark.parametrize("login", ["rita", "stranger"])
def test_a_person_without_write_access_does_not_merge(pull: PullRequest, login: str) -> None:
    assert refused(pull, login) in ("Must have push access to merge", "Not Found")


def test_an_admin_passes_only_where_admins_may(repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", [GATE])
    assert refused(pull, "olga")
    repo.protect("main", [GATE], admins_too=False)
    assert pull.merge("olga")


def test_a_draft_is_not_merged(repo: Repository) -> None:
    repo.commit("bump", {"a": "1"})
    assert refused(repo.open_pull_request("bump", draft=True)) == "Pull Request is still a draft"


def test_a_closed_one_is_not_merged(pull: PullRequest) -> None:
    pull.close()
    assert refused(pull) == "Pull Request is not open"


def test_a_conflict_is_not_merged(repo: Repository, pull: PullRequest) -> None:
    repo.commit("main", {"app.yaml": "image: three\n"})
    assert refused(pull) == "Pull Request is not mergeable"


def test_required_approvals_count_people_with_write_access_only(repo: Repository, pull: PullRequest) -> None:
    repo.protect("main", approvals=1)
    pull.review("rita", "APPROVED")
    assert refused(pull).startswith("At least 1 approving review")
    pull.review("sam", "APPROVED")
    assert pull.merge("alice")


def test_a_merge_closes_and_shows_as_merged(client: Client, pull: PullRequest) -> None:
    merge = pull.merge("alice")
    body = client.get(f"{REPO}/pulls/1").json()
    assert (body["merged"], body["state"], body["merge_commit_sha"]) == (True, "closed", merge)
    assert body["merged_by"]["login"] == "alice"


def test_a_merged_one_keeps_its_commits(client: Client, pull: PullRequest) -> None:
    head = pull.head_sha
    pull.merge("alice")
    assert [one["sha"] for one in client.get(f"{REPO}/pulls/1/commits").json()] == [head]


def test_the_rules_of_a_branch_name_the_expected_source(client: Client, repo: Repository) -> None:
    repo.protect("main", [GATE], app_id=APP)
    (rule,) = client.get(f"{REPO}/rules/branches/main").json()
    assert rule["parameters"]["required_status_checks"] == [{"context": GATE, "integration_id": APP}]


def test_the_rules_of_a_branch_show_when_no_source_is_expected(client: Client, repo: Repository) -> None:
    repo.protect("main", [GATE])
    (rule,) = client.get(f"{REPO}/rules/branches/main").json()
    assert rule["parameters"]["required_status_checks"] == [{"context": GATE}]


def test_branch_protection_needs_administration(client: Client, repo: Repository) -> None:
    repo.protect("main", [GATE])
    assert client.get(f"{REPO}/branches/main/protection").status_code == 403
    client.gh.install("acme", permissions={"administration": "read"})
    body = client.narrowed().get(f"{REPO}/branches/main/protection").json()
    assert body["required_status_checks"]["contexts"] == [GATE]


# Check runs


@pytest.fixture
def checks(client: Client, repo: Repository) -> Client:
    client.gh.install("acme", permissions={"checks": "write", "contents": "read"})
    return client.narrowed()


def check(pull: PullRequest, **more: object) -> dict[str, object]:
    return {"name": "report", "head_sha": pull.head_sha, **more}


def note(number: int) -> dict[str, object]:
    return {"path": "a", "start_line": number, "end_line": number, "annotation_level": "notice", "message": "m"}


def test_a_conclusion_completes_a_check_run(checks: Client, pull: PullRequest) -> None:
    assert checks.post(f"{REPO}/check-runs", check(pull, conclusion="success")).json()["status"] == "completed"


def test_a_completed_check_run_needs_a_conclusion(checks: Client, pull: PullRequest) -> None:
    assert checks.post(f"{REPO}/check-runs", check(pull, status="completed")).status_code == 422


def test_annotations_come_fifty_at_a_time_and_add_up(checks: Client, pull: PullRequest) -> None:
    output = {"title": "t", "summary": "s", "annotations": [note(n) for n in range(50)]}
    made = checks.post(f"{REPO}/check-runs", check(pull, output=output)).json()
    more = checks.ask("PATCH", f"{REPO}/check-runs/{made['id']}", json={"output": {**output, "annotations": [note(1)]}})
    assert more.json()["output"]["annotations_count"] == 51


def test_fifty_one_annotations_are_refused(checks: Client, pull: PullRequest) -> None:
    output = {"title": "t", "summary": "s", "annotations": [note(n) for n in range(51)]}
    assert checks.post(f"{REPO}/check-runs", check(pull, output=output)).status_code == 422
    checks.gh.violations.clear()


def test_check_runs_are_not_in_the_combined_status(checks: Client, client: Client, pull: PullRequest) -> None:
    checks.post(f"{REPO}/check-runs", check(pull, conclusion="failure"))
    assert pull.repository.combined_state(pull.head_sha) == "pending"
