"""What was merged lately: page by page, no further than the window reaches, and never without an end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.adapters.github import App, Connection, GitHubForge, Interest
from app.adapters.github.merges import GitHubMerges
from app.core.errors import Unavailable
from app.core.sweep import RepositoryRef
from tests.adapters.github.scripted import Scripted, after_token, body
from tests.fakes.github import GitHub, PullRequest
from tests.fakes.github.repository import Repository

WEEK = timedelta(days=7)
NOW = datetime.fromtimestamp(int(time.time()), UTC)
SINCE = NOW - WEEK


@dataclass
class Past:
    """A repository whose pull requests were merged at any time."""

    github: GitHub
    repository: Repository
    merges: GitHubMerges

    def merged(self, ago: timedelta, *, touched: timedelta | None = None) -> PullRequest:
        """Make one that was merged a while ago, and changed then or later."""
        pull = self.repository.open_pull_request("side", author="dana")
        pull.state, pull.merge_commit = "closed", self.repository.tip("main")
        pull.closed_at = _written(NOW - ago)
        pull.updated = _written(NOW - (ago if touched is None else touched))
        return pull

    def recent(self) -> list[int]:
        place = RepositoryRef(self.github.installation("acme").id, self.repository.id, "acme", "gitops")
        return [ref.number for ref, _ in self.merges.recent(place, SINCE)]

    @property
    def asked(self) -> int:
        return sum("states: [MERGED]" in str(call.body) for call in self.github.calls("POST", "/graphql"))


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def past() -> Iterator[Past]:
    with GitHub() as github:
        github.organization("acme")
        repository = github.repository("acme/gitops", private=True)
        repository.commit("side", {"a": "1"}, author="dana")
        connection = replace(Connection.to(github.url), sleep=lambda _: None)
        app = App(github.app.id, github.private_key_pem, b"marker", github.app.slug)
        yield Past(github, repository, GitHubForge(connection, app, Interest(lambda _: False, ())).merges())
        connection.close()
        assert github.violations == []


def test_one_that_many_others_were_changed_after_is_found(past: Past) -> None:
    wanted = past.merged(timedelta(days=3))
    for _ in range(100):
        past.merged(timedelta(days=30), touched=timedelta(days=1))
    assert (past.recent(), past.asked) == ([wanted.number], 2)


def test_a_page_that_ends_before_the_window_needs_no_other(past: Past) -> None:
    for _ in range(101):
        past.merged(timedelta(days=30))
    wanted = past.merged(timedelta(days=3))
    assert (past.recent(), past.asked) == ([wanted.number], 1)


def test_when_it_was_merged_is_told(past: Past) -> None:
    past.merged(timedelta(days=3))
    place = RepositoryRef(past.github.installation("acme").id, past.repository.id, "acme", "gitops")
    assert [at for _, at in past.merges.recent(place, SINCE)] == [NOW - timedelta(days=3)]


def test_another_repository_under_the_name_is_said(past: Past) -> None:
    place = RepositoryRef(past.github.installation("acme").id, past.repository.id, "acme", "gitops")
    other = past.github.repository("acme/other")
    with pytest.raises(Unavailable, match="another repository"):
        list(past.merges.recent(replace(place, name=other.name), SINCE))


def test_pages_without_an_end_are_given_up_and_that_is_said(caplog: pytest.LogCaptureFixture) -> None:
    node = {"number": 1, "baseRefName": "main", "mergedAt": _written(SINCE - WEEK), "updatedAt": _written(NOW)}
    page = {"nodes": [node], "pageInfo": {"hasNextPage": True, "endCursor": "c"}}
    answer = {"data": {"repository": {"databaseId": 9, "pullRequests": page}}}
    scripted = Scripted(after_token(lambda _: httpx.Response(200, json=answer)))
    merges = GitHubMerges(scripted.connection, scripted.broker())
    with caplog.at_level(logging.WARNING):
        assert list(merges.recent(RepositoryRef(5, 9, "acme", "gitops"), SINCE)) == []
    asked = [body(request)["variables"] for request in scripted.asked("/graphql")]
    assert (len(asked), asked[1]) == (10, {"owner": "acme", "name": "gitops", "after": "c"})
    assert "more than 1000 pull requests of acme/gitops changed" in caplog.text
