"""Images that look better than they are, through the whole job."""

from __future__ import annotations

from tests.e2e.conftest import IMAGES, REVIEW, World
from tests.fakes.github import symlink
from tests.fakes.image_store import MANIFEST, encode


def test_at_044_an_unsigned_platform_that_is_written_as_a_build_record_blocks(world: World) -> None:
    """A signed platform manifest beside a stranger's, in an index that nobody signed."""
    world.under_policy()
    registry, name = world.desk.registry, "acme/api"
    _, good = world.image(name)
    evil = registry.put_image(name, seed="evil")
    children = [
        {"digest": str(good), "platform": {"os": "linux", "architecture": "amd64"}},
        {
            "digest": str(evil),
            "platform": {"os": "linux", "architecture": "arm64"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
        },
    ]
    index_type = "application/vnd.oci.image.index.v1+json"
    index = {
        "schemaVersion": 2,
        "mediaType": index_type,
        "manifests": [{"mediaType": MANIFEST, "size": 1, **child} for child in children],
    }
    digest = registry.put_manifest(name, encode(index), index_type, "2")
    pull = world.bump(f"{registry.host}/{name}:2@{digest}")
    world.desk.work()
    assert world.desk.states(pull)[IMAGES] == "failure"


def test_at_134_a_link_to_another_folder_waits_for_a_person(world: World) -> None:
    world.under_policy()
    world.repository.commit("link", {"apps/current": symlink("../v2")}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("link", author="dana")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}
    pull.review("bob", "APPROVED")
    world.desk.work()
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
