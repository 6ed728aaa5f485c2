"""`serve`, `web` and `worker`: the processes that run until a signal ends them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli.outcomes import USAGE, said
from app.cli.outcomes import registered_settings as read_settings
from app.core.errors import Error

if TYPE_CHECKING:
    from app.adapters.work_queue import WorkInbox
    from app.bootstrap.working import WorkerProgram
    from app.settings import Settings

_T = TypeVar("_T")

_HOUR = 3600.0
_TICK = 15.0


@click.command()
def serve() -> None:
    """Run web and worker on this machine until a signal ends both; a child that ends is started again.

    Without a registered App it serves the page on which one is registered, and then goes on by itself.
    """
    from app.bootstrap import logs, metering, records  # noqa: PLC0415 - slow
    from app.worker import supervise  # noqa: PLC0415 - slow

    with said():
        settings = read_settings()
        _register_first(settings)
        settings.app()
        logs.to_standard_error(settings)
        records.make_tables(settings)
    commands = {name: _started_alike(name) for name in ("web", "worker")}
    door = metering.metered(settings, has_worker=True)
    socket = _listening(settings)
    keeps = {} if socket is None else {"web": (socket,)}
    sys.exit(supervise(commands if door is None else {**commands, "metrics": door}, refusal=USAGE, keeps=keeps))


def _listening(settings: Settings) -> int | None:
    """Hold the web's socket in this process, so that a delivery waits while the web is started again.

    GitHub delivers once: one that is refused is missed until the next sweep asks for it. `None` where the address
    cannot be had, which the web says itself.
    """
    from app.web.listening import held, hold  # noqa: PLC0415 - with the rest

    if held(settings.listen) is None:
        with suppress(OSError):
            hold(settings.listen)
    return held(settings.listen)


@click.command()
@click.option("--migrate-only", is_flag=True, help="Make the database's tables or bring them forward, and end.")
def web(*, migrate_only: bool) -> None:
    """Receive webhooks; `worker` does what they ask for.

    Without a registered App it serves the page on which one is registered, and then goes on by itself.
    """
    from app.bootstrap import logs, records  # noqa: PLC0415 - slow
    from app.web.program import run  # noqa: PLC0415 - slow

    with said():
        settings = read_settings()
        if not migrate_only:
            _register_first(settings)
            settings.app()
        logs.to_standard_error(settings)
        records.make_tables(settings)
        if not migrate_only:
            _beside(settings, has_worker=False)
            run(settings)


@click.command()
def worker() -> None:
    """Judge what `web` received."""
    from app.bootstrap import logs, records, working  # noqa: PLC0415 - slow
    from app.bootstrap.counting import watched_looks, watched_sweeps  # noqa: PLC0415 - slow
    from app.bootstrap.sweeping import SweepTimer  # noqa: PLC0415 - slow
    from app.settings import key_file  # noqa: PLC0415 - with the rest
    from app.worker import Overdue, Refreshing, Watch, guarded, guarded_sweeps, run_worker  # noqa: PLC0415 - slow

    with said():
        settings = read_settings()
        logs.to_standard_error(settings)
        records.make_tables(settings)
        _beside(settings, has_worker=True)
        program = _wired(settings, working.worker_program)
        handler = watched_looks(guarded(program.handle, program.show_crash), program.watch)
        if settings.look_seconds:
            overdue = Overdue(settings.look_seconds, program.show_crash)
            handler = overdue.watched(handler)
            overdue.start()
        inbox = records.inbox(settings)
        # What waited for an answer of the world may have it now: it is looked at again at every start.
        inbox.requeue_waiting()
        if settings.registry_config is not None:
            Watch(settings.registry_config, partial(_new_credentials, program, inbox)).start()
        key = key_file(settings)
        if key is not None and program.renew_key is not None:
            Watch(key, program.renew_key).start()
        if program.keep is not None:
            Refreshing(program.thin, interval=_HOUR, again=_HOUR).start()
        if program.refresh is not None:
            Refreshing(program.refresh).start()
        if settings.sweep_seconds:
            timer = SweepTimer(inbox, settings.worker_id, settings.sweep_seconds)
            Refreshing(timer.begin, settings.sweep_seconds, settings.sweep_seconds).start()
        sweeper = watched_sweeps(guarded_sweeps(partial(program.sweep, into=inbox)), program.watch)
        if program.watch.metrics is not None:
            Refreshing(partial(program.tick, inbox), _TICK, _TICK).start()
        run_worker(settings.database_url.reveal(), settings.worker_id, handler, sweeper)
        program.watch.close()


def _wired(settings: Settings, wire: Callable[[Settings], _T]) -> _T:
    """Wire a program; when a file that the settings name is wrong, say all that are."""
    from app.bootstrap.checking import refuse_wrong_files  # noqa: PLC0415 - slow

    try:
        return wire(settings)
    except Error:
        refuse_wrong_files(settings)
        raise


def _beside(settings: Settings, *, has_worker: bool) -> None:
    """Start the process that answers with metrics, where they are wanted and no other process has started it."""
    from app.bootstrap import metering  # noqa: PLC0415 - slow
    from app.worker import companion  # noqa: PLC0415 - slow

    door = metering.metered(settings, has_worker=has_worker)
    if door is not None:
        companion(door)


def _started_alike(command: str) -> list[str]:
    """Return how this very program runs another command: an `app` in the working folder must not be taken for it."""
    return [sys.executable, *sys.orig_argv[1:-1], command]


def _register_first(settings: Settings) -> None:
    """Serve the setup pages while no App is registered, then start this process anew; else do nothing.

    Raises `SettingsError` when no registration could be kept.
    """
    if not settings.untouched:
        return
    from app.bootstrap import logs  # noqa: PLC0415 - slow
    from app.web.setup import run_setup, start_anew  # noqa: PLC0415 - slow

    logs.to_standard_error(settings)
    server = os.getpid()
    try:
        run_setup(settings, _say_on_terminal)
    except SystemExit:
        # The serving process, a fork, ends by the same exception and through the same lines.
        if os.getpid() == server and read_settings().registered:
            start_anew()
        raise


def _say_on_terminal(sentence: str) -> None:
    """Say it where a person looks who started this by hand; the log has it in any case."""
    if sys.stdout.isatty():
        click.echo(f"\n  {sentence}\n")


def _new_credentials(program: WorkerProgram, inbox: WorkInbox) -> None:
    """Use the new credentials, and look again at what could not be found out without them."""
    program.reload()
    inbox.requeue_waiting()
