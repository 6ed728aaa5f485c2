"""Proposing evidence files: what is committed, and what keeps it from being so."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from app.core.errors import NotYet, Owed, Unavailable
from app.core.evidence_file import MOST_FILES, HeadBranch, Proposal
from app.core.inventory import UnreadablePlace
from app.core.posture import Better, Measure
from app.core.pull_request import Objects, Person, Place, PullRequest, PullRequestRef, PullRequestState, Pushers
from app.core.tree import ChangedFile, FileStatus, Listing
from app.jobs.evidence_files import NOT_OURS, EvidenceFiles, not_ours
from app.jobs.ports import PullRequestPage
from app.render.evidence_file import evidence_files, manifests
from tests.policy.samples import policy
from tests.render.samples import SLSA, all_clear

CLEAR = all_clear()
WHOLE = evidence_files(CLEAR.changes, CLEAR.policy, manifests(CLEAR.changes))
MANIFESTS = [path.removesuffix(".assay.json") for path in WHOLE]
AUTHOR = Person(7, "dana")
PULL = PullRequest(
    ref=PullRequestRef(1, 2, "Acme", "GitOps", 5),
    title="",
    author=AUTHOR,
    state=PullRequestState.OPEN,
    draft=False,
    base_ref="main",
    base_tip="b" * 40,
    merge_base="b" * 40,
    head="a" * 40,
    head_repository_id=2,
    private=True,
    files=tuple(ChangedFile(path, FileStatus.MODIFIED) for path in MANIFESTS),
    commits=(),
    reviews=(),
)
BRANCH = HeadBranch("bump", "a" * 40, "", Pushers((AUTHOR,)), 0, "assay[bot]")
POLICY = policy("version: 1\n")


@dataclass
class Shelf:
    """A pull request's head: what stands where, and what its folders list."""

    standing: dict[str, str | None] = field(default_factory=dict)
    unread: bool = False
    whole: bool = True

    def objects(self, places: Iterable[Place]) -> Objects:
        return {} if self.unread else {place: self.standing.get(place[1]) for place in places}

    def list(self, commit: str, folder: str) -> Listing:
        return Listing((), self.whole)


@dataclass
class Branches:
    """A branch that takes what it is given, or has moved."""

    branch: HeadBranch = BRANCH
    moved: bool = False
    made: list[Proposal] = field(default_factory=list)
    asked: int = 0

    def of(self, pull: PullRequest) -> HeadBranch:
        self.asked += 1
        return self.branch

    def commit(self, pull: PullRequest, proposal: Proposal) -> bool:
        self.made.append(proposal)
        return not self.moved


def propose(
    shelf: Shelf, branches: Branches, pull: PullRequest = PULL, *, wanted: str = "acme/gitops"
) -> list[dict[str, str]]:
    """Propose, and return the files of each commit."""
    job = EvidenceFiles(branches, frozenset({wanted}))
    job.propose(cast(PullRequestPage, shelf), pull, POLICY, CLEAR)
    return [dict(one.files) for one in branches.made]


def standing(text: str) -> str:
    content = text.encode()
    return f"100644 {hashlib.sha1(b'blob %d' % len(content) + bytes(1) + content, usedforsecurity=False).hexdigest()}"


def test_every_manifest_gets_its_file_in_one_commit() -> None:
    assert propose(Shelf(), Branches()) == [dict(WHOLE)]


@pytest.mark.parametrize("wanted", ["acme/*", "acme/gitops"])
def test_the_case_of_names_does_not_matter(wanted: str) -> None:
    assert propose(Shelf(), Branches(), wanted=wanted)


def test_what_stands_there_as_it_should_is_not_written_and_nobody_is_asked_about_the_branch() -> None:
    branches = Branches()
    assert propose(Shelf({path: standing(text) for path, text in WHOLE.items()}), branches) == []
    assert branches.asked == 0


