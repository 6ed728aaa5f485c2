"""Who works: one running worker an id, and which ids are at work.

A worker holds a lock for as long as it lives: of a file beside an SQLite database, of its session on a PostgreSQL
server. Whatever ends the process ends the lock, so nobody has to guess from the silence of a worker whether it died.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app.adapters.database import is_sqlite, open_engine
from app.core.errors import Unavailable

_TRIES = 25
_BETWEEN = 0.2
_PATIENCE = 5.0


class Identity(Protocol):
    """A worker's id, held."""

    def keep(self) -> None:
        """Hold the id again if the database let go of it; raises `Unavailable`, permanent when another has it now."""

    def absent(self, worker_id: str) -> AbstractContextManager[bool]:
        """Tell whether no process holds an id, and hold it meanwhile if so: none can start with it then.

        Raises `Unavailable`.
        """


@contextmanager
def only_one(url: str, worker_id: str) -> Iterator[Identity]:
    """Hold the worker's id; waits five seconds for an earlier process of the same id to end.

    Raises `Unavailable`, permanent when it does not end. The hold ends with the process, however it ends.
    """
    identity = _InFile(url, worker_id) if is_sqlite(url) else _InServer(url, worker_id)
    try:
        _take(identity, worker_id)
        yield identity
    finally:
        identity.close()


def _take(identity: _InFile | _InServer, worker_id: str) -> None:
    for _ in range(_TRIES):
        try:
            if identity.take():
                return
        except SQLAlchemyError as error:
            raise Unavailable("the worker's id cannot be held: the database does not answer") from error
        threading.Event().wait(_BETWEEN)
    raise _taken(worker_id)


class _InFile:
    """Held as the lock of a file: the kernel keeps it until the process ends."""

    def __init__(self, url: str, worker_id: str) -> None:
        self._database = make_url(url).database
        self._descriptor = os.open(self._path(worker_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self) -> bool:
        return _locked(self._descriptor)

    def keep(self) -> None:
        """Do nothing: no database can let go of it."""

    @contextmanager
    def absent(self, worker_id: str) -> Iterator[bool]:
        try:
            # Another descriptor has a lock of its own: to close it leaves that of the holder, also when we are it.
            descriptor = os.open(self._path(worker_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable("the lock of a worker cannot be read") from error
        try:
            yield _locked(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def _path(self, worker_id: str) -> Path:
        return Path(f"{self._database}.{worker_id}.lock")


class _InServer:
    """Held as a lock of one session, which the server ends when it restarts or the connection breaks."""

    def __init__(self, url: str, worker_id: str) -> None:
        self._worker_id = worker_id
        # Connections of its own: when the jobs have taken all of theirs, the id must not wait for one.
        self._engine: Engine = open_engine(url, patience=_PATIENCE, size=2)
        self._session: Connection | None = None

    def take(self) -> bool:
        if self._session is None:
            self._session = self._engine.connect()
        taken = self._session.execute(
            text("SELECT pg_try_advisory_lock(:number)"), {"number": _number(self._worker_id)}
        )
        answer = bool(taken.scalar())
        self._session.commit()
        return answer

    def keep(self) -> None:
        try:
            if self._is_held():
                return
            self._let_go()
            taken = self.take()
        except SQLAlchemyError as error:
            self._let_go()
            raise Unavailable("the worker's id cannot be held: the database does not answer") from error
        if not taken:
            raise _taken(self._worker_id)

    @contextmanager
    def absent(self, worker_id: str) -> Iterator[bool]:
        query = text("SELECT pg_try_advisory_xact_lock(:number)")
        try:
            with self._engine.begin() as connection:
                yield bool(connection.execute(query, {"number": _number(worker_id)}).scalar())
        except SQLAlchemyError as error:
            raise Unavailable("whether a worker is at work cannot be asked: the database does not answer") from error

    def close(self) -> None:
        self._let_go()
        self._engine.dispose()

    def _is_held(self) -> bool:
        if self._session is None:
            return False
        try:
            self._session.execute(text("SELECT 1"))
            self._session.commit()
        except SQLAlchemyError:
            return False
        return True

    def _let_go(self) -> None:
        """Close the session itself: the pool would keep it, and with it the lock, alive."""
        if self._session is not None:
            self._session.invalidate()
            self._session.close()
            self._session = None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number(worker_id: str) -> int:
    return int.from_bytes(hashlib.sha256(worker_id.encode()).digest()[:8], "big", signed=True)


def _taken(worker_id: str) -> Unavailable:
    sentence = f"Another worker with the id {worker_id!r} is running: give each its own ASSAY_WORKER_ID."
    return Unavailable(sentence, permanent=True)
