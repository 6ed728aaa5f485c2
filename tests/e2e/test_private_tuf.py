"""A private Sigstore whose root comes over TUF from a repository of the operator's: the program as processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import IDENTITY, IMAGES, ISSUER, policy
from tests.fakes.github.pull_request import PullRequest
from tests.fakes.github.repository import Repository
from tests.fakes.sigstore import PrivateSigstore
from tests.fakes.stage import Stage
from tests.fakes.tuf import TufRepository


@dataclass
class World:
    """The program with an old default root, and the repository that has the one under which images are signed."""

    stage: Stage
    tuf: TufRepository
    repository: Repository
    looks: int = 0

    def restart(self, said: str) -> None:
        """Start the program anew, which refreshes at once, and wait until it said how that went."""
        self.stage.end()
        before = self.stage.log.count(said)
        self.stage.run()
        self.stage.wait(lambda: self.stage.log.count(said) > before, said)

    def look(self) -> tuple[str, str]:
        """Run an image that the release workflow signed; return the state of the images' status, and the comment."""
        self.looks += 1
        digest = self.stage.registry.put_image("acme/api", seed=f"image {self.looks}")
        name = f"{self.stage.registry.host}/acme/api"
        signer = self.stage.sigstore.signer(IDENTITY, ISSUER)
        self.stage.registry.attach(self.stage.sigstore.sign(digest, name, signer), "acme/api")
        manifest = f"kind: Pod\nspec:\n  containers:\n    - image: {name}@{digest}\n"
        branch = f"bump-{self.looks}"
        self.repository.commit(branch, {f"{branch}.yaml": manifest}, author="dana", parents=["main"])
        pull = self.repository.open_pull_request(branch, author="dana")
        self.stage.wait(lambda: _state(pull) not in {"", "pending"} and pull.comments, "it is judged")
        return _state(pull), pull.comments[-1].body


def _state(pull: PullRequest) -> str:
    latest = pull.repository.latest_statuses(pull.head_sha)
    return next((one.state for one in latest if one.context == IMAGES), "")


@pytest.fixture
def world() -> Iterator[World]:
    stage = Stage()
    stage.folder.joinpath("trusted_root.json").write_bytes(PrivateSigstore("old", now=stage.now).trusted_root_json())
    with TufRepository(stage.sigstore.trusted_root_json()) as tuf:
        first = stage.folder / "1.root.json"
        first.write_bytes(tuf.bootstrap)
        tuf.publish(stage.sigstore.trusted_root_json())
        # Mirrors that hold nothing stand for the built-in sources: no test leaves this machine.
        mirrors = f"public-good={tuf.url}/none;github={tuf.url}/none"
        stage.set({"ASSAY_TUF": "on", "ASSAY_TUF_SOURCES": f"default={tuf.url} {first};{mirrors}"})
        with stage:
            stage.github.organization("acme", members=["dana"])
            stage.github.repository("acme/.github")
            repository = stage.github.repository("acme/gitops")
            repository.commit("main", {".github/assay.yml": policy(stage.registry.host)}, author="dana")
            yield World(stage, tuf, repository)


FRESH = "the trusted root default is fresh"
REFUSED = "the trusted root default could not be refreshed"


def test_at_030_a_private_root_is_refreshed_and_the_last_good_one_outlives_what_is_expired_or_rolled_back(
    world: World,
) -> None:
    world.stage.wait(lambda: FRESH in world.stage.log, FRESH)
    looks = [world.look()]

    old = PrivateSigstore("old", now=world.stage.now).trusted_root_json()
    world.tuf.publish(old, expired="timestamp")
    world.restart(REFUSED)
    looks.append(world.look())

    world.tuf.publish(old, version=1)
    world.restart(REFUSED)
    looks.append(world.look())

    assert [state for state, _ in looks] == ["success"] * 3
    assert ["has expired" in looks[1][1], "was refused" in looks[2][1], "refused" in looks[0][1]] == [True, True, False]
