"""The signing certificate: its chain at every proved time, and its certificate transparency timestamp."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.certificate_transparency import LogEntryType, SignedCertificateTimestamp
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from app.adapters.sigstore_verifier.keys import signature_fits, spki, supported
from app.adapters.sigstore_verifier.reasons import Refused
from app.adapters.sigstore_verifier.trust_root import Authority, LogKey, TrustedRoot

# Certificates for signing code are no web server's: the purpose is checked apart, so it may be anything here.
_ANY_PURPOSE = (x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None)
_FOR_AUTHORITIES = ExtensionPolicy.webpki_defaults_ca().may_be_present(*_ANY_PURPOSE)
_FOR_SIGNERS = ExtensionPolicy.webpki_defaults_ee().may_be_present(*_ANY_PURPOSE)


def verify_certificate(certificate: x509.Certificate, times: Sequence[datetime], root: TrustedRoot) -> None:
    """Prove that a trusted authority issued the certificate and that it was valid at every one of `times`."""
    # 1. The certificate itself: signed with outside its minutes of life, it proves nothing.
    for moment in times:
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            raise Refused("certificate-expired")
    # 2. Its chain to an authority that was in force then, at each time anew.
    paths = [_Path(certificate, authority) for authority in root.authorities]
    issuers = [_issuer(paths, moment) for moment in times]
    # 3. The certificate log's word, where the root names such logs at all (GitHub's instance has none).
    if root.certificate_logs:
        _verify_sct(certificate, issuers[0], root.certificate_logs)


class _Path:
    """The way from one certificate to one authority."""

    def __init__(self, certificate: x509.Certificate, authority: Authority) -> None:
        self._certificate = certificate
        self._proved: Sequence[x509.Certificate] = ()
        self.authority = authority

    def leads(self, moment: datetime) -> bool:
        """Say whether it leads there at this moment.

        Only the certificates' own validity depends on the time: a chain that was proved at one moment holds at every
        other that lies within it.
        """
        if self._proved and all(one.not_valid_before_utc <= moment <= one.not_valid_after_utc for one in self._proved):
            return True
        chain = _chain(self._certificate, moment, self.authority)
        leads = bool(chain) and chain[1] == self.authority.chain[0]
        self._proved = chain if leads else ()
        return leads


def _issuer(paths: Sequence[_Path], moment: datetime) -> x509.Certificate:
    # Those in force come first, and the first that fits decides: a root may name many that are not.
    for path in paths:
        if path.authority.window.covers(moment) and path.leads(moment):
            return path.authority.chain[0]
    expired = any(path.leads(moment) for path in paths if not path.authority.window.covers(moment))
    raise Refused("authority-expired" if expired else "authority-unknown")


def _chain(certificate: x509.Certificate, moment: datetime, authority: Authority) -> Sequence[x509.Certificate]:
    """Return the chain from the certificate to the authority's root, both included; empty when there is none."""
    verifier = (
        PolicyBuilder()
        .store(Store([authority.chain[-1]]))
        .time(moment)
        .extension_policies(ca_policy=_FOR_AUTHORITIES, ee_policy=_FOR_SIGNERS)
        .build_client_verifier()
    )
    try:
        return verifier.verify(certificate, list(authority.chain[:-1])).chain
    except (VerificationError, x509.UnsupportedGeneralNameType, ValueError):
        return ()


def _verify_sct(certificate: x509.Certificate, issuer: x509.Certificate, logs: Sequence[LogKey]) -> None:
    sct = _only_sct(certificate)
    named = [key for key in logs if key.log_id == sct.log_id]
    if not named:
        raise Refused("sct-log-unknown")
    signed = _signed_sct(sct, certificate, issuer)
    fitting = [key for key in named if signature_fits(key.key, sct.signature, signed)]
    if not fitting:
        raise Refused("sct-invalid")
    if not any(key.window.covers(sct.timestamp.replace(tzinfo=UTC)) for key in fitting):
        raise Refused("sct-key-expired")


def _only_sct(certificate: x509.Certificate) -> SignedCertificateTimestamp:
    try:
        stamps = list(
            certificate.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
        )
    except (x509.ExtensionNotFound, ValueError) as error:
        raise Refused("sct-missing") from error
    if len(stamps) != 1 or stamps[0].entry_type != LogEntryType.PRE_CERTIFICATE:
        raise Refused("sct-missing")
    stamp: SignedCertificateTimestamp = stamps[0]
    if not isinstance(stamp.signature_hash_algorithm, hashes.SHA256):
        raise Refused("sct-invalid")
    return stamp


def _signed_sct(sct: SignedCertificateTimestamp, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Build what the log signed (RFC 6962 section 3.2)."""
    tbs = certificate.tbs_precertificate_bytes
    milliseconds = int(sct.timestamp.replace(tzinfo=UTC).timestamp()) * 1000 + sct.timestamp.microsecond // 1000
    return b"".join(
        (
            b"\x00\x00",
            milliseconds.to_bytes(8, "big"),
            b"\x00\x01",
            _key_hash(issuer),
            len(tbs).to_bytes(3, "big"),
            tbs,
            len(sct.extension_bytes).to_bytes(2, "big"),
            sct.extension_bytes,
        )
    )


@lru_cache(maxsize=64)
def _key_hash(authority: x509.Certificate) -> bytes:
    """Return the hash of an authority's key; the authorities of the roots in use are few and always the same."""
    return hashlib.sha256(spki(supported(authority.public_key()))).digest()
