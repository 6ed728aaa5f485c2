"""The review of a range of a local repository."""

from __future__ import annotations

from app.adapters.git_clone import GitClone
from app.adapters.github import Connection, GitHubAttestations
from app.bootstrap.clock import now
from app.bootstrap.floor import operator_floor
from app.bootstrap.proving import exploit_lists, verifier
from app.bootstrap.registries import registries
from app.bootstrap.rendering import renderer
from app.bootstrap.terminal import terminal_audience
from app.bootstrap.ways import way_out
from app.jobs.assess import Assessor
from app.jobs.commit_range import CommitRangeJob
from app.jobs.search import Beyond
from app.settings import Settings


def commit_range_job(folder: str, settings: Settings) -> CommitRangeJob:
    """Wire the review of a local range."""
    # At the terminal there is no App: GitHub is asked as everybody.
    beyond = Beyond(
        GitHubAttestations(Connection.to(settings.github_url, settings.bundle_hosts, way_out(settings))),
        settings.mirrors,
    )
    assessor = Assessor(registries(settings, terminal=True), verifier(settings), beyond, exploit_lists(settings))
    return CommitRangeJob(
        GitClone(folder), assessor, now, terminal_audience(), renderer(settings), operator_floor(settings)
    )
