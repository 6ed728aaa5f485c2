"""Keys, signatures and certificates of the private Sigstore: every byte follows from a seed and the times given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
Public = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
Extension = tuple[x509.ExtensionType, bool]

_CURVES: dict[str, ec.EllipticCurve] = {
    "ecdsa-p256": ec.SECP256R1(),
    "ecdsa-p384": ec.SECP384R1(),
    "ecdsa-p521": ec.SECP521R1(),
}
KEY_TYPES = (*_CURVES, "ed25519", "rsa")


def make_key(kind: str, seed: str) -> Private:
    """Make a key of one of `KEY_TYPES`; all but RSA follow from the seed."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = hashlib.sha512(f"{kind} {seed}".encode()).digest()
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret[:32])
    return ec.derive_private_key(int.from_bytes(secret[:31], "big"), _CURVES[kind])


def make_curve_key(seed: str, kind: str = "ecdsa-p256") -> ec.EllipticCurvePrivateKey:
    """Make an elliptic curve key."""
    key = make_key(kind, seed)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def own_hash(key: Private | Public) -> hashes.HashAlgorithm:
    """Return the hash that belongs to the key's size; SHA-256 for RSA."""
    size = key.curve.key_size if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) else 256
    return {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}[size]


def sign(key: Private, data: bytes, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    """Sign with the key's own hash unless another is named."""
    chosen = algorithm or own_hash(key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), chosen)
    return key.sign(data, ec.ECDSA(chosen, deterministic_signing=True))


def spki(key: Public) -> bytes:
    """Return the SubjectPublicKeyInfo, DER."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pem(key: Public) -> bytes:
    """Return the SubjectPublicKeyInfo, PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate's bytes."""
    return certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certificate with its key: it can sign others."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def root(cls, common_name: str, window: tuple[datetime, datetime]) -> Issuer:
        """Make a self-signed certificate authority."""
        key = make_curve_key(common_name, "ecdsa-p384")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        builder = _builder(name, key.public_key(), window).issuer_name(name)
        certificate = _extended(builder, _authority_extensions(key, key)).sign(
            key, hashes.SHA384(), ecdsa_deterministic=True
        )
        return cls(certificate, key)

    def authority(self, common_name: str, window: tuple[datetime, datetime]) -> Issuer:
        """Issue an intermediate authority."""
        key = make_curve_key(common_name, "ecdsa-p384")
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        return Issuer(self.issue((name, key.public_key()), window, _authority_extensions(key, self.key)), key)

    def issue(
        self,
        subject: tuple[x509.Name, Public],
        window: tuple[datetime, datetime],
        extensions: Iterable[Extension],
    ) -> x509.Certificate:
        """Issue a certificate with just these extensions; equal input gives an equal certificate."""
        builder = _builder(*subject, window).issuer_name(self.certificate.subject)
        return _extended(builder, extensions).sign(self.key, hashes.SHA384(), ecdsa_deterministic=True)

    @property
    def key_identifier(self) -> Extension:
        """Return the extension that names this issuer's key."""
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False


def key_usage(*, signs: bool) -> Extension:
    """Allow either signing data or signing certificates."""
    usage = x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )
    return usage, True


def timestamping(issuer: Issuer, window: tuple[datetime, datetime]) -> Issuer:
    """Issue a certificate that may sign timestamps only."""
    key = make_curve_key(f"tsa {issuer.certificate.subject.rfc4514_string()}")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "private timestamp authority")])
    extensions: list[Extension] = [
        key_usage(signs=True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        issuer.key_identifier,
    ]
    return Issuer(issuer.issue((name, key.public_key()), window, extensions), key)


def around(moment: datetime, *, years: int = 5) -> tuple[datetime, datetime]:
    """Return the window of some years on both sides of a moment."""
    return moment - timedelta(days=365 * years), moment + timedelta(days=365 * years)


def _authority_extensions(key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey) -> list[Extension]:
    return [
        (x509.BasicConstraints(ca=True, path_length=None), True),
        key_usage(signs=False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False),
    ]


def _builder(name: x509.Name, key: Public, window: tuple[datetime, datetime]) -> x509.CertificateBuilder:
    serial = hashlib.sha256(name.public_bytes() + spki(key) + repr(window).encode()).digest()[:16]
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(int.from_bytes(serial, "big") | 1)
        .not_valid_before(window[0])
        .not_valid_after(window[1])
    )


def _extended(builder: x509.CertificateBuilder, extensions: Iterable[Extension]) -> x509.CertificateBuilder:
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    return builder
