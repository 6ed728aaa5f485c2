"""One image, or one bundle on disk, verified by itself: what the caller asks is a policy for a single image."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from app.core.attestation import (
    Answer,
    Bundle,
    Elsewhere,
    Evidence,
    Form,
    Lookup,
    PublicKey,
    SignedStatement,
)
from app.core.errors import InvalidReference, PolicyError
from app.core.oci import Digest, ImageName, ImageReference
from app.jobs.ports import Verifier
from app.jobs.search import Search
from app.policy import Policy, PolicyFiles
from app.policy.patterns import compiles, full_match
from app.render.verification import Verification

_LOCAL = "assay.local/bundle"
_COMMAND_LINE = "the command line"
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of an image, in cosign's words.

    `keys` maps a name to PEM text; identity and issuer are exact, or RE2 patterns for the whole of either. `types` are
    predicate types or their short names; empty asks for a plain signature. `any_signer` accepts nobody, whoever is
    named beside it: it only shows who signed. `insecure_ignore_log` accepts what a key signed and neither a log nor a
    timestamp vouches for; `root` is the trusted root that must vouch, `None` the default one. `signatures_in`
    (`registry/repository`) and `github` (`owner/repository`) are where to look besides the image's own repository.
    """

    keys: Mapping[str, str] = field(default_factory=dict)
    identity: str | None = None
    identity_pattern: str | None = None
    issuer: str | None = None
    issuer_pattern: str | None = None
    types: tuple[str, ...] = ()
    any_signer: bool = False
    insecure_ignore_log: bool = False
    root: str | None = None
    signatures_in: str | None = None
    github: str | None = None

    def issuers(self, evidence: Evidence) -> tuple[str, ...]:
        """Return the issuers that are accepted: the one named, or those found whose whole text fits the pattern."""
        if self.issuer_pattern is None:
            return () if self.issuer is None else (self.issuer,)
        found = {one.signer.issuer for one in evidence.signed if one.signer.issuer is not None}
        fitting = tuple(sorted(one for one in found if full_match(self.issuer_pattern, one)))
        # Nobody fits: the policy still names somebody, who has signed nothing.
        return fitting or ("https://issuer.invalid",)

    def elsewhere(self, name: ImageName) -> Elsewhere:
        """Return where evidence of an image lies besides its own repository."""
        return policy_for(self, _nothing()).elsewhere(name)

    def lacks(self, evidence: Evidence) -> bool:
        """Say whether anything asked is not verified by what was found so far."""
        # Of this evidence: a pattern for the issuer stands for those that are in it.
        return policy_for(self, evidence).lacks(evidence)

    def reads_each_platform(self, name: ImageName) -> bool:  # noqa: ARG002 - whoever asks
        """Say that nothing asked is about what an image says of itself."""
        return False


def policy_for(wish: Wish, evidence: Evidence) -> Policy:
    """Make the policy that a wish stands for; raises `PolicyError` when an identity, pattern, key or type is wrong."""
    if wish.issuer_pattern is not None and not compiles(wish.issuer_pattern):
        message = "the pattern for the issuer is not one that RE2 accepts"
        raise PolicyError(message, path=_COMMAND_LINE)
    signers = {} if wish.any_signer else _signers(wish, evidence)
    if not signers:
        # `any_signer`: everything is asked for and nobody is named, so that nothing can be verified.
        signers["nobody"] = {"issuer": "https://issuer.invalid", "identity": "https://nobody.invalid/"}
    names = sorted(signers)
    scope: dict[str, object] = {"match": ["**"], **_places(wish)}
    if wish.types:
        scope["attestations"] = [{"type": kind, "signers": names} for kind in wish.types]
    else:
        scope["signature"] = names
    text = json.dumps({"version": 1, "signers": signers, "images": [scope]})
    return _read(text, tuple(sorted(wish.keys.items())))


