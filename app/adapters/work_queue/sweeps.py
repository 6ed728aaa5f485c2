"""Sweeps as they lie in the queue: how they are named and written down."""

from __future__ import annotations

import hashlib
import json
from typing import NotRequired, TypedDict

from app.core.pull_request import CommitStatus, StatusState
from app.core.sweep import Reach, RepositoryRef, Sweep

SWEEPS = "sweeps"
SWEEP = "sweep"


class SweepWire(TypedDict):
    """A sweep as JSON; `name` identifies it among all: the same one is done once.

    Rows of an older version lack what is not required. `attempt` counts how often GitHub did not answer it.
    """

    name: str
    installation: int | None
    repository: list[int | str] | None
    reach: str
    base_ref: str | None
    head: str | None
    said: list[str] | None
    default_branch: NotRequired[bool]
    attempt: NotRequired[int]


def sweep_wire(sweep: Sweep, name: str) -> SweepWire:
    """Write a sweep down; when it is to begin is the row's, not the sweep's."""
    repository, said = sweep.repository, sweep.said
    return SweepWire(
        name=name,
        installation=sweep.installation,
        repository=None if repository is None else [repository.id, repository.owner, repository.name],
        reach=sweep.reach.value,
        base_ref=sweep.base_ref,
        head=sweep.head,
        said=None if said is None else [said.context, said.state.value, said.description],
        default_branch=sweep.default_branch,
    )


def sweep_of(written: SweepWire) -> Sweep:
    """Read what `sweep_wire` wrote."""
    where, said = written["repository"], written["said"]
    return Sweep(
        installation=written["installation"],
        repository=None
        if where is None
        else RepositoryRef(written["installation"] or 0, int(where[0]), str(where[1]), str(where[2])),
        reach=Reach(written["reach"]),
        base_ref=written["base_ref"],
        head=written["head"],
        said=None if said is None else CommitStatus(said[0], StatusState(said[1]), said[2]),
        # Where a row does not say, its branch must be taken for one that is merged into.
        default_branch=written.get("default_branch", True),
    )


def sweep_prefix(sweep: Sweep) -> str:
    """Say what the names of all sweeps over the same pull requests begin with: of those that wait, one is enough."""
    scope = json.dumps(sweep_wire(sweep, ""), sort_keys=True)
    return f"{SWEEP}/{hashlib.sha256(scope.encode()).hexdigest()[:32]}/"


def partition(sweep: Sweep) -> str:
    """Name what sweeps are done one after the other for: an installation, or the whole."""
    return "all" if sweep.installation is None else str(sweep.installation)
