"""Two commits of a source → what a change does to our own policy."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from app.core.policy_edit import PolicyEdit
from app.core.tree import ChangedFile
from app.jobs.policy_texts import read_keys
from app.jobs.ports import Source
from app.policy import PATH, Policy, effect
from app.policy.waivers import TRIVYIGNORE, is_waiver

FLOOR_REPOSITORY = ".github"
FLOOR_FILE = "assay.yml"


@dataclass(frozen=True, slots=True)
class Ours:
    """What of a repository is our own policy: the files besides itself that the policy in force names (`governed`).

    `holds_floor`: it is the owner's repository that holds the floor.
    """

    governed: Container[str] = ()
    holds_floor: bool = False

    @classmethod
    def at(cls, source: Source, commit: str) -> Ours:
        """Return what the policy at a commit names."""
        policy = source.read(commit, (PATH,)).get(PATH)
        return cls(Policy.needs(None if policy is None else policy.text))


def read_own_edits(
    source: Source, files: Sequence[ChangedFile], commits: tuple[str, str], ours: Ours
) -> tuple[PolicyEdit, ...]:
    """Compare our own policy at both `commits` (merge base, head): the file, its keys, waivers, and a floor.

    Nothing is read where the change touches none of these.
    """
    touched = {path for file in files for path in file.paths}
    found = _floor(source, commits) if ours.holds_floor and FLOOR_FILE in touched else ()
    if not any(path in (PATH, TRIVYIGNORE) or path in ours.governed or is_waiver(path) for path in touched):
        return found
    base, head = commits
    before = _texts(source, base, {file.base_path for file in files})
    return (*found, *effect.compare(before, _texts(source, head, {file.head_path for file in files})))


def _floor(source: Source, commits: tuple[str, str]) -> tuple[PolicyEdit, ...]:
    sides = (source.read(commit, (FLOOR_FILE,)).get(FLOOR_FILE) for commit in commits)
    before, after = (effect.PolicyTexts(file, floor=True) for file in sides)
    return effect.compare(before, after)


def _texts(source: Source, commit: str, changed: Iterable[str | None]) -> effect.PolicyTexts:
    waivers = sorted({path for path in changed if path is not None and is_waiver(path)})
    read = source.read(commit, (PATH, TRIVYIGNORE, *waivers))
    policy = read.get(PATH)
    return effect.PolicyTexts(
        policy=policy,
        keys=read_keys(source, commit, None if policy is None else policy.text),
        waivers=tuple(read[path] for path in waivers if path in read),
        trivyignore=read.get(TRIVYIGNORE),
    )
