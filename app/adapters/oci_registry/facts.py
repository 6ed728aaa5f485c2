"""What an image says of itself: its configuration, and for an index that of the platform that stands for it.

One request for a single image, two for an index, beside those for what is attached. Their failure hides no signature:
it is an answer of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.adapters.oci_config import config_of, read_facts, standing_for
from app.adapters.oci_documents import DocumentError, Index, Manifest
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
        try:
            self.found = self._read()
        except NotThere:
            self.found = failed(WHERE, self._client, Failure("malformed"))
        except DocumentError as error:
            if error.code == "unsupported":
                self.found = Lookup(WHERE, self._client.registry.name, Answer.NOT_THERE, str(error), error.code)
            else:
                self.found = failed(WHERE, self._client, Failure(error.code))
        except Failure as failure:
            self.found = failed(WHERE, self._client, failure)
        return ()

    def _read(self) -> ImageFacts:
        digest, manifest = self._manifest()
        content = self._client.blob(config_of(manifest))
        return read_facts(digest, manifest, content, (one.platform for one in self._platforms))

    def _manifest(self) -> tuple[Digest, Manifest]:
        document = self._image.document
        if isinstance(document, Manifest):
            return self._image.digest, document
        digest = standing_for(self._platforms)
        child = self._client.manifest(digest).document
        if isinstance(child, Index):
            raise DocumentError("unsupported", "an index lists another index as an image")
        return digest, child
