"""Certificates as bundles bring them: bounded reading, and what they claim of their subject."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import serialization
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.adapters.sigstore_verifier.keys import Key, supported
from app.adapters.sigstore_verifier.reasons import Refused
from app.core.attestation import Signer

_MAX_BYTES = 16 * 1024
_FULCIO = "1.3.6.1.4.1.57264.1."
_OTHER_NAME = x509.ObjectIdentifier(f"{_FULCIO}7")
_ISSUER_V1, _ISSUER = 1, 8
_GITHUB = "https://token.actions.githubusercontent.com"
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    CryptographyDeprecationWarning,  # a serial number that is not positive, where warnings are errors
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What the X.509 library raises for certificates that it cannot read."""

_PEM_BEGIN = b"-----BEGIN CERTIFICATE-----"

# Fulcio's OID table (docs/oid-info.md of the fulcio project): the first are raw bytes and deprecated.
_RAW = {
    2: "githubWorkflowTrigger",
    3: "githubWorkflowSHA",
    4: "githubWorkflowName",
    5: "githubWorkflowRepository",
    6: "githubWorkflowRef",
}
_UTF8 = {
    9: "buildSignerURI",
    10: "buildSignerDigest",
    11: "runnerEnvironment",
    12: "sourceRepositoryURI",
    13: "sourceRepositoryDigest",
    14: "sourceRepositoryRef",
    15: "sourceRepositoryIdentifier",
    16: "sourceRepositoryOwnerURI",
    17: "sourceRepositoryOwnerIdentifier",
    18: "buildConfigURI",
    19: "buildConfigDigest",
    20: "buildTrigger",
    21: "runInvocationURI",
    22: "sourceRepositoryVisibilityAtSigning",
    23: "deploymentEnvironment",
}


def load_certificate(der: bytes) -> x509.Certificate:
    """Read a DER certificate of at most 16 KiB, with all its extensions; raises `Refused`."""
    if len(der) > _MAX_BYTES:
        raise Refused("certificate-malformed")
    try:
        certificate = x509.load_der_x509_certificate(der)
        # Extensions are parsed late: a bad one must fail here and not in the middle of a decision.
        _ = certificate.extensions, certificate.public_key(), certificate.version
    except UNREADABLE as error:
        raise Refused("certificate-malformed") from error
    if certificate.serial_number <= 0:
        raise Refused("certificate-malformed")
    return certificate


def load_pem_certificate(pem: bytes) -> bytes:
    """Return the DER of the one PEM certificate in these bytes; raises `Refused`."""
    if pem.count(_PEM_BEGIN) != 1 or len(pem) > 2 * _MAX_BYTES:
        raise Refused("certificate-malformed")
    try:
        return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    except UNREADABLE as error:
        raise Refused("certificate-malformed") from error


def is_root(certificate: x509.Certificate) -> bool:
    """Say whether a certificate is an authority that names itself as its issuer."""
    return _is_authority(certificate) and certificate.issuer == certificate.subject


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def signing_key(certificate: x509.Certificate) -> Key:
    """Return the key of a certificate that may sign code and nothing above it; raises `Refused`."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound as error:
        raise Refused("certificate-use") from error
    if _is_authority(certificate) or not usage.digital_signature or usage.key_cert_sign:
        raise Refused("certificate-use")
    if ExtendedKeyUsageOID.CODE_SIGNING not in extended:
        raise Refused("certificate-use")
    return supported(certificate.public_key())


def read_signer(certificate: x509.Certificate) -> Signer:
    """Return the identity, its issuer and the claims; raises `Refused` when any is missing or ambiguous."""
    extensions = _fulcio(certificate)
    issuer = extensions.get(_ISSUER) or extensions.get(_ISSUER_V1)
    if not issuer or extensions.get(_ISSUER_V1, issuer) != issuer:
        raise Refused("certificate-identity")
    claims = {name: extensions[number] for number, name in (_RAW | _UTF8).items() if number in extensions}
    return Signer(issuer=issuer, identity=_identity(certificate), claims=_with_deprecated(issuer, claims))


def _fulcio(certificate: x509.Certificate) -> Mapping[int, str]:
    read: dict[int, str] = {}
    for extension in certificate.extensions:
        suffix = extension.oid.dotted_string.removeprefix(_FULCIO)
        if not suffix.isdigit() or not isinstance(extension.value, x509.UnrecognizedExtension):
            continue
        number, value = int(suffix), extension.value.value
        if number == _ISSUER_V1 or number in _RAW:
            read[number] = _decoded(value)
        elif number == _ISSUER or number in _UTF8:
            read[number] = _utf8(value)
    return read


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise Refused("certificate-malformed") from error


def _utf8(value: bytes) -> str:
    try:
        return asn1.decode_der(str, value)
    except ValueError as error:
        raise Refused("certificate-malformed") from error


def _identity(certificate: x509.Certificate) -> str:
    try:
        names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound as error:
        raise Refused("certificate-identity") from error
    if len(names) != 1:
        raise Refused("certificate-identity")
    name = names[0]
    if isinstance(name, x509.UniformResourceIdentifier | x509.RFC822Name):
        identity = name.value
    elif isinstance(name, x509.OtherName) and name.type_id == _OTHER_NAME:
        identity = _utf8(name.value)
    else:
        raise Refused("certificate-identity")
    if not identity:
        raise Refused("certificate-identity")
    return identity


def _with_deprecated(issuer: str, claims: dict[str, str]) -> Mapping[str, str]:
    """Fill what certificates from before 2023 say only in GitHub's deprecated extensions."""
    if issuer != _GITHUB:
        return claims
    older = {
        "sourceRepositoryDigest": claims.get("githubWorkflowSHA"),
        "sourceRepositoryRef": claims.get("githubWorkflowRef"),
        "buildTrigger": claims.get("githubWorkflowTrigger"),
    }
    if repository := claims.get("githubWorkflowRepository"):
        older["sourceRepositoryURI"] = f"https://github.com/{repository}"
    return {name: value for name, value in older.items() if value} | claims
