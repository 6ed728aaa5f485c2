"""Files beside the manifests: proposed once, where they may be, and never believed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app.adapters.pacing import Limits, Share, WriteBudget
from app.core.errors import NotYet, Owed, Unavailable
from app.core.evidence_file import MOST_COMMITS, Proposal
from app.core.pull_request import PullRequestRef
from tests.e2e.conftest import IDENTITY, IMAGES, REVIEW, World, policy
from tests.fakes.github.gitobjects import Content, symlink
from tests.fakes.github.pull_request import PullRequest

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/schemas/assay.evidence-file-v1.json").read_text("utf-8"))
FILE = "app.yaml.assay.json"


@pytest.fixture
def proposing(world: World) -> World:
    """Ask for files in the repository, and let the App write there."""
    for installation in world.desk.github.world.installations.values():
        installation.permissions = {**installation.permissions, "contents": "write"}
    world.desk.open({"ASSAY_EVIDENCE_FILES": "acme/gitops"})
    world.under_policy()
    return world


def held(pull: PullRequest, path: str = FILE) -> str | None:
    """Return what a path holds at the pull request's head."""
    item = pull.repository.git.find(pull.head_sha, path)
    found = pull.repository.git.read(item.sha) if item else None
    return found[2].decode() if found else None


def read(pull: PullRequest, path: str = FILE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(held(pull, path) or "{}")
    return found


def commits(world: World) -> int:
    """Count the commits that were asked for."""
    return sum("createCommitOnBranch" in str(call.body) for call in world.desk.github.calls())


def opened(world: World, files: Mapping[str, Content], branch: str = "bump", author: str = "dana") -> PullRequest:
    """Open a pull request with these files."""
    world.repository.commit(branch, files, author=author, parents=["main"])
    return world.repository.open_pull_request(branch, author=author)


def settled(world: World) -> None:
    """Let Assay work until GitHub has nothing more to tell: what follows its own commits, too."""
    for _ in range(10):
        before = len(world.desk.github.deliveries)
        world.desk.work()
        if len(world.desk.github.deliveries) == before:
            return
    message = "it never comes to an end"
    raise AssertionError(message)


def judged(world: World, files: Mapping[str, Content] | None = None) -> PullRequest:
    """Open a pull request, a bump unless something else is given, and have it judged."""
    pull = opened(world, files or {"app.yaml": world.manifest(world.image()[0])})
    settled(world)
    return pull


def test_what_is_known_of_a_bump_is_proposed_beside_its_manifest(proposing: World) -> None:
    reference, digest = proposing.image()
    pull = judged(proposing, {"app.yaml": proposing.manifest(reference)})
    (image,) = read(pull)["images"]
    assert (image["image"], image["digest"]) == (reference, str(digest))
    assert (image["signature"]["word"], image["signature"]["signer"]["identity"]) == ("verified", IDENTITY)
    assert [one["digest"][:7] for one in image["statements"]] == ["sha256:"]


def test_a_file_keeps_to_its_schema(proposing: World) -> None:
    jsonschema_rs.validator_for(SCHEMA).validate(read(judged(proposing)))


def test_the_new_head_is_judged_green_and_nothing_is_written_again(proposing: World) -> None:
    pull = judged(proposing)
    assert len(pull.commits) == 2
    assert proposing.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    pull.comment("dana", "/assay recheck")
    settled(proposing)
    assert (commits(proposing), len(pull.commits)) == (1, 2)
    assert pull.merge("bob")


def test_a_commit_is_the_app_s_and_says_what_was_judged(proposing: World) -> None:
    pull = judged(proposing)
    first, last = (pull.repository.git.commit(sha) for sha in pull.commits)
    assert first is not None
    assert last is not None
    assert (last.author.name, last.committer.name) == (proposing.desk.github.app.bot.name, "GitHub")
    assert f"Judged-head: {first.sha}\n" in last.message


def test_the_comment_of_the_new_head_tells_no_image_of_the_file(proposing: World) -> None:
    pull = judged(proposing)
    (comment,) = (one for one in pull.comments if one.body.startswith("###"))
    assert FILE not in comment.body


@pytest.mark.parametrize("wanted", ["", "acme/other", "other/*"])
def test_nothing_is_written_where_nobody_asked_for_it(proposing: World, wanted: str) -> None:
    proposing.desk.open({"ASSAY_EVIDENCE_FILES": wanted})
    assert held(judged(proposing)) is None
    assert commits(proposing) == 0


def test_a_whole_owner_can_be_asked_for(proposing: World) -> None:
    proposing.desk.open({"ASSAY_EVIDENCE_FILES": "ACME/*"})
    assert held(judged(proposing)) is not None


def test_two_manifests_that_differ_in_their_ending_have_two_files(proposing: World) -> None:
    one, other = proposing.image(), proposing.image("acme/web")
    pull = judged(proposing, {"x/a.yaml": proposing.manifest(one[0]), "x/a.yml": proposing.manifest(other[0])})
    found = [read(pull, f"x/a.{ending}.assay.json")["images"][0]["digest"] for ending in ("yaml", "yml")]
    assert found == [str(one[1]), str(other[1])]
    assert len(pull.commits) == 2


def test_another_image_gets_another_file(proposing: World) -> None:
    pull = judged(proposing)
    reference, digest = proposing.image()
    pull.push({"app.yaml": proposing.manifest(reference)}, author="dana")
    settled(proposing)
    assert read(pull)["images"][0]["digest"] == str(digest)
    assert proposing.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}


