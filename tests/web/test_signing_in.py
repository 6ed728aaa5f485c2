"""Signing in through GitHub: who came back, in the browser that began it, and nothing of theirs is kept."""

from __future__ import annotations

import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from app.adapters.github.sign_in import site
from tests.fakes.github import DROPPED, Fault
from tests.fakes.lobby import Browser, Lobby
from tests.render import samples

CALLBACK = "/sign-in/callback"


def _begun(lobby: Lobby, browser: Browser, login: str = "alice") -> str:
    """Begin to sign in, agree at GitHub, and return GitHub's answer to the browser."""
    lobby.github.sign_in.signed_in = login
    return lobby.at_github(browser.get("/sign-in").headers["Location"])


def test_one_signs_in_and_is_named(lobby: Lobby) -> None:
    assert "Signed in as <strong>alice</strong>" in lobby.visitor().get("/signed-in").text


def test_one_comes_back_to_the_page_that_one_wanted(lobby: Lobby) -> None:
    assert lobby.sign_in(lobby.stranger(), "alice", "/repositories/12") == "/repositories/12"


@pytest.mark.parametrize("back", ["//evil.example/operator", "https://evil.example", "/\\evil.example", "/sign-out"])
def test_nobody_is_sent_away_after_signing_in(lobby: Lobby, back: str) -> None:
    assert lobby.sign_in(lobby.stranger(), "alice", back) == "/signed-in"


def test_github_is_told_our_own_callback_and_a_challenge(lobby: Lobby) -> None:
    browser = lobby.stranger()
    address = browser.get("/sign-in", headers={"Host": "evil.example"}).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["redirect_uri"], asked["code_challenge_method"], len(asked["code_challenge"])) == (
        lobby.url + CALLBACK,
        "S256",
        43,
    )


def test_nothing_is_asked_for_but_who_somebody_is(lobby: Lobby) -> None:
    address = lobby.stranger().get("/sign-in").headers["Location"]
    assert "scope" not in parse_qs(urlsplit(address).query)


def test_the_token_asks_who_it_is_and_is_forgotten(lobby: Lobby) -> None:
    browser = lobby.visitor()
    token = next(iter(lobby.github.sign_in.tokens))
    used = [one.path for one in lobby.github.requests if token in one.headers.get("authorization", "")]
    cookie = browser.get_cookie("__Host-assay", domain="assay.example.org")
    assert cookie is not None
    assert (used, token in cookie.value) == (["/user"], False)


def test_neither_code_nor_token_nor_secret_is_logged(lobby: Lobby, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "app")
    lobby.visitor()
    lobby.github.fault(Fault("POST", "/login/oauth/access_token", 500))
    lobby.come_back(browser := lobby.stranger(), _begun(lobby, browser))
    secrets = [*lobby.github.sign_in.tokens, lobby.github.sign_in.client_secret, *lobby.github.sign_in.codes]
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_the_cookie_is_of_this_host_and_read_by_no_script(lobby: Lobby) -> None:
    browser = lobby.stranger()
    parts = urlsplit(_begun(lobby, browser))
    cookies = browser.get(f"{parts.path}?{parts.query}").headers.getlist("Set-Cookie")
    session = next(one for one in cookies if one.startswith("__Host-assay="))
    assert [part for part in session.split("; ")[1:] if not part.startswith("Expires")] == [
        "Max-Age=28800",
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Lax",
    ]


def test_on_this_machine_the_cookie_needs_no_https() -> None:
    with Lobby(url="http://127.0.0.1:8000") as lobby:
        browser = lobby.stranger()
        lobby.sign_in(browser, "alice")
        cookie = browser.get_cookie("assay", domain="127.0.0.1")
        assert cookie is not None
        assert not cookie.secure


def test_one_signs_in_through_an_enterprise_server_and_reads() -> None:
    with Lobby(enterprise=True) as lobby:
        path = lobby.record(lobby.repository(), samples.blocked())
        assert lobby.visitor().get(path).status_code == 200


