"""A tag moved in a Kustomize base, through the real job: the comment names the overlays, and asks GitHub little."""

from __future__ import annotations

from tests.e2e.conftest import IMAGES, World

LISTS = {
    "base/kustomization.yaml": "resources: [pod.yaml]\n",
    "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
    "overlays/stage/kustomization.yaml": "resources: [../../base]\n",
}
TREE = "/repos/acme/gitops/git/trees/*"


def move(world: World, path: str) -> str:
    """Move an image in one file of a repository with overlays and return the comment."""
    world.under_policy()
    old, new = world.image()[0], world.image()[0]
    world.repository.commit("main", {path: world.manifest(old), **LISTS}, author="owner")
    world.desk.skip()
    world.repository.commit("bump", {path: world.manifest(new)}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("bump", author="dana")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "success"
    return pull.comments[-1].body


def test_a_tag_moved_in_a_base_names_every_overlay_in_the_comment(world: World) -> None:
    assert "`base/pod.yaml` is taken by `overlays/prod`, `overlays/stage`" in move(world, "base/pod.yaml")


def test_it_costs_one_listing(world: World) -> None:
    move(world, "base/pod.yaml")
    assert len(world.desk.github.calls(path=TREE)) == 1


def test_an_image_outside_of_a_base_costs_no_listing(world: World) -> None:
    move(world, "apps/api/pod.yaml")
    assert world.desk.github.calls(path=TREE) == []
