"""The operator's own keys: what Assay writes down is signed with one, and proved with its public half.

DSSE v1.0: the signature is over the pre-authentication encoding of payload type and payload. Ed25519, or ECDSA over
P-256 with SHA-256. The `keyid` is the SHA-256 of the public key in DER (SubjectPublicKeyInfo): a hint, no proof.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from app.core.errors import Unavailable, Unreadable

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
MAX_ENVELOPE: Final = 32 * 1024 * 1024
_HELD: Final = frozenset({"payload", "payloadType", "signatures"})
_SIGNED: Final = frozenset({"keyid", "sig"})
_WANTED: Final = "give an Ed25519 or P-256 key in PEM"

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


class SigningKey:
    """A private key of the operator; no `repr` shows it."""

    def __init__(self, pem: bytes) -> None:
        """Load it; raises `Unavailable` (permanent) with what to do when it is no such key."""
        self._key = _private(pem)
        self._keyid = _keyid(self._key.public_key())

    def __repr__(self) -> str:
        """Name the public half."""
        return f"SigningKey({self._keyid})"

    def sign(self, payload: bytes) -> bytes:
        """Return a DSSE envelope around a payload, as JSON."""
        message = _encoded(payload)
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            signature = self._key.sign(message)
        else:
            signature = self._key.sign(message, ec.ECDSA(SHA256()))
        envelope = {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": self._keyid, "sig": base64.b64encode(signature).decode()}],
        }
        return json.dumps(envelope, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class ProvingKeys:
    """Public keys of the operator: several while they are rotated, and those of before."""

    keys: tuple[PublicKey, ...]

    @classmethod
    def of(cls, pems: Iterable[bytes]) -> ProvingKeys:
        """Load them; a private key stands for its public half. Raises `Unavailable` (permanent) for anything else."""
        return cls(tuple(_public(pem) for pem in pems))

    def prove(self, envelope: bytes) -> bytes:
        """Return the payload that one of the keys signed; raises `Unreadable` for anything else."""
        payload, signatures = _opened(envelope)
        message = _encoded(payload)
        if any(_is_signed(key, signature, message) for key in self.keys for signature in signatures):
            return payload
        raise Unreadable("none of the keys signed it as it is")


def unsafe_payload(envelope: bytes) -> bytes:
    """Return a payload that nobody proved: only to find where the envelope belongs. Raises `Unreadable`."""
    return _opened(envelope)[0]


def _opened(envelope: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    if len(envelope) > MAX_ENVELOPE:
        raise Unreadable("is too large")
    try:
        found: object = json.loads(envelope, object_pairs_hook=_once)
        if not isinstance(found, dict) or found.get("payloadType") != PAYLOAD_TYPE:
            raise Unreadable("is no envelope of a statement")
        payload = base64.b64decode(str(found.get("payload")), validate=True)
        rows = found.get("signatures")
        listed = rows if isinstance(rows, list) else []
        if (
            found.keys() != _HELD
            or len(listed) > 1
            or not all(isinstance(one, dict) and one.keys() <= _SIGNED for one in listed)
        ):
            raise Unreadable("holds what no record holds")
        signatures = tuple(base64.b64decode(str(one.get("sig")), validate=True) for one in listed)
    except (ValueError, RecursionError, binascii.Error) as error:
        raise Unreadable("is no envelope") from error
    return payload, signatures


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a name that is given twice: another reader may take the other one for the payload."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _is_signed(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _encoded(payload: bytes) -> bytes:
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _private(pem: bytes) -> PrivateKey:
    try:
        key: object = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    # Raised out here, so that no exception in its context holds the key.
    raise Unavailable(f"The ledger's key cannot be used: {_WANTED}, without a passphrase.", permanent=True)


def _public(pem: bytes) -> PublicKey:
    try:
        key: object = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _private(pem).public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise Unavailable(f"The ledger's public key cannot be used: {_WANTED}.", permanent=True)


def _keyid(key: PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
