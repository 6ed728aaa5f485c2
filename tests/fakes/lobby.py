"""The pages without processes: the web's application in this thread, over the simulated GitHub and a real database."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.adapters.ledger import DatabaseLedger
from app.adapters.work_queue import WorkInbox
from app.bootstrap.paging import CALLBACK, Paging, paging
from app.bootstrap.records import make_tables
from app.core.assessment import Assessment
from app.core.pull_request import CommitStatus, PullRequestRef, Record, StatusState
from app.render import document
from app.settings import read
from app.web.pages import add_pages
from app.web.server import Services, create_app
from tests.fakes.github import GitHub
from tests.fakes.github.repository import Repository
from tests.render.samples import NOON

HEAD = "4be1d90" + "0" * 33
STATUSES = (
    CommitStatus("assay/images: main", StatusState.FAILURE, "BLOCKED: 1 of 3 image changes must not merge as it is"),
    CommitStatus("assay/review: main", StatusState.SUCCESS, "nobody is asked"),
)


class Browser(FlaskClient):
    """A browser that reaches the pages under their public address."""

    def __init__(self, app: Flask, url: str) -> None:
        super().__init__(app)
        self._url = url

    def open(self, *args: Any, **given: Any) -> TestResponse:  # noqa: ANN401 - werkzeug's signature
        """Send a request; redirects are not followed."""
        return super().open(*args, **{"base_url": self._url, **given})


class Lobby:
    """Use as a context; `settings` are further variables of the environment."""

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        url: str = "https://assay.example.org",
        *,
        enterprise: bool = False,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="assay-lobby-")
        self.folder = Path(self._folder.name)
        self.github = GitHub(enterprise=enterprise)
        self.url = url
        self._settings = dict(settings or {})
        self.paging: Paging | None = None

    def __enter__(self) -> Self:
        self.github.start()
        self.github.sign_in.callbacks = (self.url + CALLBACK,)
        key = self.folder / "app.pem"
        key.write_text(self.github.private_key_pem, encoding="utf-8")
        self.settings = read(
            {
                "ASSAY_APP_ID": str(self.github.app.id),
                "ASSAY_PRIVATE_KEY_FILE": str(key),
                "ASSAY_WEBHOOK_SECRET": self.github.hook.secret,
                "ASSAY_GITHUB_URL": self.github.url,
                "ASSAY_DATABASE_URL": f"sqlite:///{self.folder / 'assay.db'}",
                "ASSAY_PUBLIC_URL": self.url,
                "ASSAY_CLIENT_ID": self.github.app.client_id,
                "ASSAY_CLIENT_SECRET": self.github.sign_in.client_secret,
                **self._settings,
            }
        )
        shutil.copyfile(_empty_database(), self.folder / "assay.db")
        self.ledger = DatabaseLedger(self.settings.database_url.reveal())
        self.inbox = WorkInbox(self.settings.database_url.reveal())
        self.start()
        return self

    def start(self, **changed: Any) -> None:  # noqa: ANN401 - any part
        """Start the application anew, with these parts of `Paging` changed."""
        self._close_pages()
        found = paging(self.settings, self.inbox)
        assert found is not None
        self.paging = replace(found, **changed)
        self.app = create_app(Services(lambda headers, body: None, self.inbox.check))
        add_pages(self.app, self.paging)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close_pages()
        self.ledger.close()
        self.inbox.close()
        self.github.stop()
        self._folder.cleanup()
        if kind is None:
            assert self.github.violations == []

    @property
    def paging_now(self) -> Paging:
        """What the application was made of."""
        assert self.paging is not None
        return self.paging

    def _close_pages(self) -> None:
        if self.paging is not None:
            self.paging.records.close()
            self.paging.queue.close()
            self.paging.sign_in.connection.close()

    def repository(self, full_name: str = "acme/gitops", *, private: bool = True) -> Repository:
        """Return a repository that the App is installed on; alice may read it."""
        repository = self.github.repository(full_name, private=private)
        repository.grants["alice"] = "read"
        return repository

    def record(self, repository: Repository, assessment: Assessment | str, number: int = 7, at: datetime = NOON) -> str:
        """Record an assessment, or any text in its place; return the path of its page."""
        text = assessment if isinstance(assessment, str) else document.text(document.check(assessment))
        head = HEAD if isinstance(assessment, str) or len(assessment.head) != len(HEAD) else assessment.head
        owner, name = repository.full_name.split("/")
        installation = self.github.installation(owner).id
        self.ledger.record(
            Record(
                ref=PullRequestRef(installation, repository.id, owner, name, number),
                base_ref="main",
                base_tip="a81f3c2" + "0" * 33,
                head=head,
                statuses=STATUSES,
                policy_in_force=True,
                removes_policy=False,
                floor_present=False,
                comment_id=None,
                assessed_at=at,
                document=text,
            )
        )
        return f"/repositories/{repository.id}/pulls/{number}/{head}"

    def stranger(self) -> Browser:
        """Return a browser of somebody who did not sign in."""
        return Browser(self.app, self.url)

    def visitor(self, login: str = "alice") -> Browser:
        """Return a browser of somebody who signed in."""
        browser = self.stranger()
        assert self.sign_in(browser, login) == "/signed-in"
        return browser

    def sign_in(self, browser: Browser, login: str, back: str = "") -> str:
        """Sign in with a browser; return where it leads."""
        self.github.sign_in.signed_in = login
        begun = browser.get("/sign-in", query_string={"back": back} if back else None)
        return self.come_back(browser, self.at_github(begun.headers["Location"]))

    def come_back(self, browser: Browser, address: str) -> str:
        """Follow GitHub's answer; return where it leads, or the answer's status as text."""
        parts = urlsplit(address)
        answer = browser.get(f"{parts.path}?{parts.query}")
        return answer.headers.get("Location", answer.status)

    def at_github(self, address: str) -> str:
        """Let GitHub answer the browser; return where it sends it."""
        opener = urllib.request.build_opener(_Still())
        try:
            with opener.open(address, timeout=10) as answer:
                return str(answer.status)
        except urllib.error.HTTPError as redirect:
            with redirect:
                return redirect.headers.get("Location", str(redirect.code))


@functools.cache
def _empty_database() -> Path:
    """Make the tables once a process: most of the time of a lobby would go into them."""
    folder = Path(tempfile.mkdtemp(prefix="assay-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "assay.db"
    make_tables(read({"ASSAY_DATABASE_URL": f"sqlite:///{file}"}))
    return file


class _Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow no redirect."""
