"""A real public image, its real attestation, the real public-good trust root, through the whole main job."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.adapters.sigstore_verifier import packaged_root
from tests.e2e.conftest import IMAGES, ISSUER
from tests.fakes.desk import Desk
from tests.fakes.github.pull_request import PullRequest

_GENERATOR = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml"


def _policy(host: str, version: str) -> str:
    return f"""\
version: 1
signers:
  generator:
    issuer: {ISSUER}
    identity: {_GENERATOR}@refs/tags/{version}
images:
  - match: ["{host}/**"]
    attestations:
      - type: slsa-provenance
        signers: [generator]
"""


def _judged(desk: Desk, layout: Path, trusted: str) -> PullRequest:
    digest = desk.registry.put_layout("slsa-framework/example-package", layout, tag="real")
    image = f"{desk.registry.host}/slsa-framework/example-package:real@{digest}"
    repository = desk.github.repository("acme/gitops")
    desk.github.repository("acme/.github")
    repository.commit("main", {".github/assay.yml": _policy(desk.registry.host, trusted)})
    manifest = f"kind: Pod\napiVersion: v1\nspec:\n  containers:\n    - name: real\n      image: {image}\n"
    repository.commit("bump", {"app.yaml": manifest}, author="dana")
    pull = repository.open_pull_request("bump", author="dana")
    desk.work()
    return pull


@pytest.mark.needs_data
@pytest.mark.parametrize("version", ["v1.5.0", "v1.7.0", "v1.9.0", "v1.10.0", "v2.1.0"])
def test_a_real_public_image_is_verified_against_the_public_good_root(real_data: Path, version: str) -> None:
    layout = _layout(real_data, version)
    with Desk(trusted_root=packaged_root()) as desk:
        pull = _judged(desk, layout, version)
        assert desk.states(pull)[IMAGES] == "success"
        assert "verified" in pull.comments[-1].body


@pytest.mark.needs_data
def test_a_real_public_image_of_another_signer_is_blocked(real_data: Path) -> None:
    with Desk(trusted_root=packaged_root()) as desk:
        pull = _judged(desk, _layout(real_data, "v1.7.0"), "v0.0.1")
        assert desk.states(pull)[IMAGES] == "failure"
        assert "untrusted signer" in pull.comments[-1].body


def _layout(real_data: Path, version: str) -> Path:
    found = sorted((real_data / "sigstore/legacy-oci/slsa-verifier" / version).rglob("index.json"))
    assert found, f"no layout of {version}"
    return found[0].parent
