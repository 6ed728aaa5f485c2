"""Web and worker on one machine: two child processes, each started anew when it ends, both ended on a signal."""

from __future__ import annotations

import atexit
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STEADY = 60.0
_GRACE = 30.0
_PARENT_DEATH_SIGNAL = 1


@dataclass(slots=True)
class _Child:
    """One command kept running; `pause` grows while it ends soon after its start."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = field(default=_FIRST_PAUSE)
    starts: int = 0
    keeps: tuple[int, ...] = ()


class _Refused(Exception):
    """A child does not start: what it is given is wrong."""


def supervise(
    commands: Mapping[str, Sequence[str]],
    *,
    refusal: int | None = None,
    keeps: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
) -> int:
    """Keep each command running until SIGTERM or SIGINT; then end all and return 0 when they have ended.

    `keeps` are the open files of this process that a child of that name has, too.

    A child that ends its first run with `refusal` was started wrongly: then all end, and that is returned. Any other
    that ends is started again after half a second, doubled up to half a minute while it keeps ending within a
    minute. Must be called in the main thread of a process without other threads. Children end with this process,
    also when it is killed (Linux).
    """
    wanted = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    # SIGCHLD's default is to be thrown away before anybody can wait for it.
    old = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    children = [_Child(name, command, keeps=keeps.get(name, ())) for name, command in commands.items()]
    try:
        while not _signalled(wanted, _tend(children, refusal)):
            pass
    except _Refused:
        return refusal or 0
    finally:
        _end(children)
        signal.signal(signal.SIGCHLD, old)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


def companion(command: Sequence[str]) -> None:
    """Start a process beside this one; it ends with it (Linux). Call it before there are threads."""
    process = subprocess.Popen(command, preexec_fn=_in_child)  # noqa: S603, PLW1509  our own command, no threads
    atexit.register(_end_if_ours, process, os.getpid())


def _end_if_ours(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:  # a fork of this process ends through here, too
        process.terminate()


def _signalled(wanted: set[signal.Signals], seconds: float) -> bool:
    """Wait for a signal; true when it asks to stop."""
    information = signal.sigtimedwait(wanted, seconds)
    return information is not None and information.si_signo != signal.SIGCHLD


def _tend(children: Sequence[_Child], refusal: int | None) -> float:
    """Start what is due, note what has ended; return the seconds until something is due. Raises `_Refused`."""
    now = time.monotonic()
    for child in children:
        if child.process is not None and (code := child.process.poll()) is not None:
            if code == refusal and child.starts == 1:
                _log.error("%s does not start with these settings", child.name)
                raise _Refused
            steady = now - child.started > _STEADY
            child.pause = _FIRST_PAUSE if steady else min(child.pause * 2, _LONGEST_PAUSE)
            child.due = now + child.pause
            child.process = None
            _log.error("%s ended (%d); it is started again in %.1f s", child.name, code, child.pause)
        if child.process is None and child.due <= now:
            child.started = now
            child.starts += 1
            child.process = _start(child)
    pending = [child.due - now for child in children if child.process is None]
    return min([*pending, 60.0])


def _start(child: _Child) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603  our own command
        child.command,
        preexec_fn=_in_child,  # noqa: PLW1509  no threads
        pass_fds=child.keeps,
    )
    _log.info("%s started as process %d", child.name, process.pid)
    return process


def _in_child() -> None:
    """Undo the parent's signal mask, and ask the kernel to end this process when the parent ends."""
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    # Ctrl-C reaches a terminal's whole group; the parent alone says when its children end.
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _end(children: Sequence[_Child]) -> None:
    """Ask every child to end, wait, and kill what has not."""
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline = time.monotonic() + _GRACE
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.exception("process %d does not end and is killed", process.pid)
            process.kill()
            process.wait()
