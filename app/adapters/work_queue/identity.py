"""One running worker an id: a second one would take up what the first is still doing."""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from app.adapters.database import is_sqlite
from app.core.errors import Unavailable

_TRIES = 25
_BETWEEN = 0.2


@contextmanager
def only_one(url: str, worker_id: str, engine: Engine) -> Iterator[None]:
    """Hold the worker's id; waits five seconds for an earlier process of the same id to end.

    Raises `Unavailable` (permanent) when it does not end. The hold ends with the process, however it ends.
    """
    hold = _held_file(url, worker_id) if is_sqlite(url) else _held_in_server(engine, worker_id)
    with hold:
        yield


@contextmanager
def _held_file(url: str, worker_id: str) -> Iterator[None]:
    path = Path(f"{make_url(url).database}.{worker_id}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for _ in _tries(worker_id):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            break
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _held_in_server(engine: Engine, worker_id: str) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(worker_id.encode()).digest()[:8], "big", signed=True)
    with engine.connect() as connection:
        for _ in _tries(worker_id):
            taken = connection.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}).scalar()
            connection.commit()
            if taken:
                break
        try:
            yield
        finally:
            # The pool would keep the connection, and with it the lock, alive.
            connection.invalidate()


def _tries(worker_id: str) -> Iterator[int]:
    """Count tries, pausing between them; raises when there were enough."""
    for count in range(_TRIES):
        yield count
        threading.Event().wait(_BETWEEN)
    sentence = f"Another worker with the id {worker_id!r} is running: give each its own ASSAY_WORKER_ID."
    raise Unavailable(sentence, permanent=True)