def test_a_bot_s_pull_request_gets_its_file(proposing: World) -> None:
    proposing.repository.grant("renovate[bot]", "write")
    files = {"app.yaml": proposing.manifest(proposing.image()[0])}
    pull = opened(proposing, files, author="renovate[bot]")
    settled(proposing)
    assert held(pull) is not None


def test_an_image_that_must_not_be_merged_gets_none(proposing: World) -> None:
    pull = judged(proposing, {"app.yaml": proposing.manifest(proposing.image(signed=False)[0])})
    assert (proposing.desk.states(pull)[IMAGES], held(pull)) == ("failure", None)


def test_without_the_permission_the_verdict_stands_and_nothing_is_written(proposing: World) -> None:
    for installation in proposing.desk.github.world.installations.values():
        installation.permissions = {**installation.permissions, "contents": "read"}
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])})
    with pytest.raises(Unavailable, match="contents: write"):
        proposing.desk.work()
    assert proposing.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert held(pull) is None


@pytest.mark.parametrize("on", [True, False])
def test_a_forged_file_waits_for_a_person_or_is_overwritten(proposing: World, *, on: bool) -> None:
    if not on:
        proposing.desk.open({"ASSAY_EVIDENCE_FILES": ""})
    reference, digest = proposing.image()
    forged = json.dumps({"schema": "assay.evidence-file/v1", "argocd": "", "policy": {}, "images": []})
    pull = opened(proposing, {"app.yaml": proposing.manifest(reference), FILE: forged})
    first = pull.head_sha
    settled(proposing)
    said = {one.context: one.state for one in pull.repository.latest_statuses(first)}
    assert said == {IMAGES: "success", REVIEW: "pending"}
    if on:
        assert read(pull)["images"][0]["digest"] == str(digest)
    assert proposing.desk.states(pull)[REVIEW] == ("success" if on else "pending")


def test_a_file_of_which_assay_would_write_none_waits_for_a_person(proposing: World) -> None:
    text = held(judged(proposing)) or ""
    pull = opened(proposing, {"values.assay.json": text}, branch="other")
    settled(proposing)
    assert proposing.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}
    assert len(pull.commits) == 1


def test_at_139_a_manifest_cannot_hide_under_the_name_of_a_file(proposing: World) -> None:
    bad, _ = proposing.image(signed=False)
    pod = json.dumps({"kind": "Pod", "apiVersion": "v1", "spec": {"containers": [{"name": "a", "image": bad}]}})
    assert proposing.desk.states(judged(proposing, {"evil.assay.json": pod}))[IMAGES] == "failure"


def test_at_139_images_that_hide_in_the_shape_of_a_file_wait_for_a_person(proposing: World) -> None:
    bad, _ = proposing.image(signed=False)
    values = {"schema": "assay.evidence-file/v1", "argocd": "", "policy": {}, "images": [{"image": bad}]}
    pull = judged(proposing, {"values.assay.json": json.dumps(values)})
    assert proposing.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}


