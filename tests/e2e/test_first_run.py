"""The first run: nothing but a folder, then a code, a button, an App, and a pull request that is judged."""

from __future__ import annotations

import html
import re
import stat
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.conftest import IMAGES, REVIEW, policy
from tests.fakes.github import GitHub
from tests.fakes.stage import Stage

OF_THE_APP = {"ASSAY_APP_ID", "ASSAY_PRIVATE_KEY_FILE", "ASSAY_WEBHOOK_SECRET"}


class FirstRun(Stage):
    """A stage whose program knows no App; GitHub is an enterprise server that nobody told it of."""

    def __init__(self, command: str = "serve") -> None:
        super().__init__(command=command)
        self.github = GitHub(enterprise=True)
        self.browser = requests.Session()

    @property
    def environment(self) -> dict[str, str]:
        return {k: v for k, v in super().environment.items() if k not in {*OF_THE_APP, "ASSAY_GITHUB_URL"}}

    @property
    def code(self) -> str:
        found = re.findall(r"setup code ([0-9a-f]{32})", self.log)
        return str(found[-1])

    def page(self, path: str) -> requests.Response:
        return self.browser.get(self.url + path, timeout=10)

    def send(self, path: str, **form: str) -> requests.Response:
        return self.browser.post(self.url + path, data=form, timeout=20)

    def enter(self) -> requests.Response:
        return self.send("/setup/code", code=self.code)

    def plan(self, page: requests.Response) -> requests.Response:
        server = self.github.url.removesuffix("/api/v3")
        token = field(page, "csrf")
        return self.send(
            "/setup/plan", csrf=token, where="server", server=server, organisation="acme", public_url=self.url
        )

    def confirm(self, page: requests.Response) -> str:
        """Send the manifest as the browser would, and return where GitHub sends it back to."""
        target = html.unescape(re.findall(r'<form method="post" action="(http[^"]+)"', page.text)[0])
        shown = self.browser.post(target, data={"manifest": field(page, "manifest")}, timeout=10)
        assert shown.status_code == 200, shown.text
        return html.unescape(re.findall(r'href="([^"]+)"', shown.text)[0])

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False


def field(page: requests.Response, name: str) -> str:
    """The value of a hidden field."""
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page.text)[0])


def _walked(stage: FirstRun) -> requests.Response:
    """Walk from the code to the registered App."""
    stage.github.organization("acme", members=["dana"], installed=False)
    return stage.browser.get(stage.confirm(stage.plan(stage.enter())), timeout=20)


@pytest.fixture(scope="module")
def stage() -> Iterator[FirstRun]:
    with FirstRun() as stage:
        yield stage
        assert stage.github.violations == []


def test_from_nothing_to_a_judged_pull_request(stage: FirstRun) -> None:
    before = requests.get(f"{stage.url}/readyz", timeout=5)
    assert (before.status_code, before.text) == (503, "no App is registered yet\n")
    registered = _walked(stage)
    assert "is registered" in registered.text
    file = stage.folder / "registration.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    stage.wait(stage.is_up, "web runs with the new App")
    assert stage.page("/setup").status_code == 404
    assert stage.page("/setup/callback?code=x&state=y").status_code == 404
    assert "Not connected yet" in stage.page("/start").text
    stage.github.install("acme")
    repository = stage.github.repository("acme/gitops")
    repository.commit("main", {".github/assay.yml": policy(stage.registry.host)}, author="dana")
    digest = stage.registry.put_image("acme/api", seed="first")
    manifest = f"kind: Pod\nspec:\n  containers:\n    - image: {stage.registry.host}/acme/api@{digest}\n"
    repository.commit("bump", {"app.yaml": manifest}, author="dana", parents=["main"])
    pull = repository.open_pull_request("bump", author="dana")

    def states() -> dict[str, str]:
        return {one.context: one.state for one in repository.latest_statuses(pull.head_sha)}

    stage.wait(lambda: states() == {IMAGES: "failure", REVIEW: "success"} and pull.comments, "it is judged")
    assert "<strong>Connected.</strong>" in stage.page("/start").text
    assert "mode: observe" in stage.page(f"/start/{repository.id}").text
    assert requests.get(f"{stage.url}/start", timeout=5, allow_redirects=False).status_code == 303
    assert stage.github.app.private_key_pem.decode() not in stage.log
    assert stage.github.hook.secret not in stage.log


def test_web_alone_goes_on_with_the_app() -> None:
    with FirstRun("web") as stage:
        _walked(stage)
        stage.wait(stage.is_up, "web runs with the new App")
        assert stage.page("/setup").status_code == 404
