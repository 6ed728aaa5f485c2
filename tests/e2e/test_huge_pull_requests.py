"""Pull requests that change more files than GitHub lists: the real job, real git over HTTP, and who sees the token."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.conftest import IMAGES, REVIEW, World
from tests.fakes.github import Fault, submodule, symlink
from tests.fakes.github.gitobjects import Content
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository

MANY = 3_001
FETCH = "/acme/gitops.git/*"


def filler(count: int = MANY) -> dict[str, Content]:
    return {f"notes/{number // 100}/{number}.txt": f"{number}\n" for number in range(count)}


def huge(world: World, files: Mapping[str, Content], source: Repository | None = None) -> PullRequest:
    """Open a pull request with these changes behind more files than are listed."""
    where = source or world.repository
    where.commit("huge", {**filler(), **files}, author="dana", parents=["main"])
    return world.repository.open_pull_request("huge", author="dana", repository=source)


def fetched(world: World) -> list[int]:
    return [call.status for call in world.desk.github.calls(path=FETCH)]


def left_on_disk(world: World) -> list[Path]:
    return [path for path in (world.desk.folder / "git-fetch").rglob("*") if path.is_file()]


def test_at_146_four_thousand_bumped_manifests_are_judged_and_pass(world: World) -> None:
    world.under_policy()
    old, new = world.image()[0], world.image()[0]
    paths = [f"apps/{number:04}/pod.yaml" for number in range(4_000)]
    world.repository.commit("main", dict.fromkeys(paths, world.manifest(old)), author="owner")
    world.desk.skip()
    world.repository.commit("bump", dict.fromkeys(paths, world.manifest(new)), author="dana", parents=["main"])
    pull = world.repository.open_pull_request("bump", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert not world.desk.github.calls("POST", "/graphql")[8:]  # contents came with git, not sixty a query


def test_at_146_the_evil_file_beyond_the_end_of_the_list_blocks(world: World) -> None:
    world.under_policy()
    pull = huge(world, {"zzz/last.yaml": world.manifest(world.image(signed=False)[0])})
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_nothing_is_left_on_disk(world: World) -> None:
    world.under_policy()
    huge(world, {"app.yaml": world.manifest(world.image()[0])})
    world.desk.work()
    assert set(fetched(world)) == {200}
    assert left_on_disk(world) == []


def test_a_small_pull_request_never_starts_git(world: World) -> None:
    world.under_policy()
    world.bump(world.image()[0])
    world.desk.work()
    assert fetched(world) == []


def test_a_pull_request_that_is_listed_whole_never_starts_git(world: World) -> None:
    world.under_policy()
    world.repository.commit("long", filler(1_000), author="dana", parents=["main"])
    world.repository.open_pull_request("long", author="dana")
    world.desk.work()
    assert fetched(world) == []


def test_a_fork_is_read_through_the_base_repository(world: World) -> None:
    world.under_policy()
    fork = world.repository.fork("stranger")
    pull = huge(world, {"zzz.yaml": world.manifest(world.image(signed=False)[0])}, fork)
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert {call.path.split("/")[1] for call in world.desk.github.calls(path="*.git/*")} == {"acme"}


def test_at_174_the_head_of_a_fork_that_was_deleted_is_read(world: World) -> None:
    world.under_policy()
    fork = world.repository.fork("stranger")
    pull = huge(world, {"zzz.yaml": world.manifest(world.image(signed=False)[0])}, fork)
    fork.delete()
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_134_at_135_at_140_what_hides_its_content_is_named_and_never_passes(world: World) -> None:
    world.under_policy()
    files: dict[str, Content] = {
        "link.yaml": symlink("/etc/passwd"),
        "pointer.yaml": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
        "latin.yaml": b"image: caf\xe9\n",
        "large.yaml": b"# " + b"x" * (1 << 20),
        "notes.txt": symlink("../../elsewhere"),
        "vendored": submodule("1" * 40),
    }
    pull = huge(world, files)
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "pending"}
    assert [path for path in files if f"`{path}`" not in pull.comments[-1].body] == []


def test_at_137_at_206_images_in_files_of_any_name_are_judged(world: World) -> None:
    world.under_policy()
    names = ("a\nb.yaml", "--upload-pack=x.yaml", ":(exclude)a.yaml", "caf\udce9.yaml", "d/app.yaml", "d/App.yaml")
    bad = {name: world.image(f"acme/bad{number}", signed=False)[0] for number, name in enumerate(names)}
    pull = huge(world, {name: world.manifest(image) for name, image in bad.items()})
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert [number for number in range(len(names)) if f"acme/bad{number}" not in pull.comments[-1].body] == []


def test_a_moved_and_edited_file_is_a_rename(world: World) -> None:
    world.under_policy()
    old, new = world.image()[0], world.image()[0]
    rest = "".join(f"# line {number} that stays\n" for number in range(40))
    world.repository.commit("main", {"old/place.yaml": world.manifest(old) + rest}, author="owner")
    world.desk.skip()
    pull = huge(world, {"old/place.yaml": None, "new/place.yaml": world.manifest(new) + rest})
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"
    assert "1 image change, verified" in pull.comments[-1].body


def test_at_146_where_the_operator_forbids_git_it_stays_incomplete_and_says_so(world: World) -> None:
    world.desk.open({"ASSAY_GIT_FETCH": "off"})
    world.under_policy()
    pull = huge(world, {"zzz.yaml": world.manifest(world.image()[0])})
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
    assert "turned off" in pull.comments[-1].body
    assert fetched(world) == []


def test_at_146_where_the_fetch_fails_it_stays_incomplete_and_says_so(world: World) -> None:
    world.under_policy()
    world.desk.github.fault(Fault("*", FETCH, 500, times=None))
    pull = huge(world, {"zzz.yaml": world.manifest(world.image()[0])})
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "error", REVIEW: "error"}
    assert "could not fetch" in pull.comments[-1].body


def test_the_token_of_the_fetch_reads_contents_and_no_more(world: World) -> None:
    world.under_policy()
    huge(world, {})
    world.desk.work()
    headers = [call.headers["authorization"] for call in world.desk.github.calls(path=FETCH)]
    tokens = {base64.b64decode(header.split(" ")[1]).decode().removeprefix("x-access-token:") for header in headers}
    issued = world.desk.github.world.tokens
    assert [issued[token].permissions for token in tokens] == [{"contents": "read", "metadata": "read"}]
    assert [issued[token].repositories for token in tokens] == [frozenset({world.repository.id})]
