"""The history's report in a real browser: readable in both schemes, on a narrow window, and by its links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.history import Event, Gap
from app.render.history import read_controls, writer_of
from tests.conftest import ROOT
from tests.fakes.chromium import PROGRAM, Chromium
from tests.render.history_samples import NOON, SCOPE, facts, governance, image, policy, recorded, some

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine")

CONTROLS = read_controls("controls.yml", (ROOT / "app/render/history/controls.yml").read_text(encoding="utf-8"))
HOSTILE = f'"><img src=x onerror=alert(1)><script>alert(1)</script>\u202e\n{"x" * 10_000}'
CONTRASTS = """
(() => {
  const parts = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const colour = parts(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parts(getComputedStyle(document.documentElement).colorScheme === 'dark' ? '0,0,0' : '255,255,255');
  };
  const poor = [];
  for (const one of document.querySelectorAll('body *:not(svg *)')) {
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(one.outerHTML.slice(0, 80));
  }
  return poor;
})()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a report with something of every kind, and with names that would do harm."""
    events: tuple[Event | Gap, ...] = (
        *some(),
        image(facts(20, days=60, subject=HOSTILE)),
        governance(".github/assay/waivers/cve.yml", facts(21, days=61)),
        recorded(policy(about=facts(22, days=62))),
    )
    scope = replace(SCOPE, records=True, evidence=True, base="b" * 40, ends_at=NOON + timedelta(days=90))
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text("".join(writer_of("html", CONTROLS)(scope, events)), encoding="utf-8")
    return file


@pytest.fixture
def browser() -> Iterator[Chromium]:
    with Chromium() as opened:
        yield opened


def test_the_report_is_readable_everywhere_and_runs_nothing(browser: Chromium, page: Path) -> None:
    for dark in (False, True):
        browser.look(dark=dark)
        browser.load(page.as_uri())
        assert browser.value(CONTRASTS) == []
    browser.look(width=320)
    assert browser.value("document.documentElement.scrollWidth") == 320
    assert browser.value("document.querySelectorAll('script, img, iframe, link').length") == 0
    assert browser.problems == []


def test_a_link_opens_the_part_in_which_its_row_stands(browser: Chromium, page: Path) -> None:
    closed = re.findall(r'<tr id="(i-\w+)">', page.read_text(encoding="utf-8"))[-1]
    browser.load(page.as_uri())
    height = f"document.getElementById('{closed}').getBoundingClientRect().height"
    assert browser.value(f"document.getElementById('{closed}').closest('details').open") is False
    browser.value(f"location.hash = '{closed}'")
    assert browser.value(f"document.getElementById('{closed}').closest('details').open") is True
    assert browser.value(height) > 0
