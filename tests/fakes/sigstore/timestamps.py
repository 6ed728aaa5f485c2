"""An RFC 3161 timestamp authority: one call makes one granted response."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import hashes

from tests.fakes.sigstore import der
from tests.fakes.sigstore.material import Issuer, sign
from tests.fakes.sigstore.material import der as certificate_bytes

_SHA256 = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), der.tagged(0x05))
_ECDSA_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"))
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"


@dataclass(frozen=True, slots=True)
class TimestampAuthority:
    """Stamps bytes; `issuer` is the stamping certificate with its key."""

    issuer: Issuer

    def stamp(self, message: bytes, at: datetime, *, embed: bool = True, status: int = 0) -> bytes:
        """Return a TimeStampResp that says that `message` existed `at`; `embed` puts the certificate into it."""
        return self.stamp_digest(hashlib.sha256(message).digest(), at, embed=embed, status=status)

    def stamp_digest(
        self, digest: bytes, at: datetime, *, nonce: int | None = None, embed: bool = True, status: int = 0
    ) -> bytes:
        """Return the same for a SHA-256 digest, with the `nonce` of the request."""
        info = self._info(digest, at, nonce)
        certificate = certificate_bytes(self.issuer.certificate)
        signed_data = der.sequence(
            der.integer(3),
            der.tagged(0x31, _SHA256),
            der.sequence(der.oid(_TST_INFO), der.tagged(0xA0, der.octets(info))),
            der.tagged(0xA0, certificate) if embed else b"",
            der.tagged(0x31, self._signer_info(info, certificate)),
        )
        token = der.sequence(der.oid(_SIGNED_DATA), der.tagged(0xA0, signed_data))
        return der.sequence(der.sequence(der.integer(status)), token)

    def _info(self, digest: bytes, at: datetime, nonce: int | None) -> bytes:
        return der.sequence(
            der.integer(1),
            der.oid("1.3.6.1.4.1.57264.2"),
            der.sequence(_SHA256, der.octets(digest)),
            der.integer(int.from_bytes(hashlib.sha256(digest + repr(at).encode()).digest()[:8], "big")),
            der.time(at),
            b"" if nonce is None else der.integer(nonce),
        )

    def _signer_info(self, info: bytes, certificate: bytes) -> bytes:
        attributes = (
            der.sequence(der.oid(_CONTENT_TYPE), der.set_of(der.oid(_TST_INFO))),
            der.sequence(der.oid(_MESSAGE_DIGEST), der.set_of(der.octets(hashlib.sha256(info).digest()))),
            der.sequence(
                der.oid(_SIGNING_CERTIFICATE_V2),
                der.set_of(der.sequence(der.sequence(der.sequence(der.octets(hashlib.sha256(certificate).digest()))))),
            ),
        )
        # RFC 5652 section 5.4: signed as SET OF, stored with the implicit tag [0].
        signed = der.set_of(*attributes)
        return der.sequence(
            der.integer(1),
            der.sequence(der.name(self.issuer.certificate.issuer), der.integer(self.issuer.certificate.serial_number)),
            _SHA256,
            b"\xa0" + signed[1:],
            _ECDSA_SHA256,
            der.octets(sign(self.issuer.key, signed, hashes.SHA256())),
        )
