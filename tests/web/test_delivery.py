"""Only a proved delivery is read, and whatever it holds, it asks for a pull request or for nothing."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.adapters.github.floor import KEPT_SECONDS
from app.core.command import Command, Word
from app.core.pull_request import CommitStatus, PullRequestRef, StatusState
from app.core.sweep import Reach, RepositoryRef, Sweep
from app.web import delivery
from app.web.delivery import BadSignature, Delivery, Malformed, Recheck, asks_for, verify

SECRET = b"It's a Secret to Everybody"
OLD_SECRET = b"the one before"
APP_ID = 4711
EXAMPLES = Path(__file__).parents[1] / "data" / "github" / "webhook-examples.json.gz"
HEAD = "a" * 40


def examples() -> list[tuple[str, dict[str, Any]]]:
    events = json.loads(gzip.decompress(EXAMPLES.read_bytes()))
    return [(event["name"], payload) for event in events for payload in event["examples"]]


def signature(body: bytes, secret: bytes = SECRET) -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def signed(body: bytes, event: str = "pull_request", **more: str) -> dict[str, str]:
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": signature(body),
        "X-GitHub-Hook-Installation-Target-ID": str(APP_ID),
    } | {name.replace("_", "-"): value for name, value in more.items()}


def accept(body: bytes, event: str = "pull_request", secrets: tuple[bytes, ...] = (SECRET,)) -> Delivery:
    return verify(signed(body, event), body, secrets, APP_ID)


def ask(event: str, payload: Mapping[str, object]) -> delivery.Ask:
    return asks_for(accept(json.dumps(payload).encode(), event))


def place() -> dict[str, object]:
    return {
        "installation": {"id": 5},
        "repository": {"id": 9, "name": "gitops", "owner": {"login": "acme"}},
        "sender": {"id": 77, "login": "mona", "type": "User"},
    }


def pull(**more: object) -> dict[str, object]:
    base = {"ref": "main", "repo": {"id": 9}}
    return place() | {
        "action": "opened",
        "pull_request": {"number": 3, "head": {"sha": HEAD}, "base": base},
        **more,
    }


def comment(body: str = "/assay recheck", **more: object) -> dict[str, object]:
    return place() | {
        "action": "created",
        "issue": {"number": 3, "pull_request": {"url": "https://api.github.com/repos/acme/gitops/pulls/3"}},
        "comment": {"body": body, "user": {"id": 77, "login": "mona"}, "author_association": "OWNER"},
        **more,
    }


REF = PullRequestRef(5, 9, "acme", "gitops", 3)


def test_githubs_own_test_vector_is_accepted() -> None:
    told = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    headers = signed(b"", "ping") | {"X-Hub-Signature-256": told}
    with pytest.raises(Malformed):  # proved, and then "Hello, World!" is not JSON
        verify(headers, b"Hello, World!", (SECRET,), APP_ID)


def test_at_177_a_wrong_signature_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(signed(b"{}") | {"X-Hub-Signature-256": signature(b"{ }")}, b"{}", (SECRET,), APP_ID)


@pytest.mark.parametrize("secrets", [(), (b"",), (b"", b"")])
def test_at_177_an_empty_secret_proves_nothing(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(BadSignature):
        verify(signed(b"{}") | {"X-Hub-Signature-256": signature(b"{}", b"")}, b"{}", secrets, APP_ID)


@pytest.mark.parametrize("value", ["", "sha256=", "sha256=" + "A" * 64, "sha1=" + "a" * 40, "sha256=" + "é" * 64])
def test_at_177_a_signature_of_another_form_is_refused(value: str) -> None:
    with pytest.raises(BadSignature):
        verify(signed(b"{}") | {"X-Hub-Signature-256": value}, b"{}", (SECRET,), APP_ID)


def test_at_177_sha1_alone_is_refused() -> None:
    headers = signed(b"{}")
    del headers["X-Hub-Signature-256"]
    headers["X-Hub-Signature"] = "sha1=" + hmac.new(SECRET, b"{}", hashlib.sha1).hexdigest()
    with pytest.raises(BadSignature):
        verify(headers, b"{}", (SECRET,), APP_ID)


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_either_of_two_secrets_is_accepted_while_they_are_rotated(secret: bytes) -> None:
    headers = signed(b"{}") | {"X-Hub-Signature-256": signature(b"{}", secret)}
    assert verify(headers, b"{}", (SECRET, OLD_SECRET), APP_ID).payload == {}


def test_header_names_are_read_in_any_case() -> None:
    headers = {name.upper(): value for name, value in signed(b"{}").items()}
    assert verify(headers, b"{}", (SECRET,), APP_ID).event == "pull_request"


def test_at_178_a_body_is_not_read_before_it_is_proved() -> None:
    with pytest.raises(BadSignature):
        verify(signed(b"not json") | {"X-Hub-Signature-256": signature(b"")}, b"not json", (SECRET,), APP_ID)


def test_at_179_a_long_body_is_proved_by_its_raw_bytes() -> None:
    body = b'{"a": "' + b"x" * 1_000_000 + b'"}'
    assert accept(body).payload == {"a": "x" * 1_000_000}


def test_at_181_a_delivery_for_another_app_is_refused() -> None:
    headers = signed(b"{}") | {"X-GitHub-Hook-Installation-Target-ID": "4712"}
    with pytest.raises(BadSignature):
        verify(headers, b"{}", (SECRET,), APP_ID)


def test_at_181_a_delivery_without_an_installation_asks_for_nothing() -> None:
    payload = pull()
    del payload["installation"]
    assert ask("pull_request", payload) is None


def test_a_delivery_that_does_not_say_for_which_app_it_is_is_read() -> None:
    headers = signed(b"{}")
    del headers["X-GitHub-Hook-Installation-Target-ID"]
    assert verify(headers, b"{}", (SECRET,), APP_ID).id == "72d3162e-cc78-11e3-81ab-4c9367dc0958"


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
@pytest.mark.parametrize("value", ["", "a b", "x" * 65, "ü"])
def test_at_183_a_delivery_that_does_not_say_what_it_is_is_malformed(header: str, value: str) -> None:
    with pytest.raises(Malformed):
        verify(signed(b"{}") | {header: value}, b"{}", (SECRET,), APP_ID)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"a"',
        b"{",
        b"payload=%7B%7D",
        b'{"a": NaN}',
        b"[" * 200_000,
        b'{"a": 1' + b"0" * 5000 + b"}",
    ],
)
def test_at_180_a_body_that_is_no_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        accept(body)


def test_at_182_a_replayed_delivery_reads_the_same() -> None:
    body = json.dumps(pull()).encode()
    assert accept(body) == accept(body)


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
def test_a_pull_request_that_may_have_changed_is_looked_at(action: str) -> None:
    assert ask("pull_request", pull(action=action)) == REF


def test_the_branch_and_the_head_of_a_delivery_are_kept_as_hints() -> None:
    found = ask("pull_request", pull())
    assert isinstance(found, PullRequestRef)
    assert (found.base_ref, found.head) == ("main", HEAD)


@pytest.mark.parametrize("action", ["labeled", "converted_to_draft", "stacked", "", None, 7, ["opened"]])
def test_other_actions_ask_for_nothing(action: object) -> None:
    assert ask("pull_request", pull(action=action)) is None


@pytest.mark.parametrize(
    ("changes", "expected"), [({"base": {"ref": {"from": "old"}}}, REF), ({"title": {"from": "a"}}, None), ([], None)]
)
def test_an_edit_is_looked_at_when_it_moved_the_base(changes: object, expected: PullRequestRef | None) -> None:
    assert ask("pull_request", pull(action="edited", changes=changes)) == expected


@pytest.mark.parametrize("action", ["submitted", "edited", "dismissed"])
def test_a_review_is_looked_at(action: str) -> None:
    assert ask("pull_request_review", pull(action=action, review={"state": "approved"})) == REF


def test_at_183_a_pull_request_body_is_no_review() -> None:
    assert ask("pull_request_review", pull(action="submitted")) is None


def group(**more: object) -> dict[str, object]:
    named = {"head_sha": HEAD, "head_ref": "refs/heads/gh-readonly-queue/main/pr-3-x", "base_ref": "refs/heads/main"}
    return {**place(), "action": "checks_requested", "merge_group": named | more}


def test_a_merge_group_that_waits_for_a_verdict_is_looked_at_by_its_head() -> None:
    found = ask("merge_group", group())
    assert isinstance(found, PullRequestRef)
    assert (found.is_group, found.base_ref, found.head, found.key) == (True, "main", HEAD, f"9@{HEAD}")


@pytest.mark.parametrize("named", [{"head_sha": "main"}, {"head_sha": None}, {"base_ref": ["main"]}, {"base_ref": ""}])
def test_a_merge_group_without_a_head_or_a_base_branch_asks_for_nothing(named: dict[str, object]) -> None:
    assert ask("merge_group", group(**named)) is None


def test_the_end_of_a_merge_group_asks_for_nothing() -> None:
    assert ask("merge_group", group() | {"action": "destroyed"}) is None


@pytest.mark.parametrize("event", ["ping", "push", "status", "unheard_of"])
def test_other_events_ask_for_nothing(event: str) -> None:
    assert ask(event, pull()) is None


@pytest.mark.parametrize("body", ["/assay recheck", "  /assay recheck\r\n"])
def test_at_166_the_one_command_asks_to_look_again(body: str) -> None:
    assert ask("issue_comment", comment(body)) == Recheck(REF, "mona", 77)


@pytest.mark.parametrize(
    "body",
    [
        "> /assay recheck",
        "/assay recheck\n/assay approve",
        "/assayrecheck",
        "/ASSAY RECHECK",
        "",
    ],
)
def test_at_164_at_166_any_other_comment_asks_for_nothing(body: str) -> None:
    assert ask("issue_comment", comment(body)) is None


@pytest.mark.parametrize("body", ["/assay recheck please", "/assay override", "/assay"])
def test_at_166_a_call_that_says_nothing_known_asks_for_no_look(body: str) -> None:
    found = ask("issue_comment", comment(body))
    assert isinstance(found, Recheck)
    assert found.command.word is Word.UNKNOWN


def test_a_command_is_read_with_its_argument_and_its_comment() -> None:
    said = {"body": "/assay explain CVE-2024-1", "node_id": "IC_kw", "user": {"id": 77, "login": "mona"}}
    assert ask("issue_comment", comment(comment=said)) == Recheck(
        REF, "mona", 77, Command(Word.EXPLAIN, "CVE-2024-1", "IC_kw")
    )


@pytest.mark.parametrize("action", ["edited", "deleted"])
def test_at_164_an_edited_comment_is_no_command(action: str) -> None:
    assert ask("issue_comment", comment(action=action)) is None


def test_at_166_a_command_on_an_issue_asks_for_nothing() -> None:
    assert ask("issue_comment", comment(issue={"number": 3})) is None


def test_at_164_a_comment_that_another_person_sends_is_no_command() -> None:
    assert ask("issue_comment", comment(sender={"id": 78})) is None


def test_a_comment_of_a_deleted_account_asks_for_nothing() -> None:
    assert ask("issue_comment", comment(comment={"body": "/assay recheck", "user": None})) is None


def test_a_comment_without_a_place_asks_for_nothing() -> None:
    assert ask("issue_comment", comment(repository=None)) is None


def test_a_comment_without_text_asks_for_nothing() -> None:
    assert ask("issue_comment", comment(comment={"body": None, "user": {"id": 77, "login": "mona"}})) is None


def test_at_174_a_deleted_fork_is_looked_at() -> None:
    gone = {"number": 3, "head": {"sha": HEAD, "repo": None, "user": None}, "base": {"ref": "main", "repo": {"id": 9}}}
    assert ask("pull_request", pull(pull_request=gone)) == REF


def test_a_pull_request_into_another_repository_asks_for_nothing() -> None:
    foreign = {"number": 3, "head": {"sha": HEAD}, "base": {"ref": "main", "repo": {"id": 10}}}
    assert ask("pull_request", pull(pull_request=foreign)) is None


@pytest.mark.parametrize(
    "bad",
    [
        {"head": {"sha": "main"}, "base": {"ref": "main"}},
        {"head": {"sha": HEAD}, "base": {"ref": ""}},
        {"head": {"sha": HEAD}, "base": {"ref": "\ud800"}},
        {"head": {"sha": HEAD}, "base": {"ref": "x" * 256}},
        {"head": {"sha": HEAD}, "base": {"ref": None}},
        {"head": None, "base": None},
    ],
)
def test_at_171_a_hint_that_is_none_is_left_out(bad: dict[str, object]) -> None:
    found = ask("pull_request", pull(pull_request={"number": 3, **bad}))
    assert isinstance(found, PullRequestRef)
    assert (found.base_ref, found.head) == (None, None)


def test_at_171_a_branch_name_is_kept_as_it_is() -> None:
    named = {"number": 3, "head": {"sha": HEAD}, "base": {"ref": "$(x)/--upload-pack=a/%0a"}}
    found = ask("pull_request", pull(pull_request=named))
    assert isinstance(found, PullRequestRef)
    assert found.base_ref == "$(x)/--upload-pack=a/%0a"


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**400, True, "5", 5.0, None, [], {}])
@pytest.mark.parametrize("where", ["installation", "repository", "pull_request"])
def test_at_180_an_id_that_is_none_asks_for_nothing(number: object, where: str) -> None:
    payload = pull()
    key = "number" if where == "pull_request" else "id"
    payload[where] = {**payload[where], key: number}  # type: ignore[dict-item] # all three are objects
    assert ask("pull_request", payload) is None


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "ä", "x" * 101, None, 7])
@pytest.mark.parametrize("where", ["name", "owner"])
def test_at_171_at_180_a_repository_name_that_is_none_asks_for_nothing(name: object, where: str) -> None:
    repository = {"id": 9, "name": "gitops", "owner": {"login": "acme"}}
    repository |= {"name": name} if where == "name" else {"owner": {"login": name}}
    assert ask("pull_request", pull(repository=repository)) is None


def test_at_185_a_form_is_not_read_as_a_delivery() -> None:
    body = b"payload=" + json.dumps(pull()).encode()
    with pytest.raises(Malformed):
        verify(signed(body) | {"Content-Type": "application/x-www-form-urlencoded"}, body, (SECRET,), APP_ID)


def test_every_recorded_payload_of_github_is_read() -> None:
    read = [(event, accept(json.dumps(payload).encode(), event)) for event, payload in examples()]
    assert len([asks_for(one) for _, one in read]) == len(examples())


def test_recorded_pull_requests_of_an_installation_are_looked_at() -> None:
    asked = [
        asks_for(accept(json.dumps(payload).encode(), event))
        for event, payload in examples()
        if event == "pull_request" and "installation" in payload and payload["action"] in delivery.EVENTS[event]
    ]
    assert asked
    assert all(isinstance(one, PullRequestRef) and one.head and one.base_ref for one in asked if one)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200), event=st.sampled_from(sorted(delivery.EVENTS)))
def test_at_180_signed_bytes_never_raise_anything_but_malformed(body: bytes, event: str) -> None:
    with contextlib.suppress(Malformed):
        asks_for(accept(body, event))


ANSWERED = {**delivery.EVENTS, **delivery.UNASKED}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), event=st.sampled_from(sorted(ANSWERED)))
def test_at_180_a_payload_with_anything_in_it_never_raises(data: st.DataObject, event: str) -> None:
    payload: dict[str, Any] = comment() if event == "issue_comment" else pull(review={"id": 1}, action="submitted")
    payload["action"] = data.draw(st.sampled_from(sorted(ANSWERED[event])))
    keys = data.draw(st.lists(st.sampled_from(sorted(payload)), max_size=3))
    for key in keys:
        payload[key] = data.draw(JSON)
    assert isinstance(ask(event, payload), PullRequestRef | Recheck | Sweep | None)


GITOPS = RepositoryRef(5, 9, "acme", "gitops")


def push(ref: object = "refs/heads/main", **more: object) -> dict[str, object]:
    return place() | {"ref": ref, **more}


def status(**more: object) -> dict[str, object]:
    return place() | {"sha": HEAD, "context": "assay/images: main", "state": "success", "description": "fine", **more}


def test_a_push_asks_for_the_pull_requests_of_its_branch() -> None:
    assert ask("push", push("refs/heads/release/1.2")) == Sweep(5, GITOPS, base_ref="release/1.2", default_branch=True)


@pytest.mark.parametrize(
    "payload",
    [
        push("refs/tags/v1"),
        push(None),
        push("refs/heads/\ud800"),
        push(deleted=True),
        push(installation=None),
        push(repository={"id": 9, "name": "..", "owner": {"login": "acme"}}),
    ],
)
def test_a_push_that_moves_no_base_branch_asks_for_nothing(payload: dict[str, object]) -> None:
    assert ask("push", payload) is None


@pytest.mark.parametrize(("default", "is_default"), [("main", False), ("feature", True), (["feature"], False)])
def test_a_push_says_whether_its_branch_is_the_default_one(default: object, is_default: bool) -> None:  # noqa: FBT001
    repository = {"id": 9, "name": "gitops", "owner": {"login": "acme"}, "default_branch": default}
    found = ask("push", push("refs/heads/feature", repository=repository))
    assert found == Sweep(5, GITOPS, base_ref="feature", default_branch=is_default)


def test_a_push_names_its_owner_in_another_way() -> None:
    repository = {"id": 9, "name": "gitops", "owner": {"name": "acme"}}
    assert ask("push", push(repository=repository)) == Sweep(5, GITOPS, base_ref="main", default_branch=True)


def floor(default: str) -> dict[str, object]:
    return {"id": 8, "name": ".github", "owner": {"login": "acme"}, "default_branch": default}


def test_a_push_to_the_floor_asks_for_every_pull_request_of_the_owner_once_the_old_floor_is_forgotten() -> None:
    found = ask("push", push(repository=floor("main")))
    assert found == Sweep(5, after=65.0)
    assert isinstance(found, Sweep)
    assert found.after > KEPT_SECONDS


def test_a_push_beside_the_floor_asks_for_its_branch_alone() -> None:
    found = ask("push", push("refs/heads/draft", repository=floor("main")))
    assert found == Sweep(5, RepositoryRef(5, 8, "acme", ".github"), base_ref="draft")


def test_a_status_of_our_name_asks_for_the_pull_requests_with_its_commit() -> None:
    said = CommitStatus("assay/images: main", StatusState.SUCCESS, "fine")
    person = {"id": 7, "type": "User"}
    assert ask("status", status(sender=person)) == Sweep(5, GITOPS, head=HEAD, said=said)


def test_a_success_that_may_be_ours_is_looked_at_once_it_is_recorded() -> None:
    found = ask("status", status(sender={"id": 7, "login": "assay[bot]", "type": "Bot"}))
    assert isinstance(found, Sweep)
    assert (found.head, found.after) == (HEAD, 5.0)


def test_a_status_without_words_is_one_too() -> None:
    said = CommitStatus("Assay/Review: main", StatusState.ERROR, "")
    payload = status(context="Assay/Review: main", state="error", description=None, sender={"id": 7, "type": "User"})
    assert ask("status", payload) == Sweep(5, GITOPS, head=HEAD, said=said)


@pytest.mark.parametrize("sender", [{"id": 7, "login": "assay[bot]", "type": "Bot"}, None])
@pytest.mark.parametrize("state", ["failure", "error"])
def test_an_error_that_may_be_our_own_word_of_a_crash_leads_to_no_look(state: str, sender: object) -> None:
    assert ask("status", status(state=state, sender=sender)) is None


@pytest.mark.parametrize(
    "more", [{"context": "ci/build"}, {"state": "pending"}, {"sha": "main"}, {"context": None}, {"repository": {}}]
)
def test_a_status_that_is_no_forgery_of_ours_asks_for_nothing(more: dict[str, object]) -> None:
    assert ask("status", status(**more)) is None


@pytest.mark.parametrize(
    ("event", "action"),
    [("member", "removed"), ("membership", "added"), ("organization", "member_removed"), ("team", "deleted")],
)
def test_a_change_of_people_asks_for_what_waits_for_people(event: str, action: str) -> None:
    payload = {"action": action, "installation": {"id": 5}, "organization": {"login": "acme"}}
    assert ask(event, payload) == Sweep(5, reach=Reach.PEOPLE)


@pytest.mark.parametrize("action", ["created", "new_permissions_accepted", "unsuspend"])
def test_an_installation_asks_for_all_that_is_open(action: str) -> None:
    assert ask("installation", {"action": action, "installation": {"id": 5}}) == Sweep(5, reach=Reach.ALL)


def test_a_repository_that_is_added_asks_for_no_second_look_at_the_others() -> None:
    found = ask("installation_repositories", {"action": "added", "installation": {"id": 5}})
    assert found == Sweep(5, reach=Reach.NEW)


def test_a_pull_request_that_was_closed_is_looked_at_for_it_may_be_merged() -> None:
    assert ask("pull_request", pull(action="closed")) == REF
