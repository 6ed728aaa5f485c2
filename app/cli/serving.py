"""`serve`, `web` and `worker`: the processes that run until a signal ends them."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from app.cli.outcomes import said
from app.cli.outcomes import settings as read_settings

if TYPE_CHECKING:
    from app.adapters.work_queue import WorkInbox
    from app.bootstrap.working import WorkerProgram


@click.command()
def serve() -> None:
    """Run web and worker on this machine until a signal ends both; a child that ends is started again."""
    from app.bootstrap import logs, records  # noqa: PLC0415 - slow
    from app.worker import supervise  # noqa: PLC0415 - slow

    with said():
        settings = read_settings()
        settings.app()
        logs.to_standard_error(settings)
        records.make_tables(settings)
    supervise({name: [sys.executable, "-m", "app", name] for name in ("web", "worker")})


@click.command()
@click.option("--migrate-only", is_flag=True, help="Make the database's tables or bring them forward, and end.")
def web(*, migrate_only: bool) -> None:
    """Receive webhooks; `worker` does what they ask for."""
    from app.bootstrap import logs, records  # noqa: PLC0415 - slow
    from app.web.program import run  # noqa: PLC0415 - slow

    with said():
        settings = read_settings()
        logs.to_standard_error(settings)
        records.make_tables(settings)
        if not migrate_only:
            run(settings)


@click.command()
def worker() -> None:
    """Judge what `web` received."""
    from app.bootstrap import logs, records, working  # noqa: PLC0415 - slow
    from app.bootstrap.sweeping import SweepTimer  # noqa: PLC0415 - slow
    from app.worker import Refreshing, Watch, guarded, guarded_sweeps, run_worker  # noqa: PLC0415 - slow

    with said():
        settings = read_settings()
        logs.to_standard_error(settings)
        records.make_tables(settings)
        program = working.worker_program(settings)
        handler = guarded(program.handle, program.show_crash)
        inbox = records.inbox(settings)
        # What waited for an answer of the world may have it now: it is looked at again at every start.
        inbox.requeue_waiting()
        if settings.registry_config is not None:
            Watch(settings.registry_config, partial(_new_credentials, program, inbox)).start()
        if program.refresh is not None:
            Refreshing(program.refresh).start()
        if settings.sweep_seconds:
            timer = SweepTimer(inbox, settings.worker_id, settings.sweep_seconds)
            Refreshing(timer.begin, settings.sweep_seconds, settings.sweep_seconds).start()
        sweeper = guarded_sweeps(partial(program.sweep, into=inbox))
        run_worker(settings.database_url.reveal(), settings.worker_id, handler, sweeper)


def _new_credentials(program: WorkerProgram, inbox: WorkInbox) -> None:
    """Use the new credentials, and look again at what could not be found out without them."""
    program.reload()
    inbox.requeue_waiting()
