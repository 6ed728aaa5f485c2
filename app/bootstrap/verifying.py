"""The verification of one image or bundle, at the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.adapters.oci_layout import OciLayout
from app.bootstrap.proving import verifier
from app.bootstrap.terminal import terminal_audience
from app.bootstrap.ways import way_out
from app.core.attestation import Attached
from app.core.network import WayOut
from app.core.oci import Audience, Digest
from app.jobs.evidence import Gatherer
from app.jobs.ports import Registry
from app.jobs.search import Beyond, Search
from app.jobs.verify_image import VerifyJob, Wish
from app.settings import Settings


def verify_job(wish: Wish, settings: Settings, only: Path | None = None) -> VerifyJob:
    """Wire the verification of one image or bundle, against `only` this trusted root where one is given."""
    return VerifyJob(verifier(settings, only), wish)


def search(job: VerifyJob, registry: Registry, settings: Settings) -> Search:
    """Search for what a verification asks, in a registry or a layout and wherever else the main job would look."""
    gatherer = Gatherer(registry, job.verifier, job.keys())
    beyond = Beyond(
        _PublicAttestations(settings.github_url, settings.bundle_hosts, way_out(settings)), settings.mirrors
    )
    return Search(gatherer, job.wish, beyond, terminal_audience())


def terminal_registry(settings: Settings) -> Registry:
    """Open the registries for the person at the terminal."""
    from app.bootstrap.registries import registries  # noqa: PLC0415 - slow, and needless for what is on disk

    return registries(settings, terminal=True).open(terminal_audience())


def layout(folder: str) -> OciLayout:
    """Open an image layout on disk."""
    return OciLayout(Path(folder))


@dataclass(frozen=True, slots=True)
class _PublicAttestations:
    """GitHub's attestations as everybody may read them, over a connection of its own that is open while it asks.

    To open one costs about as much as to verify an image, and to load the client several times that: most images are
    not asked about at GitHub, so neither is done before one is.
    """

    url: str
    bundle_hosts: frozenset[str]
    way: WayOut

    def fetch(self, repository: str, digest: Digest, audience: Audience) -> Attached:
        """Fetch what GitHub keeps in `owner/repository` for a digest; never raises."""
        from app.adapters.github import Connection, GitHubAttestations  # noqa: PLC0415 - slow, and seldom needed

        connection = Connection.to(self.url, self.bundle_hosts, self.way)
        try:
            return GitHubAttestations(connection).fetch(repository, digest, audience)
        finally:
            connection.close()
