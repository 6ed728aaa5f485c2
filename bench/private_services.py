"""The private Sigstore as services on loopback, as far as signing tools talk to them.

One address answers for an authority (Fulcio's two interfaces), a log of each version (Rekor) and a timestamp authority.
Whoever presents an identity token gets a certificate for its `email` or `sub`: nobody checks it, everything is here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.fakes.sigstore import Details, KeylessSigner, PrivateSigstore
from tests.fakes.sigstore.entries import Verifying, dsse, hashedrekord, intoto_v1, intoto_v2
from tests.fakes.sigstore.logs import Json, b64, canonical
from tests.fakes.sigstore.material import Public

ISSUER = "https://issuer.private.example"
_PEM = serialization.Encoding.PEM


def token(identity: str, now: datetime) -> str:
    """Write an identity token that only this authority believes."""
    name = "email" if "@" in identity and "://" not in identity else "sub"
    claims = {
        "iss": ISSUER,
        "aud": "sigstore",
        "sub": identity,
        name: identity,
        "email_verified": True,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=1)).timestamp()),
    }
    parts = [json.dumps({"alg": "ES256", "typ": "JWT"}).encode(), json.dumps(claims).encode(), bytes(range(1, 65))]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class PrivateServices:
    """Answers until its `with` block ends."""

    def __init__(self, sigstore: PrivateSigstore, now: datetime) -> None:
        self.sigstore = sigstore
        self.now = now
        self.asked: list[str] = []
        services = self

        class Handler(_Handler):
            held = services

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Return the address of all of them."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def signing_config(self, rekor: int) -> bytes:
        """Return what cosign 3 is told instead of single addresses."""
        valid = {"start": (self.now - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")}

        def service(path: str, version: int) -> Json:
            return {
                "url": f"{self.url}{path}",
                "majorApiVersion": version,
                "validFor": valid,
                "operator": "private.example",
            }

        config = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service("", 1)],
            "oidcUrls": [],
            "rekorTlogUrls": [service("", rekor)] if rekor else [],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaUrls": [service("/api/v1/timestamp", 1)],
            "tsaConfig": {"selector": "ANY"},
        }
        return json.dumps(config).encode()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def certificate_chain(self, asked: Json, authorization: str) -> list[str]:
        """Answer as Fulcio: the certificate for the key that is asked for, and its issuers, in PEM."""
        proof = asked.get("credentials", {}).get("oidcIdentityToken") or authorization.removeprefix("Bearer ")
        middle = proof.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        signer = KeylessSigner(claims.get("email") or claims["sub"], ISSUER)
        key = _requested_key(asked)
        start = self.now.replace(microsecond=0) - timedelta(seconds=5)
        issued = self.sigstore.certificate(signer, key, start, Details())
        chain = (issued, self.sigstore.authority.certificate, self.sigstore.root.certificate)
        return [one.public_bytes(_PEM).decode() for one in chain]

    def log_entry(self, asked: Json) -> tuple[str, Json]:
        """Answer as Rekor 1: the entry's name, and the entry."""
        kind = (asked["kind"], asked["apiVersion"])
        body = _body(asked)
        entry = self.sigstore.rekor1.entry(body, kind, self.now.replace(microsecond=0))
        proof = entry["inclusionProof"]
        leaf = hashlib.sha256(b"\x00" + body).hexdigest()
        answer = {
            "body": b64(body),
            "integratedTime": int(entry["integratedTime"]),
            "logID": self.sigstore.rekor1.log_id.hex(),
            "logIndex": int(entry["logIndex"]),
            "verification": {
                "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
                "inclusionProof": {
                    "checkpoint": proof["checkpoint"]["envelope"],
                    "hashes": [base64.b64decode(one).hex() for one in proof["hashes"]],
                    "logIndex": int(proof["logIndex"]),
                    "rootHash": base64.b64decode(proof["rootHash"]).hex(),
                    "treeSize": int(proof["treeSize"]),
                },
            },
        }
        return f"{1193050959916656506:016x}{leaf}", answer

    def log_entry_v2(self, asked: Json) -> Json:
        """Answer as Rekor 2."""
        request = asked["hashedRekordRequestV002"]
        spec = {
            "data": {"algorithm": "SHA2_256", "digest": request["digest"]},
            "signature": {"content": request["signature"]["content"], "verifier": request["signature"]["verifier"]},
        }
        body = canonical({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": spec}})
        return self.sigstore.rekor2.entry(body, ("hashedrekord", "0.0.2"))

    def stamp(self, request: bytes) -> bytes:
        """Answer a timestamp request of RFC 3161."""
        fields = _elements(_elements(request)[0][1])
        imprint = _elements(fields[1][1])
        numbers = [int.from_bytes(value, "big") for tag, value in fields[2:] if tag == 0x02]
        return self.sigstore.timestamps.stamp_digest(
            imprint[1][1], self.now.replace(microsecond=0), nonce=numbers[0] if numbers else None
        )


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """Split DER into its elements, one level."""
    found, at = [], 0
    while at < len(der):
        tag, length, start = der[at], der[at + 1], at + 2
        if length >= 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[at + 2 : start], "big")
        found.append((tag, der[start : start + length]))
        at = start + length
    return found


def _requested_key(asked: Json) -> Public:
    if asked.get("certificateSigningRequest"):
        return x509.load_pem_x509_csr(base64.b64decode(asked["certificateSigningRequest"])).public_key()
    public = (asked.get("publicKeyRequest") or asked)["publicKey"]["content"]
    if "BEGIN" in public:
        return serialization.load_pem_public_key(public.encode())
    raw = base64.b64decode(public)
    return serialization.load_pem_public_key(raw) if b"BEGIN" in raw else serialization.load_der_public_key(raw)


def _verifying(pem: bytes) -> Verifying:
    if b"CERTIFICATE" not in pem:
        return Verifying(serialization.load_pem_public_key(pem), None)
    certificate = x509.load_pem_x509_certificate(pem)
    return Verifying(certificate.public_key(), certificate)


def _body(asked: Json) -> bytes:
    """Write the entry as the log keeps it, from the entry as it is proposed."""
    spec = asked["spec"]
    if asked["kind"] == "hashedrekord":
        signature = spec["signature"]
        verifying = _verifying(base64.b64decode(signature["publicKey"]["content"]))
        digest = bytes.fromhex(spec["data"]["hash"]["value"])
        return hashedrekord(
            digest, base64.b64decode(signature["content"]), verifying, spec["data"]["hash"]["algorithm"]
        )
    if asked["kind"] == "dsse":
        raw = spec["proposedContent"]["envelope"].encode()
        signed = json.loads(raw)
        verifying = _verifying(base64.b64decode(spec["proposedContent"]["verifiers"][0]))
        return dsse(raw, signed, base64.b64decode(signed["payload"]), verifying)
    envelope = spec["content"]["envelope"]
    if isinstance(envelope, str):
        verifying = _verifying(base64.b64decode(spec["publicKey"]))
        return intoto_v1(envelope.encode(), base64.b64decode(json.loads(envelope)["payload"]), verifying)
    (signature,) = envelope["signatures"]
    payload = base64.b64decode(base64.b64decode(envelope["payload"]))
    inner = base64.b64decode(signature["sig"]).decode()
    signed = {"payloadType": envelope["payloadType"], "signatures": [{"sig": inner}]}
    raw = json.dumps({**signed, "payload": b64(payload)}).encode()
    return intoto_v2(raw, signed, payload, _verifying(base64.b64decode(signature["publicKey"])))


class _Handler(BaseHTTPRequestHandler):
    held: PrivateServices

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.held.asked.append(f"GET {self.path}")
        if self.path == "/api/v1/log/publicKey":
            key = self.held.sigstore.rekor1.key.public_key()
            pem = key.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            return self._answer(200, pem, "application/x-pem-file")
        return self._answer(404, b"{}")

    def do_POST(self) -> None:
        self.held.asked.append(f"POST {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/api/v1/timestamp":
            return self._answer(201, self.held.stamp(body), "application/timestamp-reply")
        asked = json.loads(body)
        if self.path.endswith("signingCert"):
            chain = self.held.certificate_chain(asked, self.headers.get("Authorization", ""))
            if "/v1/" in self.path:
                return self._answer(201, "".join(chain).encode(), "application/pem-certificate-chain")
            wrapped = {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}
            return self._answer(200, json.dumps(wrapped).encode())
        if self.path == "/api/v2/log/entries":
            return self._answer(201, json.dumps(self.held.log_entry_v2(asked)).encode())
        if self.path == "/api/v1/log/entries":
            uuid, entry = self.held.log_entry(asked)
            return self._answer(201, json.dumps({uuid: entry}).encode(), location=f"/api/v1/log/entries/{uuid}")
        return self._answer(404, b"{}")

    def _answer(self, status: int, body: bytes, kind: str = "application/json", location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
            self.send_header("ETag", location.rpartition("/")[2])
        self.end_headers()
        self.wfile.write(body)


def present() -> datetime:
    """Return the present: signing tools look at the clock themselves."""
    return datetime.now(UTC)  # noqa: TID251 - a bench that runs other programs has no clock to be given
