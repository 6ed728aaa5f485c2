"""The parts of `trusted_root.json`."""

from __future__ import annotations

from datetime import datetime

from tests.fakes.sigstore.logs import CertificateLog, Json, RekorV1, RekorV2, b64
from tests.fakes.sigstore.material import Issuer, der


def window(start: datetime | None, end: datetime | None) -> Json:
    """Return a time range; a missing start is written as missing."""
    bounds = {"start": start, "end": end}
    return {name: moment.isoformat().replace("+00:00", "Z") for name, moment in bounds.items() if moment is not None}


def log(url: str, held: RekorV1 | RekorV2 | CertificateLog, raw: bytes, valid: Json) -> Json:
    """Return one log with its key."""
    details = "PKIX_ED25519" if isinstance(held, RekorV2) else "PKIX_ECDSA_P256_SHA_256"
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(raw), "keyDetails": details, "validFor": valid},
        "logId": {"keyId": b64(held.log_id)},
    }


def authority(chain: list[Issuer], valid: Json) -> Json:
    """Return one authority with its chain, the root last."""
    return {
        "subject": {"organization": "private.example", "commonName": "private"},
        "uri": "https://authority.private.example",
        "certChain": {"certificates": [{"rawBytes": b64(der(issuer.certificate))} for issuer in chain]},
        "validFor": valid,
    }
