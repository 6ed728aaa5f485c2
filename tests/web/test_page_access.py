"""Who sees a page: whoever may read its repository on GitHub now, and nobody else."""

from __future__ import annotations

import pytest

from tests.fakes.github import DROPPED, Fault
from tests.fakes.lobby import HEAD, Browser, Lobby
from tests.render import samples

STRICT = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def _paths(lobby: Lobby) -> list[str]:
    repository = lobby.repository()
    page = lobby.record(repository, samples.blocked())
    return [
        f"/repositories/{repository.id}",
        f"/repositories/{repository.id}/pulls/7",
        page,
        f"{page}/assessment.json",
        f"{page}/changes/0",
        f"{page}/changes/0/uses",
    ]


def test_who_may_read_the_repository_sees_every_page(lobby: Lobby) -> None:
    paths, alice = _paths(lobby), lobby.visitor()
    assert [alice.get(path).status_code for path in paths] == [200] * len(paths)


def test_who_did_not_sign_in_is_sent_to_and_comes_back(lobby: Lobby) -> None:
    paths, stranger = _paths(lobby), lobby.stranger()
    assert [stranger.get(path).headers["Location"] for path in paths] == [f"/sign-in?back={path}" for path in paths]


def test_who_may_not_read_it_sees_what_there_is_of_nothing(lobby: Lobby) -> None:
    paths, mallory = _paths(lobby), lobby.visitor("mallory")
    nothing = mallory.get("/repositories/999999")
    answers = [mallory.get(path) for path in paths]
    assert {(one.status_code, one.data, tuple(one.headers)) for one in answers} == {
        (404, nothing.data, tuple(nothing.headers))
    }


def test_a_private_repository_of_another_owner_is_not_found(lobby: Lobby) -> None:
    lobby.github.organization("umbrella", owners=["bob"])
    path = lobby.record(lobby.repository("umbrella/secret"), samples.blocked())
    assert lobby.visitor("mallory").get(path).status_code == 404


def test_a_public_repository_is_shown_to_anybody_who_signed_in(lobby: Lobby) -> None:
    path = lobby.record(lobby.repository("acme/public", private=False), samples.blocked())
    assert lobby.visitor("mallory").get(path).status_code == 200


def test_a_public_repository_is_shown_to_nobody_who_did_not(lobby: Lobby) -> None:
    path = lobby.record(lobby.repository("acme/public", private=False), samples.blocked())
    assert lobby.stranger().get(path).status_code == 303


