"""A GitOps repository under a policy, an image that is signed, and one that is not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from app.core.oci import Digest
from tests.fakes.desk import Desk
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.registry import Seen

ISSUER = "https://token.actions.githubusercontent.com"
IDENTITY = "https://github.com/acme/images/.github/workflows/release.yml@refs/tags/v1.0.0"
IMAGES = "assay/images: main"
REVIEW = "assay/review: main"


def policy(host: str, extra: str = "", scope: str = "") -> str:
    """Write a policy that wants every image of a registry signed."""
    return f"""\
version: 1
signers:
  release:
    issuer: {ISSUER}
    identity: {IDENTITY}
images:
  - name: ours
    match: ["{host}/**"]
    signature: [release]
{scope}{extra}"""


@dataclass
class World:
    """What the scenarios share; `desk.work()` lets Assay catch up with what GitHub delivered."""

    desk: Desk
    repository: Repository
    counter: int = field(default=0)

    def image(self, name: str = "acme/api", *, signed: bool = True, tag: str = "") -> tuple[str, Digest]:
        """Push an image and return its reference by digest; a signed one is signed by the release workflow."""
        self.counter += 1
        tag = tag or f"1.{self.counter}"
        digest = self.desk.registry.put_image(name, tag, seed=f"{name} {self.counter}")
        if signed:
            self.sign(digest, name)
        return f"{self.desk.registry.host}/{name}:{tag}@{digest}", digest

    def sign(self, digest: Digest, name: str = "acme/api") -> None:
        """Sign an image as the release workflow does."""
        signer = self.desk.sigstore.signer(IDENTITY, ISSUER)
        self.desk.registry.attach(self.desk.sigstore.sign(digest, f"{self.desk.registry.host}/{name}", signer), name)

    def manifest(self, image: str) -> str:
        """Write a pod."""
        return (
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: api\nspec:\n  containers:\n"
            f"    - name: api\n      image: {image}\n"
        )

    def bump(self, image: str, *, branch: str = "bump", base: str = "main", author: str = "dana") -> PullRequest:
        """Open a pull request that runs another image."""
        self.repository.commit(branch, {"app.yaml": self.manifest(image)}, author=author, parents=[base])
        return self.repository.open_pull_request(branch, base=base, author=author)

    def under_policy(self, text: str | None = None) -> None:
        """Put a policy on main, beside an old image that is signed."""
        old, _ = self.image()
        text = text if text is not None else policy(self.desk.registry.host)
        files = {".github/assay.yml": text, "app.yaml": self.manifest(old)}
        self.repository.commit("main", files, author="owner")
        self.desk.skip()


class Held(list[Seen]):
    """Requests of a registry that are not answered before something holds (or twenty seconds have passed)."""

    def __init__(self, holds: Callable[[], bool]) -> None:
        super().__init__()
        self.holds = holds
        self.gave_up = False

    def append(self, seen: Seen) -> None:
        """Keep a request, once it may be answered."""
        for _ in range(1000):
            if self.holds():
                break
            threading.Event().wait(0.02)
        else:
            self.gave_up = True
        super().append(seen)


@pytest.fixture
def world() -> Iterator[World]:
    """An organization with one repository, protected by both contexts, and an owner's repository without a floor."""
    with Desk() as desk:
        desk.github.organization("acme", teams={"security": ["alice"]}, members=["alice", "bob", "dana", "owner"])
        desk.github.repository("acme/.github")
        repository = desk.github.repository("acme/gitops")
        repository.grant_team("security", "write")
        for login, role in (("owner", "admin"), ("bob", "maintain"), ("dana", "write")):
            repository.grant(login, role)
        repository.protect("main", [IMAGES, REVIEW], app_id=desk.github.app.id)
        yield World(desk, repository)