def test_nothing_is_written_to_a_fork(proposing: World) -> None:
    fork = proposing.repository.fork("mallory")
    fork.commit("bump", {"app.yaml": proposing.manifest(proposing.image()[0])}, author="mallory", parents=["main"])
    pull = proposing.repository.open_pull_request("bump", author="mallory", repository=fork)
    settled(proposing)
    assert (commits(proposing), len(pull.commits)) == (0, 1)
    assert proposing.desk.states(pull)[IMAGES] == "success"
    (comment,) = (one for one in pull.comments if one.body.startswith("###"))
    assert " · no evidence file is proposed: it comes from a fork" in comment.body


@pytest.mark.parametrize("as_author", [True, False])
def test_at_161_nobody_who_pushed_gets_to_approve_by_a_push_of_ours(proposing: World, *, as_author: bool) -> None:
    proposing.repository.grant("renovate[bot]", "write")
    files: dict[str, Content] = {"app.yaml": proposing.manifest(proposing.image()[0])}
    pull = opened(proposing, files, author="renovate[bot]")
    wrote = "renovate[bot]" if as_author else "dana"
    pull.push({"app.yaml": proposing.manifest(proposing.image()[0])}, author=wrote, pusher="dana")
    settled(proposing)
    assert (commits(proposing), held(pull)) == (0, None)


def test_nothing_is_written_on_top_of_what_somebody_approved(proposing: World) -> None:
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])})
    pull.review("bob", "APPROVED")
    settled(proposing)
    assert (commits(proposing), len(pull.commits)) == (0, 1)


class Meanwhile(WriteBudget):
    """A budget that lets somebody approve once the statuses are shown, when the report is written."""

    approve: Callable[[], object] | None = None

    def book(self, installation: int, share: Share) -> float:
        """Book a write."""
        if share is Share.REST and self.approve is not None:
            self.approve()
            self.approve = None
        return super().book(installation, share)


def test_an_approval_that_came_while_it_was_judged_forbids_a_push_of_ours(proposing: World) -> None:
    desk = proposing.desk
    budget = Meanwhile(f"sqlite:///{desk.folder / 'assay.db'}", Limits(80, 500))
    desk._budget = budget
    desk.open()
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])})
    budget.approve = lambda: pull.review("bob", "APPROVED")
    settled(proposing)
    assert budget.approve is None
    assert (commits(proposing), len(pull.commits)) == (0, 1)


def test_a_push_of_ours_never_runs_what_dependabot_proposed_with_secrets(proposing: World) -> None:
    proposing.repository.grant("dependabot[bot]", "write")
    files = {"app.yaml": proposing.manifest(proposing.image()[0])}
    pull = opened(proposing, files, author="dependabot[bot]")
    settled(proposing)
    assert (commits(proposing), held(pull)) == (0, None)
    assert proposing.desk.states(pull)[IMAGES] == "success"


def unknown_images(world: World) -> PullRequest:
    """Have a bump judged that waits for a person, and has its file."""
    world.under_policy(policy("ghcr.io"))
    return judged(world)


def test_an_approval_of_the_head_before_ours_holds_where_it_is_about_the_images(proposing: World) -> None:
    pull = unknown_images(proposing)
    assert proposing.desk.states(pull)[REVIEW] == "pending"
    pull.review("bob", "APPROVED", commit=pull.commits[0])
    settled(proposing)
    assert (proposing.desk.states(pull)[REVIEW], len(pull.commits)) == ("success", 2)


def test_an_approval_of_everything_does_not_outlast_a_file_that_came_after(proposing: World) -> None:
    everything = "\nreviews:\n  - name: any weaker policy\n    effects: [weaker]\n    users: [bob]\n"
    proposing.under_policy(policy(proposing.desk.registry.host, everything))
    strict = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": {}}}
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    proposing.repository.commit(
        "main", {"ns.json": json.dumps({**strict, "metadata": {"name": "a", "labels": labels}})}
    )
    proposing.desk.skip()
    pull = judged(proposing, {"app.yaml": proposing.manifest(proposing.image()[0]), "ns.json": json.dumps(strict)})
    assert len(pull.commits) == 2
    pull.review("bob", "APPROVED", commit=pull.commits[0])
    settled(proposing)
    assert proposing.desk.states(pull)[REVIEW] == "pending"
    pull.review("bob", "APPROVED")
    settled(proposing)
    assert proposing.desk.states(pull)[REVIEW] == "success"


