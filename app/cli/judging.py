"""`check` and `images`: a range of a local repository."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from app.cli.outcomes import CANNOT_TELL, FAIL, PASS, said, settings, with_progress
from app.core.verdict import Outcome

if TYPE_CHECKING:
    from app.core.assessment import Assessment

_repository = click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    show_default=True,
    metavar="DIR",
    help="The git repository.",
)


@click.command()
@_repository
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "json", "sarif"]), default="text", show_default=True
)
@click.option("--strict", is_flag=True, help="REVIEW fails too.")
@click.argument("base")
@click.argument("head")
def check(repo: str, form: str, *, strict: bool, base: str, head: str) -> None:  # noqa: PLR0913 - one an option
    """Review the range BASE..HEAD without GitHub.

    The policy is read from BASE, images are compared from the merge base to HEAD. Who would be needed is listed;
    nobody's approval is known here.

    OK exits 0, REVIEW 0 (with --strict 1), BLOCKED 1, INCOMPLETE 3; observe changes no exit code.
    """
    from app.bootstrap.reviewing import commit_range_job  # noqa: PLC0415 - slow
    from app.jobs.local_range import LocalRange  # noqa: PLC0415 - slow

    with said():
        job = commit_range_job(repo, settings())
        assessment = with_progress("judging", lambda: job.run(LocalRange.of(job.clone, base, head)))
        click.echo(_text(assessment, form), nl=False)
    sys.exit(_code(assessment.outcome, strict=strict))


@click.command()
@_repository
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("base")
@click.argument("head")
def images(repo: str, form: str, base: str, head: str) -> None:
    """List the image changes of the range BASE..HEAD.

    Exits 0, or 3 when a changed file could not be read.
    """
    from app.adapters.git_clone import GitClone  # noqa: PLC0415 - slow
    from app.bootstrap.rendering import renderer  # noqa: PLC0415 - slow
    from app.jobs.changes import read_changes  # noqa: PLC0415 - slow
    from app.jobs.local_range import LocalRange  # noqa: PLC0415 - slow
    from app.render import document, terminal  # noqa: PLC0415 - slow

    with said():
        clone = GitClone(repo)
        judged = LocalRange.of(clone, base, head)
        programs = renderer(settings())
        found = with_progress("reading", lambda: read_changes(clone, judged.files, judged.commits, programs))
    if form == "json":
        text = document.text(document.images(judged.merge_base, judged.head, found.images, found.unjudged))
    else:
        text = terminal.images(found.images, found.unjudged)
    click.echo(text, nl=False)
    sys.exit(CANNOT_TELL if found.unreadable or found.elsewhere else PASS)


def _text(assessment: Assessment, form: str) -> str:
    from app.render import document, sarif, terminal  # noqa: PLC0415 - slow
    from app.render.comment import comment, nothing_to_say  # noqa: PLC0415 - slow

    if form == "json":
        return document.text(document.check(assessment))
    if form == "sarif":
        return document.text(sarif.sarif(assessment))
    if form == "markdown":
        written = comment(assessment) or nothing_to_say(assessment)
        return f"{written.body}\n\n{written.footer}\n"
    return terminal.check(assessment)


def _code(outcome: Outcome, *, strict: bool) -> int:
    codes = {
        Outcome.OK: PASS,
        Outcome.REVIEW: FAIL if strict else PASS,
        Outcome.INCOMPLETE: CANNOT_TELL,
        Outcome.BLOCKED: FAIL,
    }
    return codes[outcome]
