"""A private Sigstore: authorities, logs, timestamps and every form in which a signature is stored.

    sigstore = PrivateSigstore()
    signer = sigstore.signer("https://github.com/acme/api/.github/workflows/release.yml@refs/heads/main")
    bundle = sigstore.attest("ghcr.io/acme/api", digest, "https://slsa.dev/provenance/v1", {...}, signer)
    legacy = sigstore.sign(digest, "ghcr.io/acme/api", signer, form=Form.LEGACY_SIGNATURE)
    verifier = SigstoreVerifier(sigstore.trusted_root_json(), …)

What follows from a name and times is equal byte for byte each time (RSA keys excepted).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.core.attestation import SIGNATURE, Bundle, Form, PublicKey
from app.core.oci import Digest
from tests.fakes.sigstore import entries
from tests.fakes.sigstore.der import utf8
from tests.fakes.sigstore.logs import CertificateLog, Json, RekorV1, RekorV2, b64
from tests.fakes.sigstore.material import (
    Extension,
    Issuer,
    Private,
    around,
    der,
    key_usage,
    make_curve_key,
    make_key,
    own_hash,
    pem,
    sign,
    spki,
    timestamping,
)
from tests.fakes.sigstore.timestamps import TimestampAuthority

GITHUB = "https://token.actions.githubusercontent.com"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

_FULCIO = "1.3.6.1.4.1.57264.1."
_CLAIMS = {
    "buildSignerURI": 9,
    "buildSignerDigest": 10,
    "runnerEnvironment": 11,
    "sourceRepositoryURI": 12,
    "sourceRepositoryDigest": 13,
    "sourceRepositoryRef": 14,
    "sourceRepositoryIdentifier": 15,
    "sourceRepositoryOwnerURI": 16,
    "sourceRepositoryOwnerIdentifier": 17,
    "buildConfigURI": 18,
    "buildConfigDigest": 19,
    "buildTrigger": 20,
    "runInvocationURI": 21,
    "sourceRepositoryVisibilityAtSigning": 22,
}
_MEDIA_TYPES = {
    Form.BUNDLE: "application/vnd.dev.sigstore.bundle.v0.3+json",
    Form.LEGACY_SIGNATURE: "application/vnd.dev.cosign.simplesigning.v1+json",
    Form.LEGACY_ATTESTATION: "application/vnd.dsse.envelope.v1+json",
}
_BUNDLE_TYPES = {
    "0.1": "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "0.2": "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "0.3": "application/vnd.dev.sigstore.bundle.v0.3+json",
    "0.3-alt": "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "0.3.1": "application/vnd.dev.sigstore.bundle.v0.3.1+json",
}


def media_type(bundle: Bundle) -> str:
    """Return the media type of the registry layer that stores this bundle."""
    return _MEDIA_TYPES[bundle.form]


@dataclass(frozen=True, slots=True)
class KeylessSigner:
    """Somebody who signs with a short-lived certificate; `claims` by their names in `Signer.claims`."""

    identity: str
    issuer: str
    claims: Mapping[str, str] = field(default_factory=dict)
    key_type: str = "ecdsa-p256"


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Somebody who signs with a long-lived key."""

    key: Private
    name: str

    @property
    def pem(self) -> bytes:
        """Return the public key as a policy stores it."""
        return pem(self.key.public_key())

    def public(self, not_before: datetime | None = None, not_after: datetime | None = None) -> PublicKey:
        """Return the key as a policy names it."""
        return PublicKey(self.name, self.pem, not_before, not_after)


Signing = KeylessSigner | KeySigner


@dataclass(frozen=True, slots=True)
class Details:
    """What is rarely chosen of a signature.

    `entry` is the kind of the Rekor v1 entry of an envelope (`dsse`, `intoto` = 0.0.2, `intoto-0.0.1`). `certified`
    is the start of the certificate (one minute before signing), `lifetime` its length, `stamped` the time in the
    timestamp, `sct` the time of the SCT (`False`: none). `proof` and `promise` leave parts of a v1 entry out.
    `hash` is the signature's hash when it is not the key's own. `digest` replaces the subject digest of the bundle.
    """

    version: str = "0.3"
    entry: str = "dsse"
    certified: datetime | None = None
    lifetime: timedelta = timedelta(minutes=10)
    stamped: datetime | None = None
    sct: datetime | bool = True
    proof: bool = True
    promise: bool = True
    hash: hashes.HashAlgorithm | None = None
    payload_type: str = entries.IN_TOTO
    statement_type: str = "https://in-toto.io/Statement/v1"
    log_index: int = 1007


