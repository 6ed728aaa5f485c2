"""`ledger`: the records of merges, checked and exported."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from app.cli.outcomes import CANNOT_TELL, FAIL, PASS, USAGE, fail, said, settings
from app.core.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.core.merge_record import Kept

_FOLDER = click.Path(exists=True, file_okay=False)
_FILE = click.Path(exists=True, dir_okay=False)


@click.group()
def ledger() -> None:
    """Check and export the records of merges."""


@ledger.command()
@click.option(
    "--key", "keys", type=_FILE, multiple=True, required=True, metavar="FILE", help="A public key; repeatable."
)
@click.option("--folder", type=_FOLDER, metavar="DIR", help="The records of a folder.")
@click.option("--branch", metavar="NAME", help="The records of a branch of --repo, such as origin/assay/evidence.")
@click.option("--notes", metavar="REF", help="The git notes of --repo, such as refs/notes/assay.")
@click.option("--repo", type=_FOLDER, default=".", show_default=True, metavar="DIR", help="A git repository.")
@click.option(
    "--against", metavar="NAME", help="A branch of --repo: each pull request merged there must have a record."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def verify(  # noqa: PLR0913 - an option each
    *,
    keys: tuple[str, ...],
    folder: str | None,
    branch: str | None,
    notes: str | None,
    repo: str,
    against: str | None,
    form: str,
) -> None:
    """Check that the records of merges are whole: signed, none changed, none missing, each in its place.

    Reads the database (ASSAY_DATABASE_URL) unless --folder, --branch or --notes is given. Nothing is asked of a
    network. What was cut off at the end shows only with --against. Exits 0 when all is whole, 1 when not, 3 when a part
    of the branch could not be read.
    """
    from app.bootstrap import ledgers  # noqa: PLC0415 - slow
    from app.render import document as documents  # noqa: PLC0415 - slow
    from app.render import ledger as shown  # noqa: PLC0415 - slow

    with said():
        found = ledgers.checked(_records(folder, branch, notes, repo), keys, (repo, against) if against else None)
    whole = found.is_whole and not found.gaps
    parts = (found.checked, found.unrecorded, found.gaps)
    if form == "json":
        click.echo(documents.text(shown.document(*parts, whole=whole)), nl=False)
    else:
        click.echo(shown.terminal(*parts, whole=whole), nl=False)
    sys.exit(PASS if whole else CANNOT_TELL if found.is_whole else FAIL)


@ledger.command()
@click.option("--folder", type=_FOLDER, metavar="DIR", help="The records of a folder.")
@click.option("--branch", metavar="NAME", help="The records of a branch of --repo.")
@click.option("--notes", metavar="REF", help="The git notes of --repo, such as refs/notes/assay.")
@click.option("--repo", type=_FOLDER, default=".", show_default=True, metavar="DIR", help="A git repository.")
@click.option("--verdicts", is_flag=True, help="Every verdict of the database instead, with what it was made of.")
def export(  # noqa: PLR0913 - an option each
    *, folder: str | None, branch: str | None, notes: str | None, repo: str, verdicts: bool
) -> None:
    """Print each record of a merge as one line: its signed envelope, as it is kept.

    Reads the database (ASSAY_DATABASE_URL) unless --folder, --branch or --notes is given. With --verdicts it is the
    audit log: one line of JSON for each verdict, oldest first, whether it was merged or not.
    """
    with said():
        if verdicts:
            from app.bootstrap import ledgers  # noqa: PLC0415 - slow

            for record in ledgers.verdicts(settings()):
                click.echo(json.dumps(record, ensure_ascii=False))
            return
        for name, envelope in _records(folder, branch, notes, repo):
            if isinstance(envelope, Unreadable):
                fail(f"record {name} {envelope}", CANNOT_TELL)
            click.echo(envelope.strip())


def _records(folder: str | None, branch: str | None, notes: str | None, repo: str) -> Iterator[Kept]:
    from app.bootstrap import ledgers  # noqa: PLC0415 - slow

    if sum(one is not None for one in (folder, branch, notes)) > 1:
        fail("give one of --folder, --branch and --notes", USAGE)
    if folder is not None:
        return ledgers.of_folder(folder)
    if notes is not None:
        return ledgers.of_notes(repo, notes)
    return ledgers.of_database(settings()) if branch is None else ledgers.of_branch(repo, branch)
