"""Deliveries: signed, described by GitHub's contract, logged, sent once over real HTTP, delivered again on demand."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import threading
from collections.abc import Generator

import pytest

from tests.fakes.github import GitHub, PullRequest, Repository
from tests.fakes.github.deliveries import Delivery
from tests.fakes_selftest.github.conftest import APP, Client


class Receiver(http.server.ThreadingHTTPServer):
    """Takes deliveries and answers with a status."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.status = 202
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/webhook"


class Hook(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def receiver(gh: GitHub) -> Generator[Receiver, None, None]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    gh.hook_url = server.url
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def actions(gh: GitHub, event: str = "pull_request") -> list[str | None]:
    return [one.action for one in gh.deliveries if one.event == event]


def last(gh: GitHub, event: str = "pull_request") -> Delivery:
    return [one for one in gh.deliveries if one.event == event][-1]


def test_the_signature_is_githubs_published_example() -> None:
    digest = hmac.new(b"It's a Secret to Everybody", b"Hello, World!", hashlib.sha256).hexdigest()
    assert digest == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_a_delivery_is_signed_over_its_bytes(gh: GitHub, receiver: Receiver, pull: PullRequest) -> None:
    headers, body = receiver.got[-1]
    expected = hmac.new(gh.hook.secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"


def test_a_delivery_carries_githubs_headers(receiver: Receiver, pull: PullRequest) -> None:
    headers, _ = receiver.got[-1]
    assert headers["X-GitHub-Event"] == "pull_request"
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(APP)
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")


def test_a_payload_names_installation_repository_and_head(gh: GitHub, pull: PullRequest) -> None:
    payload = last(gh).payload
    assert payload["installation"]["id"] == gh.installation("acme").id
    assert payload["repository"]["id"] == pull.repository.id
    assert payload["pull_request"]["head"]["sha"] == pull.head_sha


def test_a_push_synchronizes_with_before_and_after(gh: GitHub, pull: PullRequest) -> None:
    before = pull.head_sha
    after = pull.push({"a": "1"}, author="alice")
    payload = last(gh).payload
    assert (payload["action"], payload["before"], payload["after"]) == ("synchronize", before, after)


def test_a_new_base_is_an_edit_that_names_the_old_one(gh: GitHub, repo: Repository, pull: PullRequest) -> None:
    repo.branch("stable")
    pull.retarget("stable")
    payload = last(gh).payload
    assert (payload["changes"]["base"]["ref"]["from"], payload["pull_request"]["base"]["ref"]) == ("main", "stable")


def test_every_turn_of_a_pull_request_is_announced(gh: GitHub, pull: PullRequest) -> None:
    pull.to_draft()
    pull.ready()
    pull.edit(title="New", body="text")
    pull.close()
    pull.reopen()
    pull.merge("alice")
    turns = ["opened", "converted_to_draft", "ready_for_review", "edited", "closed", "reopened", "closed"]
    assert actions(gh) == turns


def test_a_merge_says_that_it_merged(gh: GitHub, pull: PullRequest) -> None:
    pull.merge("alice")
    assert last(gh).payload["pull_request"]["merged"] is True


def test_a_review_state_is_in_lower_case(gh: GitHub, pull: PullRequest) -> None:
    review = pull.review("bob", "APPROVED")
    pull.dismiss(review)
    states = [one.payload["review"]["state"] for one in gh.deliveries if one.event == "pull_request_review"]
    assert states == ["approved", "dismissed"]


def test_a_comment_comes_with_its_issue(gh: GitHub, pull: PullRequest) -> None:
    pull.comment("bob", "/assay recheck")
    payload = last(gh, "issue_comment").payload
    assert (payload["comment"]["body"], payload["issue"]["number"]) == ("/assay recheck", 1)
    assert "pull_request" in payload["issue"]


def test_the_app_hears_its_own_comments(gh: GitHub, client: Client, pull: PullRequest) -> None:
    client.post("/repos/acme/gitops/issues/1/comments", {"body": "posture"})
    assert last(gh, "issue_comment").payload["sender"]["login"] == "assay[bot]"


def test_requests_for_review_name_a_person_or_a_team(gh: GitHub, client: Client, pull: PullRequest) -> None:
    path = "/repos/acme/gitops/pulls/1/requested_reviewers"
    client.post(path, {"reviewers": ["bob"], "team_reviewers": ["security"]})
    asked = [one.payload for one in gh.deliveries if one.action == "review_requested"]
    assert ("requested_reviewer" in asked[0], "requested_team" in asked[1]) == (True, True)


def test_a_change_of_a_team_is_announced(gh: GitHub) -> None:
    gh.join("acme/security", "zoe")
    gh.leave("acme/security", "zoe")
    assert actions(gh, "membership") == ["added", "removed"]


def test_the_life_of_an_installation_is_announced_without_a_subscription(gh: GitHub) -> None:
    gh.suspend("acme")
    gh.unsuspend("acme")
    gh.uninstall("acme")
    assert actions(gh, "installation") == ["created", "suspend", "unsuspend", "deleted"]


def test_statuses_are_announced_to_who_subscribes(gh: GitHub, repo: Repository, pull: PullRequest) -> None:
    gh.subscribe("status")
    repo.set_status(pull.head_sha, "assay/images", "success", by="mallory")
    payload = last(gh, "status").payload
    assert (payload["context"], payload["sender"]["login"]) == ("assay/images", "mallory")


def test_an_event_without_a_subscription_is_not_sent(gh: GitHub, repo: Repository) -> None:
    gh.subscribe("push")
    repo.commit("bump", {"a": "1"})
    repo.open_pull_request("bump")
    assert actions(gh) == []


def test_nothing_is_sent_of_a_repository_without_the_app(gh: GitHub) -> None:
    gh.organization("umbrella", installed=False)
    other = gh.repository("umbrella/gitops")
    other.commit("bump", {"a": "1"})
    other.open_pull_request("bump")
    assert actions(gh) == []


def test_a_suspended_installation_hears_nothing(gh: GitHub, repo: Repository) -> None:
    gh.suspend("acme")
    repo.commit("bump", {"a": "1"})
    repo.open_pull_request("bump")
    assert actions(gh) == []


def test_a_failed_delivery_is_not_tried_again(gh: GitHub, receiver: Receiver, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"})
    before, receiver.status = len(receiver.got), 503
    repo.open_pull_request("bump")
    assert len(receiver.got) == before + 1
    assert (last(gh).status_code, last(gh).succeeded) == (503, False)


def test_a_receiver_that_is_not_there_fails_the_delivery(gh: GitHub, repo: Repository) -> None:
    gh.hook_url = "http://127.0.0.1:1/webhook"
    repo.commit("main", {"a": "1"})
    assert last(gh, "push").status == "failed to connect to host"


def test_redelivery_has_the_same_guid_and_payload_and_a_new_id(
    gh: GitHub, receiver: Receiver, pull: PullRequest
) -> None:
    one = last(gh)
    two = gh.redeliver(one)
    assert (two.guid, two.body, two.redelivery) == (one.guid, one.body, True)
    assert two.id != one.id
    (first, _), (again, _) = receiver.got[-2:]
    assert first["X-GitHub-Delivery"] == again["X-GitHub-Delivery"]


def test_redelivery_over_the_api_is_accepted_and_sent(client: Client, receiver: Receiver, pull: PullRequest) -> None:
    sent = len(receiver.got)
    answer = client.app("POST", f"/app/hook/deliveries/{last(client.gh).id}/attempts")
    assert (answer.status_code, len(receiver.got)) == (202, sent + 1)


def test_failed_deliveries_can_be_listed(client: Client, receiver: Receiver, repo: Repository) -> None:
    receiver.status = 500
    repo.commit("main", {"a": "1"})
    receiver.status = 202
    repo.commit("main", {"a": "2"})
    failed = client.app("GET", "/app/hook/deliveries", params={"status": "failure"}).json()
    assert {one["status_code"] for one in failed} == {500}


def test_the_log_goes_on_behind_a_cursor(client: Client, receiver: Receiver, repo: Repository) -> None:
    for number in range(4):
        repo.commit("main", {"a": str(number)})
    first = client.app("GET", "/app/hook/deliveries", params={"per_page": 2})
    rest = client.app("GET", first.links["next"]["url"])
    ids = [one["id"] for one in [*first.json(), *rest.json()]]
    assert (len(ids), ids) == (4, sorted(ids, reverse=True))


def test_one_delivery_shows_what_was_sent(client: Client, receiver: Receiver, pull: PullRequest) -> None:
    one = last(client.gh)
    body = client.app("GET", f"/app/hook/deliveries/{one.id}").json()
    assert body["request"]["payload"]["pull_request"]["number"] == 1


def test_deliveries_can_be_held_back_and_sent_out_of_order(gh: GitHub, receiver: Receiver, repo: Repository) -> None:
    gh.hook.held = True
    one, two = (repo.commit("main", {"a": str(number)}) for number in range(2))
    held = [delivery for delivery in gh.deliveries if delivery.event == "push"][-2:]
    before = len(receiver.got)
    for delivery in reversed(held):
        gh.send(delivery)
    afters = [Delivery.payload.fget(held[i])["after"] for i in (0, 1)]
    assert (afters, len(receiver.got)) == ([one, two], before + 2)


def test_a_payload_over_25_megabytes_is_not_delivered(gh: GitHub, receiver: Receiver, repo: Repository) -> None:
    repo.commit("bump", {"a": "1"})
    repo.open_pull_request("bump", body="x" * (26 * 1024 * 1024))
    assert last(gh).attempted is False


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("merge_group.checks_requested", {"merge_group": {"head_sha": "a" * 40, "base_ref": "refs/heads/main"}}),
        ("check_run.rerequested", {"check_run": {"name": "report"}}),
        ("ping", {"zen": "Design for failure.", "hook_id": 1}),
    ],
)
def test_any_event_of_the_contract_can_be_sent(
    gh: GitHub, repo: Repository, name: str, values: dict[str, object]
) -> None:
    event, _, action = name.partition(".")
    assert gh.emit(event, action or None, repo, values).event == event
