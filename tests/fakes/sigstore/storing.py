"""How a signature is stored: the JSON of a bundle, or the annotations of a legacy layer."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives import serialization

from app.core.attestation import Bundle, Form
from tests.fakes.sigstore import entries
from tests.fakes.sigstore.logs import Json, b64
from tests.fakes.sigstore.material import Issuer, der, spki

_MEDIA_TYPES = {
    Form.BUNDLE: "application/vnd.dev.sigstore.bundle.v0.3+json",
    Form.LEGACY_SIGNATURE: "application/vnd.dev.cosign.simplesigning.v1+json",
    Form.LEGACY_ATTESTATION: "application/vnd.dsse.envelope.v1+json",
}
BUNDLE_TYPES = {
    "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "0.3-alt": "application/vnd.dev.sigstore.bundle+json;version=0.3",
}


def media_type(bundle: Bundle) -> str:
    """Return the media type of the registry layer that stores this bundle."""
    return _MEDIA_TYPES[bundle.form]


def material(verifying: entries.Verifying, version: str) -> Json:
    """Return what a bundle holds of the certificate or key."""
    if verifying.certificate is None:
        return {"publicKey": {"hint": b64(hashlib.sha256(spki(verifying.key)).digest())}}
    raw = {"rawBytes": b64(der(verifying.certificate))}
    if version in ("0.1", "0.2"):
        return {"x509CertificateChain": {"certificates": [raw]}}
    return {"certificate": raw}


def annotations_of(verifying: entries.Verifying, issuers: list[Issuer]) -> dict[str, str]:
    """Return what a legacy layer's annotations hold of the certificate; none for a key."""
    if verifying.certificate is None:
        return {}
    chain = b"".join(issuer.certificate.public_bytes(serialization.Encoding.PEM) for issuer in issuers)
    return {
        "dev.sigstore.cosign/certificate": verifying.pem.decode(),
        "dev.sigstore.cosign/chain": chain.decode(),
    }


def with_annotations(bundle: Bundle, **changes: str) -> Bundle:
    """Return a copy of a legacy layer with annotations replaced by the last part of their names."""
    names = {name.rpartition("/")[2]: name for name in bundle.annotations}
    return replace(bundle, annotations={**bundle.annotations, **{names[key]: value for key, value in changes.items()}})
