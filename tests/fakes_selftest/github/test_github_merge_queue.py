"""The merge queue: a group of pull requests is judged on its own head before it lands."""

from __future__ import annotations

import pytest

from tests.fakes.github import GitHub, MergeRefused, PullRequest, Repository
from tests.fakes_selftest.github.conftest import APP

GATE = "assay/images: main"


@pytest.fixture
def two(gh: GitHub, repo: Repository, pull: PullRequest) -> tuple[PullRequest, PullRequest]:
    gh.subscribe("merge_group")
    repo.protect("main", [GATE], app_id=APP)
    repo.commit("other", {"other.yaml": "image: x\n"}, author="bob")
    return pull, repo.open_pull_request("other", author="bob")


def test_a_group_is_announced_with_its_refs_and_no_number(
    gh: GitHub, repo: Repository, two: tuple[PullRequest, ...]
) -> None:
    group = repo.queue(*two)
    payload = gh.deliveries[-1].payload
    assert payload["merge_group"]["head_sha"] == group.head_sha
    assert payload["merge_group"]["head_ref"].startswith("refs/heads/gh-readonly-queue/main/pr-2-")
    assert "number" not in payload


def test_a_group_holds_what_all_its_pull_requests_change(repo: Repository, two: tuple[PullRequest, ...]) -> None:
    group = repo.queue(*two)
    assert {one.path for one in repo.git.differences(group.base_sha, group.head_sha)} == {"app.yaml", "other.yaml"}


def test_statuses_of_the_members_do_not_count_for_the_group(repo: Repository, two: tuple[PullRequest, ...]) -> None:
    for pull in two:
        repo.set_status(pull.head_sha, GATE, "success", by="assay[bot]", app=APP)
    with pytest.raises(MergeRefused):
        repo.queue(*two).finish()


def test_a_group_with_its_status_lands(repo: Repository, two: tuple[PullRequest, ...]) -> None:
    group = repo.queue(*two)
    repo.set_status(group.head_sha, GATE, "success", by="assay[bot]", app=APP)
    assert group.finish() == repo.tip("main")
    assert [pull.merged for pull in two] == [True, True]


def test_an_end_is_announced_with_its_reason(gh: GitHub, repo: Repository, two: tuple[PullRequest, ...]) -> None:
    repo.queue(*two).destroy("invalidated")
    assert (gh.deliveries[-1].action, gh.deliveries[-1].payload["reason"]) == ("destroyed", "invalidated")
