"""Images that look better than they are, through the whole job."""

from __future__ import annotations

from tests.e2e.conftest import IMAGES, World
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
