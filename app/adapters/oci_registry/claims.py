"""What lies beside an image and is signed by nobody: shown, so that it is not taken for more; never counted (AT-036).

Two places hold only such things: the tag that `cosign attach sbom` writes, and the build records that BuildKit lists
in an index beside the platforms. A failure here hides no signature, so it decides nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from app.adapters.oci_documents import BuildRecord, Index, Manifest, build_records, claimed_types, shown
from app.adapters.oci_registry import threads
from app.adapters.oci_registry.client import RepositoryClient
from app.adapters.oci_registry.failure import Failure, NotThere
from app.core.attestation import Answer, Lookup
from app.core.oci import Digest

UNSIGNED = "unsigned"
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Claims:
    """Looks for claims about one image; `labels` names its platforms by their manifests."""

    client: RepositoryClient
    image: Digest
    labels: Mapping[Digest, str]

    def look(self, document: Manifest | Index) -> tuple[Lookup, ...]:
        """Ask the `.sbom` tag, and the build records of an index; never raises."""
        records = build_records(document) if isinstance(document, Index) else ()
        asked = records[: self.client.job.limits.platforms]
        steps = [self._sbom, *(partial(self._record, record) for record in asked)]
        with threads.pool(self.client.job.limits.at_a_time) as pool:
            return tuple(pool.map(lambda step: step(), steps))

    def _sbom(self) -> Lookup:
        return self._said(f".sbom tag of {self.image.short}", partial(self._attached_sbom, f"sha256-{self.image.hex}"))

    def _record(self, record: BuildRecord) -> Lookup:
        label = record.digest.short if record.of is None else self.labels.get(record.of, record.of.short)
        return self._said(f"build record of {label}", partial(self._recorded, record.digest))

    def _attached_sbom(self, tag: str) -> str:
        document = self._manifest(f"{tag}.sbom")
        return ", ".join(sorted({shown(layer.descriptor.media_type) for layer in document.layers})[:_SHOWN])

    def _recorded(self, digest: Digest) -> str:
        return ", ".join(claimed_types(self._manifest(digest)))

    def _manifest(self, reference: str | Digest) -> Manifest:
        document = self.client.manifest(reference).document
        if isinstance(document, Index):
            raise Failure("unsupported")
        return document

    def _said(self, where: str, ask: Callable[[], str]) -> Lookup:
        host, used = self.client.registry.name, self.client.login
        try:
            detail = f"unsigned, ignored: {ask() or 'nothing'}"
        except NotThere:
            return Lookup(where, host, Answer.NOT_THERE, credentials=used.used, claims=True)
        except Failure as failure:
            return Lookup(
                where, host, Answer.FAILED, str(failure), failure.code, failure.retry_after, used.used, claims=True
            )
        return Lookup(where, host, Answer.FOUND, detail, UNSIGNED, credentials=used.used, claims=True)