@pytest.mark.parametrize(
    "there",
    [
        pytest.param({FILE: symlink("app.yaml")}, id="a link"),
        pytest.param({f"{FILE}/x": "1"}, id="a folder"),
        pytest.param({"App.yaml.Assay.json": "{}"}, id="another case"),
    ],
)
def test_what_stands_in_the_way_is_left(proposing: World, there: dict[str, Content]) -> None:
    proposing.repository.commit("main", there, author="owner")
    proposing.desk.skip()
    pull = judged(proposing)
    assert (commits(proposing), len(pull.commits)) == (0, 1)


@pytest.mark.parametrize("folder", [".github/workflows", "a/.GitHub"])
def test_nothing_is_written_below_a_github_folder(proposing: World, folder: str) -> None:
    pull = judged(proposing, {f"{folder}/app.yaml": proposing.manifest(proposing.image()[0])})
    assert (commits(proposing), len(pull.commits)) == (0, 1)


def test_nothing_is_written_where_the_policy_asks_for_reviewers(proposing: World) -> None:
    governed = '\nreviews:\n  - name: production\n    paths: ["/prod/**"]\n    users: [bob]\n'
    proposing.under_policy(policy(proposing.desk.registry.host, governed))
    image = proposing.manifest(proposing.image()[0])
    pull = judged(proposing, {"prod/app.yaml": image, "dev/app.yaml": image})
    assert [held(pull, f"{where}/{FILE}") is not None for where in ("prod", "dev")] == [False, True]


def test_a_head_branch_that_others_rely_on_is_left(proposing: World) -> None:
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])}, branch="develop")
    proposing.repository.commit("topic", {"x.txt": "1"}, author="dana", parents=["develop"])
    proposing.repository.open_pull_request("topic", base="develop", author="dana")
    settled(proposing)
    assert held(pull) is None
    assert commits(proposing) == 0


@pytest.mark.parametrize("classic", [True, False])
def test_a_guarded_head_branch_is_left(proposing: World, *, classic: bool) -> None:
    proposing.repository.protect("develop", ["ci"], classic=classic)
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])}, branch="develop")
    settled(proposing)
    assert (commits(proposing), held(pull)) == (0, None)


def test_a_branch_with_two_pull_requests_is_left(proposing: World) -> None:
    proposing.repository.branch("release", "main")
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])})
    proposing.repository.open_pull_request("bump", base="release", author="dana")
    settled(proposing)
    assert (commits(proposing), held(pull)) == (0, None)


def test_the_default_branch_is_never_written_to(proposing: World) -> None:
    proposing.repository.branch("release", "main")
    proposing.repository.protections.clear()
    proposing.repository.commit("main", {"app.yaml": proposing.manifest(proposing.image()[0])}, author="dana")
    pull = proposing.repository.open_pull_request("main", base="release", author="dana")
    settled(proposing)
    assert (commits(proposing), held(pull)) == (0, None)


def test_a_draft_gets_its_file_when_it_is_ready(proposing: World) -> None:
    proposing.repository.commit("bump", {"app.yaml": proposing.manifest(proposing.image()[0])}, author="dana")
    pull = proposing.repository.open_pull_request("bump", author="dana", draft=True)
    settled(proposing)
    assert held(pull) is None
    pull.ready()
    settled(proposing)
    assert held(pull) is not None


def test_commits_come_to_an_end(proposing: World) -> None:
    pull = judged(proposing)
    for _ in range(MOST_COMMITS + 1):
        pull.push({FILE: None}, author="dana")
        settled(proposing)
    assert (commits(proposing), held(pull)) == (MOST_COMMITS, None)


def test_they_come_to_an_end_too_where_somebody_forces_them_away(proposing: World) -> None:
    pull = judged(proposing)
    for _ in range(MOST_COMMITS + 1):
        pull.force_push(pull.commits[0], by="dana")
        settled(proposing)
    assert (commits(proposing), len(pull.commits)) == (MOST_COMMITS, 1)


def test_nothing_is_committed_to_a_head_that_moved(proposing: World) -> None:
    pull = judged(proposing)
    files = proposing.desk.program.job.evidence_files
    assert files is not None
    number, repository = pull.number, proposing.repository
    ref = PullRequestRef(proposing.desk.github.installation("acme").id, repository.id, "acme", "gitops", number)
    seen = proposing.desk.program.job.forge.open(ref).get()
    pull.push({"x.txt": "1"}, author="dana")
    assert not files.branches.commit(seen, Proposal("bump", {"y.assay.json": "{}"}, "Headline", ""))
    assert held(pull, "y.assay.json") is None


