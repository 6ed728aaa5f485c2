"""Evidence files: what is known of a manifest's images, proposed beside it in the pull request that bumps them.

Nothing is ever decided by what such a file says: in a pull request it is its author's. Here stand its name, and what
forbids to write one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.assessment import Assessment, Standing
from app.core.globs import folded
from app.core.pull_request import Person, PullRequest, PullRequestState, Pushers, ReviewState
from app.core.tree import blob_id
from app.core.verdict import Outcome

SCHEMA: Final = "assay.evidence-file/v1"
SUFFIX: Final = ".assay.json"
KEYS: Final = frozenset({"schema", "argocd", "policy", "images"})
"""The keys of a file; none of them makes it a manifest of anything."""

MOST_COMMITS: Final = 5
"""Commits of ours in one pull request, and pushes of ours to one branch in a day."""

MOST_FILES: Final = 50
"""Files that are written, or held against what we would write, in one look."""

LARGEST: Final = 128 * 1024
"""Bytes of one file."""

LARGEST_COMMIT: Final = 1024 * 1024
"""Bytes of all files of one commit."""

_LONGEST_NAME: Final = 255
FILE: Final = "100644"
_WEB: Final = "web-flow"  # the committer of what GitHub commits for others
_KEPT_APART: Final = frozenset({"dependabot", "copilot-swe-agent", "copilot", "github-actions"})
"""Authors whose workflows GitHub runs without secrets, after somebody's word, or not at all."""


def beside(manifest: str) -> str:
    """Name the evidence file of a manifest: the whole name stays in it, so that no two have the same."""
    return f"{manifest}{SUFFIX}"


def is_evidence_file(path: str) -> bool:
    """Say whether a path is named as an evidence file; the case of letters does not hide one."""
    return folded(path).endswith(SUFFIX)


def is_blob(oid: str | None, text: str) -> bool:
    """Say whether git's id of a file, in either hash, is that of a file with this text; `None` is that of none."""
    return oid is not None and oid == blob_id(text.encode(), oid)


def unfit(path: str) -> str:
    """Say in a clause why nothing is written at a path, whatever stands there; empty when it may be."""
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or {"", ".", ".."}.intersection(parts):
        return "its name is no plain path"
    if {".git", ".github"}.intersection(map(folded, parts)):
        return "it lies below .git or .github"
    if len(parts[-1].encode()) > _LONGEST_NAME:
        return "its name would be too long"
    return ""


def occupied(path: str, standing: str | None, listed: Iterable[str]) -> str:
    """Say in a clause why a file cannot be put at a path, by what stands there (mode and git id) and in its folder.

    Written is only over nothing or a plain file: a link, a submodule and a folder stay. A name that differs in case
    only would be the same file for some file systems.
    """
    if standing is not None and standing.partition(" ")[0] != FILE:
        return "what stands there is no plain file"
    wanted = folded(path)
    alike = (one for one in listed if one != path and f"{folded(one)}/".startswith(f"{wanted}/"))
    other = next(alike, None)
    return "" if other is None else f"{other} would be the same file for some file systems"


@dataclass(frozen=True, slots=True)
class HeadBranch:
    """The branch that a pull request comes from, as it stands now.

    `tip` is `None` when it is gone, and `name` is empty. `guarded` says in a clause why nobody should push to it
    besides its author (it is the default branch, it has rules, another pull request needs it); empty when nothing does.
    `pushers` are those who pushed what is in the pull request, `ours` the pushes that we made to it within a day, `us`
    our login.
    """

    name: str
    tip: str | None
    guarded: str
    pushers: Pushers
    ours: int
    us: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A commit to the branch of a pull request: these files with these texts, as headline and body say."""

    branch: str
    files: Mapping[str, str]
    headline: str
    body: str


def forbids(pull: PullRequest) -> str:
    """Say in a clause why nothing may be committed to a pull request; empty when its branch is worth asking about."""
    reasons = (
        (pull.state is not PullRequestState.OPEN, "it is not open"),
        (pull.from_fork, "it comes from a fork"),
        (pull.draft, "it is a draft"),
        (bool(pull.incomplete), "it could not be read whole"),
        (_is_kept_apart(pull.author), "GitHub keeps its author's workflows apart, and would run ours with all rights"),
        (any(one.state is ReviewState.APPROVED for one in pull.reviews), "somebody approved it"),
    )
    return next((why for holds, why in reasons if holds), "")


def too_much(texts: Iterable[str]) -> str:
    """Say in a clause why so much is not written at once; empty when it may be."""
    return "there is too much to write" if sum(len(text.encode()) for text in texts) > LARGEST_COMMIT else ""


def obstacle(pull: PullRequest, branch: HeadBranch) -> str:
    """Say in a clause why nothing may be committed to the branch of a pull request; empty when it may be.

    Where somebody else than the author has a part in it, a push of ours on top could free that person to approve:
    GitHub can ask that whoever pushed last does not. The author can approve nothing, so nothing is gained.
    """
    author, us = pull.author, branch.us
    if branch.tip != pull.head:
        return "its branch moved, or is gone"
    if branch.guarded:
        return branch.guarded
    if author is None or any(commit.unattributed for commit in pull.commits):
        return "it is not known who wrote all of it"
    if branch.pushers.unknown:
        return f"it is not known who pushed all of it: {branch.pushers.unknown}"
    wrote = [person for commit in pull.commits for person in commit.people]
    others = [one for one in (*wrote, *branch.pushers.people) if one.id != author.id and not _is_hidden(one, us)]
    if others:
        return f"{others[0].login} has a part in it beside its author"
    ours = sum(any(_is_us(person, us) for person in commit.people) for commit in pull.commits)
    return "it holds enough commits of ours" if max(ours, branch.ours) >= MOST_COMMITS else ""


def _is_kept_apart(author: Person | None) -> bool:
    """Say whether a push of ours would give the change's own code what GitHub withholds from it.

    GitHub goes by who pushed last: what Dependabot proposed would be built with the repository's secrets.
    """
    return author is not None and author.login.lower().removesuffix("[bot]") in _KEPT_APART


def _is_us(person: Person, us: str) -> bool:
    return person.bot and person.login.lower() == us.lower()


def _is_hidden(person: Person, us: str) -> bool:
    """Say whether an account is no party of its own: we, and what stands for GitHub in commits that it makes."""
    return _is_us(person, us) or person.login.lower() == _WEB


def is_settled(assessment: Assessment) -> bool:
    """Say whether what is known of the images may be written down: it lets the change merge, and everybody answered."""
    lets = assessment.standing is Standing.IN_FORCE and assessment.effective <= Outcome.REVIEW
    new = [change.after for change in assessment.changes if change.change.after is not None]
    known = all(
        one is not None and one.evidence.digest is not None and not (one.evidence.failed or one.evidence.unanswered)
        for one in new
    )
    return lets and known and not assessment.waits_for_the_world
