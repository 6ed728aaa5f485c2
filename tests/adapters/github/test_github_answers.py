"""Whatever GitHub answers, a page gives a value or says in words that it could not be had: it never guesses."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.github import App, Connection, GitHubForge, GitHubPage, Interest
from app.adapters.github.files import octal, proven
from app.adapters.github.reading import changed_file, commits, person, review
from app.core.errors import Moved, Unavailable
from app.core.pull_request import Asked, Permission, PullRequest, PullRequestRef, ReviewState
from app.core.tree import FileStatus
from tests.adapters.github.conftest import INTEREST, POLICY, publication, running
from tests.adapters.github.scripted import PEM, Scripted, after_token, body, token

JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just([]) | st.just({}) | st.just([None])


@dataclass
class Recording(httpx.BaseTransport):
    """Remembers what the simulated GitHub answered, by kind of question."""

    inner: httpx.BaseTransport
    answers: dict[str, Any] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        answer.read()
        self.answers[kind(request)] = json.loads(answer.content)
        return httpx.Response(answer.status_code, content=answer.content)


def kind(request: httpx.Request) -> str:
    path = request.url.path
    if path.endswith("/graphql"):
        query = str(body(request)["query"])
        return "overview" if "isPrivate" in query else "members" if "organization" in query else "look again"
    return path.split("/")[-2] if "/compare/" in path or "/statuses/" in path else path.split("/")[-1]


@pytest.fixture(scope="module")
def recorded() -> Generator[tuple[PullRequestRef, dict[str, Any]], None, None]:
    """A rich pull request: reviews, statuses, a comment, co-authors, a rename, teams."""
    generator = running()
    bench = next(generator)
    bench.repo.commit("main", {"old.yaml": "image: b:1\n"}, author="olga")
    bench.repo.commit("bump", {"app.yaml": "image: a:2\n"}, author="mona", co_authors=["lee"])
    bench.repo.commit("bump", {"old.yaml": None, "new.yaml": "image: b:1\n"}, author="renovate[bot]")
    pull = bench.repo.open_pull_request("bump", author="mona")
    pull.review("lee", "APPROVED")
    bench.repo.set_status(pull.head_sha, "assay/images: main", "pending", by=bench.gh.app.bot, app=bench.gh.app.id)
    inner = Connection.to(bench.gh.url)
    recording = Recording(inner.transport)
    app = App(bench.gh.app.id, bench.gh.private_key_pem, b"marker key", slug="assay")
    page = GitHubForge(Connection(bench.gh.url, recording), app, INTEREST).open(bench.ref(pull))
    page.get()
    number = page.publish(publication())
    assert number is not None
    page.get()
    page.publish(publication("## OK", number))
    page.people(Asked(frozenset({"acme/security"}), frozenset({"lee"})))
    yield bench.ref(pull), recording.answers
    inner.close()
    next(generator, None)


def replay(ref: PullRequestRef, answers: dict[str, Any]) -> GitHubPage:
    """A page that is answered from a recording."""
    scripted = Scripted(after_token(lambda request: httpx.Response(200, json=answers.get(kind(request)))))
    app = App(4242, PEM, b"marker key", slug="assay")
    return GitHubForge(scripted.connection, app, INTEREST).open(ref)


def use(page: GitHubPage) -> PullRequest:
    """Do all that a job does."""
    pull = page.get()
    page.read(pull.base_tip, [POLICY])
    page.read(pull.head, [file.path for file in pull.files])
    page.floor()
    page.people(Asked(frozenset({"acme/security"}), frozenset({"lee"})))
    page.publish(publication(comment_id=None))
    return pull


def test_a_recording_reads_as_the_real_thing(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    pull = use(replay(*recorded))
    assert [file.path for file in pull.files] == ["app.yaml", "new.yaml"]
    assert (len(pull.commits), len(pull.reviews), len(pull.statuses)) == (2, 1, 1)


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, one in inner for place in places(one, (*path, key))]


def change(answer: Any, place: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401 - any JSON
    changed = copy.deepcopy(answer)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = new
    return changed


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_at_180_an_answer_with_anything_in_it_gives_a_value_or_a_sentence(
    recorded: tuple[PullRequestRef, dict[str, Any]], data: st.DataObject
) -> None:
    ref, answers = recorded
    which = data.draw(st.sampled_from(sorted(set(answers) - {"access_tokens"})))
    place = data.draw(st.sampled_from(places(answers[which])))
    changed = answers | {which: change(answers[which], place, data.draw(JSON))}
    with contextlib.suppress(Unavailable, Moved):
        assert isinstance(use(replay(ref, changed)), PullRequest)


@pytest.mark.parametrize("answer", [None, [], {}, "", 7, {"data": {}}, {"data": {"repository": None}}], ids=repr)
@pytest.mark.parametrize("which", ["overview", "compare", "look again", "permission"])
def test_an_answer_that_is_another_thing_is_none(
    recorded: tuple[PullRequestRef, dict[str, Any]], which: str, answer: object
) -> None:
    ref, answers = recorded
    page = replay(ref, answers | {which: answer})
    if which == "permission" and answer is not None:
        assert page.people(Asked(users=frozenset({"lee"}))).permissions == {"lee": Permission.NONE}
        return
    with pytest.raises(Unavailable):
        use(page)


def text_of(answers: dict[str, Any], path: str) -> dict[str, Any]:
    """The blob of the head's file in the overview."""
    found = [
        entry
        for commit in answers["overview"]["data"]["repository"].values()
        if isinstance(commit, dict)
        for entry in commit.values()
        if isinstance(entry, dict) and path in str((entry.get("object") or {}).get("text"))
    ]
    blob: dict[str, Any] = found[0]
    return blob


