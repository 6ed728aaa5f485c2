"""An approval is bound to content: what keeps it and what drops it, on the simulated GitHub."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import REVIEW, World
from tests.fakes.github import executable, symlink
from tests.fakes.github.gitobjects import Content
from tests.fakes.github.pull_request import PullRequest

GOVERNED = """\
version: 1
unmatched: allow
reviews:
  - {name: rules, paths: ["/policies/"], teams: [acme/security]}
"""
OLD, NEW = "mode: Audit\n", "mode: Enforce\n"


@pytest.fixture
def pull(world: World) -> PullRequest:
    """A pull request of dana's that alice of the security team has approved."""
    world.under_policy(GOVERNED)
    world.repository.commit(
        "main", {"policies/a.yaml": OLD, "policies/b.yaml": OLD, "docs.md": "one\n"}, author="owner"
    )
    world.repository.commit("edit", {"policies/a.yaml": NEW}, author="dana", parents=["main"])
    found = world.repository.open_pull_request("edit", author="dana")
    found.review("alice", "APPROVED")
    world.desk.work()
    assert world.desk.states(found)[REVIEW] == "success"
    return found


def state(world: World, pull: PullRequest) -> str:
    world.desk.work()
    return world.desk.states(pull)[REVIEW]


def comment(pull: PullRequest) -> str:
    return pull.comments[-1].body


def rebase(world: World, files: dict[str, Content], *, by: str = "dana", author: str = "dana") -> None:
    """Write the branch anew on what main is now, by force."""
    world.repository.commit("rebased", files, author=author, committer=by, parents=["main"])
    world.repository.branch("edit", at="rebased", by=by)


def test_at_157_a_rebase_of_the_same_content_keeps_an_approval(world: World, pull: PullRequest) -> None:
    world.repository.commit("main", {"docs.md": "two\n"}, author="owner")
    rebase(world, {"policies/a.yaml": NEW})
    assert state(world, pull) == "success"


def test_a_kept_approval_says_on_which_commit_it_was_given(world: World, pull: PullRequest) -> None:
    approved = pull.head_sha
    pull.push({"docs.md": "two\n"}, author="dana")
    assert state(world, pull) == "success"
    assert f"approved `{approved[:7]}`, and nothing that this is about has changed since" in comment(pull)


def test_at_165_an_update_from_the_base_branch_keeps_an_approval(world: World, pull: PullRequest) -> None:
    world.repository.commit("main", {"docs.md": "two\n"}, author="owner")
    merged = world.repository.git.merge("edit", "main", "Merge branch 'main' into edit")
    world.repository.branch("edit", at=merged, by="dana")
    assert state(world, pull) == "success"


def test_an_update_whose_base_changed_a_governed_file_drops_an_approval(world: World, pull: PullRequest) -> None:
    world.repository.commit("main", {"policies/a.yaml": "# why\nmode: Audit\n"}, author="owner")
    rebase(world, {"policies/a.yaml": NEW})
    assert state(world, pull) == "pending"


@pytest.mark.parametrize(
    "files",
    [
        {"policies/a.yaml": "mode: Other\n"},
        {"policies/a.yaml": executable(NEW)},
        {"policies/a.yaml": symlink(NEW)},
        {"policies/b.yaml": None},
        {"policies/c.yaml": "new\n"},
        {"Policies/A.yaml": "the same file, to some\n"},
    ],
    ids=["content", "executable", "link", "removed", "added", "another case"],
)
def test_at_157_any_change_of_what_is_governed_drops_an_approval(
    world: World, pull: PullRequest, files: dict[str, Content]
) -> None:
    pull.push(files, author="dana")
    assert state(world, pull) == "pending"


def test_what_was_approved_and_is_taken_out_again_drops_an_approval(world: World, pull: PullRequest) -> None:
    pull.push({"policies/b.yaml": NEW}, author="dana")
    pull.review("alice", "APPROVED")
    assert state(world, pull) == "success"
    pull.push({"policies/b.yaml": OLD}, author="dana")
    assert state(world, pull) == "pending"


def test_the_comment_says_which_file_was_not_approved(world: World, pull: PullRequest) -> None:
    approved = pull.head_sha
    pull.push({"policies/b.yaml": NEW}, author="dana")
    assert state(world, pull) == "pending"
    reason = f"`@alice` does not count: approved `{approved[:7]}`, not what is there now: `policies/b.yaml`"
    assert reason in comment(pull)


def test_a_forced_push_away_and_back_leaves_the_approval_of_what_is_there(world: World, pull: PullRequest) -> None:
    good = pull.head_sha
    evil = world.repository.commit("evil", {"policies/a.yaml": "mode: Off\n"}, author="dana", parents=["main"])
    pull.force_push(evil, by="dana")
    assert state(world, pull) == "pending"
    pull.force_push(good, by="dana")
    assert state(world, pull) == "success"


