"""gunicorn, started from here so that no setting of it comes from anywhere else."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.web.listening import held

if TYPE_CHECKING:
    from gunicorn.config import Config

THREADS = 256
"""More than a stranger's slow connections are likely to fill; a thread exists only once it is needed."""

READ_LIMIT = 10.0
"""Seconds; GitHub itself waits no longer for the whole answer."""

_GRACE = 20


def run_web(
    listen: tuple[str, int], make_app: Callable[[], Flask], *, processes: int = 1, read_limit: float = READ_LIMIT
) -> None:
    """Serve until SIGTERM. `make_app` runs in each serving process, after the fork; the tables must exist by then.

    A request has `read_limit` seconds from its first byte to its last. Several processes share one socket; one that
    ends is started again while the others go on.

    Must be called in the main thread, with logs configured.
    """
    worker = type("Worker", (DeadlineWorker,), {"read_limit": read_limit})
    _Server({"bind": _address(listen), "workers": processes, "worker_class": worker}, make_app).run()


def _address(listen: tuple[str, int]) -> str:
    number = held(listen)
    if number is not None:
        # The server closes what it is given, and the socket must outlive it.
        return f"fd://{os.dup(number)}"
    host, port = listen
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class DeadlineWorker(ThreadWorker):
    """gunicorn's threaded worker, with a deadline for reading a request and no thread for a silent connection."""

    read_limit = READ_LIMIT

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Keep what is being read, each with its deadline."""
        super().__init__(*args, **kwargs)
        self._reading: dict[TConn, float] = {}
        self._reading_lock = threading.Lock()

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection and let it wait for its first byte among the idle ones.

        gunicorn would give it a thread for five seconds, so that connecting alone could take all threads.
        """
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        connection = TConn(self.cfg, client, address, listener.getsockname())
        connection.set_timeout()
        self.pending_conns.append(connection)
        waiting = partial(self.on_pending_socket_readable, connection)
        self.poller.register(connection.sock, selectors.EVENT_READ, waiting)

    def handle(self, conn: TConn) -> object:
        """Handle one request; from its first byte to its last it has `read_limit` seconds."""
        with self._reading_lock:
            self._reading[conn] = time.monotonic() + self.read_limit
        try:
            return super().handle(conn)
        finally:
            with self._reading_lock:
                self._reading.pop(conn, None)

    def murder_pending(self) -> None:
        """Run each second: end the reading side of those past their deadline; an answer can still be written."""
        super().murder_pending()
        now = time.monotonic()
        with self._reading_lock:
            late = [connection for connection, deadline in self._reading.items() if deadline < now]
        for connection in late:
            try:
                connection.sock.shutdown(socket.SHUT_RD)
            except OSError:
                continue  # it ended meanwhile


class _Logger(Logger):
    """Hands gunicorn's records to the process's own log."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in tuple(self.error_log.handlers):
            self.error_log.removeHandler(handler)
        self.error_log.propagate = True


class _Server(BaseApplication):
    def __init__(self, settings: Mapping[str, object], make_app: Callable[[], Flask]) -> None:
        self._settings = settings
        self._make_app = make_app
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, object] = {
            **self._settings,
            "threads": THREADS,
            "worker_connections": 2000,
            "keepalive": 5,
            "timeout": 60,
            "graceful_timeout": _GRACE,
            "limit_request_line": 2048,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            # Nothing here depends on who the proxy says the client is (AT-187).
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "header_map": "drop",
            "accesslog": None,
            "logger_class": _Logger,
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108  gunicorn's own file
            "proc_name": "assay-web",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        logging.getLogger(__name__).info("serving on %s", self._settings["bind"])
        return self._make_app()