@dataclass(frozen=True, slots=True)
class _Choice:
    at: datetime
    form: Form
    rekor: int
    tsa: bool
    details: Details


class PrivateSigstore:
    """One instance with its own authorities, logs and timestamp authority; two names share nothing."""

    def __init__(self, name: str = "private", now: datetime = NOW) -> None:
        """Make all keys and certificates; `now` is the default signing time, the middle of all windows."""
        self.name = name
        self.now = now
        self.root = Issuer.root(f"{name} root", around(now))
        self.authority = self.root.authority(f"{name} intermediate", around(now, years=4))
        self.tsa_root = Issuer.root(f"{name} timestamp root", around(now))
        self.timestamps = TimestampAuthority(timestamping(self.tsa_root, around(now, years=4)))
        self.rekor1 = RekorV1(make_curve_key(f"{name} rekor v1"))
        second = make_key("ed25519", f"{name} rekor v2")
        assert isinstance(second, ed25519.Ed25519PrivateKey)
        self.rekor2 = RekorV2(second)
        self.ct = CertificateLog(make_curve_key(f"{name} ct"))

    def signer(
        self, identity: str, issuer: str = GITHUB, claims: Mapping[str, str] | None = None, key_type: str = "ecdsa-p256"
    ) -> KeylessSigner:
        """Name a keyless signer: an identity with a scheme is a URI, with an @ an e-mail address, else another name."""
        return KeylessSigner(identity, issuer, claims or {}, key_type)

    def key(self, name: str = "key", key_type: str = "ecdsa-p256") -> KeySigner:
        """Make a long-lived key of one of `KEY_TYPES`."""
        return KeySigner(make_key(key_type, f"{self.name} {name}"), name)

    def attest(  # noqa: PLR0917 - the order in which one says it
        self,
        subject_name: str,
        digest: Digest,
        predicate_type: str,
        predicate: object,
        signer: Signing,
        *,
        at: datetime | None = None,
        form: Form = Form.BUNDLE,
        rekor: int = 1,
        tsa: bool | None = None,
        details: Details = Details(),
    ) -> Bundle:
        """Attest a predicate about an image; `rekor` is the log's version (0: none), which for 2 brings a stamp."""
        statement = {
            "_type": details.statement_type,
            "subject": [{"name": subject_name, "digest": {"sha256": digest.hex}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
        payload = json.dumps(statement).encode()
        return self.attest_bytes(payload, digest, signer, at=at, form=form, rekor=rekor, tsa=tsa, details=details)

    def attest_bytes(
        self,
        payload: bytes,
        digest: Digest,
        signer: Signing,
        *,
        at: datetime | None = None,
        form: Form = Form.BUNDLE,
        rekor: int = 1,
        tsa: bool | None = None,
        details: Details = Details(),
    ) -> Bundle:
        """Sign any bytes as a DSSE payload; `digest` is only what the bundle is attached to."""
        choice = _Choice(at or self.now, form, rekor, rekor == 2 if tsa is None else tsa, details)
        key, verifying = self._credentials(signer, choice)
        signature = sign(key, entries.pae(details.payload_type, payload), details.hash)
        signed = entries.envelope(details.payload_type, payload, signature)
        raw = json.dumps(signed).encode()
        if form is Form.BUNDLE:
            material = self._material(verifying, choice)
            entry = self._envelope_entry((signed, raw, payload), (signature, verifying), choice)
            content = self._bundle(material, entry, signature, choice, content={"dsseEnvelope": signed})
            return Bundle(form, content, digest, "made here")
        annotations = self._annotations(verifying, choice)
        if rekor:
            body = self._v1_body((signed, raw, payload), verifying, details.entry)
            promise = self.rekor1.promise(body, choice.at, details.log_index)
            annotations["dev.sigstore.cosign/bundle"] = json.dumps(promise)
        self._stamp_annotation(annotations, raw, choice)
        return Bundle(form, raw, digest, "made here", {"dev.cosignproject.cosign/signature": "", **annotations})

    def sign(
        self,
        digest: Digest,
        reference: str,
        signer: Signing,
        *,
        at: datetime | None = None,
        form: Form = Form.BUNDLE,
        rekor: int = 1,
        tsa: bool | None = None,
        details: Details = Details(),
    ) -> Bundle:
        """Sign an image as cosign does: version 3's statement in a bundle, or a legacy simple-signing layer."""
        if form is Form.BUNDLE:
            statement = {
                "_type": details.statement_type,
                "subject": [{"digest": {"sha256": digest.hex}, "annotations": {}}],
                "predicateType": SIGNATURE,
            }
            payload = json.dumps(statement).encode()
            return self.attest_bytes(payload, digest, signer, at=at, form=form, rekor=rekor, tsa=tsa, details=details)
        critical = {
            "identity": {"docker-reference": reference},
            "image": {"docker-manifest-digest": str(digest)},
            "type": "cosign container image signature",
        }
        payload = json.dumps({"critical": critical, "optional": None}).encode()
        return self.sign_bytes(payload, digest, signer, at=at, rekor=rekor, tsa=tsa, details=details)

    def sign_bytes(
        self,
        payload: bytes,
        digest: Digest,
        signer: Signing,
        *,
        at: datetime | None = None,
        rekor: int = 1,
        tsa: bool | None = None,
        details: Details = Details(),
    ) -> Bundle:
        """Sign any bytes as a legacy signature layer."""
        choice = _Choice(at or self.now, Form.LEGACY_SIGNATURE, rekor, bool(tsa), details)
        key, verifying = self._credentials(signer, choice)
        # cosign before version 3 always hashed with SHA-256, whatever the key.
        signature = sign(key, payload, details.hash or hashes.SHA256())
        annotations = self._annotations(verifying, choice)
        if rekor:
            body = entries.hashedrekord(hashlib.sha256(payload).digest(), signature, verifying)
            promise = self.rekor1.promise(body, choice.at, details.log_index)
            annotations["dev.sigstore.cosign/bundle"] = json.dumps(promise)
        self._stamp_annotation(annotations, signature, choice)
        annotations["dev.cosignproject.cosign/signature"] = b64(signature)
        return Bundle(choice.form, payload, digest, "made here", annotations)

    def sign_artifact(
        self,
        artifact: bytes,
        signer: Signing,
        *,
        at: datetime | None = None,
        rekor: int = 1,
        tsa: bool | None = None,
        details: Details = Details(),
    ) -> bytes:
        """Sign a file: the JSON of a bundle with a message signature."""
        choice = _Choice(at or self.now, Form.BUNDLE, rekor, rekor == 2 if tsa is None else tsa, details)
        key, verifying = self._credentials(signer, choice)
        signature = sign(key, artifact, details.hash)
        algorithm = details.hash or own_hash(key)
        entry = self._hash_entry(artifact, signature, verifying, choice)
        message = {
            "messageDigest": {
                "algorithm": algorithm.name.upper().replace("SHA", "SHA2_"),
                "digest": b64(hashlib.new(algorithm.name, artifact).digest()),
            },
            "signature": b64(signature),
        }
        material = self._material(verifying, choice)
        return self._bundle(material, entry, signature, choice, content={"messageSignature": message})

    def certify(self, signer: KeylessSigner, start: datetime, details: Details) -> tuple[Private, x509.Certificate]:
        """Issue a certificate with its SCT."""
        key = make_key(signer.key_type, f"{self.name} {signer.identity} {start}")
        window = (start, start + details.lifetime)
        extensions = [*_leaf_extensions(signer, key), self.authority.key_identifier]
        subject = (x509.Name([]), key.public_key())
        bare = self.authority.issue(subject, window, extensions)
        if details.sct is False:
            return key, bare
        at = start if details.sct is True else details.sct
        listed = self.ct.embed(bare.tbs_certificate_bytes, spki(self.authority.key.public_key()), at)
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
        extensions.append((x509.UnrecognizedExtension(oid, listed), False))
        return key, self.authority.issue(subject, window, extensions)

    def trusted_root(self, windows: Mapping[str, tuple[datetime | None, datetime | None]] | None = None) -> Json:
        """Return the trusted root as a value to edit; `windows` by `rekor1`, `rekor2`, `ca`, `ct`, `tsa`."""
        chosen = windows or {}
        valid = {part: _window(*chosen.get(part, around(self.now))) for part in ("rekor1", "rekor2", "ca", "ct", "tsa")}
        raw2 = spki(self.rekor2.key.public_key())
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                _log("https://rekor.private.example", self.rekor1, spki(self.rekor1.key.public_key()), valid["rekor1"]),
                _log(f"https://{self.rekor2.origin}", self.rekor2, raw2, valid["rekor2"]),
            ],
            "certificateAuthorities": [_authority([self.authority, self.root], valid["ca"])],
            "ctlogs": [_log("https://ct.private.example", self.ct, spki(self.ct.key.public_key()), valid["ct"])],
            "timestampAuthorities": [_authority([self.timestamps.issuer, self.tsa_root], valid["tsa"])],
        }

    def trusted_root_json(self, windows: Mapping[str, tuple[datetime | None, datetime | None]] | None = None) -> bytes:
        """Return the trusted root as the bytes of its file."""
        return json.dumps(self.trusted_root(windows)).encode()

    def _credentials(self, signer: Signing, choice: _Choice) -> tuple[Private, entries.Verifying]:
        if isinstance(signer, KeySigner):
            return signer.key, entries.Verifying(signer.key.public_key(), None)
        start = choice.details.certified or choice.at - timedelta(minutes=1)
        key, certificate = self.certify(signer, start, choice.details)
        return key, entries.Verifying(key.public_key(), certificate)

    def _material(self, verifying: entries.Verifying, choice: _Choice) -> Json:
        if verifying.certificate is None:
            return {"publicKey": {"hint": b64(hashlib.sha256(spki(verifying.key)).digest())}}
        raw = {"rawBytes": b64(der(verifying.certificate))}
        if choice.details.version in ("0.1", "0.2"):
            return {"x509CertificateChain": {"certificates": [raw]}}
        return {"certificate": raw}

    def _bundle(self, material: Json, entry: Json | None, signature: bytes, choice: _Choice, *, content: Json) -> bytes:
        stamps = []
        if choice.tsa:
            stamp = self.timestamps.stamp(signature, choice.details.stamped or choice.at)
            stamps = [{"signedTimestamp": b64(stamp)}]
        material = {
            **material,
            "tlogEntries": [] if entry is None else [entry],
            "timestampVerificationData": {"rfc3161Timestamps": stamps},
        }
        media = _BUNDLE_TYPES[choice.details.version]
        return json.dumps({"mediaType": media, "verificationMaterial": material, **content}).encode()

    def _envelope_entry(
        self, envelope: tuple[Json, bytes, bytes], proof: tuple[bytes, entries.Verifying], choice: _Choice
    ) -> Json | None:
        signature, verifying = proof
        if choice.rekor == 2:
            data = entries.pae(choice.details.payload_type, envelope[2])
            return self._hash_entry(data, signature, verifying, choice)
        if choice.rekor == 0:
            return None
        kind = {"dsse": ("dsse", "0.0.1"), "intoto": ("intoto", "0.0.2"), "intoto-0.0.1": ("intoto", "0.0.1")}
        body = self._v1_body(envelope, verifying, choice.details.entry)
        return self._v1_entry(body, kind[choice.details.entry], choice)

    def _hash_entry(self, data: bytes, signature: bytes, verifying: entries.Verifying, choice: _Choice) -> Json | None:
        if choice.rekor == 0:
            return None
        curved = isinstance(verifying.key, ec.EllipticCurvePublicKey)
        name = (choice.details.hash or (own_hash(verifying.key) if curved else hashes.SHA256())).name
        digest = hashlib.new(name, data).digest()
        if choice.rekor == 2:
            body = entries.hashedrekord_v2(digest, signature, verifying, name)
            return self.rekor2.entry(body, ("hashedrekord", "0.0.2"))
        body = entries.hashedrekord(digest, signature, verifying, name)
        return self._v1_entry(body, ("hashedrekord", "0.0.1"), choice)

    def _v1_entry(self, body: bytes, kind: tuple[str, str], choice: _Choice) -> Json:
        entry = self.rekor1.entry(body, kind, choice.at, choice.details.log_index)
        if not choice.details.promise:
            del entry["inclusionPromise"]
        if not choice.details.proof:
            del entry["inclusionProof"]
        return entry

    @staticmethod
    def _v1_body(envelope: tuple[Json, bytes, bytes], verifying: entries.Verifying, kind: str) -> bytes:
        signed, raw, payload = envelope
        if kind == "intoto":
            return entries.intoto_v2(raw, signed, payload, verifying)
        if kind == "intoto-0.0.1":
            return entries.intoto_v1(raw, payload, verifying)
        return entries.dsse(raw, signed, payload, verifying)

    def _annotations(self, verifying: entries.Verifying, choice: _Choice) -> dict[str, str]:
        if verifying.certificate is None:
            return {}
        chain = b"".join(
            issuer.certificate.public_bytes(serialization.Encoding.PEM) for issuer in (self.authority, self.root)
        )
        return {
            "dev.sigstore.cosign/certificate": verifying.pem.decode(),
            "dev.sigstore.cosign/chain": chain.decode(),
        }

    def _stamp_annotation(self, annotations: dict[str, str], message: bytes, choice: _Choice) -> None:
        if choice.tsa:
            stamp = self.timestamps.stamp(message, choice.details.stamped or choice.at)
            annotations["dev.sigstore.cosign/rfc3161timestamp"] = json.dumps({"SignedRFC3161Timestamp": b64(stamp)})


def with_annotations(bundle: Bundle, **changes: str) -> Bundle:
    """Return a copy of a legacy layer with annotations replaced by the last part of their names."""
    names = {name.rpartition("/")[2]: name for name in bundle.annotations}
    return replace(bundle, annotations={**bundle.annotations, **{names[key]: value for key, value in changes.items()}})


def _leaf_extensions(signer: KeylessSigner, key: Private) -> list[Extension]:
    fulcio = [(1, signer.issuer.encode()), (8, utf8(signer.issuer))]
    fulcio += [(_CLAIMS[name], utf8(value)) for name, value in sorted(signer.claims.items())]
    return [
        key_usage(signs=True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.SubjectAlternativeName([_name(signer.identity)]), True),
        *(
            (x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_FULCIO}{number}"), value), False)
            for number, value in fulcio
        ),
    ]


def _name(identity: str) -> x509.GeneralName:
    if "://" in identity:
        return x509.UniformResourceIdentifier(identity)
    if "@" in identity:
        return x509.RFC822Name(identity)
    return x509.OtherName(x509.ObjectIdentifier(f"{_FULCIO}7"), utf8(identity))


def _window(start: datetime | None, end: datetime | None) -> Json:
    window = {"start": start, "end": end}
    return {name: moment.isoformat().replace("+00:00", "Z") for name, moment in window.items() if moment is not None}


def _log(url: str, log: RekorV1 | RekorV2 | CertificateLog, raw: bytes, valid: Json) -> Json:
    details = "PKIX_ED25519" if isinstance(log, RekorV2) else "PKIX_ECDSA_P256_SHA_256"
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {"rawBytes": b64(raw), "keyDetails": details, "validFor": valid},
        "logId": {"keyId": b64(log.log_id)},
    }


def _authority(chain: list[Issuer], valid: Json) -> Json:
    return {
        "subject": {"organization": "private.example", "commonName": "private"},
        "uri": "https://authority.private.example",
        "certChain": {"certificates": [{"rawBytes": b64(der(issuer.certificate))} for issuer in chain]},
        "validFor": valid,
    }
