"""What is signed and what the log keeps of it: DSSE envelopes and the bodies of the five kinds of log entry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.fakes.sigstore.logs import Json, b64, canonical
from tests.fakes.sigstore.material import Public, der, pem, spki

IN_TOTO = "application/vnd.in-toto+json"


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding, version 1."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload_type: str, payload: bytes, signature: bytes) -> Json:
    """Return a DSSE envelope with one signature."""
    return {"payloadType": payload_type, "payload": b64(payload), "signatures": [{"sig": b64(signature)}]}


@dataclass(frozen=True, slots=True)
class Verifying:
    """What verifies a signature: a certificate or a bare public key."""

    key: Public
    certificate: x509.Certificate | None

    @property
    def pem(self) -> bytes:
        """Return it as Rekor v1 keeps it."""
        if self.certificate is None:
            return pem(self.key)
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def v2(self) -> Json:
        """Return it as Rekor v2 keeps it."""
        if self.certificate is None:
            return {"publicKey": {"rawBytes": b64(spki(self.key))}, "keyDetails": _details(self.key)}
        return {"x509Certificate": {"rawBytes": b64(der(self.certificate))}, "keyDetails": _details(self.key)}


def _details(key: Public) -> str:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "PKIX_ED25519"
    if isinstance(key, ec.EllipticCurvePublicKey):
        bits = {256: 256, 384: 384, 521: 512}[key.key_size]
        return f"PKIX_ECDSA_P{key.key_size}_SHA_{bits}"
    return f"PKIX_RSA_PKCS1V15_{key.key_size}_SHA256"


def hashedrekord(digest: bytes, signature: bytes, verifying: Verifying, algorithm: str = "sha256") -> bytes:
    """Return the body of a `hashedrekord` 0.0.1 entry."""
    spec: Json = {
        "data": {"hash": {"algorithm": algorithm, "value": digest.hex()}},
        "signature": {"content": b64(signature), "publicKey": {"content": b64(verifying.pem)}},
    }
    return canonical({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec})


def hashedrekord_v2(digest: bytes, signature: bytes, verifying: Verifying, algorithm: str = "sha256") -> bytes:
    """Return the body of a Rekor v2 entry."""
    spec: Json = {
        "data": {"algorithm": algorithm.upper().replace("SHA", "SHA2_"), "digest": b64(digest)},
        "signature": {"content": b64(signature), "verifier": verifying.v2},
    }
    return canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": spec}})


def dsse(raw: bytes, signed: Json, payload: bytes, verifying: Verifying) -> bytes:
    """Return the body of a `dsse` 0.0.1 entry; `raw` are the envelope's bytes."""
    spec: Json = {
        "envelopeHash": _hash(raw),
        "payloadHash": _hash(payload),
        "signatures": [{"signature": signed["signatures"][0]["sig"], "verifier": b64(verifying.pem)}],
    }
    return canonical({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})


def intoto_v1(raw: bytes, payload: bytes, verifying: Verifying) -> bytes:
    """Return the body of an `intoto` 0.0.1 entry, which holds no signature."""
    spec: Json = {
        "content": {"hash": _hash(raw), "payloadHash": _hash(payload)},
        "publicKey": b64(verifying.pem),
    }
    return canonical({"apiVersion": "0.0.1", "kind": "intoto", "spec": spec})


def intoto_v2(raw: bytes, signed: Json, payload: bytes, verifying: Verifying) -> bytes:
    """Return the body of an `intoto` 0.0.2 entry, whose signature is base64 twice."""
    signature = {"publicKey": b64(verifying.pem), "sig": b64(signed["signatures"][0]["sig"].encode())}
    spec: Json = {
        "content": {
            "envelope": {"payloadType": signed["payloadType"], "signatures": [signature]},
            "hash": _hash(raw),
            "payloadHash": _hash(payload),
        }
    }
    return canonical({"apiVersion": "0.0.2", "kind": "intoto", "spec": spec})


def v1_body(envelope: tuple[Json, bytes, bytes], verifying: Verifying, kind: str) -> bytes:
    """Return the Rekor v1 body of an envelope, given as value, bytes and payload; `kind` as in `Details.entry`."""
    signed, raw, payload = envelope
    if kind == "intoto":
        return intoto_v2(raw, signed, payload, verifying)
    if kind == "intoto-0.0.1":
        return intoto_v1(raw, payload, verifying)
    return dsse(raw, signed, payload, verifying)


def _hash(value: bytes) -> Json:
    return {"algorithm": "sha256", "value": hashlib.sha256(value).hexdigest()}
