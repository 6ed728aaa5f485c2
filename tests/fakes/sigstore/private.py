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
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from app.core.attestation import SIGNATURE, Bundle, Form
from app.core.oci import Digest
from tests.fakes.sigstore import entries
from tests.fakes.sigstore.logs import CertificateLog, Json, RekorV1, RekorV2, b64
from tests.fakes.sigstore.material import (
    Issuer,
    Private,
    Public,
    around,
    make_curve_key,
    make_key,
    own_hash,
    sign,
    spki,
    timestamping,
)
from tests.fakes.sigstore.roots import authority, log, window
from tests.fakes.sigstore.signers import (
    GITHUB,
    NOW,
    Choice,
    Details,
    KeylessSigner,
    KeySigner,
    Signing,
    leaf_extensions,
)
from tests.fakes.sigstore.storing import BUNDLE_TYPES, annotations_of, material
from tests.fakes.sigstore.timestamps import TimestampAuthority

ORDINARY = Details()


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
        details: Details = ORDINARY,
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
        details: Details = ORDINARY,
    ) -> Bundle:
        """Sign any bytes as a DSSE payload; `digest` is only what the bundle is attached to."""
        choice = Choice(at or self.now, form, rekor, rekor == 2 if tsa is None else tsa, details)
        key, verifying = self._credentials(signer, choice)
        signature = sign(key, entries.pae(details.payload_type, payload), details.hash)
        signed = entries.envelope(details.payload_type, payload, signature)
        raw = json.dumps(signed).encode()
        if form is Form.BUNDLE:
            held = material(verifying, details.version)
            entry = self._envelope_entry((signed, raw, payload), (signature, verifying), choice)
            content = self._bundle(held, entry, signature, choice, content={"dsseEnvelope": signed})
            return Bundle(form, content, digest, "made here")
        annotations = annotations_of(verifying, [self.authority, self.root])
        if rekor:
            body = entries.v1_body((signed, raw, payload), verifying, details.entry)
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
        details: Details = ORDINARY,
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
        details: Details = ORDINARY,
    ) -> Bundle:
        """Sign any bytes as a legacy signature layer."""
        choice = Choice(at or self.now, Form.LEGACY_SIGNATURE, rekor, bool(tsa), details)
        key, verifying = self._credentials(signer, choice)
        # cosign before version 3 always hashed with SHA-256, whatever the key.
        signature = sign(key, payload, details.hash or hashes.SHA256())
        annotations = annotations_of(verifying, [self.authority, self.root])
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
        details: Details = ORDINARY,
    ) -> bytes:
        """Sign a file: the JSON of a bundle with a message signature."""
        choice = Choice(at or self.now, Form.BUNDLE, rekor, rekor == 2 if tsa is None else tsa, details)
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
        held = material(verifying, details.version)
        return self._bundle(held, entry, signature, choice, content={"messageSignature": message})

    def certify(self, signer: KeylessSigner, start: datetime, details: Details) -> tuple[Private, x509.Certificate]:
        """Make a key, and a certificate for it."""
        key = make_key(signer.key_type, f"{self.name} {signer.identity} {start}")
        return key, self.certificate(signer, key.public_key(), start, details)

    def certificate(self, signer: KeylessSigner, key: Public, start: datetime, details: Details) -> x509.Certificate:
        """Issue a certificate with its SCT for somebody's key."""
        window = (start, start + details.lifetime)
        extensions = [*leaf_extensions(signer, key), self.authority.key_identifier]
        if details.extensions is not None:
            extensions = details.extensions(extensions)
        bare = self.authority.issue((x509.Name([]), key), window, extensions)
        if details.sct is False:
            return bare
        at = start if details.sct is True else details.sct
        listed = self.ct.embed(bare.tbs_certificate_bytes, spki(self.authority.key.public_key()), at)
        oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
        extensions.append((x509.UnrecognizedExtension(oid, listed), False))
        return self.authority.issue((x509.Name([]), key), window, extensions)

    def trusted_root(self, windows: Mapping[str, tuple[datetime | None, datetime | None]] | None = None) -> Json:
        """Return the trusted root as a value to edit; `windows` by `rekor1`, `rekor2`, `ca`, `ct`, `tsa`."""
        chosen = windows or {}
        valid = {part: window(*chosen.get(part, around(self.now))) for part in ("rekor1", "rekor2", "ca", "ct", "tsa")}
        raw2 = spki(self.rekor2.key.public_key())
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                log("https://rekor.private.example", self.rekor1, spki(self.rekor1.key.public_key()), valid["rekor1"]),
                log(f"https://{self.rekor2.origin}", self.rekor2, raw2, valid["rekor2"]),
            ],
            "certificateAuthorities": [authority([self.authority, self.root], valid["ca"])],
            "ctlogs": [log("https://ct.private.example", self.ct, spki(self.ct.key.public_key()), valid["ct"])],
            "timestampAuthorities": [authority([self.timestamps.issuer, self.tsa_root], valid["tsa"])],
        }

    def trusted_root_json(self, windows: Mapping[str, tuple[datetime | None, datetime | None]] | None = None) -> bytes:
        """Return the trusted root as the bytes of its file."""
        return json.dumps(self.trusted_root(windows)).encode()

    def _credentials(self, signer: Signing, choice: Choice) -> tuple[Private, entries.Verifying]:
        if isinstance(signer, KeySigner):
            return signer.key, entries.Verifying(signer.key.public_key(), None)
        start = choice.details.certified or choice.at - timedelta(minutes=1)
        key, certificate = self.certify(signer, start, choice.details)
        return key, entries.Verifying(key.public_key(), certificate)

    def _bundle(self, held: Json, entry: Json | None, signature: bytes, choice: Choice, *, content: Json) -> bytes:
        stamps = []
        if choice.tsa:
            stamp = self.timestamps.stamp(signature, choice.details.stamped or choice.at)
            stamps = [{"signedTimestamp": b64(stamp)}]
        complete = {
            **held,
            "tlogEntries": [] if entry is None else [entry],
            "timestampVerificationData": {"rfc3161Timestamps": stamps},
        }
        media = BUNDLE_TYPES[choice.details.version]
        return json.dumps({"mediaType": media, "verificationMaterial": complete, **content}).encode()

    def _envelope_entry(
        self, envelope: tuple[Json, bytes, bytes], proof: tuple[bytes, entries.Verifying], choice: Choice
    ) -> Json | None:
        signature, verifying = proof
        if choice.rekor == 2:
            data = entries.pae(choice.details.payload_type, envelope[2])
            return self._hash_entry(data, signature, verifying, choice)
        if choice.rekor == 0:
            return None
        kind = {"dsse": ("dsse", "0.0.1"), "intoto": ("intoto", "0.0.2"), "intoto-0.0.1": ("intoto", "0.0.1")}
        body = entries.v1_body(envelope, verifying, choice.details.entry)
        return self._v1_entry(body, kind[choice.details.entry], choice)

    def _hash_entry(self, data: bytes, signature: bytes, verifying: entries.Verifying, choice: Choice) -> Json | None:
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

    def _v1_entry(self, body: bytes, kind: tuple[str, str], choice: Choice) -> Json:
        entry = self.rekor1.entry(body, kind, choice.at, choice.details.log_index)
        if not choice.details.promise:
            del entry["inclusionPromise"]
        if not choice.details.proof:
            del entry["inclusionProof"]
        return entry

    def _stamp_annotation(self, annotations: dict[str, str], message: bytes, choice: Choice) -> None:
        if choice.tsa:
            stamp = self.timestamps.stamp(message, choice.details.stamped or choice.at)
            annotations["dev.sigstore.cosign/rfc3161timestamp"] = json.dumps({"SignedRFC3161Timestamp": b64(stamp)})
