"""`replay`: what another policy would have said to the past changes of a local repository."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import click

from app.cli.outcomes import CANNOT_TELL, FAIL, PASS, USAGE, said, settings, with_progress

if TYPE_CHECKING:
    from app.core.errors import PolicyError
    from app.render.replay import Replay

MOST_REPLAYED: Final = 500
"""Commits that are judged at most: each may ask registries about two hundred images."""


@click.command()
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    show_default=True,
    metavar="DIR",
    help="The git repository.",
)
@click.option(
    "--last",
    type=click.IntRange(1, MOST_REPLAYED),
    default=20,
    show_default=True,
    metavar="N",
    help="How many commits.",
)
@click.option("--branch", default="HEAD", show_default=True, help="Whose commits, and the policy in force.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.argument("policy", required=False, type=click.Path(dir_okay=False))
def replay(repo: str, last: int, branch: str, form: str, policy: str | None) -> None:  # noqa: PLR0913, PLR0917 - one an option
    """Say what POLICY would have said to the last N commits that changed images.

    Each commit is judged against its first parent, once by the policy at the tip of BRANCH and once by the policy file
    POLICY (the working tree's .github/assay.yml when not given). Evidence is today's, reviews are not replayed.

    Exits 0 without a difference, 1 with one, 2 when a policy file is broken, 3 when it could not be told.
    """
    from app.bootstrap.replaying import ProposedPolicy, replay_job  # noqa: PLC0415 - slow
    from app.jobs.replay import Wanted  # noqa: PLC0415 - slow
    from app.render.document import text  # noqa: PLC0415 - slow
    from app.render.replay import replay_document, terminal  # noqa: PLC0415 - slow

    with said():
        proposed = ProposedPolicy.of(policy, repo)
        job = replay_job(repo, proposed, settings())
        wanted = Wanted(branch, last, proposed.name)
        _stop_at(job.faults(wanted))
        found = with_progress("judging", lambda: job.run(wanted))
        click.echo(text(replay_document(found)) if form == "json" else terminal(found), nl=False)
    sys.exit(_code(found))


def _stop_at(faults: tuple[PolicyError, ...]) -> None:
    from app.render.plain import visible  # noqa: PLC0415 - slow

    for one in faults:
        click.echo(f"assay: {visible(str(one))}", err=True)
    if faults:
        sys.exit(USAGE)


def _code(found: Replay) -> int:
    if found.differs:
        return FAIL
    return CANNOT_TELL if found.undecided else PASS