@lru_cache(maxsize=_KEPT)
def _read(text: str, keys: tuple[tuple[str, str], ...]) -> Policy:
    """Read a wish's policy, which is asked for several times an image; the same text and keys are the same value."""
    try:
        return Policy.parse(PolicyFiles(text, keys=dict(keys), path=_COMMAND_LINE))
    except PolicyError as error:
        # Its line is one of a text that nobody has seen.
        raise PolicyError(error.sentence, path=_COMMAND_LINE) from error


def _places(wish: Wish) -> dict[str, str]:
    places = {"signatures-in": wish.signatures_in, "github-attestations": wish.github}
    return {key: place for key, place in places.items() if place is not None}


def _nothing() -> Evidence:
    return Evidence(ImageReference.parse(_LOCAL), None, (), (), (), ())


def _signers(wish: Wish, evidence: Evidence) -> dict[str, dict[str, str]]:
    bound = {} if wish.root is None else {"root": wish.root}
    log = {"log": "not-required"} if wish.insecure_ignore_log else {}
    signers: dict[str, dict[str, str]] = {name: {"key": name, **log, **bound} for name in wish.keys}
    exact, pattern = wish.identity, wish.identity_pattern
    identity = {"identity": exact} if exact is not None else {"identity-pattern": pattern or ""}
    if exact is not None or pattern is not None:
        for number, issuer in enumerate(wish.issuers(evidence), start=1):
            more = "" if number == 1 else f" {number}"
            signers[f"certificate-identity{more}"] = {"issuer": issuer, **identity, **bound}
    return signers


@dataclass(frozen=True, slots=True)
class VerifyJob:
    """Verifies with one verifier; an image through a search, a bundle from its bytes."""

    verifier: Verifier
    wish: Wish

    def keys(self) -> Sequence[PublicKey]:
        """Return the public keys of the wish."""
        return policy_for(self.wish, _nothing()).keys

    def image(self, shown: str, reference: ImageReference, search: Search) -> Verification:
        """Verify an image by its reference; `shown` is how the caller named it."""
        return self._concluded(shown, search.gather(reference))

    def bundle(self, shown: str, content: bytes, digest: Digest | None) -> Verification:
        """Verify one bundle for `digest`, or, with `None`, for the first image that it claims to speak of."""
        subject = digest or claimed_subject(content)
        lookup = Lookup("file", "this machine", Answer.FOUND)
        reference = ImageReference.parse(_LOCAL)
        if subject is None:
            failed = Lookup(
                "file", "this machine", Answer.FAILED, "the bundle names no image; give --digest", "malformed"
            )
            return self._concluded(shown, Evidence(reference, None, (), (), (), (failed,)))
        proved = self.verifier.verify(Bundle(Form.BUNDLE, content, subject, "file"), (subject,), self.keys())
        evidence = Evidence(
            reference=reference.pinned(subject),
            digest=subject,
            platforms=(),
            signed=(proved,) if isinstance(proved, SignedStatement) else (),
            rejected=() if isinstance(proved, SignedStatement) else (proved,),
            lookups=(lookup,),
        )
        return self._concluded(shown, evidence)

    def _concluded(self, shown: str, evidence: Evidence) -> Verification:
        policy = policy_for(self.wish, evidence)
        signature, attestations = policy.conclude(evidence)
        asked = attestations if self.wish.types else (signature,)
        trusted = () if self.wish.any_signer else policy.trust(evidence)
        return Verification(
            shown,
            evidence.digest,
            asked,
            evidence.signed,
            trusted,
            evidence.rejected,
            evidence.lookups,
            self.verifier.roots(),
        )


def claimed_subject(content: bytes) -> Digest | None:
    """Return the first sha256 subject that a bundle's unverified statement names; `None` when there is none."""
    try:
        statement = json.loads(base64.b64decode(json.loads(content)["dsseEnvelope"]["payload"], validate=True))
        digests = [subject["digest"]["sha256"] for subject in statement["subject"] if "sha256" in subject["digest"]]
        return Digest(digests[0]) if digests else None
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error, InvalidReference):
        return None
