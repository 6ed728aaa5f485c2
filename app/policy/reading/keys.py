"""Public keys as a policy names them: PEM, one key, of a kind that signatures of images use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

BEGIN = "-----BEGIN "
_MAX_PEM = 16 * 1024
_CURVES = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_MIN_RSA = 2048


@dataclass(frozen=True, slots=True)
class KeyFault:
    """Why a text is not taken as a public key, in one clause."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReadKey:
    """A public key: `pem` in its one canonical spelling, `fingerprint` the hexadecimal SHA-256 of its SPKI."""

    pem: bytes
    fingerprint: str


def read_key(content: bytes | str) -> ReadKey | KeyFault:
    """Read one public key in PEM; never raises."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if b"PRIVATE KEY" in data:
        return KeyFault("holds a private key: remove it, replace that key, and put the public key here")
    if len(data) > _MAX_PEM or data.count(BEGIN.encode()) != 1:
        return KeyFault("is not one public key in PEM (it begins with BEGIN PUBLIC KEY)")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return KeyFault("is not one public key in PEM (it begins with BEGIN PUBLIC KEY)")
    strong = isinstance(key, Ed25519PublicKey) or (
        (isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES)
        or (isinstance(key, RSAPublicKey) and key.key_size >= _MIN_RSA)
    )
    if not strong:
        return KeyFault(
            "is a kind of key that is not accepted: use ECDSA on a NIST curve, Ed25519, or RSA of 2048 bits"
        )
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return ReadKey(pem, hashlib.sha256(spki).hexdigest())
