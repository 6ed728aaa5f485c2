"""The address at which metrics are read: a process of its own that adds up what the others counted.

GET /metrics   the counters
GET /healthz   200 while a worker sees its queue and its work comes to an end, else 503
"""

from __future__ import annotations

import math
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from app.adapters.metrics.counting import FOLDER

SEEN_WITHIN = 60.0
"""Seconds: a worker that did not see its queue for longer is not alive."""

STUCK_AFTER = 1800.0
"""Seconds: work that could run has waited for so long while nothing came to its end."""

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Health:
    """What the worker last told, in seconds since 1970; `oldest` is how long ready work has waited."""

    tick: float = 0.0
    verdict: float = 0.0
    oldest: float = 0.0

    def problem(self, now: float) -> str:
        """Say what is wrong, empty when nothing is."""
        if not self.tick:
            return "no worker has begun"
        if now - self.tick > SEEN_WITHIN:
            return "the worker does not see its queue"
        stuck = self.oldest > STUCK_AFTER and now - self.verdict > STUCK_AFTER
        return "work waits and none comes to its end" if stuck else ""


def health(registry: CollectorRegistry) -> Health:
    """Read what was told last."""
    names = ("worker_tick_timestamp_seconds", "last_verdict_timestamp_seconds", "queue_oldest_seconds")
    found = (registry.get_sample_value(f"assay_{name}") for name in names)
    return Health(*(0.0 if value is None or math.isnan(value) else value for value in found))


def collected(folder: str) -> CollectorRegistry:
    """Add up what all processes counted into the folder, those that have ended too."""
    for pid in {int(file.stem.rpartition("_")[2]) for file in Path(folder).glob("gauge_live*_*.db")}:
        if not _runs(pid):
            mark_process_dead(pid, folder)  # type: ignore[no-untyped-call]  # what it had running does not run
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]  # the library's
    return registry


def serve(listen: tuple[str, int], collect: Callable[[], CollectorRegistry], *, has_worker: bool = True) -> None:
    """Answer until the process ends; without a worker among the processes, health is that this one answers."""
    door(listen, collect, has_worker=has_worker).serve_forever()


def door(
    listen: tuple[str, int], collect: Callable[[], CollectorRegistry], *, has_worker: bool = True
) -> ThreadingHTTPServer:
    """Bind the address; raises `OSError` when it cannot be had."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._say(200, generate_latest(collect()), CONTENT_TYPE_LATEST)
            elif self.path == "/healthz":
                problem = health(collect()).problem(time.time()) if has_worker else ""
                self._say(503 if problem else 200, f"{problem or 'alive'}\n".encode())
            else:
                self._say(404, b"not found\n")

        def _say(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response_only(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Log nothing: what asks here asks each few seconds."""

    kind = _Six if ":" in listen[0] else _Four
    return kind(listen, Handler)


class _Four(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 32


class _Six(_Four):
    address_family = socket.AF_INET6


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(host: str, port: str, has_worker: str) -> None:
    """Serve for the folder that the environment names."""
    folder = os.environ[FOLDER]
    try:
        serve((host, int(port)), lambda: collected(folder), has_worker=has_worker == "worker")
    except OSError as error:
        sys.exit(f"metrics cannot be served at {host}:{port} ({error.strerror}): change ASSAY_METRICS_LISTEN.")
    except KeyboardInterrupt:
        return
