"""`policies`: what a range of a local repository does to the policies in it."""

from __future__ import annotations

import sys

import click

from app.cli.outcomes import CANNOT_TELL, PASS, said, with_progress


@click.command()
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    show_default=True,
    metavar="DIR",
    help="The git repository.",
)
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.argument("base")
@click.argument("head")
def policies(repo: str, form: str, base: str, head: str) -> None:
    """List the policy changes of the range BASE..HEAD with their effect.

    Each edit is weaker, stronger, neutral, or cannot tell. Exits 0, or 3 when a changed file that may hold policies
    could not be read.
    """
    from app.adapters.git_clone import GitClone  # noqa: PLC0415 - slow
    from app.jobs.local_range import LocalRange  # noqa: PLC0415 - slow
    from app.jobs.own_edits import Ours, read_own_edits  # noqa: PLC0415 - slow
    from app.jobs.policy_edits import read_edits  # noqa: PLC0415 - slow
    from app.render import document, policy_edits  # noqa: PLC0415 - slow

    with said():
        clone = GitClone(repo)
        judged = LocalRange.of(clone, base, head)
        edits = with_progress("reading", lambda: read_edits(clone, judged.files, judged.commits))
        edits += read_own_edits(clone, judged.files, judged.commits, Ours.at(clone, judged.base))
    if form == "json":
        text = document.text(document.policies(*judged.commits, edits))
    else:
        text = policy_edits.markdown(edits) if form == "markdown" else policy_edits.terminal(edits)
    click.echo(text, nl=False)
    sys.exit(CANNOT_TELL if any(edit.unread for edit in edits) else PASS)
