"""Files beside the manifests: proposed once, where they may be, and never believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from app.core.errors import Unavailable
from tests.e2e.conftest import IDENTITY, IMAGES, REVIEW, World, policy
from tests.fakes.github.gitobjects import Content, symlink
from tests.fakes.github.pull_request import PullRequest

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/assay.evidence-file-v1.json").read_text("utf-8"))
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
    assert "[dependabot skip]" in last.message


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