def test_only_what_the_pull_request_changes_gets_a_file() -> None:
    assert propose(Shelf(), Branches(), replace(PULL, files=())) == []


def test_where_it_is_not_known_what_stands_there_nothing_is_written() -> None:
    assert propose(Shelf(unread=True), Branches()) == []


def test_where_a_folder_cannot_be_listed_nothing_is_written(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert propose(Shelf(whole=False), Branches()) == []
    assert "too large to be listed" in caplog.text


@pytest.mark.parametrize(
    ("pull", "branches", "said"),
    [
        (replace(PULL, head_repository_id=3), Branches(), "it comes from a fork"),
        (PULL, Branches(replace(BRANCH, guarded="it is guarded")), "it is guarded"),
        (PULL, Branches(moved=True), "the branch moved meanwhile"),
    ],
)
def test_what_keeps_it_from_being_written_is_a_line_of_the_log(
    pull: PullRequest, branches: Branches, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        propose(Shelf(), branches, pull)
    assert said in caplog.text


def said(pull: PullRequest, *, wanted: str = "acme/gitops") -> str:
    return EvidenceFiles(Branches(), frozenset({wanted})).said_of(pull, CLEAR.changes, CLEAR.policy)


FORK = replace(PULL, head_repository_id=3)
WRITTEN = tuple(
    ChangedFile(path, FileStatus.ADDED, after=standing(text).partition(" ")[2], mode="100644")
    for path, text in WHOLE.items()
)
CUT = tuple(replace(file, after="0" * 40) for file in WRITTEN)


@pytest.mark.parametrize(
    ("pull", "clause"),
    [
        (FORK, "no evidence file is proposed: it comes from a fork"),
        (replace(FORK, files=(*PULL.files, *CUT)), "no evidence file is proposed: it comes from a fork"),
        (replace(FORK, files=(*PULL.files, *WRITTEN)), ""),
        (replace(FORK, files=()), ""),
        (PULL, ""),
    ],
)
def test_why_none_is_proposed_is_said_where_one_is_lacking(pull: PullRequest, clause: str) -> None:
    assert said(pull) == clause


def test_nothing_is_said_where_no_file_is_wanted() -> None:
    assert said(FORK, wanted="acme/other") == ""


def test_that_there_are_too_many_manifests_is_said() -> None:
    pull, job, _ = bumped(MOST_FILES + 1)
    (one, *_) = CLEAR.changes
    uses = tuple(replace(one.change.uses[0], path=file.path) for file in pull.files)
    many = replace(one, change=replace(one.change, uses=uses))
    assert job.said_of(pull, (many,), CLEAR.policy) == "no evidence file is proposed: there are too many manifests"


def test_a_file_that_is_not_ours_says_why_none_takes_its_place() -> None:
    (found,) = not_ours(CUT[:1], CLEAR.changes, CLEAR.policy, "no evidence file is proposed: it is a draft")
    assert found.reason == f"{NOT_OURS} (no evidence file is proposed: it is a draft)"


def test_a_fork_s_branch_is_not_asked_about() -> None:
    branches = Branches()
    propose(Shelf(), branches, replace(PULL, head_repository_id=3))
    assert branches.asked == 0


@dataclass
class Silent(Branches):
    """A branch of which GitHub says nothing."""

    failure: Unavailable = field(default_factory=lambda: Unavailable("x"))

    def of(self, pull: PullRequest) -> HeadBranch:
        raise self.failure


@pytest.mark.parametrize("failure", [Unavailable("x", retry_after=7.0), NotYet("x", retry_after=7.0)])
def test_what_may_work_later_is_owed(failure: Unavailable) -> None:
    with pytest.raises(Owed) as owed:
        propose(Shelf(), Silent(failure=failure))
    assert (owed.value.retry_after, owed.value.is_early) == (7.0, failure.is_early)


def test_what_waiting_does_not_help_is_not_owed() -> None:
    with pytest.raises(Unavailable) as failure:
        propose(Shelf(), Silent(failure=Unavailable("x", permanent=True)))
    assert not isinstance(failure.value, Owed)


def bumped(count: int) -> tuple[PullRequest, EvidenceFiles, Branches]:
    branches = Branches()
    files = tuple(ChangedFile(f"{place}/a.yaml", FileStatus.MODIFIED) for place in range(count))
    return replace(PULL, files=files), EvidenceFiles(branches, frozenset({"acme/*"})), branches


@pytest.mark.parametrize(("count", "commits"), [(MOST_FILES, 1), (MOST_FILES + 1, 0)])
def test_so_many_manifests_get_files_and_no_more(count: int, commits: int) -> None:
    pull, job, branches = bumped(count)
    (one, *_) = CLEAR.changes
    uses = tuple(replace(one.change.uses[0], path=file.path) for file in pull.files)
    judged = replace(CLEAR, changes=(replace(one, change=replace(one.change, uses=uses)),))
    job.propose(cast(PullRequestPage, Shelf()), pull, POLICY, judged)
    assert len(branches.made) == commits


def test_a_file_that_is_too_large_is_not_written() -> None:
    pull, job, branches = bumped(1)
    (one, *_) = CLEAR.changes
    assert one.after is not None
    big = Measure("big", "big", "x" * 200_000, Better.NEITHER, SLSA)
    after = replace(one.after, posture=replace(one.after.posture, measures={"big": big}))
    uses = (replace(one.change.uses[0], path="0/a.yaml"),)
    judged = replace(CLEAR, changes=(replace(one, change=replace(one.change, uses=uses), after=after),))
    job.propose(cast(PullRequestPage, Shelf()), pull, POLICY, judged)
    assert branches.made == []


def blob(text: str) -> str:
    return standing(text).partition(" ")[2]


def brought(path: str, oid: str | None, mode: str | None = "100644") -> ChangedFile:
    return ChangedFile(path, FileStatus.ADDED, after=oid, mode=mode)


def strange(*files: ChangedFile) -> tuple[UnreadablePlace, ...]:
    return not_ours(files, CLEAR.changes, CLEAR.policy)


PATH, TEXT = next(iter(WHOLE.items()))


@pytest.mark.parametrize("mode", ["100644", None])
def test_what_holds_exactly_what_we_would_write_passes(mode: str | None) -> None:
    assert strange(brought(PATH, blob(TEXT), mode)) == ()


@pytest.mark.parametrize(
    "file",
    [
        brought(PATH, blob(TEXT + "\n")),
        brought(PATH, blob("\ufeff" + TEXT)),
        brought(PATH, None),
        brought(PATH, blob(TEXT), "100755"),
        brought(PATH, blob(TEXT), "120000"),
        brought("b.assay.json", blob(TEXT)),
        brought(PATH.upper(), blob(TEXT)),
    ],
    ids=["more", "a mark", "not told", "executable", "a link", "elsewhere", "another case"],
)
def test_anything_else_of_that_name_waits_for_a_person(file: ChangedFile) -> None:
    assert strange(file) == (UnreadablePlace(file.path, 0, NOT_OURS, elsewhere=True),)


def test_of_more_files_than_we_would_write_none_is_ours() -> None:
    others = [brought(f"{place}.assay.json", blob("x")) for place in range(MOST_FILES)]
    assert len(strange(brought(PATH, blob(TEXT)), *others)) == MOST_FILES + 1


def test_very_many_are_not_told_one_by_one() -> None:
    found = strange(*(brought(f"{place:04}.assay.json", None) for place in range(3_000)))
    assert len(found) < 1_000
    assert "more places" in found[-1].reason


def test_a_file_that_is_removed_is_no_matter() -> None:
    assert strange(ChangedFile(PATH, FileStatus.REMOVED), ChangedFile("b.yaml", FileStatus.ADDED)) == ()
