"""Rendering through the real job: a program of ours under Kustomize's name stands where the operator's would."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import IMAGES, World
from tests.fakes.github.pull_request import PullRequest

# Stands for a build: a pod that runs the image which `image.txt` of the base names, in a form that nobody else reads.
KUSTOMIZE = """#!{python} -IS
import base64
image = base64.b64decode(open("../../base/image.txt").read()).decode()
print("apiVersion: v1\\nkind: Pod\\nmetadata: {{name: api}}\\nspec:\\n  containers:\\n    - image: " + image)
"""


@pytest.fixture
def rendering(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Let the operator allow rendering on a machine with that program."""
    file = tmp_path / "kustomize"
    file.write_text(KUSTOMIZE.format(python=sys.executable), encoding="utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    world.desk.open({"ASSAY_RENDER": "on"})
    return world


def hidden(image: str) -> str:
    """Write an image so that only the build knows it."""
    return base64.b64encode(image.encode()).decode()


def move(world: World, new: str) -> PullRequest:
    """Change what a base brings without any manifest that names an image."""
    world.under_policy()
    lists = {
        "base/kustomization.yaml": "configMapGenerator: [{name: a, files: [image.txt]}]\n",
        "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
    }
    world.repository.commit(
        "main", {**lists, "base/image.txt": hidden(world.image()[0]), "base/a.yaml": "a: 1\n"}, author="owner"
    )
    world.desk.skip()
    lists["base/kustomization.yaml"] += "# moved\n"
    world.repository.commit("bump", {**lists, "base/image.txt": hidden(new)}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("bump", author="dana")
    world.desk.work()
    return pull


def shut_in(world: World) -> bool:
    """Say whether this machine can keep a program from the network; where it cannot, nothing is rendered."""
    return not any(
        "kept from the network" in comment.body
        for pull in world.repository.pull_requests.values()
        for comment in pull.comments
    )


def test_an_image_that_only_rendering_shows_is_judged(rendering: World) -> None:
    pull = move(rendering, rendering.image(signed=False)[0])
    expected = "failure" if shut_in(rendering) else "success"
    assert rendering.desk.states(pull)[IMAGES] == expected


def test_without_the_setting_nothing_is_rendered(world: World) -> None:
    pull = move(world, world.image(signed=False)[0])
    assert world.desk.states(pull)[IMAGES] == "success"
