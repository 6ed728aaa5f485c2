"""What the tests of registries speak of: a registry with a repository of the test's own, and limits that end soon."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.adapters.oci_registry import Limits, OciRegistry
from app.core.attestation import Answer, Fetched
from app.core.oci import Digest, ImageReference
from tests.fakes.image_store import ImageStore
from tests.fakes.registry import FakeRegistry

Open = Callable[..., OciRegistry]

QUICK = Limits(connect=1.0, read=1.0, request=2.0, image=4.0, job=8.0)
"""Limits under which a test that meets them ends soon."""


@dataclass(frozen=True, slots=True)
class Place:
    """A registry with its content: `image` names what is in a repository of the test's own."""

    store: ImageStore
    host: str
    repository: str

    def image(self, digest: Digest | None = None, tag: str | None = None) -> ImageReference:
        reference = ImageReference.parse(f"{self.host}/{self.repository}")
        return replace(reference, digest=digest, tag=tag)


def of(registry: FakeRegistry, digest: Digest | None = None, tag: str | None = None) -> ImageReference:
    """Name an image of the repository that most tests use."""
    return Place(registry, registry.host, REPOSITORY).image(digest, tag)


REPOSITORY = "acme/api"


def failures(fetched: Fetched) -> set[str]:
    """Return the codes of the places that did not answer."""
    return {lookup.code for lookup in fetched.lookups if lookup.answer is Answer.FAILED}


def targets(registry: FakeRegistry) -> list[str]:
    """Return what was asked for, in order."""
    return [seen.target for seen in registry.requests]


def attached_blobs(registry: FakeRegistry, image: Digest) -> list[str]:
    """Return the blobs that were asked for, save the image's own configuration."""
    own = json.loads(registry.read_manifest(REPOSITORY, str(image)) or b"{}")["config"]["digest"]
    return [one for one in targets(registry) if "/blobs/" in one and not one.endswith(f"/{own}")]
