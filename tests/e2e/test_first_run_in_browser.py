"""The setup as a person walks through it, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes.chromium import PROGRAM, Chromium
from tests.fakes.first_run import FirstRun

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")
BUTTON = "document.querySelector('main button')"
SHOWN = ("code", "wrong", "plan", "problems", "button", "registered", "start", "starter")


@dataclass
class Walk:
    """Pages on the way as they were seen: whether anything sticks out when it is narrow, and how dark they get."""

    stage: FirstRun
    browser: Chromium
    pictures: Path
    widths: dict[str, int] = field(default_factory=dict)
    backs: dict[str, set[str]] = field(default_factory=dict)

    def see(self, name: str) -> None:
        """Look at the page that is open."""
        for dark in (False, True):
            self.browser.look(dark=dark)
            back = self.browser.value("getComputedStyle(document.body).backgroundColor")
            self.backs.setdefault(name, set()).add(back)
            self.browser.photograph(self.pictures / f"{name}-{'dark' if dark else 'light'}.png")
        self.browser.look(width=320, height=700)
        self.widths[name] = self.browser.value("document.documentElement.scrollWidth")
        self.browser.look()

    def fill(self, **fields: str) -> None:
        """Fill a form and send it."""
        for name, text in fields.items():
            self.browser.value(f"document.querySelector('input[name={name}]:not([type=radio])').value = '{text}'")
        self.browser.press(BUTTON)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with FirstRun() as stage, Chromium() as browser:
        walk = Walk(stage, browser, tmp_path_factory.mktemp("pictures"))
        stage.github.organization("acme", installed=False)
        browser.load(f"{stage.url}/setup")
        walk.see("code")
        walk.fill(code="0" * 32)
        walk.see("wrong")
        browser.problems.clear()  # of the answer 403, which is as it should be
        walk.fill(code=stage.code)
        walk.see("plan")
        browser.value("document.querySelector('input[value=server]').checked = true")
        walk.fill(server="x", organisation="acme", public_url=stage.url)
        walk.see("problems")
        browser.problems.clear()  # likewise of 422
        walk.fill(server=stage.github.url.removesuffix("/api/v3"))
        walk.see("button")
        browser.press(BUTTON)
        browser.press("document.querySelector('a')")
        walk.see("registered")
        stage.wait(stage.is_up, "web runs with the new App")
        stage.github.install("acme")
        repository = stage.github.repository("acme/gitops")
        browser.load(f"{stage.url}/start")
        walk.see("start")
        browser.load(f"{stage.url}/start/{repository.id}")
        walk.see("starter")
        yield walk
        assert stage.github.violations == []


def test_it_ends_with_an_app_and_the_browser_complains_of_nothing(walk: Walk) -> None:
    # The walk goes on to a page by itself, in place of the load that the page before begins after a while; and the
    # page of the simulated GitHub has no icon, for which a browser asks when it likes.
    known = ("net::ERR_ABORTED", f"{walk.stage.github.url.removesuffix('/api/v3')}/favicon.ico")
    problems = [one for one in walk.browser.problems if not any(each in one for each in known)]
    assert ((walk.stage.folder / "registration.json").exists(), problems) == (True, [])


@pytest.mark.parametrize("name", SHOWN)
def test_no_page_of_the_setup_sticks_out_of_a_narrow_window(walk: Walk, name: str) -> None:
    assert walk.widths[name] == 320


@pytest.mark.parametrize("name", SHOWN)
def test_every_page_of_the_setup_is_light_or_dark_as_people_prefer(walk: Walk, name: str) -> None:
    assert walk.backs[name] == {"rgb(255, 255, 255)", "rgb(17, 22, 27)"}