def test_a_repository_without_the_app_is_shown_to_nobody(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    lobby.github.uninstall("acme")
    assert alice.get(path).status_code == 404


def test_a_suspended_installation_shows_nothing(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    lobby.github.suspend("acme")
    assert alice.get(path).status_code == 404


def test_a_renamed_repository_is_found_under_its_number(lobby: Lobby) -> None:
    repository = lobby.repository()
    path, alice = lobby.record(repository, samples.blocked()), lobby.visitor()
    repository.rename("deployments")
    assert "acme/deployments" in alice.get(path).text


def test_a_repository_that_took_the_name_of_another_shows_nothing_of_it(lobby: Lobby) -> None:
    repository = lobby.repository()
    path, mallory = lobby.record(repository, samples.blocked()), lobby.visitor("mallory")
    repository.rename("deployments")
    lobby.github.repository("acme/gitops", private=False)
    assert mallory.get(path).status_code == 404


def test_a_login_that_is_another_person_s_now_signs_out(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    lobby.github.user("alice").id += 1_000_000
    answer = alice.get(path)
    assert (answer.status_code, alice.get(path).headers.get("Location")) == (403, f"/sign-in?back={path}")


def test_a_login_that_nobody_has_any_more_signs_out(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    lobby.github.delete_user("alice")
    assert alice.get(path).status_code == 403


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("status", [DROPPED, 500, 502])
def test_where_github_does_not_answer_nothing_is_shown_of_any_repository(
    lobby: Lobby, status: int, *, known: bool
) -> None:
    path, alice = _paths(lobby)[0] if known else "/repositories/999999", lobby.visitor()
    lobby.github.fault(Fault("*", "*", status, None))
    answer = alice.get(path)
    assert (answer.status_code, answer.headers["Retry-After"], "acme" in answer.text) == (503, "30", False)


def test_a_head_that_was_not_judged_yet_is_said_to_be_to_who_may_read(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[2].replace(HEAD, "b" * 40), lobby.visitor()
    answer = alice.get(path)
    assert (answer.status_code, "Nothing was judged there yet" in answer.text) == (404, True)


def test_and_to_nobody_else(lobby: Lobby) -> None:
    path, mallory = _paths(lobby)[2].replace(HEAD, "b" * 40), lobby.visitor("mallory")
    assert mallory.get(path).data == mallory.get("/repositories/999999").data


@pytest.mark.parametrize(
    "path",
    [
        "/repositories/0",
        "/repositories/-1",
        "/repositories/9999999999999999999999",
        "/repositories/%D9%A1",
        "/repositories/1/pulls/x",
        "/repositories/1/pulls/7/main",
        f"/repositories/1/pulls/7/{'A' * 40}",
        f"/repositories/1/pulls/7/{'a' * 41}",
    ],
)
def test_an_address_that_names_nothing_is_not_found(lobby: Lobby, path: str) -> None:
    assert lobby.visitor().get(path).status_code == 404


@pytest.mark.parametrize("rest", ["/changes/99", "/changes/0/nothing", "/changes/0/uses?page=2"])
def test_a_part_that_is_not_there_is_not_found(lobby: Lobby, rest: str) -> None:
    path, alice = _paths(lobby)[2], lobby.visitor()
    assert alice.get(path + rest).status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "\u0661", "9" * 12, ""])
def test_a_page_that_is_no_number_is_not_found(lobby: Lobby, page: str) -> None:
    path, alice = _paths(lobby)[5], lobby.visitor()
    assert alice.get(path, query_string={"page": page}).status_code == 404


def test_every_page_is_kept_by_no_cache_and_loads_nothing_of_others(lobby: Lobby) -> None:
    paths, alice = _paths(lobby), lobby.visitor()
    headers = [alice.get(path).headers for path in [*paths, "/repositories/999999", "/sign-in", "/signed-out"]]
    assert {
        (one["Cache-Control"], one["Content-Security-Policy"], one["X-Content-Type-Options"]) for one in headers
    } == {("no-store", STRICT, "nosniff")}


def test_head_answers_as_get_without_a_body(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[2], lobby.visitor()
    answer = alice.head(path)
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_no_other_method_is_taken(lobby: Lobby, method: str) -> None:
    path, alice = _paths(lobby)[2], lobby.visitor()
    assert alice.open(path, method=method).status_code == 405


def test_a_cookie_that_was_changed_is_worth_nothing(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    cookie = alice.get_cookie("__Host-assay", domain="assay.example.org")
    assert cookie is not None
    forged = Browser(lobby.app, lobby.url)
    forged.set_cookie("__Host-assay", cookie.value[:-4] + "AAAA", domain="assay.example.org")
    assert forged.get(path).status_code == 303


def test_a_session_of_another_app_s_key_is_worth_nothing(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    cookie = alice.get_cookie("__Host-assay", domain="assay.example.org")
    assert cookie is not None
    lobby.start(secret=b"of a new private key")
    later = lobby.stranger()
    later.set_cookie("__Host-assay", cookie.value, domain="assay.example.org")
    assert later.get(path).status_code == 303


def test_who_asks_for_too_many_pages_waits(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    answers = [alice.head(path).status_code for _ in range(125)]
    assert (answers[0], answers[-1]) == (200, 429)


def test_a_page_costs_two_questions_and_none_within_a_minute(lobby: Lobby) -> None:
    path, alice = _paths(lobby)[0], lobby.visitor()
    before = len(lobby.github.calls("GET", "/repos/*"))
    for _ in range(3):
        alice.get(path)
    assert len(lobby.github.calls("GET", "/repos/*")) - before == 2


def test_at_210_the_token_may_read_one_repository_s_metadata(lobby: Lobby) -> None:
    repository = lobby.repository()
    path, alice = lobby.record(repository, samples.blocked()), lobby.visitor()
    alice.get(path)
    bodies = [one.body for one in lobby.github.calls("POST", "/app/installations/*/access_tokens")]
    assert bodies == [{"repository_ids": [repository.id], "permissions": {"metadata": "read"}}]
