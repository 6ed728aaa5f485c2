"""The whole of Assay as an operator runs it, in a world of its own on loopback.

A simulated GitHub, a registry and a private Sigstore; and `python -m app serve` as a child process that differs from a
real one by nothing but URLs and the trusted root in its environment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes.github import GitHub
from tests.fakes.loopback import free_port
from tests.fakes.registry import FakeRegistry
from tests.fakes.sigstore import PrivateSigstore

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
"""Seconds that anything may take before it counts as not happening."""


class Stage:
    """Use as a context; everything ends with it. `settings` are further variables of the environment."""

    def __init__(self, settings: Mapping[str, str] | None = None, command: str = "serve") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="assay-stage-")
        self.folder = Path(self._folder.name)
        self.github = GitHub()
        self.registry = FakeRegistry()
        # A few minutes ago, so that nothing that is signed on stage lies in the future.
        self.now = datetime.fromtimestamp(time.time(), UTC).replace(microsecond=0) - timedelta(minutes=10)
        self.sigstore = PrivateSigstore(now=self.now)
        self._settings = dict(settings or {})
        self._command = command
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def set(self, settings: Mapping[str, str]) -> None:
        """Add variables to the environment, for the next start."""
        self._settings |= settings

    @property
    def url(self) -> str:
        """Where the web listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The program's first process."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What the processes logged so far."""
        file = self.folder / "log.jsonl"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the program is started with."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ASSAY_APP_ID": str(self.github.app.id),
            "ASSAY_PRIVATE_KEY_FILE": str(self.folder / "app.pem"),
            "ASSAY_WEBHOOK_SECRET": self.github.hook.secret,
            "ASSAY_GITHUB_URL": self.github.url,
            "ASSAY_DATABASE_URL": f"sqlite:///{self.folder / 'assay.db'}",
            "ASSAY_TRUSTED_ROOT": str(self.folder / "trusted_root.json"),
            "ASSAY_ALLOWED_PRIVATE_REGISTRIES": self.registry.host,
            "ASSAY_LISTEN": f"127.0.0.1:{self._port}",
            **self._settings,
        }

    def start(self) -> Self:
        """Start the world, then the program, and wait until it is ready."""
        self.github.start()
        self.registry.start()
        (self.folder / "app.pem").write_text(self.github.private_key_pem, encoding="utf-8")
        if not (self.folder / "trusted_root.json").exists():
            (self.folder / "trusted_root.json").write_bytes(self.sigstore.trusted_root_json())
        self.run()
        self.github.hook_url = f"{self.url}/webhook"
        return self

    def run(self) -> None:
        """Start the program."""
        with (self.folder / "log.jsonl").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", self._command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.wait(self._ready, "the program is ready")

    def end(self) -> None:
        """End the program with the signal that a supervisor sends."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)
            self._process = None

    def stop(self) -> None:
        """End everything."""
        self.end()
        self.github.stop()
        self.registry.stop()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something of another process holds; fail with the log's end at the deadline."""
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self._process is not None and self._process.poll() is not None
            if time.monotonic() > deadline or ended:
                message = f"does not come to hold: {what}\n{self.log[-4000:]}"
                raise AssertionError(message)
            threading.Event().wait(0.02)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
