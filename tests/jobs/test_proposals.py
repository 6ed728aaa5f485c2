"""Trying a proposed policy: what is proposed, the tree that a merge would make, what is counted, and its bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.assessment import WhatIf
from app.core.errors import Unavailable
from app.core.pull_request import PullRequest, PullRequestRef, PullRequestState
from app.core.tree import ChangedFile, File, FileStatus, Listing
from app.core.verdict import Finding, Mode, Outcome
from app.jobs.asked_once import TIME_IS_OVER, Answers
from app.jobs.assess import Assessor
from app.jobs.replay import Past
from app.jobs.what_if import (
    BUDGET,
    KEPT_FOR,
    LAST,
    MOST_KEPT,
    UNKNOWN_KEPT_FOR,
    AsIfMerged,
    Proposal,
    WhatIfs,
    counted_up,
)
from app.policy import PATH, Policy, PolicyFiles
from app.render.replay import Compared, ReplayedCommit, Word

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
BASE, HEAD = "b" * 40, "f" * 40
OLD, NEW = "version: 1\n", "version: 1\nunmatched: allow\n"


@dataclass
class Tree:
    """Files by commit."""

    commits: Mapping[str, Mapping[str, str]]
    down: bool = False

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        if self.down:
            raise Unavailable("GitHub does not answer.")
        held = self.commits[commit]
        return {path: File(path, held[path]) for path in paths if path in held}

    def list(self, commit: str, folder: str) -> Listing:
        return Listing.of(path for path in self.commits[commit] if path.startswith(f"{folder}/" if folder else ""))


def edited(path: str, status: FileStatus = FileStatus.MODIFIED, old: str | None = None) -> ChangedFile:
    return ChangedFile(path, status, old)


def pull(*files: ChangedFile, incomplete: tuple[str, ...] = ()) -> PullRequest:
    return PullRequest(
        ref=PullRequestRef(installation=1, repository_id=7, owner="acme", name="gitops", number=3),
        title="",
        author=None,
        state=PullRequestState.OPEN,
        draft=False,
        base_ref="main",
        base_tip=BASE,
        merge_base=BASE,
        head=HEAD,
        head_repository_id=7,
        private=True,
        files=files,
        commits=(),
        reviews=(),
        incomplete=incomplete,
    )


def proposal(*files: ChangedFile, incomplete: tuple[str, ...] = ()) -> Proposal:
    found = Proposal.of(
        pull(*(files or (edited(PATH),)), incomplete=incomplete), PolicyFiles(OLD), Policy.parse(IN_FORCE)
    )
    assert found is not None
    return found


IN_FORCE = PolicyFiles(OLD, commit=BASE)
TREE = Tree({BASE: {PATH: OLD}, HEAD: {PATH: NEW}})


# What is proposed


@pytest.mark.parametrize(
    "file",
    [
        edited(PATH),
        edited(".github/assay/waivers/one.yml", FileStatus.ADDED),
        edited("old.yml", FileStatus.RENAMED, ".github/assay/waivers/one.yml"),
        edited(".trivyignore.yaml"),
    ],
)
def test_a_change_of_our_own_policy_is_a_proposal(file: ChangedFile) -> None:
    assert Proposal.of(pull(file), IN_FORCE, Policy.parse(IN_FORCE)) is not None


@pytest.mark.parametrize("path", ["app.yaml", "policies/assay.yml", "CODEOWNERS", ".github/assay/notes.md"])
def test_any_other_change_is_none(path: str) -> None:
    assert Proposal.of(pull(edited(path)), IN_FORCE, Policy.parse(IN_FORCE)) is None


def test_what_is_proposed_has_no_say_in_the_policy_in_force() -> None:
    assert proposal().in_force == PolicyFiles(OLD)


def test_two_heads_with_the_same_blobs_are_one_proposal() -> None:
    file = replace(edited(PATH), after="1" * 40)
    ones = [Proposal(replace(pull(file), head=head), IN_FORCE).key for head in ("1" * 40, "2" * 40)]
    assert ones[0] == ones[1]


def test_without_a_blob_s_id_each_head_is_a_proposal_of_its_own() -> None:
    ones = [Proposal(replace(pull(edited(PATH)), head=head), IN_FORCE).key for head in ("1" * 40, "2" * 40)]
    assert ones[0] != ones[1]


# The tree that a merge would make


def test_what_the_change_touches_is_read_at_its_head_and_the_rest_at_the_tip() -> None:
    tree = Tree({BASE: {"a": "old", "b": "tip"}, HEAD: {"a": "new", "b": "stale"}})
    found = AsIfMerged(tree, pull(edited("a"))).read("", ("a", "b"))
    assert {path: file.text for path, file in found.items()} == {"a": "new", "b": "tip"}


def test_a_file_that_the_change_removes_is_gone() -> None:
    tree = Tree({BASE: {"w/a": "old", "w/b": "tip"}, HEAD: {}})
    merged = AsIfMerged(tree, pull(edited("w/a", FileStatus.REMOVED)))
    assert (merged.read("", ("w/a",)), merged.list("", "w").paths) == ({}, ("w/b",))


def test_what_the_change_adds_or_moves_is_listed() -> None:
    tree = Tree({BASE: {"w/a": "old", "x": "1"}, HEAD: {"w/new": "1", "w/moved": "old", "x": "2"}})
    files = (edited("w/new", FileStatus.ADDED), edited("w/moved", FileStatus.RENAMED, "w/a"), edited("x"))
    merged = AsIfMerged(tree, pull(*files))
    assert merged.list("", "w").paths == ("w/moved", "w/new")
    assert merged.list("", "").paths == ("w/moved", "w/new", "x")


# What is counted


def finding(outcome: Outcome) -> Finding:
    return Finding(outcome, "image", "signature", "it has none", "", Mode.ENFORCE)


def compared(before: Outcome, after: Outcome, *, unanswered: bool = False) -> Compared:
    old, new = (Word.of([] if one is Outcome.OK else [finding(one)]) for one in (before, after))
    return Compared("image", old, new, unanswered=unanswered)


OK, BLOCKED, INCOMPLETE = Outcome.OK, Outcome.BLOCKED, Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), (0, 0, 0)),
        ((compared(OK, OK),), (0, 0, 0)),
        ((compared(OK, BLOCKED),), (1, 0, 0)),
        ((compared(BLOCKED, OK),), (0, 1, 0)),
        ((compared(BLOCKED, OK), compared(OK, BLOCKED)), (1, 0, 0)),
        ((compared(INCOMPLETE, OK),), (0, 0, 1)),
        ((compared(OK, BLOCKED, unanswered=True),), (0, 0, 1)),
        ((compared(INCOMPLETE, INCOMPLETE), compared(OK, BLOCKED)), (1, 0, 0)),
    ],
)
def test_a_merged_change_counts_once_as_a_whole(changes: tuple[Compared, ...], expected: tuple[int, int, int]) -> None:
    told = counted_up([ReplayedCommit("c", "p", changes)], 5, "")
    assert (told.stricter, told.milder, told.open) == expected


def test_the_finding_that_decides_is_that_of_the_stricter_word() -> None:
    changes = (compared(BLOCKED, OK), compared(OK, BLOCKED))
    told = counted_up([ReplayedCommit("c", "p", changes)], 5, "")
    assert [one.sentence for one in told.otherwise] == ["signature: it has none"] * 2


def test_what_was_looked_at_and_why_not_more_is_told() -> None:
    assert counted_up([ReplayedCommit("c", "p", ())], 5, "why") == WhatIf(LAST, 1, 5, unknown="why")


# Its bounds


@dataclass
class Branch:
    """A branch on which every commit edits one file that names an image outside of every scope."""

    length: int = 30
    broken_at: int | None = None
    asked: list[str] = field(default_factory=list)
    each: Callable[[], object] = lambda: None

    @contextmanager
    def past(self, ref: PullRequestRef, tip: str, reads: Callable[[str], bool], *, seconds: float) -> Iterator[Past]:
        self.asked.append(tip)
        assert (reads("app.yaml"), seconds) == (True, BUDGET.total_seconds())
        yield self

    def first_parents(self, commit: str, most: int) -> Sequence[str]:
        return [str(number) for number in range(min(self.length, most))]

    def changed_files(self, base: str, head: str) -> Sequence[ChangedFile]:
        self.each()
        if head == str(self.broken_at):
            raise Unavailable("git did not come to an end in time.")
        return [edited("link", FileStatus.ADDED)]

    def read(self, commit: str, paths: Iterable[str]) -> Mapping[str, File]:
        return {path: File(path, None, "a symbolic link, which is not followed") for path in paths}

    def list(self, commit: str, folder: str) -> Listing:
        return Listing(("link",), whole=True)


class Nobody:
    """Registries and verifier that nothing is asked of."""


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def wait(self) -> None:
        self.now += timedelta(seconds=6)


ASSESSOR = Assessor(registries=Nobody(), verifier=Nobody())  # type: ignore[arg-type]  # no image is ever asked for


def test_no_more_than_the_last_are_judged() -> None:
    told = WhatIfs(Branch(), Clock()).tell(proposal(), TREE, ASSESSOR)
    assert told == WhatIf(LAST, LAST, LAST)


def test_a_failure_on_the_way_leaves_what_was_judged_and_one_clause() -> None:
    told = WhatIfs(Branch(broken_at=3), Clock()).tell(proposal(), TREE, ASSESSOR)
    assert told == WhatIf(LAST, 3, 3, unknown="git did not come to an end in time")


def test_when_the_time_is_over_what_was_judged_and_one_clause_is_left() -> None:
    clock = Clock()
    told = WhatIfs(Branch(each=clock.wait), clock).tell(proposal(), TREE, ASSESSOR)
    assert told == WhatIf(LAST, 4, 4, unknown=TIME_IS_OVER)


def test_the_same_policy_in_other_words_of_the_tree_is_nothing_to_tell() -> None:
    tree = Tree({BASE: {PATH: OLD}, HEAD: {PATH: OLD}})
    assert WhatIfs(Branch(), Clock()).tell(proposal(), tree, ASSESSOR) is None


def test_a_source_that_does_not_answer_is_one_clause() -> None:
    told = WhatIfs(Branch(), Clock()).tell(proposal(), replace(TREE, down=True), ASSESSOR)
    assert told == WhatIf(LAST, unknown="GitHub does not answer")


def test_a_policy_that_is_not_valid_is_one_clause_and_fetches_nothing() -> None:
    branch = Branch()
    told = WhatIfs(branch, Clock()).tell(proposal(), Tree({BASE: {}, HEAD: {PATH: "version: 9\n"}}), ASSESSOR)
    assert (told, branch.asked) == (WhatIf(LAST, unknown="the proposed policy is not valid"), [])


def test_changed_files_that_are_not_all_known_are_one_clause() -> None:
    told = WhatIfs(Branch(), Clock()).tell(proposal(incomplete=("files",)), TREE, ASSESSOR)
    assert told == WhatIf(LAST, unknown="the changed files are not all known")


def test_what_was_told_is_known_for_a_while() -> None:
    clock = Clock()
    what_ifs = WhatIfs(Branch(), clock)
    before = what_ifs.known(proposal())
    told = what_ifs.tell(proposal(), TREE, ASSESSOR)
    now = what_ifs.known(proposal())
    clock.now += KEPT_FOR
    assert (before, now, what_ifs.known(proposal())) == (None, (told,), None)


@pytest.mark.parametrize(
    ("branch", "kept"), [(Branch(), KEPT_FOR), (Branch(broken_at=3), UNKNOWN_KEPT_FOR)], ids=["known", "unknown"]
)
def test_what_could_not_be_told_is_asked_again_sooner(branch: Branch, kept: timedelta) -> None:
    clock = Clock()
    what_ifs = WhatIfs(branch, clock)
    what_ifs.tell(proposal(), TREE, ASSESSOR)
    clock.now += kept - timedelta(seconds=1)
    before = what_ifs.known(proposal())
    clock.now += timedelta(seconds=1)
    assert (before is None, what_ifs.known(proposal())) == (False, None)


def test_not_everything_is_kept_for_ever() -> None:
    what_ifs = WhatIfs(Branch(), Clock())
    for number in range(MOST_KEPT + 1):
        one = proposal()
        what_ifs.tell(replace(one, pull=replace(one.pull, base_tip=f"{number}")), replace(TREE, down=True), ASSESSOR)
    assert len(what_ifs.kept) == 1


def test_nothing_is_asked_once_the_time_is_over() -> None:
    asked: list[str] = []
    with pytest.raises(Unavailable, match=TIME_IS_OVER):
        Answers(time_left=lambda: False).of("question", lambda: asked.append("asked"))
    assert asked == []


def test_what_was_answered_before_is_told_after_the_time_too() -> None:
    left = [True]
    answers = Answers(time_left=lambda: left[0])
    answers.of("question", lambda: "answer")
    left[0] = False
    assert answers.of("question", lambda: "another") == "answer"
