"""Binding of a log entry to the signature at hand: without it any genuine entry would vouch for anything (AT-005)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.adapters.sigstore_verifier.certificates import load_pem_certificate
from app.adapters.sigstore_verifier.keys import Digested, Key, read_der, read_pem, spki
from app.adapters.sigstore_verifier.material import Entry, Envelope, Material
from app.adapters.sigstore_verifier.reading import decode, mapping, read_json, sequence, text
from app.adapters.sigstore_verifier.reasons import Refused

_BAD = "log-entry-malformed"
_V2_HASHES = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}
_HASHES = frozenset(_V2_HASHES.values())
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What the entry must speak of: `signed` are the bytes that the signature covers, or their digest."""

    material: Material
    signed: bytes | Digested
    verifier: x509.Certificate | Key


def bind_entry(entry: Entry, held: Held) -> None:
    """Refuse an entry that is not of this signature, this key or certificate, and this content."""
    body = mapping(read_json(entry.body, _BAD), _BAD)
    kind = (text(body.get("kind"), _BAD), text(body.get("apiVersion"), _BAD))
    if entry.kind is not None and entry.kind != kind:
        raise Refused("log-entry-mismatch")
    bind = _KINDS.get(kind)
    if bind is None:
        raise Refused("log-entry-kind")
    bind(mapping(body.get("spec"), _BAD), held)


def entry_key(entry: Entry) -> Key | None:
    """Return the public key that an entry names as the signer's, `None` when it names a certificate or nothing."""
    body = mapping(read_json(entry.body, _BAD), _BAD)
    spec = mapping(body.get("spec"), _BAD)
    find = _NAMED.get((text(body.get("kind"), _BAD), text(body.get("apiVersion"), _BAD)))
    if find is None:
        raise Refused("log-entry-kind")
    return find(spec)


def is_prehashed(entry: Entry) -> bool:
    """Say whether the entry is of a SHA-512 digest alone: with an Ed25519 key that is Ed25519ph, as Rekor takes it."""
    body = mapping(read_json(entry.body, _BAD), _BAD)
    if body.get("kind") != "hashedrekord":
        return False
    data = mapping(mapping(body.get("spec"), _BAD).get("data") or {}, _BAD)
    return mapping(data.get("hash") or {}, _BAD).get("algorithm") == "sha512"


def _hashedrekord(spec: Fields, held: Held) -> None:
    _require(not isinstance(held.material.signed, Envelope))
    _same_hash(mapping(spec.get("data"), _BAD).get("hash"), held.signed)
    signature = mapping(spec.get("signature"), _BAD)
    _require(decode(signature.get("content"), _BAD) == held.material.signature)
    _same_pem(mapping(signature.get("publicKey"), _BAD).get("content"), held.verifier)


def _dsse(spec: Fields, held: Held) -> None:
    envelope = _envelope(held)
    _same_hash(spec.get("payloadHash"), envelope.payload)
    if envelope.raw is not None:
        _same_hash(spec.get("envelopeHash"), envelope.raw)
    signature = _only(spec.get("signatures"))
    _require(decode(signature.get("signature"), _BAD) == held.material.signature)
    _same_pem(signature.get("verifier"), held.verifier)


def _intoto_v1(spec: Fields, held: Held) -> None:
    # This kind keeps no signature: only the hash over the envelope's own bytes binds it.
    envelope = _envelope(held)
    if envelope.raw is None:
        raise Refused("log-entry-kind")
    content = mapping(spec.get("content"), _BAD)
    _same_hash(content.get("hash"), envelope.raw)
    if content.get("payloadHash") is not None:
        _same_hash(content["payloadHash"], envelope.payload)
    _same_pem(spec.get("publicKey"), held.verifier)


def _intoto_v2(spec: Fields, held: Held) -> None:
    envelope = _envelope(held)
    content = mapping(spec.get("content"), _BAD)
    _same_hash(content.get("payloadHash"), envelope.payload)
    logged = mapping(content.get("envelope"), _BAD)
    _require(text(logged.get("payloadType"), _BAD) == envelope.payload_type)
    signature = _only(logged.get("signatures"))
    # Rekor keeps the envelope's base64 text and encodes it once more.
    try:
        written = decode(signature.get("sig"), _BAD).decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused(_BAD) from error
    _require(decode(written, _BAD) == held.material.signature)
    _same_pem(signature.get("publicKey"), held.verifier)


