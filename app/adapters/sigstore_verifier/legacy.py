"""Reading of legacy cosign layers: a simple-signing payload or a DSSE envelope, the rest in annotations.

The annotations are those of cosign's SIGNATURE_SPEC as its code writes them. The certificate chain among them is a
stranger's and is not used; `predicateType` is not signed and is not used.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.adapters.sigstore_verifier.bundle import MAX_BYTES, read_envelope
from app.adapters.sigstore_verifier.certificates import load_pem_certificate
from app.adapters.sigstore_verifier.material import Entry, Material, Message
from app.adapters.sigstore_verifier.reading import decode, mapping, message, number, read_json, text
from app.adapters.sigstore_verifier.reasons import Refused

_BAD = "malformed"
_SIGNATURE = "dev.cosignproject.cosign/signature"
_CERTIFICATE = "dev.sigstore.cosign/certificate"
_BUNDLE = "dev.sigstore.cosign/bundle"
_TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp"
_MAX_ANNOTATION = 1024 * 1024
_HEX_ID = 64


def read_signature(content: bytes, annotations: Mapping[str, str]) -> Material:
    """Read a `.sig` layer; its timestamp covers the raw signature. Raises `Refused`."""
    if len(content) > MAX_BYTES:
        raise Refused("too-large")
    written = _annotation(annotations, _SIGNATURE)
    if not written:
        raise Refused("unsigned")
    signature = decode(written, _BAD)
    return Material(
        signed=Message(content),
        signature=signature,
        certificate=_certificate(annotations),
        entry=_entry(annotations),
        stamps=_stamps(annotations),
        stamped=(signature,),
        promise_suffices=True,
    )


def read_attestation(content: bytes, annotations: Mapping[str, str]) -> Material:
    """Read an `.att` layer; its timestamp covers the envelope's bytes, or the signature in it. Raises `Refused`."""
    if len(content) > MAX_BYTES:
        raise Refused("too-large")
    envelope, signature = read_envelope(mapping(read_json(content, _BAD), _BAD), content)
    return Material(
        signed=envelope,
        signature=signature,
        certificate=_certificate(annotations),
        entry=_entry(annotations),
        stamps=_stamps(annotations),
        # cosign 3 stamps the signature, as in a bundle, and still looks for a stamp on the envelope.
        stamped=(content, signature),
        promise_suffices=True,
    )


def _annotation(annotations: Mapping[str, str], name: str) -> str:
    value = annotations.get(name, "")
    if len(value) > _MAX_ANNOTATION:
        raise Refused("too-large")
    return value


def _certificate(annotations: Mapping[str, str]) -> bytes | None:
    written = _annotation(annotations, _CERTIFICATE)
    return load_pem_certificate(written.encode()) if written else None


def _entry(annotations: Mapping[str, str]) -> Entry | None:
    written = _annotation(annotations, _BUNDLE)
    if not written:
        return None
    bundle = message(read_json(written.encode(), _BAD), frozenset({"SignedEntryTimestamp", "Payload"}), _BAD)
    payload = message(bundle.get("Payload"), frozenset({"body", "integratedTime", "logIndex", "logID"}), _BAD)
    log_id = text(payload.get("logID"), _BAD)
    if len(log_id) != _HEX_ID or set(log_id) - set("0123456789abcdef"):
        raise Refused(_BAD)
    return Entry(
        log_id=bytes.fromhex(log_id),
        log_index=number(payload.get("logIndex"), _BAD),
        body=decode(payload.get("body"), _BAD),
        kind=None,
        integrated_time=number(payload.get("integratedTime"), _BAD),
        promise=decode(bundle.get("SignedEntryTimestamp"), _BAD),
        proof=None,
    )


def _stamps(annotations: Mapping[str, str]) -> tuple[bytes, ...]:
    written = _annotation(annotations, _TIMESTAMP)
    if not written:
        return ()
    held = message(read_json(written.encode(), _BAD), frozenset({"SignedRFC3161Timestamp"}), _BAD)
    return (decode(held.get("SignedRFC3161Timestamp"), _BAD),)
