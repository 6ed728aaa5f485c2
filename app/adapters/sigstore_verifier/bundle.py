"""Reading of sigstore bundles 0.1, 0.2 and 0.3 (protobuf-specs, `sigstore_bundle.proto`, JSON form)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.adapters.sigstore_verifier.certificates import is_root, load_certificate
from app.adapters.sigstore_verifier.material import Artifact, Entry, Envelope, Material, Proof
from app.adapters.sigstore_verifier.reading import decode, mapping, message, number, read_json, sequence, text
from app.adapters.sigstore_verifier.reasons import Refused

MAX_BYTES = 8 * 1024 * 1024
"""The largest bundle or layer that is read."""

MAX_STAMPS = 32
_MAX_CERTIFICATES = 10
_MAX_HASHES = 64
_BAD = "malformed"
_VERSIONS = {
    "application/vnd.dev.sigstore.bundle+json;version=0.1": 1,
    "application/vnd.dev.sigstore.bundle+json;version=0.2": 2,
    "application/vnd.dev.sigstore.bundle+json;version=0.3": 3,
    "application/vnd.dev.sigstore.bundle.v0.3+json": 3,
}
_HASHES = {"SHA2_256": "sha256", "SHA2_384": "sha384", "SHA2_512": "sha512"}

_BUNDLE = frozenset({"mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"})
_VERIFICATION = frozenset(
    {"certificate", "x509CertificateChain", "publicKey", "tlogEntries", "timestampVerificationData"}
)
_ENTRY = frozenset(
    {
        "logIndex",
        "logId",
        "kindVersion",
        "integratedTime",
        "inclusionPromise",
        "inclusionProof",
        "canonicalizedBody",
    }
)
_PROOF = frozenset({"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"})


def read_bundle(raw: bytes) -> Material:
    """Read a bundle; raises `Refused`."""
    if len(raw) > MAX_BYTES:
        raise Refused("too-large")
    bundle = mapping(read_json(raw, _BAD), _BAD)
    version = _VERSIONS.get(text(bundle.get("mediaType"), _BAD))
    if version is None:
        raise Refused("bundle-version")
    bundle = message(bundle, _BUNDLE, _BAD)
    held = message(bundle.get("verificationMaterial"), _VERIFICATION, _BAD)
    certificate = _certificate(held, version)
    entry = _entry(held, version, keyless=certificate is not None)
    signed, signature = _content(bundle)
    stamps = _stamps(held)
    return Material(signed, signature, certificate, entry, stamps, (signature,), promise_suffices=version == 1)


def _content(bundle: Mapping[str, Any]) -> tuple[Envelope | Artifact, bytes]:
    if ("dsseEnvelope" in bundle) == ("messageSignature" in bundle):
        raise Refused("bundle-content")
    if "dsseEnvelope" in bundle:
        fields = frozenset({"payload", "payloadType", "signatures"})
        return read_envelope(message(bundle["dsseEnvelope"], fields, _BAD), None)
    signed = message(bundle["messageSignature"], frozenset({"messageDigest", "signature"}), _BAD)
    signature = decode(signed.get("signature"), _BAD)
    if not signature:
        raise Refused("unsigned")
    if "messageDigest" not in signed:
        return Artifact(None), signature
    hint = message(signed["messageDigest"], frozenset({"algorithm", "digest"}), _BAD)
    algorithm = _HASHES.get(text(hint.get("algorithm"), _BAD))
    if algorithm is None:
        raise Refused("key-unsupported")
    return Artifact((algorithm, decode(hint.get("digest"), _BAD))), signature


def read_envelope(envelope: Mapping[str, Any], raw: bytes | None) -> tuple[Envelope, bytes]:
    """Read a DSSE envelope with exactly one signature; `raw` are its bytes when they are known."""
    signatures = sequence(envelope.get("signatures"), _BAD, at_most=_MAX_HASHES)
    if not signatures:
        raise Refused("unsigned")
    if len(signatures) != 1:
        # One valid among many would be ambiguous (attack AT-037).
        raise Refused("several-signatures")
    signature = decode(mapping(signatures[0], _BAD).get("sig"), _BAD)
    if not signature:
        raise Refused("unsigned")
    payload_type = text(envelope.get("payloadType"), _BAD)
    return Envelope(payload_type, decode(envelope.get("payload"), _BAD), raw), signature


def _certificate(held: Mapping[str, Any], version: int) -> bytes | None:
    kinds = held.keys() & {"certificate", "x509CertificateChain", "publicKey"}
    if len(kinds) != 1:
        raise Refused("no-certificate")
    if "publicKey" in kinds:
        message(held["publicKey"], frozenset({"hint"}), _BAD)
        return None
    if "certificate" in kinds:
        return _raw_bytes(held["certificate"])
    if version > 2:  # noqa: PLR2004 - a version number
        # From 0.3 on the chain is gone: only the signing certificate may be there.
        raise Refused("no-certificate")
    chain = message(held["x509CertificateChain"], frozenset({"certificates"}), _BAD)
    certificates = [_raw_bytes(one) for one in sequence(chain.get("certificates"), _BAD, at_most=1000)]
    if not certificates:
        raise Refused("no-certificate")
    if len(certificates) > _MAX_CERTIFICATES:
        raise Refused("too-many-certificates")
    if any(is_root(load_certificate(one)) for one in certificates):
        # What the signer brings is no root of trust; the specification forbids it.
        raise Refused("root-in-bundle")
    return certificates[0]


def _raw_bytes(value: object) -> bytes:
    return decode(message(value, frozenset({"rawBytes"}), _BAD).get("rawBytes"), _BAD)


def _stamps(held: Mapping[str, Any]) -> tuple[bytes, ...]:
    data = message(held.get("timestampVerificationData", {}), frozenset({"rfc3161Timestamps"}), _BAD)
    stamps = sequence(data.get("rfc3161Timestamps"), "too-many-timestamps", at_most=MAX_STAMPS)
    fields = frozenset({"signedTimestamp"})
    return tuple(decode(message(stamp, fields, _BAD).get("signedTimestamp"), _BAD) for stamp in stamps)


def _entry(held: Mapping[str, Any], version: int, *, keyless: bool) -> Entry | None:
    entries = sequence(held.get("tlogEntries"), "several-log-entries", at_most=1)
    if not entries:
        return None
    entry = message(entries[0], _ENTRY, _BAD)
    kind = message(entry.get("kindVersion"), frozenset({"kind", "version"}), _BAD)
    log = message(entry.get("logId"), frozenset({"keyId"}), _BAD)
    promise = message(entry.get("inclusionPromise", {}), frozenset({"signedEntryTimestamp"}), _BAD)
    if version == 1 and keyless and "signedEntryTimestamp" not in promise:
        raise Refused("log-promise-missing")
    return Entry(
        log_id=decode(log.get("keyId"), _BAD),
        log_index=number(entry.get("logIndex"), _BAD),
        body=decode(entry.get("canonicalizedBody"), _BAD),
        kind=(text(kind.get("kind"), _BAD), text(kind.get("version"), _BAD)),
        integrated_time=number(entry.get("integratedTime"), _BAD),
        promise=decode(promise["signedEntryTimestamp"], _BAD) if promise else None,
        proof=_proof(entry["inclusionProof"]) if "inclusionProof" in entry else None,
    )


def _proof(value: object) -> Proof:
    proof = message(value, _PROOF, _BAD)
    checkpoint = message(proof.get("checkpoint", {}), frozenset({"envelope"}), _BAD)
    hashes = sequence(proof.get("hashes"), "log-inclusion-invalid", at_most=_MAX_HASHES)
    return Proof(
        index=number(proof.get("logIndex"), _BAD),
        size=number(proof.get("treeSize"), _BAD),
        root=decode(proof.get("rootHash"), _BAD),
        hashes=tuple(decode(step, _BAD) for step in hashes),
        checkpoint=text(checkpoint["envelope"], _BAD) if checkpoint else None,
    )
