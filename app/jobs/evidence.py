"""One image → its evidence: what the registry holds, proved or refused bundle by bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.attestation import Evidence, PublicKey, Rejection, SignedStatement
from app.core.oci import ImageReference
from app.jobs.ports import Registry, Verifier


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Gathers evidence from one registry view; `keys` are the public keys that the policy names."""

    registry: Registry
    verifier: Verifier
    keys: Sequence[PublicKey]

    def gather(self, reference: ImageReference) -> Evidence:
        """Resolve the reference once, fetch by digest, prove every bundle; never raises, failures are part of it."""
        resolution = self.registry.resolve(reference)
        if resolution.digest is None:
            return Evidence(reference, None, (), (), (), (resolution.lookup,))
        fetched = self.registry.fetch(reference.pinned(resolution.digest))
        # A bundle proves something of the manifest that it is attached to, of no other (AT-014).
        proved = [self.verifier.verify(bundle, (bundle.subject,), self.keys) for bundle in fetched.bundles]
        asked = () if reference.digest is not None else (resolution.lookup,)
        return Evidence(
            reference=reference,
            digest=resolution.digest,
            platforms=fetched.platforms,
            signed=tuple(one for one in proved if isinstance(one, SignedStatement)),
            rejected=tuple(one for one in proved if isinstance(one, Rejection)),
            lookups=asked + fetched.lookups,
        )
