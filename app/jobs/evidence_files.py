"""Evidence files of a pull request: those that it brings are held against what we would write, and ours are proposed.

Nothing here changes a verdict that is shown, and no verdict rests on what such a file says.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from app.core.assessment import AssessedChange, Assessment, PolicyIdentity
from app.core.errors import Owed, Unavailable
from app.core.evidence_file import (
    FILE,
    LARGEST,
    MOST_FILES,
    SUFFIX,
    HeadBranch,
    Proposal,
    forbids,
    is_blob,
    is_evidence_file,
    is_settled,
    obstacle,
    occupied,
    too_much,
    unfit,
)
from app.core.inventory import UnreadablePlace
from app.core.pull_request import PullRequest, PullRequestRef
from app.core.tree import ChangedFile
from app.jobs.changes import told
from app.jobs.ports import PullRequestPage
from app.policy import Policy
from app.render.evidence_file import evidence_files, manifests, message

_log = logging.getLogger(__name__)

_NONE: Final = "no evidence file is proposed"
_TOO_MANY: Final = "there are too many manifests"
NOT_OURS: Final = "it is named as an evidence file, and is not what Assay would write"


def not_ours(
    files: Iterable[ChangedFile], changes: Iterable[AssessedChange], policy: PolicyIdentity, none_because: str = ""
) -> tuple[UnreadablePlace, ...]:
    """Return the changed evidence files that do not hold what we would write: nobody vouches for what they say.

    `none_because`: that none is written any more, and why, as `EvidenceFiles.said_of` says it.

    Also where none are proposed: they are passed over as manifests, and something else may take one all the same.
    They are not read, but told apart by git's id; of more than we would ever write, none is ours.
    """
    named = {path: file for file in files if (path := file.head_path) is not None and is_evidence_file(path)}
    wanted = {path[: -len(SUFFIX)] for path in named} if len(named) <= MOST_FILES else set()
    ours = evidence_files(changes, policy, wanted) if wanted else {}
    strange = (path for path, file in named.items() if path not in ours or not _holds(file, ours[path]))
    said = f"{NOT_OURS} ({none_because})" if none_because else NOT_OURS
    return told(UnreadablePlace(path, 0, said, elsewhere=True) for path in strange)


class Branches(Protocol):
    """The branches that pull requests come from; both methods raise `Unavailable`."""

    def of(self, pull: PullRequest) -> HeadBranch:
        """Read the branch as it stands now."""
        ...

    def commit(self, pull: PullRequest, proposal: Proposal) -> bool:
        """Commit on top of the head that was judged; false, and nothing is done, where the branch stands elsewhere."""
        ...


@dataclass(frozen=True, slots=True)
class EvidenceFiles:
    """Proposes evidence files in the repositories of `wanted`: `owner/name` or `owner/*`, in lower case."""

    branches: Branches
    wanted: frozenset[str]

    def covers(self, ref: PullRequestRef) -> bool:
        """Say whether the operator wants files in a repository."""
        owner, name = ref.owner.lower(), ref.name.lower()
        return not self.wanted.isdisjoint({f"{owner}/{name}", f"{owner}/*"})

    def said_of(self, pull: PullRequest, changes: Iterable[AssessedChange], policy: PolicyIdentity) -> str:
        """Say in a clause that no evidence file is proposed, and why, as far as the pull request itself tells.

        Empty where none is wanted or lacking, and where one may be: what of the branch forbids it is asked only then.
        """
        assessed = tuple(changes)
        changed = {file.head_path: file for file in pull.files}
        wanted = manifests(assessed) & changed.keys() if self.covers(pull.ref) else set()
        if len(wanted) > MOST_FILES:
            return f"{_NONE}: {_TOO_MANY}"
        texts = evidence_files(assessed, policy, wanted) if wanted else {}
        lacking = any(path not in changed or not _holds(changed[path], text) for path, text in texts.items())
        why = forbids(pull) if lacking else ""
        return f"{_NONE}: {why}" if why else ""

    def propose(self, page: PullRequestPage, pull: PullRequest, policy: Policy, assessment: Assessment) -> None:
        """Commit what the judged head lacks of evidence files; what forbids it is a line of the log.

        Raises `Owed` when GitHub does not answer, or it is not our turn to write: another look does it. Raises
        `Unavailable` when waiting does not help.
        """
        if not self.covers(pull.ref) or not is_settled(assessment):
            return
        try:
            self._propose(page, pull, policy, assessment)
        except Unavailable as failure:
            if failure.permanent:
                raise
            raise Owed.of(failure) from failure

    def _propose(self, page: PullRequestPage, pull: PullRequest, policy: Policy, assessment: Assessment) -> None:
        changed = manifests(assessment.changes) & {file.head_path for file in pull.files}
        if len(changed) > MOST_FILES:
            _log.info("%s: %s", _NONE, _TOO_MANY)
            return
        whole = evidence_files(assessment.changes, assessment.policy, changed)
        texts = {path: text for path, text in whole.items() if _allowed(path, text, policy)}
        lacking = _lacking(page, pull, texts)
        if not lacking:
            return
        why = forbids(pull) or too_much(texts[path] for path in lacking)
        branch = None if why else self.branches.of(pull)
        why = why or ("" if branch is None else obstacle(pull, branch))
        if branch is None or why:
            _log.info("%s: %s", _NONE, why)
            return
        files = {path: texts[path] for path in _free(page, pull, lacking)}
        if files:
            self._commit(pull, Proposal(branch.name, files, *message(pull.head, assessment.policy)))

    def _commit(self, pull: PullRequest, proposal: Proposal) -> None:
        if self.branches.commit(pull, proposal):
            _log.info("proposed %d evidence files", len(proposal.files))
        else:
            _log.info("no evidence file is proposed: the branch moved meanwhile")


def _allowed(path: str, text: str, policy: Policy) -> bool:
    why = unfit(path) or ("it would be too large" if len(text.encode()) > LARGEST else "")
    if not why and policy.governs(path):
        why = "the policy asks for reviewers there"
    if why:
        _log.info("no evidence file at %r: %s", path, why)
    return not why


def _lacking(page: PullRequestPage, pull: PullRequest, texts: Mapping[str, str]) -> Mapping[str, str | None]:
    """Return what stands at the judged head, mode and git id, wherever that is not what should; `None` for nothing."""
    objects = page.objects((pull.head, path) for path in texts) if texts else {}
    known = {path: objects[place] for path in texts if (place := (pull.head, path)) in objects}
    return {path: found for path, found in known.items() if found is None or not _is(found, texts[path])}


def _free(page: PullRequestPage, pull: PullRequest, lacking: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the paths at which a file can be put; what stands in the way of another is a line of the log."""
    folders = sorted({path.rpartition("/")[0] for path in lacking})
    listings = {folder: page.list(pull.head, folder) for folder in folders}
    free = []
    for path, standing in lacking.items():
        listing = listings[path.rpartition("/")[0]]
        why = occupied(path, standing, listing.paths) if listing.whole else "its folder is too large to be listed"
        if why:
            _log.info("no evidence file at %r: %s", path, why)
        else:
            free.append(path)
    return tuple(free)


def _is(standing: str, text: str) -> bool:
    """Say whether a plain file with this text stands there."""
    mode, _, oid = standing.partition(" ")
    return mode == FILE and is_blob(oid, text)


def _holds(file: ChangedFile, text: str) -> bool:
    return file.mode in (None, FILE) and is_blob(file.after, text)