def test_a_commit_that_github_has_lost_was_approved_by_nobody(world: World, pull: PullRequest) -> None:
    lost = pull.head_sha
    rebase(world, {"policies/a.yaml": NEW, "docs.md": "two\n"})
    world.repository.forget(lost)
    assert state(world, pull) == "pending"
    assert "approved other, not what is there now" in comment(pull)


def test_a_commit_that_cannot_be_compared_does_not_count(world: World, pull: PullRequest) -> None:
    many = {f"other/{number}.txt": f"{number}\n" for number in range(300)}
    pull.push(many, author="dana")
    pull.review("alice", "APPROVED")
    pull.push({"docs.md": "two\n"}, author="dana")
    assert state(world, pull) == "pending"
    assert "which changes more files than GitHub compares" in comment(pull)


def test_too_many_governed_files_to_compare_do_not_count(world: World, pull: PullRequest) -> None:
    pull.push({f"policies/{number}.yaml": NEW for number in range(61)}, author="dana")
    pull.review("alice", "APPROVED")
    pull.push({"docs.md": "two\n"}, author="dana")
    assert state(world, pull) == "pending"
    assert "and 62 paths are too many to compare" in comment(pull)


def test_at_158_a_retarget_drops_an_approval_of_the_same_content(world: World, pull: PullRequest) -> None:
    world.repository.branch("release", at="main", by="owner")
    world.repository.protect("release", ["assay/images: release", "assay/review: release"])
    world.desk.github.advance(5)
    pull.retarget("release", by="dana")
    pull.push({"docs.md": "two\n"}, author="dana")
    world.desk.work()
    assert world.desk.states(pull)["assay/review: release"] == "pending"


def calls(world: World, pull: PullRequest) -> tuple[int, int]:
    """Look once more, and return how many comparisons and queries that took."""
    world.desk.work()
    world.desk.github.requests.clear()
    pull.comment("dana", "/assay recheck")
    world.desk.work()
    return len(world.desk.github.calls("GET", "*/compare/*")), len(world.desk.github.calls("POST", "/graphql"))


def test_an_approval_of_another_commit_costs_one_comparison_and_one_query_more(world: World, pull: PullRequest) -> None:
    comparisons, queries = calls(world, pull)
    pull.push({"docs.yaml": "two: 2\n"}, author="dana")
    assert calls(world, pull) == (comparisons + 1, queries + 1)


def image_change(world: World) -> PullRequest:
    """Open a pull request with an image outside every scope: a finding that asks for a person. Bob approves it."""
    world.under_policy("version: 1\n")
    pull = world.bump(world.image("other/thing", signed=False)[0])
    world.repository.grant("bob", "maintain")
    pull.review("bob", "APPROVED")
    assert state(world, pull) == "success"
    return pull


def test_an_approval_of_a_finding_outlives_a_rebase(world: World) -> None:
    pull = image_change(world)
    world.repository.commit("main", {"docs.md": "two\n"}, author="owner")
    merged = world.repository.git.merge("bump", "main", "Merge branch 'main' into bump")
    world.repository.branch("bump", at=merged, by="dana")
    assert state(world, pull) == "success"


@pytest.mark.parametrize("path", ["app.yaml", "second.yaml"])
def test_an_image_change_that_is_added_later_was_not_approved(world: World, path: str) -> None:
    pull = image_change(world)
    pull.push({path: world.manifest(world.image("other/more", signed=False)[0])}, author="dana")
    assert state(world, pull) == "pending"


def test_an_image_change_that_nothing_is_said_of_was_not_approved_either(world: World) -> None:
    pull = image_change(world)
    quiet = "version: 1\nimages: [{match: ['**/acme/**']}]\n"
    world.repository.commit("main", {".github/assay.yml": quiet}, author="owner")
    pull.push({"second.yaml": world.manifest(world.image("acme/quiet", signed=False)[0])}, author="dana")
    assert state(world, pull) == "pending"


def test_a_file_that_is_taken_out_of_what_was_approved_drops_an_approval_of_findings(world: World) -> None:
    world.under_policy("version: 1\n")
    image = world.manifest(world.image("other/thing", signed=False)[0])
    world.repository.commit("bump", {"app.yaml": image, "limits.yaml": "a: 1\n"}, author="dana")
    pull = world.repository.open_pull_request("bump", author="dana")
    pull.review("bob", "APPROVED")
    assert state(world, pull) == "success"
    pull.push({"limits.yaml": None}, author="dana")
    assert state(world, pull) == "pending"
