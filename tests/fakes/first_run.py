"""A stage on which nothing is registered yet, and a browser without a window that walks through the setup."""

from __future__ import annotations

import html
import re
from typing import Final

import requests

from tests.fakes.github import GitHub
from tests.fakes.stage import Stage

OF_THE_APP: Final = {"ASSAY_APP_ID", "ASSAY_PRIVATE_KEY_FILE", "ASSAY_WEBHOOK_SECRET"}


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
        return self.browser.get(self.url + path, timeout=60)

    def send(self, path: str, **form: str) -> requests.Response:
        return self.browser.post(self.url + path, data=form, timeout=60)

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
        shown = self.browser.post(target, data={"manifest": field(page, "manifest")}, timeout=60)
        assert shown.status_code == 200, shown.text
        return html.unescape(re.findall(r'href="([^"]+)"', shown.text)[0])

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def is_up(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False


def field(page: requests.Response, name: str) -> str:
    """The value of a hidden field."""
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page.text)[0])
