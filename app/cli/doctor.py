"""`doctor`: whether the installation is right, and what to do where it is not."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import click

from app.cli.outcomes import CANNOT_TELL, FAIL, PASS, registered_settings, said
from app.core.diagnosis import Health, worst

if TYPE_CHECKING:
    from app.core.diagnosis import Diagnosis

_CODES: Final = {Health.FINE: PASS, Health.LOOK: PASS, Health.UNKNOWN: CANNOT_TELL, Health.WRONG: FAIL}


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def doctor(form: str) -> None:
    """Look at the whole installation: settings, files, database, GitHub App, webhook, installations, gates, registries.

    Run it with the environment of the server. Exits 0 when nothing is wrong, 1 when something is, 3 when something
    could not be told.
    """
    from app.bootstrap.doctoring import diagnose  # noqa: PLC0415 - slow
    from app.render import doctor as shown  # noqa: PLC0415 - slow
    from app.render import document as documents  # noqa: PLC0415 - slow

    with said():
        settings = registered_settings()
    kept: list[Diagnosis] = []
    if form == "json":
        kept.extend(diagnose(settings))
        click.echo(documents.text(shown.document(kept)), nl=False)
    else:
        for line in shown.terminal(_keeping(diagnose(settings), kept)):
            click.echo(line, nl=False)
    sys.exit(_CODES[worst(kept)])


def _keeping(found: Iterable[Diagnosis], kept: list[Diagnosis]) -> Iterator[Diagnosis]:
    for one in found:
        kept.append(one)
        yield one
