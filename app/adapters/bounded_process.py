"""Start another program within bounds: time, processor time, memory, what it writes; nothing of our environment.

A few lines of Python stand between: they set the bounds on themselves and then become the program, so that none of it
runs without them, and no thread of ours is forked (`preexec_fn` is not safe under threads).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.core.errors import Error

_BECOME = """
import os, resource, sys
bounds = dict(pair.split("=") for pair in sys.argv[1].split(","))
if bounds.pop("offline") == "1":
    import ctypes
    # A user and a network of its own: what runs in them sees no interface but a loopback that is down.
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000 | 0x40000000):
        sys.exit(126)
for name, most in bounds.items():
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (int(most), int(most)))
try:
    os.execvpe(sys.argv[2], sys.argv[2:], os.environ)
except OSError:
    sys.exit(127)
"""
_NOT_ALONE = 126
_NOT_FOUND = 127
_SAID = 4_096
MEBIBYTE = 1024 * 1024


class NotRun(Error):
    """The program was not run to its end: it is not there, took too long, or cannot be shut in."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a program may use: seconds on the wall and of a processor, bytes of memory, bytes of any file it writes.

    What it prints counts as a file. The processor's time is the same as the wall's, rounded up.
    """

    seconds: float
    memory: int = 1024 * MEBIBYTE
    file: int = 256 * MEBIBYTE
    files: int = 256


@dataclass(frozen=True, slots=True)
class Program:
    """A program with its arguments, the whole of its environment, and the folder it runs in.

    `offline` shuts it into a network of its own that leads nowhere. The environment may hold a secret and is not shown.
    """

    arguments: tuple[str | bytes, ...]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    bounds: Bounds
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended (0 is well, negative by a signal), what it printed, and the end of what it complained of."""

    code: int
    output: bytes
    said: str


def run(program: Program, stdin: bytes = b"") -> Ended:
    """Run a program to its end; raises `NotRun`. Whatever it started in its process group ends with it."""
    try:
        return _run(program, stdin)
    except OSError as error:
        raise NotRun(f"{_name(program)} cannot be started on this machine ({error.strerror})") from error


def _run(program: Program, stdin: bytes) -> Ended:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        given.write(stdin)
        given.seek(0)
        code = _wait(program, (given, output, said))
        if program.offline and code == _NOT_ALONE:
            raise NotRun("it cannot be kept from the network on this machine")
        if code == _NOT_FOUND:
            raise NotRun(f"the program {_name(program)} is not installed")
        output.seek(0)
        size = said.seek(0, os.SEEK_END)
        said.seek(max(0, size - _SAID))
        return Ended(code, output.read(), said.read().decode("utf-8", "replace"))


def _wait(program: Program, files: tuple[IO[bytes], IO[bytes], IO[bytes]]) -> int:
    given, output, said = files
    child = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
        [sys.executable, "-I", "-S", "-c", _BECOME, _limits(program), *program.arguments],
        stdin=given,
        stdout=output,
        stderr=said,
        env=dict(program.environment),
        cwd=program.folder,
        start_new_session=True,
    )
    try:
        return child.wait(program.bounds.seconds)
    except subprocess.TimeoutExpired:
        raise NotRun(f"{_name(program)} did not come to an end within {program.bounds.seconds:g} seconds") from None
    finally:
        # What it left running dies too; a group without processes is no matter.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _limits(program: Program) -> str:
    bounds = program.bounds
    limits = {
        "offline": int(program.offline),
        "CPU": int(bounds.seconds) + 1,
        "AS": bounds.memory,
        "FSIZE": bounds.file,
        "NOFILE": bounds.files,
        "CORE": 0,
    }
    return ",".join(f"{name}={most}" for name, most in limits.items())


def _name(program: Program) -> str:
    return os.path.basename(os.fsdecode(program.arguments[0]))  # noqa: PTH119 - a name, no path is meant
