"""A generator of tamperings: each accepted form with one thing changed that somebody could gain from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from app.adapters.sigstore_verifier import SigstoreVerifier
from app.core.attestation import Bundle, Form, PublicKey
from app.core.oci import Digest
from tests.adapters.sigstore_verifier.making import (
    ELSEWHERE,
    IDENTITY,
    IMAGE,
    KEY,
    OTHER_IMAGE,
    SIGSTORE,
    VERIFIER,
    Accepted,
    attest,
    now,
    sign,
)
from tests.fakes.sigstore import Details

_SIGNATURE = "dev.cosignproject.cosign/signature"
_CERTIFICATE = "dev.sigstore.cosign/certificate"
_BUNDLE = "dev.sigstore.cosign/bundle"
_TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp"


@dataclass(frozen=True)
class Tampered:
    """One tampering: what is verified, for which image, by which verifier."""

    name: str
    bundle: Bundle
    keys: tuple[PublicKey, ...]
    subject: Digest = IMAGE
    verifier: SigstoreVerifier = VERIFIER


def tamperings(form: Accepted) -> Iterator[Tampered]:
    """Yield every tampering that the form has a place for."""
    bundle, keys = form.make(), form.keys
    changed = (
        _bundle_changes(bundle)
        if bundle.form is Form.BUNDLE
        else _layer_changes(bundle, bound=form.name not in _BYTES_NOT_SIGNED)
    )
    for name, other in changed:
        yield Tampered(f"{form.name}: {name}", other, keys)
    yield Tampered(f"{form.name}: of another image", bundle, keys, subject=OTHER_IMAGE)
    yield Tampered(f"{form.name}: for no image", bundle, keys, subject=Digest.of(b""))
    if form.key is not None:
        yield Tampered(f"{form.name}: no key named", bundle, ())
        yield Tampered(f"{form.name}: another key named", bundle, (SIGSTORE.key("another").public(),))
    in_bundle = b"tlogEntries" in bundle.content and b'"tlogEntries": []' not in bundle.content
    logged = in_bundle or _BUNDLE in bundle.annotations
    if form.key is None or logged:
        yield Tampered(f"{form.name}: under another root", bundle, keys, verifier=_UNDER_ANOTHER_ROOT)
        yield Tampered(f"{form.name}: before its time", bundle, keys, verifier=_BEFORE)
    for part, verifier in _ENDED.items():
        if part in _parts(form, bundle, logged=logged):
            yield Tampered(f"{form.name}: {part} ended before", bundle, keys, verifier=verifier)


# The signature covers payload and type; here nothing covers how the envelope around them is spaced.
_BYTES_NOT_SIGNED = {"layer .att, intoto entry", "key layer .att, no log"}
_ENDS = SIGSTORE.now - timedelta(hours=1)
_ENDED = {
    part: SigstoreVerifier(SIGSTORE.trusted_root_json({part: (SIGSTORE.now - timedelta(days=9), _ENDS)}), now)
    for part in ("rekor1", "rekor2", "ca", "ct", "tsa")
}
_UNDER_ANOTHER_ROOT = SigstoreVerifier(ELSEWHERE.trusted_root_json(), now)
_BEFORE = SigstoreVerifier(SIGSTORE.trusted_root_json(), lambda: SIGSTORE.now - timedelta(hours=1))


def _parts(form: Accepted, bundle: Bundle, *, logged: bool) -> set[str]:
    parts = {"ca", "ct"} if form.key is None else set()
    if b"signedTimestamp" in bundle.content or _TIMESTAMP in bundle.annotations:
        parts.add("tsa")
    if logged:
        parts.add("rekor2" if "log 2" in form.name else "rekor1")
    return parts


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _flip(text: str, at: int = -8) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[at] ^= 1
    return _b64(bytes(raw))


def _bundle_changes(bundle: Bundle) -> Iterator[tuple[str, Bundle]]:
    for name, change in _BUNDLE_CHANGES.items():
        read = json.loads(bundle.content)
        if change(read) is not False:
            yield name, replace(bundle, content=json.dumps(read).encode())
    yield "cut short", replace(bundle, content=bundle.content[:-20])
    yield "empty", replace(bundle, content=b"")
    yield "null", replace(bundle, content=b"null")


def _envelope(read: dict) -> dict:
    return read["dsseEnvelope"]


def _signature(read: dict) -> dict:
    return _envelope(read)["signatures"][0]


def _material(read: dict) -> dict:
    return read["verificationMaterial"]


def _payload(read: dict) -> None:
    raw = base64.b64decode(_envelope(read)["payload"])
    _envelope(read)["payload"] = _b64(raw + b" ")


def _other_envelope(read: dict) -> None:
    read["dsseEnvelope"] = json.loads(attest(predicate={"other": True}).content)["dsseEnvelope"]


def _in_entry(change: Callable[[dict], object]) -> Callable[[dict], object]:
    def changed(read: dict) -> object:
        entries = _material(read)["tlogEntries"]
        return change(entries[0]) if entries else False

    return changed


def _in_proof(change: Callable[[dict], object]) -> Callable[[dict], object]:
    def changed(entry: dict) -> object:
        return change(entry["inclusionProof"]) if "inclusionProof" in entry else False

    return _in_entry(changed)


def _in_promise(change: Callable[[dict], object]) -> Callable[[dict], object]:
    return _in_entry(lambda entry: change(entry) if "inclusionPromise" in entry else False)


def _other_entry(entry: dict) -> None:
    log = 2 if "integratedTime" not in entry else 1
    other = json.loads(attest(predicate={"other": 1}, rekor=log).content)["verificationMaterial"]["tlogEntries"][0]
    entry.clear()
    entry.update(other)


def _other_promise(entry: dict) -> None:
    other = json.loads(attest(predicate={"other": 1}).content)["verificationMaterial"]["tlogEntries"][0]
    entry["inclusionPromise"] = other["inclusionPromise"]


def _reserialised(entry: dict) -> None:
    body = json.loads(base64.b64decode(entry["canonicalizedBody"]))
    entry["canonicalizedBody"] = _b64(json.dumps(body, indent=1).encode())


def _in_certificate(change: Callable[[dict], object]) -> Callable[[dict], object]:
    def changed(read: dict) -> object:
        held = _material(read)
        if "certificate" in held:
            return change(held["certificate"])
        if "x509CertificateChain" in held:
            return change(held["x509CertificateChain"]["certificates"][0])
        return False

    return changed


def _other_certificate() -> bytes:
    _, certificate = SIGSTORE.certify(SIGSTORE.signer(IDENTITY), SIGSTORE.now - timedelta(minutes=2), Details())
    return certificate.public_bytes(Encoding.DER)


def _with_root(read: dict) -> object:
    held = _material(read)
    if "x509CertificateChain" not in held:
        return False
    raw = SIGSTORE.root.certificate.public_bytes(Encoding.DER)
    return held["x509CertificateChain"]["certificates"].append({"rawBytes": _b64(raw)})


def _in_stamps(change: Callable[[list], object]) -> Callable[[dict], object]:
    def changed(read: dict) -> object:
        stamps = _material(read)["timestampVerificationData"]["rfc3161Timestamps"]
        return change(stamps) if stamps else False

    return changed


def _other_stamp(stamps: list) -> None:
    stamps[0]["signedTimestamp"] = _b64(SIGSTORE.timestamps.stamp(b"another", SIGSTORE.now))


def _foreign_stamp(read: dict) -> None:
    signature = base64.b64decode(_signature(read)["sig"])
    stamp = _b64(ELSEWHERE.timestamps.stamp(signature, SIGSTORE.now))
    _material(read)["timestampVerificationData"]["rfc3161Timestamps"].append({"signedTimestamp": stamp})


def _put(name: str, value: object) -> Callable[[dict], object]:
    return lambda held: held.update({name: value})


def _shift(name: str, by: int) -> Callable[[dict], object]:
    return lambda held: held.update({name: str(int(held[name]) + by)})


_BUNDLE_CHANGES: dict[str, Callable[[dict], object]] = {
    "payload with a space": _payload,
    "another envelope": _other_envelope,
    "signature flipped": lambda read: _signature(read).update(sig=_flip(_signature(read)["sig"])),
    "signature with junk": lambda read: _signature(read).update(sig=_signature(read)["sig"] + "\n"),
    "empty signature": lambda read: _signature(read).update(sig=""),
    "no signature": lambda read: _envelope(read).update(signatures=[]),
    "two signatures": lambda read: _envelope(read)["signatures"].append(_signature(read)),
    "payload type in capitals": lambda read: _envelope(read).update(payloadType="application/vnd.in-toto+JSON"),
    "payload type with parameters": lambda read: _envelope(read).update(payloadType="application/vnd.in-toto+json;v=1"),
    "unknown version": _put("mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json"),
    "unknown field": _put("verified", "yes"),
    "no material": _put("verificationMaterial", None),
    "entry of another signature": _in_entry(_other_entry),
    "promise of another entry": _in_promise(_other_promise),
    "promise flipped": _in_promise(
        lambda e: e["inclusionPromise"].update(
            signedEntryTimestamp=_flip(e["inclusionPromise"]["signedEntryTimestamp"])
        )
    ),
    "a second later": _in_promise(_shift("integratedTime", 1)),
    "an hour earlier": _in_promise(_shift("integratedTime", -3600)),
    "another global index": _in_promise(_shift("logIndex", 1)),
    "another log": _in_entry(_put("logId", {"keyId": _b64(ELSEWHERE.rekor1.log_id)})),
    "log known by four bytes": _in_entry(lambda e: e["logId"].update(keyId=_flip(e["logId"]["keyId"]))),
    "another kind": _in_entry(_put("kindVersion", {"kind": "rekord", "version": "0.0.1"})),
    "body written anew": _in_entry(_reserialised),
    "empty body": _in_entry(_put("canonicalizedBody", "")),
    "entry twice": lambda read: (
        _material(read)["tlogEntries"] and _material(read)["tlogEntries"].extend(_material(read)["tlogEntries"])
        if _material(read)["tlogEntries"]
        else False
    ),
    "proof of another leaf": _in_proof(_shift("logIndex", 1)),
    "proof in a larger tree": _in_proof(_shift("treeSize", 1)),
    "proof with a step less": _in_proof(lambda p: p["hashes"].pop()),
    "proof with a step more": _in_proof(lambda p: p["hashes"].append(_b64(bytes(32)))),
    "proof with a flipped step": _in_proof(lambda p: p["hashes"].append(_flip(p["hashes"].pop()))),
    "another root": _in_proof(lambda p: p.update(rootHash=_flip(p["rootHash"]))),
    "no checkpoint": _in_proof(lambda p: p.pop("checkpoint")),
    "checkpoint unsigned": _in_proof(
        lambda p: p["checkpoint"].update(envelope=p["checkpoint"]["envelope"].split("\n\n")[0] + "\n\n")
    ),
    "checkpoint by another log": _in_proof(
        lambda p: p["checkpoint"].update(
            envelope=p["checkpoint"]["envelope"].replace("private.example", "other.example")
        )
    ),
    "another certificate": _in_certificate(lambda c: c.update(rawBytes=_b64(_other_certificate()))),
    "an authority as the signer": _in_certificate(
        lambda c: c.update(rawBytes=_b64(SIGSTORE.authority.certificate.public_bytes(Encoding.DER)))
    ),
    "certificate flipped": _in_certificate(lambda c: c.update(rawBytes=_flip(c["rawBytes"]))),
    "its own root": _with_root,
    "stamp on something else": _in_stamps(_other_stamp),
    "stamp flipped": _in_stamps(lambda s: s[0].update(signedTimestamp=_flip(s[0]["signedTimestamp"]))),
    "stamp twice": _in_stamps(lambda s: s.append(s[0])),
    "a stranger's stamp beside": _foreign_stamp,
}


def _layer_changes(bundle: Bundle, *, bound: bool) -> Iterator[tuple[str, Bundle]]:
    if bound:
        yield "content with a space inside", replace(bundle, content=bundle.content.replace(b": ", b":  ", 1))
    yield "content cut", replace(bundle, content=bundle.content[:-9])
    yield "empty", replace(bundle, content=b"")
    yield from _annotated(bundle)
    if bundle.form is Form.LEGACY_ATTESTATION:
        for name in (
            "payload with a space",
            "signature flipped",
            "no signature",
            "two signatures",
            "empty signature",
            "payload type in capitals",
        ):
            read = {"dsseEnvelope": json.loads(bundle.content)}
            _BUNDLE_CHANGES[name](read)
            yield name, replace(bundle, content=json.dumps(read["dsseEnvelope"]).encode())


def _annotated(bundle: Bundle) -> Iterator[tuple[str, Bundle]]:
    def put(name: str, value: str) -> Bundle:
        return replace(bundle, annotations={**bundle.annotations, name: value})

    if bundle.form is Form.LEGACY_SIGNATURE:
        yield "no signature", put(_SIGNATURE, "")
        yield "signature flipped", put(_SIGNATURE, _flip(bundle.annotations[_SIGNATURE]))
        yield "another's signature", put(_SIGNATURE, sign(form=Form.LEGACY_SIGNATURE).annotations[_SIGNATURE][::-1])
    if _CERTIFICATE in bundle.annotations:
        yield "no certificate", put(_CERTIFICATE, "")
        yield "two certificates", put(_CERTIFICATE, bundle.annotations[_CERTIFICATE] * 2)
        pem = SIGSTORE.authority.certificate.public_bytes(Encoding.PEM).decode()
        yield "an authority as the signer", put(_CERTIFICATE, pem)
    if _TIMESTAMP in bundle.annotations:
        stamp = _b64(SIGSTORE.timestamps.stamp(b"another", SIGSTORE.now))
        yield "stamp on something else", put(_TIMESTAMP, json.dumps({"SignedRFC3161Timestamp": stamp}))
        yield "stamp of nothing", put(_TIMESTAMP, "{}")
    if _BUNDLE in bundle.annotations:
        for name, value in _promises(bundle):
            yield name, put(_BUNDLE, value)
        if _CERTIFICATE in bundle.annotations and _TIMESTAMP not in bundle.annotations:
            yield "no promise at all", put(_BUNDLE, "")


def _promises(bundle: Bundle) -> Iterator[tuple[str, str]]:
    form = bundle.form
    other = sign(form=form) if form is Form.LEGACY_SIGNATURE else attest(form=form, predicate={"other": 1})
    if _CERTIFICATE in bundle.annotations or form is Form.LEGACY_ATTESTATION:
        other = attest(KEY, form=Form.LEGACY_ATTESTATION, predicate={"other": 1})
    yield "promise of another entry", other.annotations[_BUNDLE]
    yield "empty promise", "{}"
    yield "null promise", "null"
    for name, change in {
        "a second later": lambda p: p.update(integratedTime=p["integratedTime"] + 1),
        "an hour earlier": lambda p: p.update(integratedTime=p["integratedTime"] - 3600),
        "no time": lambda p: p.pop("integratedTime"),
        "another index": lambda p: p.update(logIndex=p["logIndex"] + 1),
        "another log": lambda p: p.update(logID=ELSEWHERE.rekor1.log_id.hex()),
        "log in capitals": lambda p: p.update(logID=p["logID"].upper()),
        "another body": lambda p: p.update(body=json.loads(other.annotations[_BUNDLE])["Payload"]["body"]),
    }.items():
        read = json.loads(bundle.annotations[_BUNDLE])
        change(read["Payload"])
        yield name, json.dumps(read)
    read = json.loads(bundle.annotations[_BUNDLE])
    read["SignedEntryTimestamp"] = _flip(read["SignedEntryTimestamp"])
    yield "promise flipped", json.dumps(read)