def _hashedrekord_v2(spec: Fields, held: Held) -> None:
    record = mapping(spec.get("hashedRekordV002"), _BAD)
    data = mapping(record.get("data"), _BAD)
    algorithm = _V2_HASHES.get(text(data.get("algorithm"), _BAD))
    if algorithm is None:
        raise Refused(_BAD)
    _require(decode(data.get("digest"), _BAD) == _digest(held.signed, algorithm))
    signature = mapping(record.get("signature"), _BAD)
    _require(decode(signature.get("content"), _BAD) == held.material.signature)
    verifier = mapping(signature.get("verifier"), _BAD)
    if isinstance(held.verifier, x509.Certificate):
        raw = mapping(verifier.get("x509Certificate"), _BAD).get("rawBytes")
        _require("publicKey" not in verifier and decode(raw, _BAD) == _der(held.verifier))
    else:
        raw = mapping(verifier.get("publicKey"), _BAD).get("rawBytes")
        _require("x509Certificate" not in verifier and spki(_key(decode(raw, _BAD))) == spki(held.verifier))


_KINDS: dict[tuple[str, str], Callable[[Fields, Held], None]] = {
    ("hashedrekord", "0.0.1"): _hashedrekord,
    ("hashedrekord", "0.0.2"): _hashedrekord_v2,
    ("dsse", "0.0.1"): _dsse,
    ("intoto", "0.0.1"): _intoto_v1,
    ("intoto", "0.0.2"): _intoto_v2,
}


def _pem_key(written: object) -> Key | None:
    pem = decode(written, _BAD)
    return None if b"CERTIFICATE" in pem else read_pem(pem)


def _v2_key(spec: Fields) -> Key | None:
    signature = mapping(mapping(spec.get("hashedRekordV002"), _BAD).get("signature"), _BAD)
    verifier = mapping(signature.get("verifier"), _BAD)
    if "publicKey" not in verifier:
        return None
    return _key(decode(mapping(verifier["publicKey"], _BAD).get("rawBytes"), _BAD))


_NAMED: dict[tuple[str, str], Callable[[Fields], Key | None]] = {
    ("hashedrekord", "0.0.1"): lambda spec: _pem_key(
        mapping(mapping(spec.get("signature"), _BAD).get("publicKey"), _BAD).get("content")
    ),
    ("hashedrekord", "0.0.2"): _v2_key,
    ("dsse", "0.0.1"): lambda spec: _pem_key(_only(spec.get("signatures")).get("verifier")),
    ("intoto", "0.0.1"): lambda spec: _pem_key(spec.get("publicKey")),
    ("intoto", "0.0.2"): lambda spec: _pem_key(
        _only(mapping(mapping(spec.get("content"), _BAD).get("envelope"), _BAD).get("signatures")).get("publicKey")
    ),
}


def _require(holds: bool) -> None:  # noqa: FBT001 - an assertion has one argument
    if not holds:
        raise Refused("log-entry-mismatch")


def _envelope(held: Held) -> Envelope:
    if not isinstance(held.material.signed, Envelope):
        raise Refused("log-entry-mismatch")
    return held.material.signed


def _only(value: object) -> Fields:
    signatures = sequence(value, _BAD, at_most=1)
    if not signatures:
        raise Refused(_BAD)
    return mapping(signatures[0], _BAD)


def _same_hash(value: object, content: bytes | Digested) -> None:
    stated = mapping(value, _BAD)
    algorithm = text(stated.get("algorithm"), _BAD)
    if algorithm not in _HASHES:
        raise Refused(_BAD)
    _require(text(stated.get("value"), _BAD) == _digest(content, algorithm).hex())


def _digest(content: bytes | Digested, algorithm: str) -> bytes:
    if isinstance(content, Digested):
        _require(content.algorithm == algorithm)
        return content.digest
    return hashlib.new(algorithm, content).digest()


def _same_pem(written: object, verifier: x509.Certificate | Key) -> None:
    pem = decode(written, _BAD)
    try:
        if isinstance(verifier, x509.Certificate):
            same = load_pem_certificate(pem) == _der(verifier)
        else:
            same = b"CERTIFICATE" not in pem and spki(read_pem(pem)) == spki(verifier)
    except Refused as refused:
        raise Refused("log-entry-mismatch") from refused
    _require(same)


def _key(raw: bytes) -> Key:
    try:
        return read_der(raw)
    except Refused as refused:
        raise Refused("log-entry-mismatch") from refused


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