@pytest.mark.parametrize(
    ("api", "people"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://github.acme.test/api/v3", "https://github.acme.test"),
        ("https://api.acme.test/api/v3/", "https://api.acme.test"),
        ("https://acme.test:8443/git/api/v3", "https://acme.test:8443/git"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ],
)
def test_people_see_github_where_its_api_says(api: str, people: str) -> None:
    assert site(api) == people


def test_a_forged_state_signs_nobody_in(lobby: Lobby) -> None:
    browser = lobby.stranger()
    answer = _begun(lobby, browser)
    assert lobby.come_back(browser, answer.replace("state=", "state=x")) == "400 BAD REQUEST"


def test_an_answer_that_another_browser_got_signs_nobody_in(lobby: Lobby) -> None:
    answer = _begun(lobby, lobby.stranger(), "mallory")
    victim = lobby.stranger()
    victim.get("/sign-in")
    assert lobby.come_back(victim, answer) == "400 BAD REQUEST"


def test_a_browser_that_began_nothing_is_not_signed_in(lobby: Lobby) -> None:
    assert lobby.come_back(lobby.stranger(), _begun(lobby, lobby.stranger())) == "400 BAD REQUEST"


def test_an_answer_is_worth_something_once(lobby: Lobby) -> None:
    browser = lobby.stranger()
    answer = _begun(lobby, browser)
    assert [lobby.come_back(browser, answer) for _ in range(2)] == ["/signed-in", "400 BAD REQUEST"]


def test_a_code_with_another_verifier_signs_nobody_in(lobby: Lobby) -> None:
    first, second = lobby.stranger(), lobby.stranger()
    code = parse_qs(urlsplit(_begun(lobby, first)).query)["code"][0]
    state = parse_qs(urlsplit(_begun(lobby, second)).query)["state"][0]
    assert lobby.come_back(second, f"{CALLBACK}?code={code}&state={state}") == "400 BAD REQUEST"


def test_who_does_not_agree_is_not_signed_in(lobby: Lobby) -> None:
    browser = lobby.stranger()
    lobby.github.sign_in.signed_in = None
    answer = lobby.at_github(browser.get("/sign-in").headers["Location"])
    assert (lobby.come_back(browser, answer), "denied your application" in browser.get("/signed-out").text) == (
        "400 BAD REQUEST",
        False,
    )


@pytest.mark.parametrize("code", ["", "<script>", "a" * 500, "a b", "\u0661"])
def test_what_is_no_code_is_sent_to_nobody(lobby: Lobby, code: str) -> None:
    browser = lobby.stranger()
    state = parse_qs(urlsplit(browser.get("/sign-in").headers["Location"]).query)["state"][0]
    answer = browser.get(CALLBACK, query_string={"code": code, "state": state})
    assert (answer.status_code, lobby.github.calls("POST", "/login/oauth/access_token")) == (400, [])


@pytest.mark.parametrize("path", ["/login/oauth/access_token", "/user"])
@pytest.mark.parametrize("status", [DROPPED, 500])
def test_where_github_does_not_answer_nobody_is_signed_in(lobby: Lobby, path: str, status: int) -> None:
    browser = lobby.stranger()
    answer = _begun(lobby, browser)
    lobby.github.fault(Fault("*", path, status))
    assert lobby.come_back(browser, answer) == "503 SERVICE UNAVAILABLE"


@pytest.mark.parametrize("body", [[], "x", {"id": "7", "login": 3}, {"login": "alice"}, {"id": 7}])
def test_an_answer_that_names_nobody_signs_nobody_in(lobby: Lobby, body: object) -> None:
    browser = lobby.stranger()
    answer = _begun(lobby, browser)
    lobby.github.fault(Fault("GET", "/user", 200, body=body if isinstance(body, dict) else {"x": body}))
    assert lobby.come_back(browser, answer) == "503 SERVICE UNAVAILABLE"


def test_a_wrong_client_secret_is_said_without_it(lobby: Lobby) -> None:
    lobby.github.sign_in.client_secret = "another"
    browser = lobby.stranger()
    parts = urlsplit(_begun(lobby, browser))
    answer = browser.get(f"{parts.path}?{parts.query}")
    assert (answer.status_code, "a client" in answer.text) == (503, False)


def _csrf(browser: Browser) -> str:
    text = browser.get("/signed-in").text
    return text.split('name="csrf" value="')[1].split('"')[0]


def test_one_signs_out_with_the_form(lobby: Lobby) -> None:
    alice = lobby.visitor()
    answer = alice.post("/sign-out", data={"csrf": _csrf(alice)})
    assert (answer.headers["Location"], alice.get("/signed-in").status_code) == ("/signed-out", 303)


@pytest.mark.parametrize("csrf", ["", "x", "\ud83d"])
def test_no_other_page_signs_anybody_out(lobby: Lobby, csrf: str) -> None:
    alice = lobby.visitor()
    answer = alice.post("/sign-out", data=f"csrf={csrf}".encode("utf-8", "replace"), content_type=FORM)
    assert (answer.status_code in {400, 403}, alice.get("/signed-in").status_code) == (True, 200)


FORM = "application/x-www-form-urlencoded"


def test_the_form_of_somebody_else_signs_nobody_out(lobby: Lobby) -> None:
    alice, mallory = lobby.visitor(), lobby.visitor("mallory")
    assert alice.post("/sign-out", data={"csrf": _csrf(mallory)}).status_code == 403


def test_at_185_no_other_form_is_read(lobby: Lobby) -> None:
    alice = lobby.visitor()
    answer = alice.post("/sign-out", data={"csrf": _csrf(alice)}, content_type="multipart/form-data")
    assert answer.status_code == 400


def test_at_185_no_large_form_is_read(lobby: Lobby) -> None:
    alice = lobby.visitor()
    answer = alice.post("/sign-out", data={"csrf": _csrf(alice), "more": "x" * 5000})
    assert answer.status_code == 413


def test_at_185_no_form_of_many_fields_is_read(lobby: Lobby) -> None:
    alice = lobby.visitor()
    assert alice.post("/sign-out", data="&".join("a=b" for _ in range(50)), content_type=FORM).status_code == 400


def test_who_is_not_signed_in_is_signed_out_already(lobby: Lobby) -> None:
    assert lobby.stranger().post("/sign-out").headers["Location"] == "/signed-out"
