"""The approvals that stood at a merge: whose, of what, and whether that person had a part in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.adapters.github import App, Connection, GitHubForge, Interest
from app.adapters.github.approved import approvals
from app.adapters.github.merges import GitHubMerges
from app.core.errors import Unavailable
from app.core.merge_record import Approved, Merge
from app.core.pull_request import PullRequestRef
from tests.adapters.github.scripted import Scripted, after_token
from tests.fakes.github import GitHub, PullRequest
from tests.fakes.github.gitobjects import Identity
from tests.fakes.github.repository import Repository

REF = PullRequestRef(5, 9, "acme", "gitops", 3)


@dataclass
class Merged:
    """A pull request of dana's in a repository of two others, to be reviewed and merged."""

    github: GitHub
    repository: Repository
    pull: PullRequest
    merges: GitHubMerges

    def ask(self) -> Merge:
        """Merge it if it is not, and ask what came of it."""
        if not self.pull.merged:
            self.pull.merge(by="owner")
        installation = self.github.installation("acme").id
        found = self.merges.merge(PullRequestRef(installation, self.repository.id, "acme", "gitops", self.pull.number))
        assert found is not None
        return found

    def standing(self) -> tuple[Approved, ...]:
        found = self.ask().approvals
        assert found is not None
        return found

    def one(self) -> Approved:
        (found,) = self.standing()
        return found

    @property
    def asked(self) -> list[str]:
        calls = self.github.calls()
        return [call.path.rpartition("/")[2] for call in calls if "access_tokens" not in call.path]


@pytest.fixture
def merged() -> Iterator[Merged]:
    with GitHub() as github:
        github.organization("acme")
        repository = github.repository("acme/gitops", private=True)
        for person in ("dana", "alice", "bob", "owner"):
            repository.grant(person, "write")
        repository.commit("side", {"a": "1"}, author="dana")
        pull = repository.open_pull_request("side", author="dana")
        connection = replace(Connection.to(github.url), sleep=lambda _: None)
        app = App(github.app.id, github.private_key_pem, b"marker", github.app.slug)
        yield Merged(github, repository, pull, GitHubForge(connection, app, Interest(lambda _: False, ())).merges())
        connection.close()
        assert github.violations == []


def test_an_approval_is_told_with_who_when_and_on_which_commit(merged: Merged) -> None:
    merged.pull.review("alice", "APPROVED")
    found = merged.one()
    assert found.person is not None
    assert (found.person.login, found.person.bot, found.commit) == ("alice", False, merged.pull.head_sha)
    assert (found.can_push, found.other_base, found.wrote) == (True, False, False)
    assert found.at <= merged.ask().at


def test_who_opened_it_is_told(merged: Merged) -> None:
    assert (merged.ask().author, merged.ask().by) == ("dana", "owner")


def test_nobody_who_approved_is_an_empty_list_for_one_request(merged: Merged) -> None:
    assert (merged.ask().approvals, merged.asked) == ((), ["graphql"])


def test_an_approval_costs_no_request_where_every_commit_is_a_persons(merged: Merged) -> None:
    merged.pull.review("alice", "APPROVED")
    merged.ask()
    assert merged.asked == ["graphql"]


def test_the_last_word_of_each_person_counts_and_a_comment_is_none(merged: Merged) -> None:
    for who, state in (
        ("alice", "APPROVED"),
        ("alice", "COMMENTED"),
        ("bob", "APPROVED"),
        ("bob", "CHANGES_REQUESTED"),
    ):
        merged.pull.review(who, state)
    assert [one.person and one.person.login for one in merged.standing()] == ["alice"]


def test_one_that_was_dismissed_stands_no_more(merged: Merged) -> None:
    merged.pull.dismiss(merged.pull.review("alice", "APPROVED"), by="owner")
    assert merged.standing() == ()


def test_what_is_said_after_the_merge_changes_nothing(merged: Merged) -> None:
    merged.pull.review("alice", "APPROVED")
    merged.pull.merge(by="owner")
    merged.pull.closed_at = merged.pull.reviews[0].at
    for who, state in (("alice", "CHANGES_REQUESTED"), ("bob", "APPROVED")):
        merged.pull.review(who, state).at = "2099-01-01T00:00:00Z"
    assert [one.person and one.person.login for one in merged.standing()] == ["alice"]


def test_an_approval_of_an_earlier_commit_says_which(merged: Merged) -> None:
    before = merged.pull.head_sha
    merged.pull.review("alice", "APPROVED")
    merged.repository.commit("side", {"a": "2"}, author="dana")
    found = merged.one()
    assert (found.commit, before == merged.ask().head) == (before, False)


def test_one_from_before_it_was_pointed_elsewhere_says_so(merged: Merged) -> None:
    merged.repository.commit("other", {"b": "1"}, author="owner")
    merged.pull.review("alice", "APPROVED")
    merged.pull.retarget("other")
    assert merged.one().other_base


def test_who_wrote_a_commit_of_it_is_told_so(merged: Merged) -> None:
    merged.repository.commit("side", {"a": "2"}, author="alice")
    merged.pull.review("alice", "APPROVED")
    assert merged.one().wrote


def test_the_approval_of_a_bot_is_one_of_a_bot(merged: Merged) -> None:
    merged.repository.grant("approve[bot]", "write")
    merged.pull.review("approve[bot]", "APPROVED")
    found = merged.one()
    assert found.person is not None
    assert found.person.bot


