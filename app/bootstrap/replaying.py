"""The replay of past changes of a local repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.adapters.git_clone import GitClone
from app.adapters.working_tree import WorkingTree
from app.bootstrap.reviewing import commit_range_job
from app.jobs.replay import ReplayJob
from app.policy import PATH
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class ProposedPolicy:
    """A policy file on this machine; `name` is what the person calls it, `root` where its keys and waivers lie."""

    name: str
    file: Path
    root: Path

    @classmethod
    def of(cls, name: str | None, repository: str) -> ProposedPolicy:
        """Find a file: one in a `.github` folder has its keys and waivers beside it, any other in the working tree.

        Without a name it is the working tree's own; raises `Unavailable` when there is no working tree to look in.
        """
        if name is not None:
            file = Path(name).absolute()
            if file.parent.name == ".github":
                return cls(name, file, file.parent.parent)
            return cls(name, file, Path(GitClone(repository).top()))
        root = Path(GitClone(repository).top())
        return cls(PATH, root / PATH, root)


def replay_job(folder: str, policy: ProposedPolicy, settings: Settings) -> ReplayJob:
    """Wire the replay of a local repository."""
    # The same adapters as of `assay check`: what differs is only which ranges are judged, and by which policies.
    check = commit_range_job(folder, settings)
    tree = WorkingTree(policy.root, {PATH: policy.file})
    return ReplayJob(
        GitClone(folder),
        tree,
        check.assessor,
        check.clock,
        check.audience,
        check.renderer,
        operator_floor=check.operator_floor,
    )