def test_at_147_a_text_that_is_not_the_blob_it_claims_to_be_is_fetched_and_refused(
    recorded: tuple[PullRequestRef, dict[str, Any]],
) -> None:
    ref, answers = recorded
    changed = copy.deepcopy(answers)
    text_of(changed, "a:2")["object"]["text"] = "image: evil\n"
    with pytest.raises(Unavailable, match="another file"):
        use(replay(ref, changed))


def test_two_contents_of_one_file_are_refused(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    ref, answers = recorded
    changed = copy.deepcopy(answers)
    changed["compare"]["files"][0]["sha"] = "f" * 40
    with pytest.raises(Unavailable, match="two contents"):
        use(replay(ref, changed))


def test_a_path_that_does_not_exist_may_be_told_by_an_error(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    ref, answers = recorded
    changed = copy.deepcopy(answers)
    alias = next(name for name in changed["overview"]["data"]["repository"] if name.startswith("c0"))
    gone = next(name for name, value in changed["overview"]["data"]["repository"][alias].items() if value is None)
    changed["overview"]["errors"] = [{"type": "NOT_FOUND", "path": ["repository", alias, gone]}]
    assert use(replay(ref, changed)).base_ref == "main"


@pytest.mark.parametrize("path", [["repository", "pullRequest", "reviews"], ["repository", "c0"], []])
def test_any_other_error_is_no_answer(recorded: tuple[PullRequestRef, dict[str, Any]], path: list[str]) -> None:
    ref, answers = recorded
    changed = answers | {"overview": answers["overview"] | {"errors": [{"type": "FORBIDDEN", "path": path}]}}
    with pytest.raises(Unavailable, match="permission") as failure:
        use(replay(ref, changed))
    assert failure.value.permanent


def test_an_error_in_the_second_look_is_no_answer(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    ref, answers = recorded
    errors = [{"type": "FORBIDDEN", "path": ["repository", "head", "status"]}]
    page = replay(ref, answers | {"look again": answers["look again"] | {"errors": errors}})
    page.get()
    with pytest.raises(Unavailable, match="again"):
        page.publish(publication())


def test_half_a_team_is_no_team(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    ref, answers = recorded
    errors = [{"type": "FORBIDDEN", "path": ["t0", "team", "members", "nodes", 1]}]
    page = replay(ref, answers | {"members": answers["members"] | {"errors": errors}})
    assert page.people(Asked(frozenset({"acme/security"}))).teams == {"acme/security": None}


def test_a_pull_request_that_never_holds_still_is_left_for_later(
    recorded: tuple[PullRequestRef, dict[str, Any]],
) -> None:
    ref, answers = recorded
    changed = copy.deepcopy(answers)
    changed["overview"]["data"]["repository"]["pullRequest"]["headRefOid"] = "e" * 40
    changed["compare"]["base_commit"]["sha"] = "d" * 40
    with pytest.raises(Unavailable, match="hold still") as failure:
        replay(ref, changed).get()
    assert (failure.value.retry_after, failure.value.permanent) == (10.0, False)


def test_a_comment_known_by_its_author_alone_is_ours(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    ref, answers = recorded
    changed = json.loads(json.dumps(answers).replace('"viewerDidAuthor": true', '"viewerDidAuthor": false'))
    edited = [request for request in posts(ref, changed) if request.method == "PATCH"]
    assert len(edited) == 1


def posts(ref: PullRequestRef, answers: dict[str, Any]) -> list[httpx.Request]:
    scripted = Scripted(after_token(lambda request: httpx.Response(200, json=answers.get(kind(request)))))
    page = GitHubForge(scripted.connection, App(1, PEM, b"marker key", slug="assay"), INTEREST).open(ref)
    page.get()
    page.publish(publication("## another"))
    return scripted.requests


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("added", FileStatus.ADDED),
        ("copied", FileStatus.ADDED),
        ("changed", FileStatus.MODIFIED),
        ("unchanged", FileStatus.MODIFIED),
        ("modified", FileStatus.MODIFIED),
        ("removed", FileStatus.REMOVED),
        ("unheard of", FileStatus.MODIFIED),
        (None, FileStatus.MODIFIED),
    ],
)
def test_at_145_every_status_of_a_file_counts_as_a_change(status: str | None, expected: FileStatus) -> None:
    assert changed_file({"filename": "a", "status": status, "sha": None}).status is expected


def test_at_145_a_rename_without_its_old_name_is_refused() -> None:
    with pytest.raises(Unavailable):
        changed_file({"filename": "a", "status": "renamed", "sha": "a" * 40})


@pytest.mark.parametrize(
    "row", [None, {}, {"login": "a"}, {"databaseId": 1}, {"login": 1, "databaseId": 1}, []], ids=repr
)
def test_half_an_account_is_nobody(row: object) -> None:
    assert person(row) is None


def test_a_state_of_a_review_that_is_new_is_a_mere_comment() -> None:
    found = review({"state": "BLESSED"})
    assert found is not None
    assert found.state is ReviewState.COMMENTED


def test_at_161_a_commit_that_only_one_list_tells_is_not_wholly_attributed() -> None:
    (found,) = commits([], [{"sha": "a" * 40, "author": {"login": "mona", "id": 7, "type": "User"}}])
    assert (found.unattributed, found.people) == (True, (person({"login": "mona", "id": 7}),))


def test_at_161_more_authors_than_are_listed_are_not_wholly_attributed() -> None:
    user = {"user": {"login": "mona", "databaseId": 7}}
    node = {"oid": "a" * 40, "authors": {"totalCount": 2, "nodes": [user]}, "committer": user}
    assert commits([{"commit": node}], [])[0].unattributed


def test_what_is_committed_in_the_browser_has_no_committer_of_its_own() -> None:
    user = {"user": {"login": "mona", "databaseId": 7}}
    node = {"oid": "a" * 40, "authors": {"totalCount": 1, "nodes": [user]}, "committedViaWeb": True}
    assert not commits([{"commit": node}], [])[0].unattributed


@pytest.mark.parametrize(
    ("told", "mode"), [(33188, 0o100644), (100644, 0o100644), (120000, 0o120000), (40960, 0o120000)]
)
def test_a_mode_is_understood_in_both_forms(told: int, mode: int) -> None:
    assert octal(told) == mode


@pytest.mark.parametrize("text", [None, "\ud800", "changed"])
def test_a_text_proves_to_be_its_blob_or_is_none(text: str | None) -> None:
    assert proven({"object": {"text": text}}, "a" * 40) is None


def test_an_id_of_sha_256_is_proved_too() -> None:
    oid = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
    assert proven({"object": {"text": ""}}, oid) == b""


def test_tokens_are_bought_before_anything_is_asked(recorded: tuple[PullRequestRef, dict[str, Any]]) -> None:
    ref, answers = recorded
    scripted = Scripted(
        lambda request: (
            token() if "access_tokens" in request.url.path else httpx.Response(200, json=answers.get(kind(request)))
        )
    )
    GitHubForge(scripted.connection, App(1, PEM, b"k", slug="assay"), Interest(lambda _: False, ())).open(ref).get()
    assert [kind(request) for request in scripted.requests] == ["access_tokens", "compare", "overview"]
