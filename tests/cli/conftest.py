"""A repository on this machine, a registry on loopback and a private Sigstore: what a person at a terminal has."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.core.oci import Digest
from tests.conftest import ROOT
from tests.fakes.registry import FakeRegistry
from tests.fakes.sigstore import PrivateSigstore

ISSUER = "https://token.actions.githubusercontent.com"
IDENTITY = "https://github.com/acme/images/.github/workflows/release.yml@refs/tags/v1.0.0"
KEYLESS = ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER)

_GIT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "dana",
    "GIT_AUTHOR_EMAIL": "dana@example.org",
    "GIT_COMMITTER_NAME": "dana",
    "GIT_COMMITTER_EMAIL": "dana@example.org",
}


def read(result: Result) -> dict[str, Any]:
    """Read a command's JSON, and hold it against the schema that is published for it."""
    document = cast("dict[str, Any]", json.loads(result.stdout))
    name = str(document["schema"]).replace("/", "-")
    schema = json.loads((ROOT / f"docs/schemas/{name}.json").read_text(encoding="utf-8"))
    assert [str(error) for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(document)] == []
    return document


def manifest(image: str) -> str:
    """Write a pod."""
    return f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: api\nspec:\n  containers:\n    - image: {image}\n"


@dataclass
class Desktop:
    """Where the commands run: `folder` is a git repository, `root` the private Sigstore's trusted root."""

    folder: Path
    root: Path
    registry: FakeRegistry
    sigstore: PrivateSigstore
    settings: dict[str, str] = field(default_factory=dict)
    counter: int = 0

    def assay(self, *arguments: str, settings: Mapping[str, str] | None = None) -> Result:
        """Run a command with the settings of the desktop, or with others."""
        environment: dict[str, str | None] = {name: None for name in os.environ if name.startswith("ASSAY_")}
        environment.update(self.settings if settings is None else settings)
        return CliRunner().invoke(main, arguments, env=environment, prog_name="assay")

    def check(self, *arguments: str) -> Result:
        """Judge what the branch `bump` changes."""
        return self.assay("check", "--repo", str(self.folder), *arguments, "main", "bump")

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=_GIT, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, files: Mapping[str, str | None]) -> str:
        """Write files (`None` deletes) and commit them."""
        for path, text in files.items():
            target = self.folder / path
            if text is None:
                target.unlink()
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def image(self, name: str = "acme/api", *, signed: bool = True, tag: str | None = None) -> str:
        """Push an image and return its reference by digest; a signed one is signed by the release workflow."""
        self.counter += 1
        tag = tag or f"1.{self.counter}"
        digest = self.registry.put_image(name, tag, seed=f"{name} {self.counter}")
        if signed:
            self.sign(name, digest)
        return f"{self.registry.host}/{name}:{tag}@{digest}"

    def sign(self, name: str, digest: Digest, identity: str = IDENTITY) -> None:
        """Sign an image keyless."""
        signer = self.sigstore.signer(identity, ISSUER)
        self.registry.attach(self.sigstore.sign(digest, f"{self.registry.host}/{name}", signer), name)

    def policy(self, more: str = "", first: str = "") -> str:
        """Write a policy that wants the images of one owner signed."""
        return (
            f"version: 1\n{first}signers:\n  release:\n    issuer: {ISSUER}\n    identity: {IDENTITY}\n"
            f'images:\n  - name: ours\n    match: ["{self.registry.host}/acme/**"]\n    signature: [release]\n{more}'
        )

    def bump(self, image: str, policy: str | None = None) -> None:
        """Put a policy and an old image on main, and a branch `bump` beside it that runs another image."""
        text = self.policy() if policy is None else policy
        self.commit({".github/assay.yml": text, "app.yaml": manifest(self.image(tag="1.0"))})
        self.git("checkout", "-q", "-b", "bump")
        self.commit({"app.yaml": manifest(image)})
        self.git("checkout", "-q", "main")


@pytest.fixture(scope="session")
def private() -> PrivateSigstore:
    """A private Sigstore; everything that is signed lies a few minutes back."""
    now = datetime.fromtimestamp(time.time(), UTC).replace(microsecond=0) - timedelta(minutes=10)
    return PrivateSigstore(now=now)


@pytest.fixture
def desktop(tmp_path: Path, private: PrivateSigstore) -> Iterator[Desktop]:
    """A desktop with an empty repository."""
    folder, root = tmp_path / "gitops", tmp_path / "root.json"
    folder.mkdir()
    root.write_bytes(private.trusted_root_json())
    with FakeRegistry() as registry:
        settings = {"ASSAY_TRUSTED_ROOT": str(root), "ASSAY_ALLOWED_PRIVATE_REGISTRIES": registry.host}
        desktop = Desktop(folder, root, registry, private, settings)
        desktop.git("init", "-q", "-b", "main")
        yield desktop
