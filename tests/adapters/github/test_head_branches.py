"""The branches that pull requests come from, as GitHub shows them, and commits to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import httpx
import pytest

from app.adapters.github.evidence_files import PROPOSE, HeadBranches
from app.adapters.github.operations import Call
from app.adapters.github.pacing import share_of
from app.core.errors import Unavailable
from app.core.evidence_file import HeadBranch, Proposal
from app.core.pull_request import Person, PullRequest, PullRequestRef, PullRequestState, Pushers
from app.core.write_budget import Share
from tests.adapters.github.scripted import NOW, Scripted, after_token, body

HEAD, NEXT, REPOSITORY = "a" * 40, "c" * 40, 9
PULL = PullRequest(
    ref=PullRequestRef(5, REPOSITORY, "acme", "gitops", 3),
    title="",
    author=Person(7, "dana"),
    state=PullRequestState.OPEN,
    draft=False,
    base_ref="main",
    base_tip="b" * 40,
    merge_base="b" * 40,
    head=HEAD,
    head_repository_id=REPOSITORY,
    private=True,
    files=(),
    commits=(),
    reviews=(),
)
PROPOSAL = Proposal("bump", {"a.yaml.assay.json": "{}\n"}, "Headline", "Body")
DANA = {"login": "dana", "id": 7, "type": "User"}
US = {"login": "assay[bot]", "id": 8, "type": "Bot"}


@dataclass
class Told:
    """What GitHub says; each part can be replaced."""

    branch: object = None
    into: object = None
    rules: object = ()
    activity: object = None
    made: Callable[[], httpx.Response] | None = None
    errors: object = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            listed = self.activity if "activity" in request.url.path else self.rules
            return httpx.Response(200, json=listed)
        query = str(body(request)["query"])
        if query.startswith("mutation"):
            assert self.made is not None
            return self.made()
        data = self.branch if "headRef {" in query else self.into
        extra = {} if self.errors is None else {"errors": self.errors}
        return httpx.Response(200, json={"data": {"repository": data}, **extra})


def shown(**other: object) -> dict[str, object]:
    """Return a branch that nothing stands against."""
    ref: dict[str, object] = {
        "name": "bump",
        "target": {"oid": HEAD},
        "refUpdateRule": None,
        "associatedPullRequests": {"totalCount": 1},
    }
    pull: dict[str, object] = {
        "state": "OPEN",
        "isDraft": False,
        "isInMergeQueue": False,
        "reviews": {"totalCount": 0},
        "baseRefName": "main",
        "headRefOid": HEAD,
        "headRepository": {"databaseId": REPOSITORY},
        "headRef": ref,
    }
    ref |= {name: value for name, value in other.items() if name in ref}
    pull |= {name: value for name, value in other.items() if name in pull}
    return {"databaseId": REPOSITORY, "defaultBranchRef": {"name": "main"}, "pullRequest": pull}


def into(count: int) -> dict[str, object]:
    return {"databaseId": REPOSITORY, "pullRequests": {"totalCount": count}}


def push(after: str = HEAD, actor: object = DANA, when: str = "2027-01-15T07:00:00Z") -> dict[str, object]:
    return {"after": after, "actor": actor, "timestamp": when}


def branches(told: Told) -> HeadBranches:
    scripted = Scripted(after_token(told.answer))
    return HeadBranches(scripted.connection, scripted.broker(), lambda: "assay")


def plain(**other: object) -> Told:
    return Told(shown(**other), into(0), [], [push()])


def test_a_branch_that_only_its_author_pushed_to_is_told_as_such() -> None:
    found = branches(plain()).of(PULL)
    assert found == HeadBranch("bump", HEAD, "", Pushers((Person(7, "dana"),)), 0, "assay[bot]")


def test_a_branch_that_is_gone_is_told_as_such() -> None:
    assert branches(plain(headRef=None)).of(PULL).tip is None


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"headRepository": {"databaseId": 1}}, "another repository"),
        ({"state": "MERGED"}, "not open"),
        ({"isDraft": True}, "draft"),
        ({"isDraft": None}, "draft"),
        ({"reviews": {"totalCount": 1}}, "approved"),
        ({"isInMergeQueue": True}, "merge queue"),
        ({"isInMergeQueue": None}, "merge queue"),
        ({"name": "main"}, "default branch"),
        ({"baseRefName": "bump"}, "the base branch"),
        ({"refUpdateRule": {"requiredStatusCheckContexts": []}}, "protected"),
        ({"associatedPullRequests": {"totalCount": 2}}, "other pull requests"),
    ],
)
def test_what_guards_a_branch_is_told(other: dict[str, object], why: str) -> None:
    assert why in branches(plain(**other)).of(PULL).guarded


def test_a_branch_into_which_another_goes_is_guarded() -> None:
    told = plain()
    told.into = into(1)
    assert "goes into" in branches(told).of(PULL).guarded


@pytest.mark.parametrize("kind", ["pull_request", "merge_queue", "update", "required_status_checks", "workflows"])
def test_rules_on_which_others_rely_guard_a_branch(kind: str) -> None:
    told = plain()
    told.rules = [{"type": "required_signatures"}, {"type": kind}]
    assert "has rules" in branches(told).of(PULL).guarded


def test_other_rules_are_left_to_github() -> None:
    told = plain()
    told.rules = [{"type": "required_signatures"}, {"type": "deletion"}]
    assert branches(told).of(PULL).guarded == ""


@pytest.mark.parametrize("rules", [{"message": "no list"}, [{"type": "deletion"}] * 100])
def test_rules_that_are_not_all_told_let_nothing_be_written(rules: object) -> None:
    told = plain()
    told.rules = rules
    with pytest.raises(Unavailable, match="rules"):
        branches(told).of(PULL)


@pytest.mark.parametrize("missing", ["headRepository", "baseRefName", "associatedPullRequests"])
def test_an_answer_that_lacks_something_lets_nothing_be_written(missing: str) -> None:
    with pytest.raises(Unavailable):
        branches(plain(**{missing: None})).of(PULL)


def test_what_is_not_shown_lets_nothing_be_written() -> None:
    told = plain()
    told.errors = [{"type": "FORBIDDEN", "path": ["repository", "pullRequest", "isInMergeQueue"]}]
    with pytest.raises(Unavailable, match="does not show"):
        branches(told).of(PULL)


@pytest.mark.parametrize("listed", [[], [push(NEXT)], [push(), push(actor=None)]])
def test_a_push_that_is_not_told_makes_it_unknown_who_pushed(listed: object) -> None:
    told = plain()
    told.activity = listed
    assert branches(told).of(PULL).pushers.unknown


def test_only_pushes_of_what_is_in_the_pull_request_count() -> None:
    told = plain()
    told.activity = [push(), push(NEXT, {"login": "eve", "id": 66, "type": "User"})]
    assert branches(told).of(PULL).pushers == Pushers((Person(7, "dana"),))


def test_our_pushes_of_a_day_are_counted_whatever_became_of_them() -> None:
    told = plain()
    old = "2026-01-01T00:00:00Z"
    told.activity = [push(), push(NEXT, US), push(NEXT, US, "no time"), push(NEXT, US, old), push(NEXT, DANA)]
    assert (NOW, branches(told).of(PULL).ours) == (1_800_000_000.0, 2)


def made(answer: object, status: int = 200) -> Callable[[], httpx.Response]:
    return lambda: httpx.Response(status, json=answer)


def test_a_commit_that_was_made_is_told() -> None:
    told = plain()
    told.made = made({"data": {"createCommitOnBranch": {"commit": {"oid": NEXT}}}})
    assert branches(told).commit(PULL, PROPOSAL)


def test_a_commit_is_asked_for_on_top_of_the_judged_head_alone() -> None:
    told = plain()
    told.made = made({"data": {"createCommitOnBranch": {"commit": {"oid": NEXT}}}})
    scripted = Scripted(after_token(told.answer))
    HeadBranches(scripted.connection, scripted.broker(), lambda: "assay").commit(PULL, PROPOSAL)
    minted, sent = scripted.requests
    assert json.loads(minted.content)["permissions"] == {"contents": "write", "metadata": "read"}
    wanted = json.loads(sent.content)["variables"]["input"]
    assert (wanted["expectedHeadOid"], wanted["branch"]["branchName"]) == (HEAD, "bump")
    assert wanted["fileChanges"] == {"additions": [{"path": "a.yaml.assay.json", "contents": "e30K"}]}


def test_a_commit_takes_its_place_among_the_writes_that_matter_least() -> None:
    assert share_of(Call(PROPOSE, "/graphql")) is Share.REST


STALE = {"data": {"createCommitOnBranch": None}, "errors": [{"type": "STALE_DATA", "path": ["createCommitOnBranch"]}]}


@pytest.mark.parametrize("answer", [made(STALE), made({}, 502)], ids=["refused", "no answer"])
def test_where_the_head_moved_nothing_is_said(answer: Callable[[], httpx.Response]) -> None:
    told = plain(headRefOid=NEXT)
    told.made = answer
    assert not branches(told).commit(PULL, PROPOSAL)


@pytest.mark.parametrize("answer", [made(STALE), made({}, 502)], ids=["refused", "no answer"])
def test_what_failed_while_the_head_stands_is_raised(answer: Callable[[], httpx.Response]) -> None:
    told = plain()
    told.made = answer
    with pytest.raises(Unavailable):
        branches(told).commit(PULL, PROPOSAL)


def test_a_refusal_is_raised_and_asked_no_further() -> None:
    told = plain(headRefOid=NEXT)
    told.made = made({"message": "Resource not accessible by integration"}, 403)
    with pytest.raises(Unavailable, match="commit evidence files"):
        branches(told).commit(PULL, PROPOSAL)


@pytest.mark.parametrize("kind", ["UNPROCESSABLE", "BRANCH_PROTECTION_RULE_VIOLATION"])
def test_what_a_rule_of_the_branch_forbids_is_not_tried_again(kind: str) -> None:
    told = plain()
    told.made = made({"data": {"createCommitOnBranch": None}, "errors": [{"type": kind, "path": ["x"]}]})
    with pytest.raises(Unavailable) as refused:
        branches(told).commit(PULL, PROPOSAL)
    assert refused.value.permanent


def test_an_answer_without_a_commit_is_raised() -> None:
    told = plain()
    told.made = made({"data": {"createCommitOnBranch": None}, "errors": [{"type": "FORBIDDEN", "path": ["x"]}]})
    with pytest.raises(Unavailable, match="did not take"):
        branches(told).commit(PULL, PROPOSAL)
