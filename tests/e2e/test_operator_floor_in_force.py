"""A floor of the operator's own, through the whole main job."""

from __future__ import annotations

from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, REVIEW, World


def floored(world: World) -> None:
    file = world.desk.folder / "floor.yml"
    host = world.desk.registry.host
    file.write_text(
        f"version: 1\nsigners:\n  release: {{issuer: {ISSUER}, identity: {IDENTITY}}}\n"
        f'images:\n  - {{name: all, match: ["{host}/**"], signature: [release]}}\n',
        encoding="utf-8",
    )
    world.desk.open({"ASSAY_FLOOR_FILE": str(file)})


def test_it_judges_a_repository_without_a_policy(world: World) -> None:
    floored(world)
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert "operator: all: signature" in pull.comments[0].body


def test_at_142_a_policy_that_asks_nothing_does_not_get_round_it(world: World) -> None:
    world.under_policy("version: 1\nmode: observe\nunmatched: allow\n")
    floored(world)
    pull = world.bump(world.image(signed=False)[0])
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"
    assert "`mode` (`.github/assay.yml:2`) is weaker than the floor" in pull.comments[0].body


def test_a_signed_image_passes_under_it(world: World) -> None:
    floored(world)
    pull = world.bump(world.image()[0])
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
