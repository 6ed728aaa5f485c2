"""The command line as a whole: planned commands, settings, signs of life, bugs, and real processes."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli import main
from app.cli.outcomes import Door, with_progress
from app.cli.planned import PLANNED
from tests.cli.conftest import Desktop
from tests.conftest import ROOT

COMMANDS = {
    *("check", "images", "policies", "replay", "verify", "validate", "history", "doctor", "ledger"),
    *("serve", "web", "worker"),
    *PLANNED,
}


def test_the_commands_are_those_of_the_product() -> None:
    assert set(main.commands) == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_its_help(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert (result.exit_code, result.stdout.startswith(f"Usage: main {command}")) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        *([name] for name in sorted(PLANNED)),
        ["drift", "--format", "json"],
    ],
)
def test_a_planned_command_says_so_and_is_2(desktop: Desktop, arguments: list[str]) -> None:
    result = desktop.assay(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        f"assay: planned, not built yet: {PLANNED[arguments[0]]}\n",
    )


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["check"], ["check", "main"], ["check", "--format", "xml"]])
def test_a_wrong_use_is_2(desktop: Desktop, arguments: list[str]) -> None:
    assert desktop.assay(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [("check", "main", "main"), ("verify", "ghcr.io/a/b", "--any-signer"), ("serve",), ("web",), ("worker",)],
)
def test_a_misspelt_setting_is_2_and_named(desktop: Desktop, arguments: tuple[str, ...]) -> None:
    result = desktop.assay(*arguments, settings={"ASSAY_TRUSTED_ROTO": "x"})
    assert (result.exit_code, result.stderr.startswith("assay: ASSAY_TRUSTED_ROTO: no such setting")) == (2, True)


@pytest.mark.parametrize("command", ["serve", "web", "worker"])
def test_a_process_with_half_an_app_is_2_and_says_all_that_is_missing(desktop: Desktop, command: str) -> None:
    database = f"sqlite:///{desktop.root.parent / 'assay.db'}"
    result = desktop.assay(command, settings={"ASSAY_DATABASE_URL": database, "ASSAY_WEBHOOK_SECRET": "secret"})
    said = [line.split(": ")[1] for line in result.stderr.splitlines()]
    assert (result.exit_code, said) == (2, ["ASSAY_APP_ID", "ASSAY_PRIVATE_KEY_FILE"])


def test_a_worker_without_an_app_is_2_and_says_what_is_missing(desktop: Desktop) -> None:
    result = desktop.assay("worker", settings={"ASSAY_DATABASE_URL": f"sqlite:///{desktop.root.parent / 'assay.db'}"})
    assert (result.exit_code, result.stderr.startswith("assay: ASSAY_APP_ID: not set")) == (2, True)


def test_a_process_says_every_wrong_setting_at_once(desktop: Desktop) -> None:
    result = desktop.assay("serve", settings={"ASSAY_LISTEN": "8000", "ASSAY_WORKER_ID": "../x"})
    said = [line.split(": ")[1] for line in result.stderr.splitlines()]
    assert (result.exit_code, said) == (2, ["ASSAY_LISTEN", "ASSAY_WORKER_ID"])


def test_a_worker_says_every_wrong_file_at_once(desktop: Desktop) -> None:
    bad = desktop.root.parent / "bad"
    bad.write_text("no", encoding="utf-8")
    settings = {
        "ASSAY_DATABASE_URL": f"sqlite:///{desktop.root.parent / 'assay.db'}",
        "ASSAY_APP_ID": "1",
        "ASSAY_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
        "ASSAY_WEBHOOK_SECRET": "secret-secret",
        **{f"ASSAY_{name}": str(bad) for name in ("FLOOR_FILE", "KEV_FILE", "REGISTRY_CONFIG", "TRUSTED_ROOT")},
    }
    result = desktop.assay("worker", settings=settings)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 4)


def test_a_docker_configuration_that_is_none_is_2_and_named(desktop: Desktop) -> None:
    (desktop.folder / "config.json").write_text("no", encoding="utf-8")
    settings = {"ASSAY_REGISTRY_CONFIG": str(desktop.folder / "config.json")}
    result = desktop.assay("verify", "ghcr.io/a/b", "--any-signer", settings=settings)
    assert (result.exit_code, result.stderr.startswith("assay: ASSAY_REGISTRY_CONFIG: ")) == (2, True)


def test_what_stands_in_the_environment_reaches_the_terminal_without_control_characters(desktop: Desktop) -> None:
    result = desktop.assay("check", "--repo", str(desktop.folder), "main\x1b]0;x\x07", "HEAD")
    assert (result.exit_code, "\x1b" in result.stderr) == (2, False)


# Bugs of ours


def _broken(error: Exception) -> click.Group:
    group = Door("assay")

    @group.command()
    def work() -> None:
        raise error

    return group


def test_a_bug_could_not_tell() -> None:
    result = CliRunner().invoke(_broken(KeyError("x")), ["work"])
    assert (result.exit_code, "KeyError: 'x'" in result.stderr, "please report" in result.stderr) == (3, True, True)


def test_a_usage_error_is_no_bug() -> None:
    assert CliRunner().invoke(_broken(click.UsageError("x")), ["work"]).exit_code == 2


# Signs of life


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[io.TextIOWrapper, io.FileIO]]:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as shown, os.fdopen(ours, "rb", buffering=0) as seen, contextlib.redirect_stderr(shown):
        yield shown, seen


def test_a_terminal_is_told_that_long_work_goes_on() -> None:
    with _terminal() as (_, seen):
        said = with_progress("judging", lambda: seen.read(100), patience=0.0)
    assert said == "assay: judging …\r\n".encode()


def test_a_terminal_is_told_nothing_of_work_that_is_quick() -> None:
    with _terminal() as (shown, seen):
        assert with_progress("judging", lambda: 7, patience=60.0) == 7
        shown.write("end\n")
        shown.flush()
        assert seen.read(100) == b"end\r\n"


def test_a_pipe_is_told_nothing() -> None:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        before = threading.active_count()
        assert with_progress("judging", threading.active_count, patience=0.0) == before
    assert said.getvalue() == ""


# Real processes


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **settings}


def _run(command: list[str], desktop: Desktop) -> subprocess.CompletedProcess[str]:
    environment = _environment(desktop.settings)
    return subprocess.run(
        [*command, "check", "main", "bump"],
        cwd=desktop.folder,
        env={**environment, "PYTHONPATH": str(ROOT)} if command[0] == sys.executable else environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_module_is_the_command(desktop: Desktop) -> None:
    desktop.bump(desktop.image(signed=False))
    done = _run([sys.executable, "-m", "app"], desktop)
    assert (done.returncode, done.stdout.partition(":")[0], done.stderr) == (1, "BLOCKED", "")


@pytest.mark.skipif(not Path(ROOT / ".venv/bin/python").exists(), reason="the environment is not the project's own")
def test_the_script_works_from_any_folder(desktop: Desktop) -> None:
    desktop.bump(desktop.image())
    done = _run([str(ROOT / "assay")], desktop)
    assert (done.returncode, done.stdout.partition(":")[0], done.stderr) == (0, "OK", "")
