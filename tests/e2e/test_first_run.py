"""The first run: nothing but a folder, then a code, a button, an App, and a pull request that is judged."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import pytest
import requests

from tests.e2e.conftest import IMAGES, REVIEW, policy
from tests.fakes.first_run import FirstRun


def _walked(stage: FirstRun) -> requests.Response:
    """Walk from the code to the registered App."""
    stage.github.organization("acme", members=["dana"], installed=False)
    return stage.browser.get(stage.confirm(stage.plan(stage.enter())), timeout=60)


@pytest.fixture(scope="module")
def stage() -> Iterator[FirstRun]:
    with FirstRun() as stage:
        yield stage
        assert stage.github.violations == []


def test_from_nothing_to_a_judged_pull_request(stage: FirstRun) -> None:
    before = requests.get(f"{stage.url}/readyz", timeout=60)
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
    assert requests.get(f"{stage.url}/start", timeout=60, allow_redirects=False).status_code == 303
    assert stage.github.app.private_key_pem.decode() not in stage.log
    assert stage.github.hook.secret not in stage.log


def test_web_alone_goes_on_with_the_app() -> None:
    with FirstRun("web") as stage:
        _walked(stage)
        stage.wait(stage.is_up, "web runs with the new App")
        assert stage.page("/setup").status_code == 404