def test_who_had_no_part_in_the_commits_of_a_bot_is_told_so(merged: Merged) -> None:
    merged.repository.commit("side", {"a": "2"}, author="renovate[bot]")
    merged.pull.review("alice", "APPROVED")
    assert merged.one().wrote is False


def test_a_commit_of_no_account_takes_one_request_more_and_leaves_it_open(merged: Merged) -> None:
    merged.repository.commit("side", {"a": "2"}, author=Identity("Nobody", "nobody@example.org"))
    merged.pull.review("alice", "APPROVED")
    assert (merged.one().wrote, len(merged.asked)) == (None, 2)


# What the simulator does not do: more than a page, deleted accounts, commits of nobody.

ALICE = {"__typename": "User", "login": "alice", "databaseId": 7}
REVIEW = {"state": "APPROVED", "submittedAt": "2026-03-01T12:00:00Z", "authorCanPushToRepository": True}
REVIEW |= {"author": ALICE, "commit": {"oid": "a" * 40}}
COMMIT = {"oid": "a" * 40, "authors": {"totalCount": 1, "nodes": [{"user": None}]}, "committer": {"user": None}}


def _pull(*reviews: object, more: bool = False, total: int | None = None, **said: object) -> dict[str, object]:
    page = {"hasNextPage": more, "endCursor": "c"}
    listed = {"totalCount": len(reviews) if total is None else total, "nodes": list(reviews), "pageInfo": page}
    commits = {"totalCount": 1, "nodes": [{"commit": COMMIT}], "pageInfo": {"hasNextPage": False}}
    return {"reviews": listed, "commits": commits, "headRefOid": "a" * 40} | said


AT = datetime(2026, 3, 2, tzinfo=UTC)


def _asking(pull: object, *answers: httpx.Response) -> tuple[tuple[Approved, ...] | None, list[str]]:
    """Return the approvals, and what was asked besides the first question."""
    waiting = list(answers)
    scripted = Scripted(after_token(lambda _: waiting.pop(0)))
    found = approvals(scripted.client(), REF, pull, AT)
    return found, [
        request.url.path.rpartition("/")[2] for request in scripted.requests if "tokens" not in str(request.url)
    ]


def _page(name: str, *nodes: object, more: bool = False) -> httpx.Response:
    page = {"nodes": list(nodes), "pageInfo": {"hasNextPage": more, "endCursor": "c"}}
    return httpx.Response(200, json={"data": {"repository": {"databaseId": 9, "pullRequest": {name: page}}}})


def test_every_page_of_reviews_is_read() -> None:
    found, asked = _asking(_pull(more=True, total=1), _page("reviews", REVIEW))
    assert found is not None
    assert ([one.person and one.person.login for one in found], asked) == (["alice"], ["graphql"])


def test_more_reviews_than_are_read_is_not_known() -> None:
    pages = [_page("reviews", more=True) for _ in range(10)]
    assert _asking(_pull(REVIEW, more=True, total=2_000), *pages) == (None, ["graphql"] * 10)


def test_a_person_who_is_gone_takes_no_approval_back_and_has_no_known_part() -> None:
    found, _ = _asking(_pull({**REVIEW, "author": None}))
    assert found == (Approved(None, AT - timedelta(hours=12), "a" * 40, can_push=True),)


def test_a_commit_of_nobody_leaves_it_open_whether_it_is_the_approvers() -> None:
    found, asked = _asking(_pull(REVIEW))
    assert found is not None
    assert (found[0].wrote, asked) == (None, [])


PARENT = {"mergeCommit": {"parents": {"nodes": [{"oid": "c" * 40}]}}}


@pytest.mark.parametrize("answer", [httpx.Response(404, json={}), httpx.Response(422, json={})])
def test_a_comparison_that_is_not_shown_leaves_it_open(answer: httpx.Response) -> None:
    found, asked = _asking(_pull(REVIEW, **PARENT), answer)
    assert found is not None
    assert (found[0].wrote, len(asked)) == (None, 1)


def _compared(total: int) -> httpx.Response:
    dana = {"login": "dana", "id": 8, "type": "User"}
    commit = {"sha": "a" * 40, "author": dana, "committer": dana}
    sides = {name: {"sha": "c" * 40} for name in ("base_commit", "merge_base_commit")}
    return httpx.Response(200, json={**sides, "files": [], "commits": [commit], "total_commits": total})


@pytest.mark.parametrize(("total", "wrote"), [(1, False), (251, None)])
def test_whose_commits_they_are_is_known_from_a_whole_comparison_only(total: int, wrote: bool | None) -> None:  # noqa: FBT001 - a value of the table
    found, _ = _asking(_pull(REVIEW, **PARENT), _compared(total))
    assert found is not None
    assert found[0].wrote is wrote


def test_more_commits_than_are_listed_leave_it_open() -> None:
    pull = _pull(REVIEW, **PARENT)
    commits = pull["commits"]
    assert isinstance(commits, dict)
    found, _ = _asking(pull | {"commits": {**commits, "totalCount": 300}}, _compared(1))
    assert found is not None
    assert found[0].wrote is None


def test_a_comparison_that_fails_otherwise_is_tried_again() -> None:
    with pytest.raises(Unavailable):
        _asking(_pull(REVIEW, **PARENT), httpx.Response(403, json={"message": "no"}))