def test_a_bump_that_is_queued_is_left_alone(proposing: World) -> None:
    proposing.desk.open({"ASSAY_EVIDENCE_FILES": ""})
    pull = judged(proposing)
    proposing.desk.open({"ASSAY_EVIDENCE_FILES": "acme/gitops"})
    proposing.repository.queue(pull)
    pull.comment("dana", "/assay recheck")
    settled(proposing)
    assert (commits(proposing), held(pull)) == (0, None)


def test_a_group_of_pull_requests_with_files_passes_the_queue(proposing: World) -> None:
    pulls = []
    for name in ("one", "two"):
        files: dict[str, Content] = {f"{name}.yaml": proposing.manifest(proposing.image(f"acme/{name}")[0])}
        pulls.append(opened(proposing, files, branch=name))
    settled(proposing)
    assert [len(pull.commits) for pull in pulls] == [2, 2]
    group = proposing.repository.queue(*pulls)
    settled(proposing)
    group.finish()
    assert [pull.merged for pull in pulls] == [True, True]


def test_the_next_bump_of_a_manifest_has_its_own_file(proposing: World) -> None:
    judged(proposing).merge("bob")
    settled(proposing)
    reference, digest = proposing.image()
    pull = opened(proposing, {"app.yaml": proposing.manifest(reference)}, branch="next")
    settled(proposing)
    assert read(pull)["images"][0]["digest"] == str(digest)
    assert proposing.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}


def test_the_history_of_a_merged_bump_tells_the_same_images_with_a_file_and_without(proposing: World) -> None:
    told = []
    for wanted, branch in (("acme/gitops", "with"), ("", "without")):
        proposing.desk.open({"ASSAY_EVIDENCE_FILES": wanted})
        old, new = proposing.image("acme/web"), proposing.image("acme/web")
        proposing.repository.commit("main", {f"{branch}.yaml": proposing.manifest(old[0])}, author="owner")
        proposing.desk.skip()
        pull = opened(proposing, {f"{branch}.yaml": proposing.manifest(new[0])}, branch=branch)
        settled(proposing)
        merge = pull.merge("bob")
        settled(proposing)
        assert (held(pull, f"{branch}.yaml.assay.json") is not None) is bool(wanted)
        told.append((updates(proposing, merge), [[str(old[1]), str(new[1])]]))
    assert [found for found, _ in told] == [wanted for _, wanted in told]


def updates(world: World, merge: str) -> list[list[str]]:
    """Return the digests before and after of the images that the history tells of one merge."""
    command = [str(ROOT / "assay"), "history", "--repo", str(world.repository.git.path), f"{merge}^1..{merge}"]
    done = subprocess.run([*command, "--format", "jsonl"], capture_output=True, text=True, check=True, cwd=ROOT)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    found = [one for one in events if one["type"] == "image_update"]
    assert all(len(one["uses"]) == 1 for one in found)
    return [[one["before"]["digest"], one["after"]["digest"]] for one in found]


class Late(WriteBudget):
    """A budget in which it is not our turn for one write: the report comes first, the commit second."""

    asked = 0

    def book(self, installation: int, share: Share) -> float:
        """Book a write, but not the one."""
        self.asked += share is Share.REST
        if (share, self.asked) == (Share.REST, 2):
            raise NotYet("not yet", retry_after=30.0)
        return super().book(installation, share)


def test_a_file_for_which_it_is_not_our_turn_is_owed_and_written_by_the_next_look(proposing: World) -> None:
    desk = proposing.desk
    desk._budget = Late(f"sqlite:///{desk.folder / 'assay.db'}", Limits(80, 500))
    desk.open()
    pull = opened(proposing, {"app.yaml": proposing.manifest(proposing.image()[0])})
    with pytest.raises(Owed):
        desk.work()
    assert (desk.states(pull), held(pull)) == ({IMAGES: "success", REVIEW: "success"}, None)
    pull.comment("dana", "/assay recheck")
    settled(proposing)
    assert held(pull) is not None
