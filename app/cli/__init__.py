"""The terminal: a click command a job, and exit codes that are an interface.

    0 pass · 1 fail · 2 usage, settings or policy file · 3 could not tell

Whatever is not known before a command is chosen is imported by the command, so that `--help` stays quick.
"""

from __future__ import annotations

import click

from app.cli.doctor import doctor
from app.cli.history import history
from app.cli.judging import check, images
from app.cli.ledger import ledger
from app.cli.outcomes import Door
from app.cli.planned import planned
from app.cli.policies import policies
from app.cli.replaying import replay
from app.cli.serving import serve, web, worker
from app.cli.validating import validate
from app.cli.verifying import verify

__all__ = ["main"]


@click.group(cls=Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="assay", message="%(prog)s %(version)s")
def main() -> None:
    """Assay: the security posture of image changes and policy changes, as a gate before the merge.

    Exit codes: 0 pass, 1 fail, 2 usage, settings or policy file, 3 could not tell.
    """


for _command in (
    check,
    doctor,
    images,
    ledger,
    policies,
    history,
    replay,
    verify,
    validate,
    serve,
    web,
    worker,
    *planned(),
):
    main.add_command(_command)
