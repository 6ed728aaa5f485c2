"""What an image says of itself: its configuration, and for an index that of the platform that stands for it.

One request for a single image, two for an index, beside those for what is attached; where every platform is asked for,
two for each. Their failure hides no signature: it is an answer of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.adapters.oci_config import PLATFORMS, config_of, passed_over, read_facts, standing_for
from app.adapters.oci_documents import DocumentError, Index, Manifest
from app.adapters.oci_registry import threads
from app.adapters.oci_registry.client import Fetched, RepositoryClient
from app.adapters.oci_registry.failure import Failure, NotThere
from app.adapters.oci_registry.gathering import failed
from app.core.attestation import Answer, Lookup
from app.core.image_facts import ImageFacts
from app.core.oci import Descriptor, Digest

WHERE = "configuration"

Step = Callable[[], Iterable["Step"]]


class Facts:
    """Reads the facts of one image; `found` is their answer, `None` until a step has given it."""

    def __init__(self, client: RepositoryClient, image: Fetched, platforms: tuple[Descriptor, ...]) -> None:
        """Ask through `client`; `platforms` are those of an index."""
        self.found: ImageFacts | Lookup | None = None
        self._client = client
        self._image = image
        self._platforms = platforms

    def step(self) -> Iterable[Step]:
        """Read them; never raises."""
        self.found = _tried(self._client, WHERE, self._read)
        return ()

    def _read(self) -> ImageFacts:
        document = self._image.document
        if isinstance(document, Manifest):
            return _facts(self._client, self._image.digest, document, ())
        digest = standing_for(self._platforms)
        return _facts(self._client, digest, _manifest(self._client, digest), self._platforms)


def of_each(
    client: RepositoryClient, platforms: tuple[tuple[Descriptor, str], ...], known: ImageFacts | Lookup | None
) -> tuple[ImageFacts | Lookup, ...]:
    """Read what each platform, with its label, says of itself; `known` is what one says that was read before."""
    all_ = tuple(platform for platform, _ in platforms)

    def read(one: tuple[Descriptor, str]) -> ImageFacts | Lookup:
        digest, label = one[0].digest, one[1]
        if isinstance(known, ImageFacts) and known.manifest == digest:
            return known
        return _tried(client, f"{WHERE} of {label}", lambda: _facts(client, digest, _manifest(client, digest), all_))

    with threads.pool(client.job.limits.at_a_time) as pool:
        found = tuple(pool.map(read, platforms[:PLATFORMS]))
    return (*found, *passed_over(len(platforms), client.registry.name))


def _tried(client: RepositoryClient, where: str, read: Callable[[], ImageFacts]) -> ImageFacts | Lookup:
    try:
        return read()
    except NotThere:
        return failed(where, client, Failure("malformed"))
    except DocumentError as error:
        if error.code == "unsupported":
            return Lookup(where, client.registry.name, Answer.NOT_THERE, str(error), error.code)
        return failed(where, client, Failure(error.code))
    except Failure as failure:
        return failed(where, client, failure)


def _manifest(client: RepositoryClient, digest: Digest) -> Manifest:
    """Read the manifest of a platform."""
    child = client.manifest(digest).document
    if isinstance(child, Index):
        raise DocumentError("unsupported", "an index lists another index as an image")
    return child


def _facts(
    client: RepositoryClient, digest: Digest, manifest: Manifest, platforms: tuple[Descriptor, ...]
) -> ImageFacts:
    content = client.blob(config_of(manifest))
    return read_facts(digest, manifest, content, (one.platform for one in platforms))
