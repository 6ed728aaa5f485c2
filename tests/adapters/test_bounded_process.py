"""Programs in bounds: each of them real, each started once."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from app.adapters.bounded_process import MEBIBYTE, Bounds, NotRun, Program, run

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def python(tmp_path: Path, code: str, bounds: Bounds | None = None, *, offline: bool = False) -> Program:
    arguments = (sys.executable, "-I", "-S", "-c", code)
    return Program(arguments, ENVIRONMENT, tmp_path, bounds or Bounds(30.0), offline=offline)


def test_output_complaint_and_code_come_back(tmp_path: Path) -> None:
    ended = run(python(tmp_path, "import sys; print(sys.stdin.read()); sys.exit('no')"), b"hello")
    assert (ended.code, ended.output, ended.said) == (1, b"hello\n", "no\n")


def test_at_205_the_environment_is_only_what_is_given(tmp_path: Path) -> None:
    ended = run(python(tmp_path, "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"))
    assert ended.output == b"['PATH']\n"


def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match="no-such-program is not installed"):
        run(Program(("no-such-program",), ENVIRONMENT, tmp_path, Bounds(30.0)))


def test_a_program_whose_folder_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match="cannot be started on this machine"):
        run(python(tmp_path / "gone", ""))


def test_a_program_that_takes_too_long_ends(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match=r"within 0\.3 seconds"):
        run(python(tmp_path, "import threading; threading.Event().wait()", Bounds(0.3)))


def test_what_it_left_running_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "if os.fork() == 0:\n"
        "    os.write(1, str(os.getpid()).encode())\n"
        "    signal.pause()\n"
        "else:\n"
        "    while not os.fstat(1).st_size: pass\n"
    )
    pid = int(run(python(tmp_path, code)).output)
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with open(handle, closefd=True):  # noqa: PTH123 - a handle, no path
        assert select.select([handle], [], [], 60)[0] == [handle]


def test_memory_is_bounded(tmp_path: Path) -> None:
    ended = run(python(tmp_path, "x = bytearray(400_000_000)", Bounds(30.0, memory=200 * MEBIBYTE)))
    assert "MemoryError" in ended.said


def test_what_it_prints_is_bounded(tmp_path: Path) -> None:
    ended = run(python(tmp_path, "print('x' * 5_000_000)", Bounds(30.0, file=MEBIBYTE)))
    assert ended.code != 0
    assert len(ended.output) <= MEBIBYTE


def test_offline_there_is_no_way_out(tmp_path: Path) -> None:
    code = "import socket; socket.create_connection(('127.0.0.1', 1), 2)"
    assert said_offline(python(tmp_path, code, offline=True)) in {"Network is unreachable", "not run"}


def said_offline(program: Program) -> str:
    """Return what a program without network said; a machine that grants no namespaces runs it not at all."""
    try:
        said = run(program).said
    except NotRun:
        return "not run"
    return "Network is unreachable" if "Network is unreachable" in said else said
