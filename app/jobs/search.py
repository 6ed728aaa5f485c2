"""One image → its evidence from every place that the policy names, as far as the policy needs them.

1. The image's own repository.
2. Where a matching scope says that signatures lie: other repositories, GitHub's attestations. GitHub is asked about the
   image and, while something is lacking, about each platform of it.
3. For an image of a mirror that still lacks something: its upstream, by the same digest.
4. If something is still lacking: what lies beside the image signed by nobody, so that it can be said of it.
5. Where a limit is about what the image says of itself: the configuration of every platform that will run.

What is found anywhere counts alike: a signature speaks of a digest, not of the place where it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from app.core.attestation import (
    Answer,
    Attached,
    Bundle,
    Elsewhere,
    Evidence,
    Fetched,
    Lookup,
    Rejection,
    SignedStatement,
    within,
)
from app.core.oci import Audience, Digest, ImageName, ImageReference, Mirrors
from app.jobs.evidence import Gatherer
from app.jobs.ports import Attestations, SourceHistory

PLATFORMS: Final = 8
"""Of how many platforms GitHub is asked; a registry is asked of as many."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """Where there is more than an image's own repository; `history` is of the repositories that images are built of."""

    attestations: Attestations
    mirrors: Mirrors = field(default_factory=Mirrors)
    history: SourceHistory | None = None


class Needs(Protocol):
    """What is asked of images: a policy, or the question of a person at the terminal."""

    def elsewhere(self, name: ImageName) -> Elsewhere:
        """Return where evidence of an image lies besides its own repository."""
        ...

    def lacks(self, evidence: Evidence) -> bool:
        """Say whether more evidence could still matter."""
        ...

    def reads_each_platform(self, name: ImageName) -> bool:
        """Say whether it matters what each platform of an image says of itself."""
        ...


@dataclass(frozen=True, slots=True)
class Search:
    """Gathers what one policy needs, for one audience."""

    gatherer: Gatherer
    policy: Needs
    beyond: Beyond
    audience: Audience

    def gather(self, reference: ImageReference) -> Evidence:
        """Gather what the policy needs of an image; never raises, failures are part of it."""
        evidence = self.gatherer.gather(reference)
        if evidence.digest is None:
            return evidence
        evidence = self._described(self._upstream(self._named(evidence)))
        if not self.policy.lacks(evidence):
            return evidence
        return replace(evidence, lookups=evidence.lookups + self.gatherer.registry.claims(_image(evidence)))

    def _named(self, evidence: Evidence) -> Evidence:
        """Ask where matching scopes say that signatures lie."""
        image, elsewhere = _image(evidence), self.policy.elsewhere(evidence.reference.name)
        for place in elsewhere.repositories:
            attached = self.gatherer.registry.attached(place, image)
            evidence = self._with(evidence, attached, f"found in {place}")
        for repository in elsewhere.github:
            evidence = self._kept_by_github(repository, evidence)
        return evidence

    def _kept_by_github(self, repository: str, evidence: Evidence) -> Evidence:
        """Ask GitHub digest by digest until nothing is lacking, or it does not answer."""
        digests = _digests(evidence)
        for digest in digests[: PLATFORMS + 1]:
            if digest != evidence.digest and not self.policy.lacks(evidence):
                return evidence
            attached = self.beyond.attestations.fetch(repository, digest, self.audience)
            evidence = self._with(evidence, attached, f"found in GitHub's attestations of {repository}")
            if any(one.answer is Answer.FAILED for one in attached.lookups):
                return evidence
        if len(digests) <= PLATFORMS + 1 or not self.policy.lacks(evidence):
            return evidence
        detail = f"{len(digests) - PLATFORMS - 1} of {len(digests) - 1} platforms were not asked for"
        passed = Lookup(f"attestations in {repository}", "github.com", Answer.NOT_THERE, detail, "not-asked")
        return replace(evidence, lookups=(*evidence.lookups, passed))

    def _upstream(self, evidence: Evidence) -> Evidence:
        """Ask the upstream of a mirror by the same digest, when something is still lacking."""
        upstream = self.beyond.mirrors.upstream(evidence.reference.name)
        if upstream is None or not self.policy.lacks(evidence):
            return evidence
        fetched = self.gatherer.registry.fetch(ImageReference(upstream, None, evidence.digest))
        # The same digest is the same index: what the mirror did not give, its upstream may.
        evidence = replace(evidence, platforms=evidence.platforms or fetched.platforms)
        attached = Attached(fetched.bundles, tuple(_placed(one, upstream) for one in fetched.lookups))
        return self._with(evidence, attached, f"signed upstream at {upstream}, the signature was lost in the mirror")

    def _described(self, evidence: Evidence) -> Evidence:
        if not evidence.platforms or not self.policy.reads_each_platform(evidence.reference.name):
            return evidence
        return replace(evidence, each=self.gatherer.registry.described(_image(evidence)).each)

    def _with(self, evidence: Evidence, attached: Attached, elsewhere: str) -> Evidence:
        image = _image(evidence)
        proved = [self._proved(bundle, image, elsewhere) for bundle in attached.bundles]
        signed = (one for one in proved if isinstance(one, SignedStatement))
        rejected = tuple(one for one in proved if isinstance(one, Rejection))
        return replace(
            evidence,
            signed=_joined(evidence.signed, signed),
            rejected=evidence.rejected + rejected,
            lookups=evidence.lookups + attached.lookups,
        )

    def _proved(self, bundle: Bundle, image: Fetched, elsewhere: str) -> SignedStatement | Rejection:
        proved = self.gatherer.prove(bundle, image)
        if isinstance(proved, SignedStatement):
            return replace(proved, elsewhere=elsewhere)
        return replace(proved, found=f"{proved.found}, {elsewhere}")


def _image(evidence: Evidence) -> Fetched:
    reference = evidence.reference if evidence.digest is None else evidence.reference.pinned(evidence.digest)
    return Fetched(reference, None, evidence.platforms, (), (), evidence.facts)


def _digests(evidence: Evidence) -> tuple[Digest, ...]:
    """Return what may have attestations: the image, then its platforms, each once."""
    known = (evidence.digest, *(platform.digest for platform in evidence.platforms))
    return tuple(dict.fromkeys(one for one in known if one is not None))


def _placed(lookup: Lookup, place: ImageName) -> Lookup:
    return replace(lookup, where=within(lookup.where, place))


def _joined(known: Sequence[SignedStatement], more: Iterable[SignedStatement]) -> tuple[SignedStatement, ...]:
    """Return all statements, one that lies in several places once, with the place where it was found first."""
    joined = list(known)
    for one in more:
        if all(_placeless(one) != _placeless(held) for held in joined):
            joined.append(one)
    return tuple(joined)


def _placeless(statement: SignedStatement) -> SignedStatement:
    return replace(statement, found="", elsewhere="")
