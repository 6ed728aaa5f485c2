"""Charts in a registry are verified like images; charts of an index are told to a person."""

from __future__ import annotations

import json

import pytest

from app.core.oci import Digest
from tests.e2e.conftest import IMAGES, REVIEW, World, policy
from tests.fakes.github.pull_request import PullRequest

CONFIG = b'{"name": "cm", "version": "1.3.0", "apiVersion": "v2"}'
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: cm, namespace: apps}}
spec:
  chart:
    spec:
      chart: cm
      version: {version}
      sourceRef: {{kind: HelmRepository, name: acme}}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {{name: acme, namespace: apps}}
spec: {{url: "{url}"}}
"""


def put_chart(world: World, version: str, *, signed: bool) -> Digest:
    """Push what Helm pushes: a configuration of its own type and one layer."""
    registry, name = world.desk.registry, "acme/charts/cm"
    layer = f"chart {version}".encode()
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.cncf.helm.config.v1+json",
            "digest": str(registry.put_blob(name, CONFIG)),
            "size": len(CONFIG),
        },
        "layers": [
            {
                "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                "digest": str(registry.put_blob(name, layer)),
                "size": len(layer),
            }
        ],
    }
    digest = registry.put_manifest(name, json.dumps(document).encode(), MANIFEST, version)
    if signed:
        world.sign(digest, name)
    return digest


def bump(world: World, url: str, rest: str = "", scope: str = "") -> PullRequest:
    """Open a pull request that moves a release from one version of its chart to the next."""
    world.under_policy(policy(world.desk.registry.host, rest, scope))
    release = RELEASE.format(version="1.2.0", url=url)
    world.repository.commit("main", {"cm.yaml": release}, author="owner")
    world.desk.skip()
    world.repository.commit("chart", {"cm.yaml": release.replace("1.2.0", "1.3.0")}, author="dana", parents=["main"])
    pull = world.repository.open_pull_request("chart", author="dana")
    world.desk.work()
    return pull


@pytest.mark.parametrize(("signed", "state"), [(True, "success"), (False, "failure")])
def test_a_chart_of_a_registry_must_be_signed(world: World, *, signed: bool, state: str) -> None:
    put_chart(world, "1.2.0", signed=True)
    put_chart(world, "1.3.0", signed=signed)
    pull = bump(world, f"oci://{world.desk.registry.host}/acme/charts")
    assert world.desk.states(pull)[IMAGES] == state
    assert "chart " in pull.comments[0].body


def test_a_signed_chart_is_asked_nothing_that_only_an_image_can_answer(world: World) -> None:
    put_chart(world, "1.2.0", signed=True)
    put_chart(world, "1.3.0", signed=True)
    limits = "    platforms: all\n    limits: {image.root: false, image.size: 500}\n"
    pull = bump(world, f"oci://{world.desk.registry.host}/acme/charts", scope=limits)
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "success"}
    assert "the image says of itself" not in pull.comments[0].body


def test_at_132_another_version_of_a_chart_from_an_index_waits_for_a_person(world: World) -> None:
    pull = bump(world, "https://charts.acme.test")
    assert world.desk.states(pull) == {IMAGES: "success", REVIEW: "pending"}
    assert "the chart cm of `https://charts.acme.test` moves from `1.2.0` to `1.3.0`" in pull.comments[0].body


@pytest.mark.parametrize(
    ("word", "expected"),
    [("allow", {IMAGES: "success", REVIEW: "success"}), ("block", {IMAGES: "failure", REVIEW: "success"})],
)
def test_the_policy_says_what_a_chart_from_an_index_gets(world: World, word: str, expected: dict[str, str]) -> None:
    pull = bump(world, "https://charts.acme.test", f"unresolved-sources: {word}\n")
    assert world.desk.states(pull) == expected
