"""One image → its evidence: what the registry holds, proved or refused bundle by bundle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.core.attestation import Bundle, Evidence, Fetched, PublicKey, Rejection, SignedStatement
from app.core.oci import ImageReference
from app.jobs.ports import Registry, Verifier


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Gathers evidence from one registry view; `keys` are the public keys that the policy names.

    `counts` says of evidence with one statement whether the policy trusts it: only then is its predicate kept. Anyone
    can sign megabytes, and those of two hundred images would be held at once.
    """

    registry: Registry
    verifier: Verifier
    keys: Sequence[PublicKey]
    counts: Callable[[Evidence], bool] = lambda _evidence: True

    def gather(self, reference: ImageReference) -> Evidence:
        """Resolve the reference once, fetch by digest, prove every bundle; never raises, failures are part of it."""
        resolution = self.registry.resolve(reference)
        if resolution.digest is None:
            return Evidence(reference, None, (), (), (), (resolution.lookup,))
        fetched = self.registry.fetch(reference.pinned(resolution.digest))
        proved = [self.prove(bundle, fetched) for bundle in fetched.bundles]
        asked = () if reference.digest is not None else (resolution.lookup,)
        return Evidence(
            reference=reference,
            digest=resolution.digest,
            platforms=fetched.platforms,
            signed=tuple(one for one in proved if isinstance(one, SignedStatement)),
            rejected=tuple(one for one in proved if isinstance(one, Rejection)),
            lookups=asked + fetched.lookups,
            facts=fetched.facts,
        )

    def prove(self, bundle: Bundle, fetched: Fetched) -> SignedStatement | Rejection:
        """Prove a bundle for the manifest that it is attached to; `fetched` is the image that it is found for."""
        # A bundle proves something of the manifest that it is attached to, of no other (AT-014).
        proved = self.verifier.verify(bundle, (bundle.subject,), self.keys)
        if isinstance(proved, Rejection):
            return proved
        alone = Evidence(fetched.reference, fetched.reference.digest, fetched.platforms, (proved,), (), ())
        if self.counts(alone):
            return proved
        return replace(proved, statement=replace(proved.statement, predicate={}))
