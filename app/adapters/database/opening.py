"""One database URL, opened the same way everywhere: SQLite file or PostgreSQL server.

What SQLite needs to carry several processes and survive a power cut (WAL, immediate transactions, full synchronisation,
a private file) is decided here once, and so is the one thing that old SQLite lacks.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.core.errors import Unavailable

_PRIVATE = 0o600
_SUBSECONDS = (3, 42)
_WAL_TRIES = 50
_ASK_AGAIN = 0.002
_POSTGRES = {
    "application_name": "assay",
    # A machine that vanished says nothing: both ends find out within a minute, and its locks end.
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 50_000,
}
_SESSION = (
    "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    # A process that is frozen between two statements must not hold up the others for ever.
    " -c idle_in_transaction_session_timeout=60000"
)


def is_sqlite(url: str) -> bool:
    """Say whether the URL names an SQLite file."""
    return make_url(url).get_backend_name() == "sqlite"


def open_engine(url: str, *, patience: float, size: int = 5, repeats: bool = False) -> Engine:
    """Open a pool of at most `size` connections; a lock is waited for at most `patience` seconds.

    `repeats`: what is stored may be gone after a power cut, never after the end of a process, for it only saves doing
    something again. An SQLite file then waits for the disk now and then instead of at each commit.
    Who is waited for by others bounds the whole call besides (`Deadline`). Nothing is connected before first use, so an
    engine made before a fork holds nothing that a fork would share.
    """
    if is_sqlite(url):
        engine = create_engine(url, pool_size=size, max_overflow=0, pool_timeout=patience)
        event.listen(engine, "connect", _SqliteConnection(patience, synchronous="NORMAL" if repeats else "FULL"))
        return engine
    return create_engine(
        postgres_url(url),
        pool_size=size,
        max_overflow=0,
        pool_timeout=patience,
        pool_pre_ping=True,
        connect_args=_POSTGRES
        | {
            "connect_timeout": max(1, int(patience)),
            "options": f"{_SESSION} -c lock_timeout={int(patience * 1000)}",
        },
    )


def postgres_url(url: str) -> URL:
    """Name the driver that is installed, whichever way the operator wrote the URL."""
    return make_url(url).set(drivername="postgresql+psycopg")


def prepare_file(url: str) -> None:
    """Create the SQLite file, private and in WAL mode; nothing for PostgreSQL. Safe to run in several processes.

    Raises `Unavailable` (permanent) with what to do when the place cannot be written.
    """
    if not is_sqlite(url):
        return
    path = Path(make_url(url).database or "")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The queue's rows may hold pickles to a reader that believes them: who writes here runs code in the worker.
        _create(path)
        if stat.S_IMODE(path.stat().st_mode) != _PRIVATE:
            path.chmod(_PRIVATE)
        _set_wal(path)
    except (OSError, sqlite3.Error) as error:
        sentence = (
            f"The database file {path} cannot be prepared ({error}): let this user write there (ASSAY_DATABASE_URL)."
        )
        raise Unavailable(sentence, permanent=True) from error


def _create(path: Path) -> None:
    """Make an empty private file where there is none; never open one that is there.

    Closing any descriptor of a file ends all POSIX locks that this process has on it, those of its SQLite connections
    too. Another process may then remove the write-ahead log under them, and what they commit after that is lost
    (sqlite.org, "How To Corrupt An SQLite Database File", section 2.2).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _PRIVATE))
    except FileExistsError:
        return


def reachable(engine: Engine) -> None:
    """Ask the database for one row; raises `Unavailable` when it does not answer."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1").fetchall()
    except SQLAlchemyError as error:
        raise Unavailable("the database does not answer") from error


def begin_write(connection: Connection, patience: float) -> None:
    """Take the write lock of an SQLite file now unless it is taken, and ask for it often; nothing on PostgreSQL.

    SQLite itself asks less and less often, ten times a second in the end. While many jobs write all the time, somebody
    who asks so seldom gets no turn for seconds; whoever GitHub waits for asks every other millisecond.
    """
    if connection.dialect.name != "sqlite":
        return
    file = cast("sqlite3.Connection", connection.connection.dbapi_connection)  # its type is that of every driver
    if file.in_transaction:
        return
    end = time.monotonic() + patience
    file.execute("PRAGMA busy_timeout=0")
    try:
        while not _begun(file):
            if time.monotonic() > end:
                raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("database is locked"))
            time.sleep(_ASK_AGAIN)
    finally:
        file.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")


def _begun(file: sqlite3.Connection) -> bool:
    try:
        file.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise OperationalError("BEGIN IMMEDIATE", None, error) from error
    else:
        return True


class _SqliteConnection:
    """Sets up each SQLite connection of an engine."""

    def __init__(self, patience: float, *, synchronous: str) -> None:
        self._milliseconds = int(patience * 1000)
        self._synchronous = synchronous

    def __call__(self, connection: sqlite3.Connection, _record: object) -> None:
        """Take the write lock at BEGIN (no upgrade deadlocks), sync as is asked, know sub-second time."""
        connection.isolation_level = "IMMEDIATE"
        connection.execute(f"PRAGMA busy_timeout={self._milliseconds}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        # By default each of some forty connections of a worker would keep two megabytes of the file for itself.
        connection.execute("PRAGMA cache_size=-256")
        if sqlite3.sqlite_version_info < _SUBSECONDS:
            # The queue library's default for a row's time is unixepoch('subsec') on Python 3.12 and later, which is
            # NULL before SQLite 3.42, so that every insert would fail. A file made so may be read by any Python.
            connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(_modifier: str) -> float:
    """Seconds since 1970 with milliseconds, such that a thousand times it is a whole number also as a float."""
    moment = int(time.time() * 1000)
    while not (moment / 1000 * 1000).is_integer():
        moment += 1
    return moment / 1000


def _set_wal(path: Path) -> None:
    """Switch to write-ahead logging, which stays with the file; retried because the switch does not wait for locks."""
    for attempt in range(_WAL_TRIES):
        with sqlite3.connect(path, timeout=1) as connection:
            try:
                if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal":
                    break
            except sqlite3.OperationalError:
                if attempt == _WAL_TRIES - 1:
                    raise
        time.sleep(0.05)
