"""Who signs in the private Sigstore, and what may be chosen of a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.core.attestation import Form, PublicKey
from tests.fakes.sigstore import entries
from tests.fakes.sigstore.der import utf8
from tests.fakes.sigstore.material import Extension, Private, Public, key_usage, pem

GITHUB = "https://token.actions.githubusercontent.com"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

_FULCIO = "1.3.6.1.4.1.57264.1."
_CLAIMS = {
    "buildSignerURI": 9,
    "buildSignerDigest": 10,
    "runnerEnvironment": 11,
    "sourceRepositoryURI": 12,
    "sourceRepositoryDigest": 13,
    "sourceRepositoryRef": 14,
    "sourceRepositoryIdentifier": 15,
    "sourceRepositoryOwnerURI": 16,
    "sourceRepositoryOwnerIdentifier": 17,
    "buildConfigURI": 18,
    "buildConfigDigest": 19,
    "buildTrigger": 20,
    "runInvocationURI": 21,
    "sourceRepositoryVisibilityAtSigning": 22,
}


@dataclass(frozen=True, slots=True)
class KeylessSigner:
    """Somebody who signs with a short-lived certificate; `claims` by their names in `Signer.claims`."""

    identity: str
    issuer: str
    claims: Mapping[str, str] = field(default_factory=dict)
    key_type: str = "ecdsa-p256"


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Somebody who signs with a long-lived key."""

    key: Private
    name: str

    @property
    def pem(self) -> bytes:
        """Return the public key as a policy stores it."""
        return pem(self.key.public_key())

    def public(self, not_before: datetime | None = None, not_after: datetime | None = None) -> PublicKey:
        """Return the key as a policy names it."""
        return PublicKey(self.name, self.pem, not_before, not_after)


Signing = KeylessSigner | KeySigner


@dataclass(frozen=True, slots=True)
class Details:
    """What is rarely chosen of a signature.

    `entry` is the kind of the Rekor v1 entry of an envelope (`dsse`, `intoto` = 0.0.2, `intoto-0.0.1`). `certified`
    is the start of the certificate (one minute before signing), `lifetime` its length, `stamped` the time in the
    timestamp, `sct` the time of the SCT (`False`: none). `proof` and `promise` leave parts of a v1 entry out.
    `hash` is the signature's hash when it is not the key's own. `extensions` changes those of the certificate.
    """

    version: str = "0.3"
    entry: str = "dsse"
    certified: datetime | None = None
    lifetime: timedelta = timedelta(minutes=10)
    stamped: datetime | None = None
    sct: datetime | bool = True
    proof: bool = True
    promise: bool = True
    hash: hashes.HashAlgorithm | None = None
    payload_type: str = entries.IN_TOTO
    statement_type: str = "https://in-toto.io/Statement/v1"
    log_index: int = 1007
    extensions: Callable[[list[Extension]], list[Extension]] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """All that is chosen of one signature."""

    at: datetime
    form: Form
    rekor: int
    tsa: bool
    details: Details


def leaf_extensions(signer: KeylessSigner, key: Public) -> list[Extension]:
    """Return the extensions of a certificate for signing, all but the issuer's key and the SCT."""
    fulcio = [(1, signer.issuer.encode()), (8, utf8(signer.issuer))]
    fulcio += [(_CLAIMS[name], utf8(value)) for name, value in sorted(signer.claims.items())]
    return [
        key_usage(signs=True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.SubjectAlternativeName([_name(signer.identity)]), True),
        *(
            (x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_FULCIO}{number}"), value), False)
            for number, value in fulcio
        ),
    ]


def _name(identity: str) -> x509.GeneralName:
    if "://" in identity:
        return x509.UniformResourceIdentifier(identity)
    if "@" in identity:
        return x509.RFC822Name(identity)
    return x509.OtherName(x509.ObjectIdentifier(f"{_FULCIO}7"), utf8(identity))
