"""Assay as many processes on one stage: a web and several workers, each of which may be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.fakes.stage import PATIENCE, ROOT, Stage

WEB: Final = "web"


class Troupe(Stage):
    """A stage whose program is not under a supervisor: whoever uses it starts and kills processes by name."""

    def __init__(self, settings: Mapping[str, str] | None = None, workers: int = 2) -> None:
        super().__init__(settings)
        self.workers: Final = [f"worker-{number}" for number in range(1, workers + 1)]
        self._running: Final[dict[str, subprocess.Popen[bytes]]] = {}

    def run(self) -> None:
        """Start the web, wait until it is ready, then start every worker."""
        self.spawn(WEB)
        self.wait(self._ready, "the web is ready")
        for worker in self.workers:
            self.spawn(worker)

    def spawn(self, name: str) -> None:
        """Start a process: the web, or a worker with this id."""
        role = WEB if name == WEB else "worker"
        with (self.folder / "log.jsonl").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "app", role],
                cwd=ROOT,
                env=self.environment | {"ASSAY_WORKER_ID": name},
                stdout=log,
                stderr=log,
            )

    def slay(self, name: str) -> None:
        """Kill a process and all below it with SIGKILL, as a machine that loses its power does."""
        process = self._running.pop(name)
        for one in (*below(process.pid), process.pid):
            try:
                os.kill(one, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait(PATIENCE)

    def alive(self, name: str) -> bool:
        """Say whether a process that was started runs still."""
        return name in self._running and self._running[name].poll() is None

    @property
    def processes(self) -> Mapping[str, int]:
        """The id of each process by name."""
        return {name: process.pid for name, process in self._running.items()}

    def end(self) -> None:
        """End every process with the signal that a supervisor sends."""
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            process.wait(PATIENCE)
        self._running.clear()


def below(process: int) -> list[int]:
    """Return the processes that descend from one, the nearest first."""
    try:
        found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [one for child in map(int, found) for one in (child, *below(child))]
