"""Trusted roots that are refreshed while the worker runs: what TUF proved counts from the next look on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.fresh_roots import FreshRoots, Refreshment
from app.adapters.kept_roots import TufSource
from app.adapters.sigstore_verifier import NamedRoot, check_root
from app.adapters.tuf_refresh import TufRefresh
from app.bootstrap.clock import now
from app.jobs.pull_request import PullRequestJob
from tests.e2e.conftest import IMAGES, World
from tests.fakes.sigstore import PrivateSigstore
from tests.fakes.tuf import TufRepository


def _with(job: PullRequestJob, roots: FreshRoots) -> PullRequestJob:
    return replace(job, assessor=replace(job.assessor, verifier=roots))


@pytest.fixture
def fresh(world: World, tmp_path: Path) -> Iterator[TufRepository]:
    """A worker that starts from an old root, and a TUF repository with the root under which images are signed."""
    with TufRepository(world.desk.sigstore.trusted_root_json()) as repository:
        refreshment = Refreshment(
            (TufSource("own", repository.url, repository.bootstrap),), TufRefresh(tmp_path, now, check_root)
        )
        old = NamedRoot("own", PrivateSigstore("old", now=world.desk.now).trusted_root_json())
        roots = FreshRoots((old,), now, refreshment)
        program = world.desk.program
        world.desk.program = replace(
            program, job=_with(program.job, roots), recheck=_with(program.recheck, roots), refresh=roots.refresh
        )
        yield repository


def _look(world: World, branch: str) -> str:
    """Run an image that the release workflow signed, and return the state of the images' status."""
    pull = world.bump(world.image()[0], branch=branch)
    world.desk.work()
    return world.desk.states(pull)[IMAGES]


def _refresh(world: World) -> bool:
    assert world.desk.program.refresh is not None
    return world.desk.program.refresh()


@pytest.mark.usefixtures("fresh")
def test_a_refreshed_root_counts_from_the_next_look_on(world: World) -> None:
    world.under_policy()
    assert (_look(world, "before"), _refresh(world), _look(world, "after")) == ("failure", True, "success")


def test_at_030_a_refresh_that_is_refused_leaves_the_root_that_was_in_force(world: World, fresh: TufRepository) -> None:
    fresh.publish(world.desk.sigstore.trusted_root_json(), signed_by="root")
    world.under_policy()
    assert (_refresh(world), _look(world, "after")) == (False, "failure")


def test_a_look_asks_no_source_of_roots(world: World, fresh: TufRepository) -> None:
    world.under_policy()
    _look(world, "bump")
    assert fresh.answers.seen == []


def test_what_is_refreshed_is_what_looks_and_rechecks_verify_with(world: World, tmp_path: Path) -> None:
    world.desk.open({"ASSAY_TUF": "on", "ASSAY_TUF_DIR": str(tmp_path)})
    program = world.desk.program
    verifiers = (program.job.assessor.verifier, program.recheck.assessor.verifier)
    assert [isinstance(one, FreshRoots) and one.refresh == program.refresh for one in verifiers] == [True, True]


def test_nothing_is_refreshed_unless_the_operator_wants_it(world: World) -> None:
    assert world.desk.program.refresh is None
