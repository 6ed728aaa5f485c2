"""The main job without processes: deliveries of the simulated GitHub are received and worked on in this thread.

Everything but the queue is the real thing: receiving, adapters over HTTP on loopback, verification, ledger.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from app.adapters.work_queue import Again, Done, Work
from app.adapters.work_queue.items import identifier
from app.bootstrap.pacing import Budget
from app.bootstrap.records import make_ledger
from app.bootstrap.working import worker_program
from app.core.errors import Moved
from app.core.sweep import Sweep
from app.settings import read
from app.web.receiving import Receiver
from tests.fakes.github import GitHub, PullRequest
from tests.fakes.registry import FakeRegistry
from tests.fakes.sigstore import PrivateSigstore

_MOVES = 5


class Desk:
    """Use as a context; `settings` are further variables of the environment."""

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        trusted_root: bytes | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="assay-desk-")
        self.folder = Path(self._folder.name)
        self.github = GitHub()
        self.registry = FakeRegistry()
        self.now = datetime.fromtimestamp(time.time(), UTC).replace(microsecond=0) - timedelta(minutes=10)
        self.sigstore = PrivateSigstore(now=self.now)
        self.answers: list[Done | Again] = []
        self._settings = dict(settings or {})
        self._trusted_root = trusted_root
        self._budget = budget
        self._received = 0
        self._waiting: list[Work] = []
        self._sweeps: list[tuple[Sweep, str]] = []
        self.reasons: list[str] = []

    def __enter__(self) -> Self:
        self.github.start()
        self.registry.start()
        (self.folder / "app.pem").write_text(self.github.private_key_pem, encoding="utf-8")
        (self.folder / "root.json").write_bytes(self._trusted_root or self.sigstore.trusted_root_json())
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.program.close()
        self.github.stop()
        self.registry.stop()
        self._folder.cleanup()
        if kind is None:
            assert self.github.violations == []

    def open(self, changed: Mapping[str, str] | None = None) -> None:
        """Start the program anew on the same database, as after a restart, with these settings changed."""
        self._settings |= changed or {}
        self.program.close()
        self._start()

    def _start(self) -> None:
        settings = read(
            {
                "ASSAY_APP_ID": str(self.github.app.id),
                "ASSAY_PRIVATE_KEY_FILE": str(self.folder / "app.pem"),
                "ASSAY_WEBHOOK_SECRET": self.github.hook.secret,
                "ASSAY_GITHUB_URL": self.github.url,
                "ASSAY_DATABASE_URL": f"sqlite:///{self.folder / 'assay.db'}",
                "ASSAY_TRUSTED_ROOT": str(self.folder / "root.json"),
                "ASSAY_ALLOWED_PRIVATE_REGISTRIES": self.registry.host,
                **self._settings,
            }
        )
        make_ledger(settings)
        self.program = worker_program(settings, self._budget)
        secrets = tuple(secret.reveal().encode() for secret in settings.webhook_secrets)
        self._receiver = Receiver(lambda: secrets, self.github.app.id, self.put, self.put_sweep)

    def put(self, work: Work) -> None:
        """Take work in, as the queue does."""
        self._waiting.append(work)

    def put_sweep(self, sweep: Sweep, name: str) -> None:
        """Take a sweep in, as the queue does."""
        self._sweeps.append((sweep, name))

    def drop(self, prefix: str, *, keep: str | None) -> None:
        """Take out what waits under names that begin so, as the queue does."""
        self._waiting = [work for work in self._waiting if not identifier(work).startswith(prefix) or keep]

    def sweep(self, sweep: Sweep | None = None, name: str = "by hand") -> list[str]:
        """Do a sweep (over everything, where none is given) and what it leads to; return why looks were put in."""
        self.put_sweep(sweep or Sweep(), name)
        before = len(self.reasons)
        self.work()
        return self.reasons[before:]

    def work(self) -> None:
        """Receive every delivery so far and work until nothing waits; what moved meanwhile is looked at again."""
        for delivery in self.github.deliveries[self._received :]:
            self._receiver.receive(delivery.headers, delivery.body)
        self._received = len(self.github.deliveries)
        while self._waiting or self._sweeps:
            if self._sweeps:
                found, name = self._sweeps.pop(0)
                self.program.sweep(found, name, into=self)
                continue
            work = self._waiting.pop(0)
            self.reasons.append(work.reason)
            self.answers.append(self._look(work))

    def patience(self, seconds: float) -> None:
        """Let a judgement be announced after so many seconds, until the program starts anew."""
        job, recheck = (replace(one, patience=seconds) for one in (self.program.job, self.program.recheck))
        groups = replace(self.program.groups, looks=job)
        self.program = replace(self.program, job=job, recheck=recheck, groups=groups)

    def skip(self) -> None:
        """Lose every delivery so far."""
        self._received = len(self.github.deliveries)

    def states(self, pull: PullRequest) -> dict[str, str]:
        """Return the newest state a context on the pull request's head."""
        return {one.context: one.state for one in pull.repository.latest_statuses(pull.head_sha)}

    def said(self, pull: PullRequest, context: str) -> str:
        """Return what the newest status of a context says."""
        latest = pull.repository.latest_statuses(pull.head_sha)
        return next((one.description or "" for one in latest if one.context == context), "no such status")

    def _look(self, work: Work) -> Done | Again:
        for _ in range(_MOVES):
            try:
                answer = self.program.handle(work)
            except Moved:
                continue
            if answer.then is not None:
                answer.then()
            return answer
        message = "it moves all the time"
        raise AssertionError(message)
