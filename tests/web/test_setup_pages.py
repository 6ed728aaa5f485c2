"""The setup pages against the simulated GitHub: the whole way, and everything that may be in it."""

from __future__ import annotations

import html
import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.bootstrap.setting_up import SettingUp
from app.settings import read_registered
from app.web.setup.desk import Desk
from app.web.setup.pages import Setup
from app.web.setup.plan import Place
from app.web.setup.program import create_setup_app
from tests.fakes.github import Fault, GitHub
from tests.fakes.loopback import Loopback, QuietHandler

CODE = "4c5ff573ee13545b0396dc29155f8ef6"
PUBLIC = "https://assay.acme.example"


@dataclass
class Run:
    """One start of the setup, one browser."""

    github: GitHub
    file: Path
    only: Place | None = None
    ended: list[str] = field(default_factory=list)
    desk: Desk = field(default_factory=lambda: Desk(CODE))

    def __post_init__(self) -> None:
        setup = Setup(self.desk, SettingUp(self.file), self.only, None, lambda: self.ended.append("ended"))
        self.app = create_setup_app(setup)
        self.browser = self.app.test_client()

    @property
    def site(self) -> str:
        return self.github.url.removesuffix("/api/v3")

    def enter(self, code: str = CODE) -> TestResponse:
        return self.browser.post("/setup/code", data={"code": code})

    def plan(self, **fields: str) -> TestResponse:
        token = field_of(self.browser.get("/setup"), "csrf")
        form = {"where": "server", "server": self.site, "organisation": "acme", "public_url": PUBLIC, "csrf": token}
        return self.browser.post("/setup/plan", data={**form, **fields})

    def begun(self) -> str:
        """Go as far as GitHub's button; return the path and query that it leads back to."""
        self.enter()
        page = self.plan()
        target = html.unescape(re.findall(r'<form method="post" action="(http[^"]+)"', page.text)[0])
        shown = requests.post(target, data={"manifest": field_of(page, "manifest")}, timeout=10)
        return html.unescape(re.findall(r'href="([^"]+)"', shown.text)[0]).removeprefix(PUBLIC)

    def again(self, page: TestResponse) -> TestResponse:
        return self.browser.post("/setup/again", data={"csrf": field_of(page, "csrf")})


def field_of(page: TestResponse, name: str) -> str:
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page.text)[0])


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub(enterprise=True) as github:
        github.organization("acme", installed=False)
        yield github
        assert github.violations == []


@pytest.fixture
def run(github: GitHub, tmp_path: Path) -> Run:
    return Run(github, tmp_path / "var" / "registration.json")


def test_the_way_ends_with_a_registration_of_this_user_alone(run: Run) -> None:
    answer = run.browser.get(run.begun())
    settings = read_registered({"ASSAY_REGISTRATION_FILE": str(run.file)})
    assert (answer.status_code, stat.S_IMODE(run.file.stat().st_mode), settings.app().app_id, settings.public_url) == (
        *(200, 0o600, run.github.app.id, PUBLIC),
    )


def test_the_process_goes_on_after_the_answer_was_sent(run: Run) -> None:
    answer = run.browser.get(run.begun())
    before = list(run.ended)
    answer.close()
    assert (before, run.ended) == ([], ["ended"])


def test_once_registered_every_setup_page_is_404(run: Run) -> None:
    back = run.begun()
    run.browser.get(back)
    statuses = {
        *(run.browser.get(path).status_code for path in ("/", "/setup", back)),
        *(run.browser.post(path).status_code for path in ("/setup/code", "/setup/plan", "/setup/again")),
    }
    assert statuses == {404}


def test_a_browser_that_goes_on_before_the_start_is_asked_to_wait(run: Run) -> None:
    back = run.begun()
    before = run.browser.get("/start").status_code
    run.browser.get(back)
    answer = run.browser.get("/start")
    assert (before, answer.status_code, answer.headers["Refresh"]) == (404, 200, "3; url=/start")


def test_when_another_process_registered_the_setup_is_404_and_ends(run: Run) -> None:
    run.enter()
    run.file.parent.mkdir(mode=0o700)
    run.file.write_text("{}")
    assert (run.browser.get("/setup").status_code, run.ended) == (404, ["ended"])


def test_it_is_alive_and_not_ready(run: Run) -> None:
    answers = [run.browser.get(path) for path in ("/healthz", "/readyz")]
    assert [(one.status_code, one.text) for one in answers] == [(200, "alive\n"), (503, "no App is registered yet\n")]


def test_there_is_no_webhook_yet(run: Run) -> None:
    assert run.browser.post("/webhook", data=b"{}").status_code == 404


