"""Public keys: reading them, and checking one signature with one of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from app.adapters.sigstore_verifier.reasons import Refused

Key = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

_SHA256 = hashes.SHA256()
_CURVES: dict[str, tuple[hashes.HashAlgorithm, ...]] = {
    # The curve's own hash first; cosign before version 3 used SHA-256 with every key.
    "secp256r1": (_SHA256,),
    "secp384r1": (hashes.SHA384(), _SHA256),
    "secp521r1": (hashes.SHA512(), _SHA256),
}
_BY_NAME: dict[str, hashes.HashAlgorithm] = {
    "sha256": _SHA256,
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_RSA_BITS = range(2048, 8193)


@dataclass(frozen=True, slots=True)
class Digested:
    """Something signed that is known by its digest only."""

    algorithm: str
    digest: bytes


def supported(key: object) -> Key:
    """Return a key that is verified with: NIST curves, Ed25519, RSA of 2048 to 8192 bits; else raise `Refused`."""
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise Refused("key-unsupported")


def read_pem(pem: bytes) -> Key:
    """Read a PEM public key; raises `Refused`."""
    try:
        return supported(serialization.load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("key-unsupported") from error


def read_der(raw: bytes) -> Key:
    """Read a DER public key (SubjectPublicKeyInfo or PKCS #1); raises `Refused`."""
    try:
        return supported(serialization.load_der_public_key(raw))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("key-unsupported") from error


def spki(key: Key) -> bytes:
    """Return the key's SubjectPublicKeyInfo, DER: keys are compared by it."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Key) -> str:
    """Return the hexadecimal SHA-256 of the SubjectPublicKeyInfo."""
    return hashlib.sha256(spki(key)).hexdigest()


def signature_fits(key: Key, signature: bytes, signed: bytes | Digested) -> bool:
    """Say whether the signature is the key's over these bytes; raises `Refused` when it cannot be told."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        if isinstance(signed, Digested):
            # Ed25519 signs the file itself, never its digest.
            raise Refused("key-unsupported")
        return _fits(lambda: key.verify(signature, signed))
    return any(_hashed_fits(key, signature, signed, algorithm) for algorithm in _algorithms(key, signed))


def _algorithms(key: Key, signed: bytes | Digested) -> tuple[hashes.HashAlgorithm, ...]:
    if isinstance(signed, Digested):
        return (_BY_NAME[signed.algorithm],)
    return _CURVES[key.curve.name] if isinstance(key, ec.EllipticCurvePublicKey) else (_SHA256,)


def _hashed_fits(
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    signature: bytes,
    signed: bytes | Digested,
    algorithm: hashes.HashAlgorithm,
) -> bool:
    data = signed.digest if isinstance(signed, Digested) else signed
    method = utils.Prehashed(algorithm) if isinstance(signed, Digested) else algorithm
    if isinstance(key, rsa.RSAPublicKey):
        return _fits(lambda: key.verify(signature, data, padding.PKCS1v15(), method))
    return _fits(lambda: key.verify(signature, data, ec.ECDSA(method)))


def _fits(check: Callable[[], object]) -> bool:
    try:
        check()
    except (InvalidSignature, ValueError):
        return False
    return True
