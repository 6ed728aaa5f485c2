"""The Verifier: bundles in, signed statements or reasons out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.adapters.sigstore_verifier.binding import entry_key
from app.adapters.sigstore_verifier.bundle import read_bundle
from app.adapters.sigstore_verifier.certificates import load_certificate, read_signer, signing_key
from app.adapters.sigstore_verifier.keys import Digested, fingerprint
from app.adapters.sigstore_verifier.known_refusals import Contested, is_known_wrong
from app.adapters.sigstore_verifier.legacy import read_attestation, read_signature
from app.adapters.sigstore_verifier.material import Artifact, Envelope, Material, Message
from app.adapters.sigstore_verifier.proving import Judging, Proved, prove
from app.adapters.sigstore_verifier.reasons import Refused
from app.adapters.sigstore_verifier.second_opinion import SecondOpinion, can_judge
from app.adapters.sigstore_verifier.statements import covered, read_simple_signing, read_statement
from app.adapters.sigstore_verifier.trust_root import TrustedRoot
from app.core.attestation import Bundle, Form, PublicKey, Rejection, SignedStatement, Signer, Statement
from app.core.oci import Digest

Result = TypeVar("Result")

_ALGORITHMS = {"sha256": 64, "sha384": 96, "sha512": 128}


@dataclass(frozen=True, slots=True)
class SignedArtifact:
    """A file whose signature is proved; `statement` is `None` when the bundle signs the file itself."""

    signer: Signer
    verified_at: datetime | None
    logged: bool
    statement: Statement | None


class SigstoreVerifier:
    """Proves signatures against one trusted root, offline: no step uses the network or a cache.

    `trusted_root` are the bytes of a `trusted_root.json`; raises `UnusableTrustedRoot` when they are none. Safe to
    share between threads.
    """

    def __init__(self, trusted_root: bytes, now: Callable[[], datetime]) -> None:
        self._root = TrustedRoot.parse(trusted_root)
        self._second = SecondOpinion(trusted_root)
        self._now = now

    @property
    def has_second_opinion(self) -> bool:
        """Say whether sigstore-python can load the trusted root and is asked too."""
        return self._second.is_there

    def verify(
        self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]
    ) -> SignedStatement | Rejection:
        """Prove a bundle for one of `subjects`; never raises, whatever the bundle holds."""
        outcome = _attempt(lambda: self._verify(bundle, subjects, keys))
        if not isinstance(outcome, Refused):
            return outcome
        signer, predicate_type = _claimed(bundle)
        return Rejection(
            outcome.word, outcome.code, outcome.sentence, bundle.form, bundle.found, predicate_type, signer
        )

    def verify_artifact(self, bundle: bytes, artifact: str, keys: Sequence[PublicKey]) -> SignedArtifact | Rejection:
        """Prove a bundle for a file given by its digest (`sha256:…`, `sha384:…`, `sha512:…`); never raises."""
        outcome = _attempt(lambda: self._verify_artifact(bundle, _read_digest(artifact), keys))
        if not isinstance(outcome, Refused):
            return outcome
        return Rejection(outcome.word, outcome.code, outcome.sentence, Form.BUNDLE, "file")

    def _verify(self, bundle: Bundle, subjects: Sequence[Digest], keys: Sequence[PublicKey]) -> SignedStatement:
        # 1. Read, strictly.
        material = _read(bundle)
        if isinstance(material.signed, Artifact):
            raise Refused("message-signature")
        # 2. Prove the signature over the bytes as they are.
        proved = prove(material, material.signed.signed, self._judging(keys))
        # 3. Only then read what was signed, and hold it against the image.
        statement = _statement(material.signed)
        subject = covered(statement, subjects)
        # 4. A key that nobody named, once all else is sound.
        if not proved.named:
            raise Refused("unknown-key")
        # 5. The second opinion.
        self._ask_oracle(bundle.content, material, proved, None)
        return SignedStatement(
            statement,
            proved.signer,
            subject,
            bundle.form,
            bundle.found,
            proved.verified_at,
            proved.logged,
            digest=f"sha256:{hashlib.sha256(bundle.content).hexdigest()}",
        )

    def _verify_artifact(self, bundle: bytes, artifact: Digested, keys: Sequence[PublicKey]) -> SignedArtifact:
        material = read_bundle(bundle)
        judging = self._judging(keys)
        if isinstance(material.signed, Artifact):
            if material.signed.hint not in (None, (artifact.algorithm, artifact.digest)):
                raise Refused("artifact-mismatch")
            statement, asked = None, artifact
            proved = prove(material, artifact, judging)
        else:
            proved = prove(material, material.signed.signed, judging)
            statement, asked = _statement(material.signed), None
            wanted = artifact.digest.hex()
            if wanted not in {subject.digests.get(artifact.algorithm) for subject in statement.subjects}:
                raise Refused("artifact-mismatch")
        if not proved.named:
            raise Refused("unknown-key")
        self._ask_oracle(bundle, material, proved, asked)
        return SignedArtifact(proved.signer, proved.verified_at, proved.logged, statement)

    def _judging(self, keys: Sequence[PublicKey]) -> Judging:
        return Judging(self._root, keys, self._now())

    def _ask_oracle(self, content: bytes, material: Material, proved: Proved, artifact: Digested | None) -> None:
        if material.certificate is None or not can_judge(material, artifact):
            return
        refusal = self._second.refusal(content, artifact)
        if refusal is None:
            return
        key = signing_key(load_certificate(material.certificate))
        if not is_known_wrong(refusal, Contested(material, key, proved.times, self._root)):
            raise Refused("oracle-disagrees")


def _read(bundle: Bundle) -> Material:
    match bundle.form:
        case Form.BUNDLE:
            return read_bundle(bundle.content)
        case Form.LEGACY_SIGNATURE:
            return read_signature(bundle.content, bundle.annotations)
        case Form.LEGACY_ATTESTATION:
            return read_attestation(bundle.content, bundle.annotations)


def _statement(signed: Envelope | Message) -> Statement:
    return read_statement(signed) if isinstance(signed, Envelope) else read_simple_signing(signed.signed)


def _read_digest(written: str) -> Digested:
    algorithm, _, digits = written.partition(":")
    if len(digits) != _ALGORITHMS.get(algorithm) or set(digits) - set("0123456789abcdef"):
        raise Refused("artifact-mismatch")
    return Digested(algorithm, bytes.fromhex(digits))


def _claimed(bundle: Bundle) -> tuple[Signer | None, str | None]:
    """Return signer and predicate type as the bundle claims them, unproved; `None` for what cannot be read."""
    material = _attempt(lambda: _read(bundle))
    if isinstance(material, Refused):
        return None, None
    signer = _attempt(lambda: _claimed_signer(material))
    signed = material.signed
    statement = None if isinstance(signed, Artifact) else _attempt(lambda: _statement(signed))
    return (
        None if isinstance(signer, Refused) else signer,
        statement.predicate_type if isinstance(statement, Statement) else None,
    )


def _claimed_signer(material: Material) -> Signer | None:
    if material.certificate is not None:
        return read_signer(load_certificate(material.certificate))
    key = None if material.entry is None else entry_key(material.entry)
    return None if key is None else Signer(key=fingerprint(key))


def _attempt(work: Callable[[], Result]) -> Result | Refused:
    """Do the work; this is the one boundary that nothing passes."""
    try:
        return work()
    except Refused as refused:
        return refused
    except Exception:  # noqa: BLE001 - libraries leak untyped errors, RecursionError among them (attack AT-052)
        return Refused("internal")