def test_without_the_code_there_is_a_field_for_it_and_nothing_else(run: Run) -> None:
    page = run.browser.get("/setup")
    assert (page.status_code, re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', page.text)) == (200, ["code"])


@pytest.mark.parametrize("path", ["/setup/plan", "/setup/again"])
def test_without_the_code_nothing_is_begun(run: Run, path: str) -> None:
    assert run.browser.post(path, data={"csrf": run.desk.form_token(), "public_url": PUBLIC}).status_code == 403


def test_a_wrong_code_is_403(run: Run) -> None:
    assert (run.enter("0" * 32).status_code, "csrf" in run.browser.get("/setup").text) == (403, False)


def test_a_thousand_guesses_end_in_a_wait(run: Run) -> None:
    answers = [run.enter(f"{guess:032x}") for guess in range(1000)]
    assert [one.status_code for one in answers].count(403) <= 5
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_the_session_is_no_scripts_and_no_other_sites(run: Run) -> None:
    cookie = run.enter().headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_another_sites_form_begins_nothing(run: Run) -> None:
    run.enter()
    form = {"where": "dotcom", "public_url": PUBLIC}
    assert [run.browser.post("/setup/plan", data={**form, "csrf": csrf}).status_code for csrf in ("", "x")] == [
        403,
        403,
    ]


def test_only_this_github_may_be_sent_the_manifest(run: Run) -> None:
    run.enter()
    policy = run.plan().headers["Content-Security-Policy"]
    assert f"form-action {run.site};" in policy
    assert "'self'" not in policy.partition("form-action")[2]


@pytest.mark.parametrize("path", ["/setup", "/setup/callback", "/healthz", "/nothing"])
def test_no_page_runs_a_script_or_is_framed(run: Run, path: str) -> None:
    headers = run.browser.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Frame-Options"] == "DENY"


def test_no_page_holds_a_script(run: Run) -> None:
    run.enter()
    pages = [run.browser.get("/setup").text, run.plan().text, run.browser.get("/setup/callback").text]
    assert not any("<script" in page or " style=" in page or "onclick" in page for page in pages)


def first_page(run: Run, headers: dict[str, str]) -> TestResponse:
    cookie = run.enter().headers["Set-Cookie"].partition(";")[0]
    return run.app.test_client(use_cookies=False).get("/setup", headers={"Cookie": cookie, **headers})


@pytest.mark.parametrize("host", ['evil"><script>alert(1)</script>', "evil.example/x", "user:word@evil.example", "a b"])
def test_a_hostile_host_header_is_not_shown(run: Run, host: str) -> None:
    page = first_page(run, {"Host": host})
    assert page.status_code == 400 or field_of(page, "public_url") == ""
    assert "evil" not in page.text


def test_a_host_header_is_only_suggested(run: Run) -> None:
    page = first_page(run, {"Host": "other.example", "X-Forwarded-Host": "evil.example"})
    assert (field_of(page, "public_url"), "evil" in page.text) == ("https://other.example", False)


@pytest.mark.parametrize("name", ["../x", '"><script>', "a b", "x" * 300])
def test_a_hostile_organisation_is_refused_and_escaped(run: Run, name: str) -> None:
    run.enter()
    page = run.plan(organisation=name)
    assert (page.status_code, "<script" in page.text, run.desk.begun.state) == (422, False, None)


def test_a_form_that_is_too_large_is_refused(run: Run) -> None:
    assert run.browser.post("/setup/code", data={"code": "x" * 100_000}).status_code == 413


def test_a_callback_without_a_session_changes_nothing(run: Run, github: GitHub) -> None:
    back = run.begun()
    stranger = run.app.test_client()
    assert (stranger.get(back).status_code, run.file.exists(), github.calls("POST", "/app-manifests/*")) == (
        403,
        False,
        [],
    )


def test_the_way_goes_on_in_a_browser_that_gives_the_code_again(run: Run) -> None:
    back = run.begun()
    other: FlaskClient = run.app.test_client()
    other.post("/setup/code", data={"code": CODE})
    assert (other.get(back).status_code, run.file.exists()) == (200, True)


@pytest.mark.parametrize("query", ["", "?code=abc", "?state=abc", "?code=abc&state=abc", "?code=../x&state=abc"])
def test_a_callback_that_did_not_begin_here_changes_nothing(run: Run, github: GitHub, query: str) -> None:
    run.begun()
    answer = run.browser.get(f"/setup/callback{query}")
    assert (answer.status_code, run.file.exists(), github.calls("POST", "/app-manifests/*")) == (403, False, [])


def test_a_state_that_was_used_is_not_taken_again(run: Run, github: GitHub) -> None:
    back = run.begun()
    github.fault(Fault("POST", "/app-manifests/*", 404))
    run.browser.get(back)
    assert run.browser.get(back).status_code == 403


@pytest.mark.parametrize("status", [500, 502, 0])
def test_when_github_does_not_answer_nothing_is_lost(run: Run, github: GitHub, status: int) -> None:
    back = run.begun()
    github.fault(Fault("POST", "/app-manifests/*", status))
    failed = run.browser.get(back)
    again = run.again(failed)
    assert (failed.status_code, again.status_code, run.file.exists()) == (502, 200, True)


@pytest.mark.parametrize("status", [404, 422])
def test_when_github_does_not_know_the_code_it_is_begun_anew(run: Run, github: GitHub, status: int) -> None:
    back = run.begun()
    github.fault(Fault("POST", "/app-manifests/*", status))
    failed = run.browser.get(back)
    assert (
        failed.status_code,
        "/setup/again" in failed.text,
        f"{run.site}/organizations/acme/settings/apps" in failed.text,
    ) == (*(502, False, True),)
    assert run.browser.get(run.begun()).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": 1},
        {"id": "x", "slug": "assay"},
        {"id": 1, "slug": "../x", "client_id": "a", "client_secret": "b", "pem": "c"},
        {"id": 1, "slug": "assay", "client_id": "a", "client_secret": "b", "webhook_secret": "c", "pem": "no key"},
    ],
)
def test_nonsense_from_github_is_kept_nowhere(run: Run, github: GitHub, body: dict[str, object]) -> None:
    back = run.begun()
    github.fault(Fault("POST", "/app-manifests/*", 201, body=body))
    assert (run.browser.get(back).status_code, run.file.exists()) == (502, False)


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b'{"id": 1, "pem": "' + b"x" * 1_000_000 + b'"}', b""])
def test_what_is_no_json_or_huge_is_kept_nowhere(run: Run, body: bytes) -> None:
    class Garbage(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    other = Loopback(Garbage)
    run.enter()
    run.plan(server=f"http://127.0.0.1:{other.port}")
    failed = run.browser.get("/setup/callback", query_string={"code": "abc", "state": run.desk.begun.state})
    other.close()
    assert (failed.status_code, run.file.exists()) == (502, False)


def test_an_app_without_a_webhook_secret_gets_one(run: Run, github: GitHub) -> None:
    github.hook.secret = ""
    run.browser.get(run.begun())
    kept = json.loads(run.file.read_text())["webhook_secret"]
    assert (len(kept), github.hook.secret) == (64, kept)


def test_an_app_that_could_not_be_given_a_secret_is_not_lost(run: Run, github: GitHub) -> None:
    github.hook.secret = ""
    back = run.begun()
    github.fault(Fault("PATCH", "/app/hook/config", 404))
    failed = run.browser.get(back)
    assert (failed.status_code, run.again(failed).status_code, run.file.exists()) == (502, 200, True)
    assert len(github.calls("POST", "/app-manifests/*")) == 1


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_registered(github: GitHub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = Run(github, tmp_path / "file" / "registration.json")
    run.enter()
    page = run.plan()
    assert (page.status_code, "cannot be written" in page.text, github.manifests) == (503, True, [])


def test_an_app_that_could_not_be_kept_is_not_lost(run: Run, github: GitHub) -> None:
    back = run.begun()
    run.file.parent.chmod(0o777)
    failed = run.browser.get(back)
    begun_anew = run.browser.get("/setup")
    run.file.parent.chmod(0o700)
    kept = run.again(failed)
    assert ("others may write" in failed.text, "/setup/again" in begun_anew.text, kept.status_code) == (True, True, 200)
    assert len(github.calls("POST", "/app-manifests/*")) == 1


def test_an_app_that_is_not_kept_yet_is_not_forgotten_for_another(run: Run, github: GitHub) -> None:
    back = run.begun()
    run.file.parent.chmod(0o777)
    run.browser.get(back)
    run.file.parent.chmod(0o700)
    page = run.plan()
    assert ("/setup/again" in page.text, run.again(page).status_code, run.file.exists()) == (True, 200, True)


def test_no_page_shows_a_secret(run: Run, github: GitHub) -> None:
    back = run.begun()
    run.file.parent.chmod(0o777)
    shown = run.browser.get(back).text + run.browser.get("/setup").text
    assert not any(secret in shown for secret in (github.hook.secret, "client-secret", "PRIVATE KEY"))


def test_where_the_operator_names_a_github_the_form_offers_no_other(github: GitHub, tmp_path: Path) -> None:
    site = github.url.removesuffix("/api/v3")
    run = Run(github, tmp_path / "var" / "registration.json", Place(site, github.url))
    run.enter()
    page = run.browser.get("/setup")
    assert ('name="where"' in page.text, run.browser.get(run.begun()).status_code) == (False, 200)
