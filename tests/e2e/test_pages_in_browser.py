"""Pages as people meet them: the program as an operator starts it, a real browser, a pull request judged for real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.bootstrap.paging import CALLBACK
from tests.e2e.conftest import IMAGES, policy
from tests.fakes.chromium import PROGRAM, Chromium
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.stage import Stage

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")


@dataclass
class Scene:
    """The program, a browser in which olivia signed in, and a pull request that was blocked."""

    stage: Stage
    browser: Chromium
    pull: PullRequest

    @property
    def link(self) -> str:
        """Where the status on GitHub leads."""
        latest = self.pull.repository.latest_statuses(self.pull.head_sha)
        return next(one.target_url or "" for one in latest if one.context == IMAGES)

    @property
    def pages(self) -> dict[str, str]:
        """Every kind of page."""
        repository = f"{self.stage.url}/repositories/{self.pull.repository.id}"
        return {
            "assessment": self.link,
            "change": f"{self.link}/changes/0",
            "listing": f"{self.link}/changes/0/uses",
            "repository": repository,
            "operator": f"{self.stage.url}/operator",
        }

    def troubles(self, address: str) -> list[str]:
        """Load a page; return what the browser complained of."""
        before = len(self.browser.problems)
        self.browser.load(address)
        return self.browser.problems[before:]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    stage = Stage()
    signing = stage.github.sign_in
    signing.signed_in, signing.callbacks = "olivia", (stage.url + CALLBACK,)
    stage.set(
        {
            "ASSAY_PUBLIC_URL": stage.url,
            "ASSAY_CLIENT_ID": stage.github.app.client_id,
            "ASSAY_CLIENT_SECRET": signing.client_secret,
            "ASSAY_OPERATORS": "olivia",
        }
    )
    with stage, Chromium() as browser:
        stage.github.organization("acme", members=["dana", "olivia"])
        stage.github.repository("acme/.github")
        repository = stage.github.repository("acme/gitops", private=True)
        repository.grant("olivia", "read")
        repository.commit("main", {".github/assay.yml": policy(stage.registry.host)}, author="dana")
        digest = stage.registry.put_image("acme/api", seed="unsigned")
        manifest = f"kind: Pod\nspec:\n  containers:\n    - image: {stage.registry.host}/acme/api@{digest}\n"
        repository.commit("bump", {"app.yaml": manifest}, author="dana", parents=["main"])
        pull = repository.open_pull_request("bump", author="dana")
        scene = Scene(stage, browser, pull)
        stage.wait(lambda: _blocked(pull), "it is judged")
        browser.look()
        # The record is written after the comment.
        stage.wait(lambda: "BLOCKED" in browser.load(scene.link), "it is recorded")
        yield scene


def _blocked(pull: PullRequest) -> bool:
    states = {one.context: one.state for one in pull.repository.latest_statuses(pull.head_sha)}
    return states.get(IMAGES) == "failure" and bool(pull.comments)


def test_the_link_of_a_status_leads_through_github_to_the_assessment(scene: Scene) -> None:
    text = scene.browser.load(scene.link)
    assert (scene.browser.value("location.href"), "BLOCKED" in text) == (scene.link, True)


@pytest.mark.parametrize("name", ["assessment", "change", "listing", "repository", "operator"])
def test_the_browser_complains_of_nothing(scene: Scene, name: str) -> None:
    assert scene.troubles(scene.pages[name]) == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["assessment", "change", "repository", "operator"])
def test_a_page_can_be_photographed_light_and_dark(scene: Scene, tmp_path: Path, name: str, *, dark: bool) -> None:
    scene.browser.look(dark=dark)
    scene.browser.load(scene.pages[name])
    back = scene.browser.value("getComputedStyle(document.body).backgroundColor")
    scene.browser.photograph(tmp_path / f"{name}.png")
    assert ((tmp_path / f"{name}.png").stat().st_size > 5000, back) == (
        True,
        "rgb(17, 22, 27)" if dark else "rgb(255, 255, 255)",
    )


@pytest.mark.parametrize("name", ["assessment", "change", "listing", "repository", "operator"])
def test_nothing_sticks_out_of_a_narrow_window(scene: Scene, name: str) -> None:
    scene.browser.look(width=320, height=700)
    scene.browser.load(scene.pages[name])
    width = scene.browser.value("document.documentElement.scrollWidth")
    scene.browser.look()
    assert width == 320


CONTRAST = """
(() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const back = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
      if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg')) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(back(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(e.tagName + ' ' + e.textContent.trim().slice(0, 30));
  }
  return poor;
})()
"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["assessment", "change", "repository", "operator"])
def test_every_text_has_the_contrast_that_wcag_asks_for(scene: Scene, name: str, *, dark: bool) -> None:
    scene.browser.look(dark=dark)
    scene.browser.load(scene.pages[name])
    assert scene.browser.value(CONTRAST) == []


def test_the_first_key_leads_past_the_head_of_the_page_and_is_seen_to(scene: Scene) -> None:
    scene.browser.load(scene.link)
    scene.browser.tab()
    seen = scene.browser.value(
        "(() => { const a = document.activeElement, s = getComputedStyle(a);"
        " return [a.hash, s.outlineStyle, a.getBoundingClientRect().left >= 0]; })()"
    )
    assert seen == ["#main", "solid", True]


def test_all_that_can_be_done_can_be_done_with_keys(scene: Scene) -> None:
    scene.browser.load(scene.link)
    reached = set()
    for _ in range(60):
        scene.browser.tab()
        reached.add(scene.browser.value("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    wanted = "[...document.querySelectorAll('*')].map((e, i) => e.matches('a, button, summary') ? i : -1)"
    assert set(scene.browser.value(f"{wanted}.filter(i => i >= 0)")) <= reached


def test_the_policy_lets_no_script_run(scene: Scene) -> None:
    scene.browser.load(scene.link)
    scene.browser.value(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); })()"
    )
    assert scene.browser.value("window.ran") is None


def test_one_signs_out_by_the_button(scene: Scene) -> None:
    scene.browser.load(scene.link)
    scene.browser.press("document.querySelector('form.viewer button')")
    assert scene.browser.value("location.pathname") == "/signed-out"
    scene.browser.load(scene.link)  # and in again, for the others
